import GatewayTestKit
import ReleaseModel

/// One thing that can go wrong with a call, and what is to come of it.
struct Fault: Sendable {
    enum Place: Sendable {
        /// Somebody who reads the request and then does this.
        case peer([RawPeer.Step])
        /// Nobody listens.
        case refusing
        /// Nobody answers a connection.
        case unreachable
        /// No such name.
        case unresolvable
        /// A name whose servers answer SERVFAIL, or not at all.
        case unanswered
        /// A certificate: for what, for how many days, by whom; and in what way `openssl s_server` is to speak.
        case certificate(for: String, days: Int, isSelfSigned: Bool = false, options: [String] = [])
        /// A server that does not speak TLS where it should.
        case plain

        /// A good certificate by one version of TLS, which the server's library speaks when told not to mind.
        static func only(_ version: String) -> Place {
            .certificate(for: "IP:127.0.0.1", days: 2, options: [version, "-cipher", "DEFAULT@SECLEVEL=0"])
        }
    }
    enum Outcome: Sendable, Equatable {
        case fails(Reason)
        /// A fresh answer with these rows of `Fault.rows`' kind; so many rows left out, so many fields null.
        case reads([String], dropped: Int = 0, repaired: Int = 0)
    }
    let name: String
    let place: Place
    let outcome: Outcome
    /// One more attempt follows in place.
    let isRetried: Bool

    init(_ name: String, _ reason: Reason, retried: Bool = false, _ steps: RawPeer.Step...) {
        (self.name, place, outcome, isRetried) = (name, .peer(steps), .fails(reason), retried)
    }
    init(_ name: String, _ reason: Reason, retried: Bool = false, at place: Place) {
        (self.name, self.place, outcome, isRetried) = (name, place, .fails(reason), retried)
    }
    init(_ name: String, reads rows: [String], dropped: Int = 0, repaired: Int = 0, _ steps: RawPeer.Step...) {
        (self.name, place, isRetried) = (name, .peer(steps), false)
        outcome = .reads(rows, dropped: dropped, repaired: repaired)
    }

    // MARK: - What is sent

    /// Two rows, as the cloud sends them.
    static let rows = #"[\#(row("kept-1")),\#(row("kept-2"))]"#
    static let names = ["kept-1", "kept-2"]
    static func row(_ name: String, _ more: String = "") -> String {
        #"{"name":"\#(name)","namespace":"default","version":1,"status":"DEPLOYED"\#(more)}"#
    }
    static func answer(_ body: String, status: String = "200 OK", _ fields: String...) -> RawPeer.Step {
        .text(RawPeer.answer(body, status: status, fields: fields + ["Connection: close"]))
    }
    /// The head of a 200 with this field, and what follows it.
    static func head(_ field: String, _ rest: String = "") -> RawPeer.Step {
        .text("HTTP/1.1 200 OK\r\nConnection: close\r\n\(field)\r\n\r\n\(rest)")
    }

    private static let html = "<html><head><title>Sorry</title></head><body>Sorry</body></html>"

    /// A failure in three dresses: as the cloud writes it, as a proxy's page, and bare.
    private static func status(
        _ code: Int, _ error: String, json: Reason, html other: Reason? = nil, retried: Bool = false
    ) -> [Fault] {
        let body = #"{"errorCode":"\#(error)","errorMessage":"x","error_code":"\#(error)","error_msg":"x"}"#
        return [
            Fault("\(code) \(error)", json, retried: retried, answer(body, status: "\(code) X")),
            Fault(
                "\(code) with a page", other ?? json, retried: retried,
                answer(html, status: "\(code) X", "Content-Type: text/html")),
            Fault("\(code) without a body", other ?? json, retried: retried, answer("", status: "\(code) X")),
        ]
    }

    // MARK: - The table

    /// Those that end by the limit of time.
    static let slow: [Fault] = [
        Fault("unreachable", .timeout, at: .unreachable),
        Fault("silent before the head", .timeout, .stall),
        Fault("silent within the head", .timeout, .text("HTTP/1.1 200 OK\r\nContent-Le"), .stall),
        Fault("silent within the body", .timeout, head("Content-Length: 1000", "[{\"name\":"), .stall),
        Fault("silent between chunks", .timeout, head("Transfer-Encoding: chunked", "1\r\n[\r\n"), .stall),
        Fault(
            "a body byte by byte", .timeout, head("Content-Length: \(rows.utf8.count)"),
            .drip(Array(rows.utf8), every: .milliseconds(100))),
    ]

    /// Those that end by themselves.
    static func fast(redirectsTo trap: String, bomb: [UInt8]) -> [Fault] {
        connections + tls + framings + sizes(bomb: bomb) + redirects(to: trap) + statuses + bodies + readable
    }

    private static let connections: [Fault] = [
        Fault("refused", .network, retried: true, at: .refusing),
        Fault("no such name", .network, retried: true, at: .unresolvable),
        Fault("a name without an answer", .network, retried: true, at: .unanswered),
        Fault("reset before the answer", .network, retried: true, .reset),
        Fault("reset within the status line", .network, retried: true, .text("HTTP/1."), .reset),
        Fault("reset within the head", .network, retried: true, .text("HTTP/1.1 200 OK\r\nDate"), .reset),
        Fault("reset before the body", .network, retried: true, head("Content-Length: 99"), .reset),
        Fault("reset within a value", .network, retried: true, head("Content-Length: 99", "[{\"na"), .reset),
        Fault("closed before the answer", .network, retried: true, .close),
        Fault("closed within the head", .network, retried: true, .text("HTTP/1.1 200 OK\r\nDate"), .close),
        Fault("closed before the body", .network, retried: true, head("Content-Length: 99"), .close),
        Fault("a body shorter than it says", .network, retried: true, head("Content-Length: 999", rows), .close),
    ]

    private static let tls: [Fault] = [
        Fault("an expired certificate", .tls, at: .certificate(for: "IP:127.0.0.1", days: -1)),
        Fault("another host's certificate", .tls, at: .certificate(for: "DNS:other.example", days: 2)),
        Fault("a self-signed certificate", .tls, at: .certificate(for: "", days: 2, isSelfSigned: true)),
        Fault("TLS 1.0 alone", .tls, at: .only("-tls1")),
        Fault("TLS 1.1 alone", .tls, at: .only("-tls1_1")),
        Fault("no TLS", .tls, at: .plain),
    ]

    private static let framings: [Fault] = [
        Fault("a body longer than it says", .invalidResponse, head("Content-Length: 20", rows)),
        Fault("a length that is none", .invalidResponse, head("Content-Length: abc", rows)),
        Fault(
            "a chunk cut off", .network, retried: true, head("Transfer-Encoding: chunked", "64\r\n[{\"name\""), .close),
        Fault(
            "no last chunk", .network, retried: true, head("Transfer-Encoding: chunked", "2\r\n[]\r\n"), .close),
        Fault("no HTTP", .invalidResponse, .text("220 mail.example ESMTP\r\n"), .close),
        Fault("gzip that is none", .invalidResponse, head("Content-Encoding: gzip", rows)),
    ]

    private static func sizes(bomb: [UInt8]) -> [Fault] {
        [
            Fault("1 GiB announced", .tooLarge, head("Content-Length: \(1 << 30)"), .flood(1 << 30)),
            Fault("1 GiB without end", .tooLarge, head("Date: x"), .flood(1 << 30)),
            Fault(
                "a gzip bomb", .tooLarge, head("Content-Encoding: gzip\r\nContent-Length: \(bomb.count)"), .write(bomb)),
            Fault(
                "a field of 70 KiB", .tooLarge, .text("HTTP/1.1 200 OK\r\nA: "), .flood(70 << 10), .text("\r\n"),
                .stall),
            Fault("a field of 100 KiB", .tooLarge, .text("HTTP/1.1 200 OK\r\nA: "), .flood(100 << 10), .stall),
            Fault(
                "10,000 fields", .tooLarge,
                .text("HTTP/1.1 200 OK\r\n" + String(repeating: "A: b\r\n", count: 10_000)), .stall),
        ]
    }

    private static func redirects(to trap: String) -> [Fault] {
        [301, 302, 303, 307, 308].map { code in
            Fault("\(code)", .invalidResponse, answer("", status: "\(code) X", "Location: \(trap)/"))
        }
    }

    private static let statuses: [Fault] =
        status(400, "CCE.01400001", json: .rejected) + status(401, "APIGW.0301", json: .unauthorized)
        + status(403, "CCE.01403001", json: .forbiddenUpstream)
        + status(404, "CCE.01404001", json: .notFound, html: .invalidResponse)
        + status(409, "CCE.01409002", json: .rejected) + status(429, "CCE.02429001", json: .throttled)
        + status(500, "CCE.01500001", json: .upstream5xx, retried: true)
        + status(502, "APIGW.0201", json: .upstream5xx, retried: true)
        + status(503, "APIGW.0613", json: .upstream5xx, retried: true)
        + status(504, "APIGW.0201", json: .upstream5xx, retried: true)
        + [
            Fault("404 API unknown", .rejected, answer(#"{"error_code":"APIGW.0101"}"#, status: "404 X")),
            Fault("408", .throttled, answer("", status: "408 X")),
            Fault("418", .rejected, answer("", status: "418 X")),
            Fault("429 by the gateway", .throttled, answer(#"{"error_code":"APIGW.0308"}"#, status: "429 X")),
            Fault("429 locked", .locked, answer(#"{"errorCode":"CCE.01429002"}"#, status: "429 X")),
            Fault("501", .upstream5xx, answer("", status: "501 X")),
        ]

    private static let bodies: [Fault] = [
        Fault("200 without a body", .invalidResponse, answer("")),
        Fault("200 with a page", .invalidResponse, answer(html, "Content-Type: text/html")),
        Fault("200 with an error", .invalidResponse, answer(#"{"error_code":"APIGW.0301","error_msg":"x"}"#)),
        Fault("204", .invalidResponse, .text("HTTP/1.1 204 No Content\r\nConnection: close\r\n\r\n")),
        Fault("206", .invalidResponse, answer(rows, status: "206 Partial Content")),
        Fault("an object", .invalidResponse, answer(#"{"items":\#(rows)}"#)),
        Fault("null", .invalidResponse, answer("null")),
        Fault("numbers", .invalidResponse, answer("[1,2,3]")),
        Fault("rows without names", .invalidResponse, answer(#"[{"version":1},{"namespace":"default"}]"#)),
        Fault("an array that does not end", .invalidResponse, answer(String(rows.dropLast()))),
        Fault("something after the array", .invalidResponse, answer(rows + "x")),
        Fault(
            "100,000 brackets", .invalidResponse,
            answer(String(repeating: "[", count: 100_000) + String(repeating: "]", count: 100_000))),
        Fault("deep nesting in a row", .invalidResponse, answer("[\(row("deep", #","x":\#(nested(100_000))"#))]")),
        Fault(
            "no UTF-8", .invalidResponse, head("Content-Length: \(rows.utf8.count + 2)"),
            .write(Array(rows.utf8.dropLast(4)) + [0xC3, 0x28] + Array(rows.utf8.suffix(4)))),
    ]

    /// Made when asked for: in a constant the lists of names stand where the leak sanitizer does not look for them.
    private static var readable: [Fault] {
        [
            Fault("no releases", reads: [], answer("[]")),
            Fault("an array in an array", reads: names, answer("[\(rows)]")),
            Fault("chunks", reads: names, head("Transfer-Encoding: chunked", chunked(rows))),
            Fault("no length", reads: names, head("Date: x", rows), .close),
            Fault(
                "a member twice", reads: ["other"], dropped: 1, answer("[\(row("a", #","name":"b""#)),\(row("other"))]")
            ),
            Fault("a release twice", reads: ["same"], dropped: 1, answer("[\(row("same")),\(row("same"))]")),
            Fault("a row that is none", reads: ["other"], dropped: 2, answer("[17,\(row("other")),{}]")),
            Fault(
                "fields of other types", reads: ["typed"], repaired: 3,
                answer("[\(row("typed", #","chart_name":7,"chart_public":"yes","update_at":{}"#))]")),
            Fault(
                "numbers out of range", reads: ["huge"], repaired: 1,
                answer(#"[{"name":"huge","namespace":"default","version":99999999999999999999,"status":"DEPLOYED"}]"#)),
            Fault("another cluster's row", reads: ["row"], answer("[\(row("row", #","cluster_id":"good-0""#))]")),
        ]
    }

    private static func nested(_ depth: Int) -> String {
        String(repeating: "[", count: depth) + String(repeating: "]", count: depth)
    }
    /// In chunks of seven bytes.
    static func chunked(_ body: String) -> String {
        var text = ""
        var rest = Array(body.utf8)[...]
        while !rest.isEmpty {
            text += "\(String(min(7, rest.count), radix: 16))\r\n\(String(decoding: rest.prefix(7), as: UTF8.self))\r\n"
            rest = rest.dropFirst(7)
        }
        return text + "0\r\n\r\n"
    }
}
