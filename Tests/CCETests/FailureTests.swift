import GatewayTestKit
import Outbound
import ReleaseModel
import Testing
import Timing

@testable import CCE

@Suite struct FailureTests {
    private let time = ManualTime(wall: Instant(seconds: 1_700_000_000))

    private func failure(_ status: Int, _ body: String, _ fields: [HTTPField] = []) async throws -> CallFailure {
        let client = CCEClient(
            transport: ScriptedTransport([answer(status, body, fields: fields)]), credentials: FixedCredentials(),
            time: time, values: .redact, version: "1")
        let target = try makeTarget()
        let failure = await #expect(throws: CallFailure.self) {
            try await client.listReleases(of: target, chartID: nil, timeout: .seconds(1), unlessHashed: nil).read {
                nil
            }
        }
        return try #require(failure)
    }

    @Test(arguments: [
        (400, "CCE.01400001", Reason.rejected, false), (400, "APIGW.0201", .rejected, false),
        (401, "APIGW.0301", .unauthorized, false),
        (401, "APIGW.0307", .unauthorized, false), (401, "CCE.01401001", .unauthorized, false),
        (403, "APIGW.0302", .forbiddenUpstream, false), (403, "CCE.01403001", .forbiddenUpstream, false),
        (404, "CCE.01404001", .notFound, false), (404, "CCE_CM.0003", .notFound, false),
        (404, "APIGW.0101", .rejected, false),
        (405, "X.1", .rejected, false), (408, "X.1", .throttled, false), (409, "CCE.01409001", .rejected, false),
        (413, "APIGW.0201", .rejected, false), (429, "APIGW.0308", .throttled, false),
        (429, "CCE.02429001", .throttled, false),
        (429, "CCE.01429002", .locked, false), (429, "CCE.01429003", .throttled, false),
        (494, "APIGW.0201", .rejected, false),
        (403, "APIGW.0308", .throttled, false), (500, "CCE.01500001", .upstream5xx, true),
        (501, "X.1", .upstream5xx, false),
        (502, "APIGW.0201", .upstream5xx, true), (503, "APIGW.0613", .upstream5xx, true),
        (504, "APIGW.0201", .upstream5xx, true),
        (599, "X.1", .upstream5xx, false),
    ])
    func `status and code give the reason, in every spelling of the body`(
        status: Int, code: String, reason: Reason, isRetryable: Bool
    ) async throws {
        for body in [
            #"{"error_code":"\#(code)","error_msg":"m","request_id":"body-id"}"#,
            #"{"errorCode":"\#(code)","errorMessage":"m"}"#,
            #"{"kind":"Status","code":\#(status),"errorCode":"\#(code)","error_code":"CCE_CM.0004","message":"detail","reason":"x"}"#,
            #"{"error":{"code":"\#(code)","message":"m"}}"#,
        ] {
            let failure = try await failure(status, body)
            #expect(failure.reason == reason && (failure.action.retry != .never) == isRetryable, "\(body)")
            #expect(failure.code == code && failure.status == status && !failure.isCancelled, "\(body)")
            #expect(!failure.detail.isEmpty)
        }
    }

    @Test(arguments: [
        (400, Reason.rejected), (401, .unauthorized), (403, .forbiddenUpstream), (404, .invalidResponse),
        (429, .throttled),
        (502, .upstream5xx), (301, .invalidResponse),
    ])
    func `bodies that are none of the cloud's are described, never quoted`(status: Int, reason: Reason) async throws {
        for body in [
            "", "<html>CANARY</html>", "CANARY", "[\"CANARY\"]", "{\"CANARY\":1}", "\"CANARY\"",
            "{\"error_msg\":\"CANARY\"",
        ] {
            let failure = try await failure(status, body, [HTTPField("Content-Type", "text/html")])
            #expect(failure.reason == reason && failure.code == nil, "\(body)")
            #expect(!failure.detail.contains("CANARY") && !failure.detail.isEmpty, "\(body)")
        }
    }
    @Test(arguments: [
        #"{"message":"no Route matched with those values"}"#, #"{"error":{"code":404,"message":"Not Found"}}"#,
        #"{"kind":"Status","code":404,"message":"not found"}"#,
    ])
    func `a 404 without a code of the cloud's says nothing about the cluster`(body: String) async throws {
        #expect(try await failure(404, body).reason == .invalidResponse)
    }
    @Test func `IAM's numeric code names no kind of error`() async throws {
        let failure = try await failure(400, #"{"error":{"code":400,"message":"bad","title":"Bad Request"}}"#)
        #expect(failure.code == nil && failure.detail == "bad, Bad Request")
    }
    @Test func `an error body larger than any error is not looked into`() async throws {
        let failure = try await failure(
            404, #"{"errorCode":"CCE.01404001","x":"\#(String(repeating: "a", count: 70_000))"}"#)
        #expect(failure.reason == .invalidResponse && failure.code == nil)
    }

    @Test(arguments: [
        ([HTTPField("x-request-id", "head-1")], "head-1"), ([HTTPField("X-IAM-Trace-Id", "t:1")], "t:1"),
        ([], "body-id"),
        ([HTTPField("X-Request-Id", "a b<script>")], "body-id"),
        ([HTTPField("X-Request-Id", String(repeating: "a", count: 129))], "body-id"),
    ])
    func `the request's id comes from a field, else from the body`(fields: [HTTPField], expected: String) async throws {
        #expect(
            try await failure(500, #"{"error_code":"A.1","request_id":"body-id"}"#, fields).upstreamRequestID
                == expected)
    }

    @Test(
        arguments: [
            ("0", Duration.seconds(0)), ("30", .seconds(30)), (" 7", .seconds(7)), ("3600", .seconds(3600)),
            ("3601", .seconds(3600)),
            ("99999999999999999999999", .seconds(3600)), ("-5", nil), ("1e9", nil), ("5.5", nil), ("soon", nil),
            ("", nil), ("+5", nil),
            ("Tue, 14 Nov 2023 22:13:50 GMT", .seconds(30)), ("Tue, 14 Nov 2023 22:00:00 GMT", .zero),
            ("Tue, 14 Nov 2033 22:00:00 GMT", .seconds(3600)), ("Tue, 99 Nov 2023 22:13:50 GMT", nil),
        ] as [(String, Duration?)])
    func `Retry-After is read as seconds or a date, at most an hour`(value: String, expected: Duration?) async throws {
        #expect(try await failure(429, "", [HTTPField("Retry-After", value)]).retryAfter == expected)
    }
    @Test func `a date in Retry-After counts from the cloud's own clock`() async throws {
        let fields = [
            HTTPField("Date", "Tue, 14 Nov 2023 20:00:00 GMT"),
            HTTPField("Retry-After", "Tue, 14 Nov 2023 20:00:09 GMT"),
        ]
        #expect(try await failure(503, "", fields).retryAfter == .seconds(9))
    }

    // MARK: - Detail

    @Test(arguments: [
        ("plain text", "plain text"), ("a\u{0}b\r\nc\u{1b}[31m", "a b c [31m"), ("a\u{202E}b\u{85}c", "abc"),
        (
            "Incorrect IAM authentication information: verify aksk signature fail, canonicalRequest:GET|/p/||host:CANARY|x",
            "Incorrect IAM authentication information: verify aksk signature fail,"
        ),
        ("x Authorization: CANARY", "x"), ("x X-Sdk-Date:CANARY", "x"), ("x StringToSign CANARY", "x"),
        ("x SDK-HMAC-SHA256 Access=CANARY", "x"),
        ("Get secretKey failed,ak:CANARYAK,err:ak not exist", "Get secretKey failed,ak:***,err:ak not exist"),
        ("key AKEXAMPLE0123456789X is locked", "key *** is locked"),
        ("token 0123456789abcdef0123 bad", "token *** bad"),
        (
            "cluster a870253f-5dc7-11ee-bf71-0255ac100b03 is locked",
            "cluster a870253f-5dc7-11ee-bf71-0255ac100b03 is locked"
        ),
        ("policy user over ratelimit,limit:10,time:1 minute", "policy user over ratelimit,limit:10,time:1 minute"),
    ])
    func `detail is scrubbed of what echoes our request`(message: String, expected: String) async throws {
        var body: [UInt8] = []
        let escaped = message.unicodeScalars.map {
            $0.value < 0x20 || $0 == "\""
                ? "\\u00" + ($0.value < 16 ? "0" : "") + String($0.value, radix: 16) : String($0)
        }.joined()
        body.append(contentsOf: "{\"error_code\":\"APIGW.0301\",\"error_msg\":\"\(escaped)\"}".utf8)
        let detail = try await failure(401, String(decoding: body, as: UTF8.self)).detail
        #expect(detail == expected)
    }
    @Test func `detail is at most 300 bytes and whole characters`() async throws {
        for text in [
            String(repeating: "ab ", count: 1000), String(repeating: "é🛶 ", count: 1000),
            String(repeating: "x", count: 5000),
        ] {
            let detail = try await failure(500, #"{"error_code":"A.1","error_msg":"\#(text)"}"#).detail
            #expect(detail.utf8.count <= 300)
            #expect(!detail.contains("\u{FFFD}"))
        }
    }
    @Test func `no failure shows the key or the signature`() async throws {
        let transport = ScriptedTransport([.failure(TransportError(.tls, detail: "certificate has expired"))])
        let client = CCEClient(
            transport: transport, credentials: FixedCredentials(), time: time, values: .redact, version: "1")
        let target = try makeTarget()
        let failure = await #expect(throws: CallFailure.self) {
            try await client.listReleases(of: target, chartID: nil, timeout: .seconds(1), unlessHashed: nil).read {
                nil
            }
        }
        #expect(failure?.detail == "certificate has expired")
        #expect(!String(reflecting: failure).contains("AKEXAMPLE"))
    }
}

@Suite struct CloudClockTests {
    private let origin = "https://cce.cn-north-4.myhuaweicloud.com"

    /// Calls once with an answer whose `Date` is `skew` ahead of our clock; gives the date signed and the failure.
    private func call(
        _ time: ManualTime, _ client: CCEClient, _ transport: ScriptedTransport
    ) async throws -> CallFailure? {
        let target = try makeTarget()
        do throws(CallFailure) {
            _ = try await client.listReleases(of: target, chartID: nil, timeout: .seconds(1), unlessHashed: nil).read {
                nil
            }
            return nil
        } catch { return error }
    }
    private func date(_ time: ManualTime, _ skew: Int, _ more: [HTTPField] = []) -> [HTTPField] {
        [HTTPField("Date", (time.wall + .seconds(skew)).httpDate)] + more
    }
    private func makeClient(_ time: ManualTime, _ answers: [ScriptedTransport.Answer]) -> (CCEClient, ScriptedTransport)
    {
        let transport = ScriptedTransport(answers)
        return (
            CCEClient(transport: transport, credentials: FixedCredentials(), time: time, values: .redact, version: "1"),
            transport
        )
    }

    @Test(arguments: [(0, 0), (4, 0), (-4, 0), (6, 6), (-60, -60), (800, 800), (-800, -800)])
    func `the cloud's time is signed where ours is more than five seconds off`(skew: Int, signed: Int) async throws {
        let time = ManualTime(wall: Instant(seconds: 1_700_000_000))
        let (client, transport) = makeClient(time, [answer(200, "[]", fields: date(time, skew)), answer(200, "[]")])
        for _ in 0..<2 { #expect(try await call(time, client, transport) == nil) }
        #expect(transport.sent[0].field("X-Sdk-Date") == time.wall.basicFormat)
        // Half a second is added, since `Date` has whole ones; what is signed has whole seconds again.
        #expect(transport.sent[1].field("X-Sdk-Date") == (time.wall + .seconds(signed)).basicFormat)
        #expect(client.clocks.offsets == [origin: .seconds(skew) + .milliseconds(500)])
    }
    @Test(arguments: [[1200], [1200, 1203], [1200, 600], [3], []])
    func `an endpoint not heard yet is taken to be where all others are`(heard: [Int]) {
        let time = ManualTime(wall: Instant(seconds: 1_700_000_000))
        let clocks = CloudClocks(time: time)
        for (index, skew) in heard.enumerated() {
            clocks.note(
                date: time.wall + .seconds(skew), origin: "https://\(index).example", sent: time.uptime, signed: nil,
                isRefusal: false)
        }
        let agreed = heard == [1200] ? 1200.5 : heard == [1200, 1203] ? 1202 : 0
        #expect(clocks.signingTime(for: origin) == time.wall + .seconds(agreed))
        #expect(clocks.offset(of: origin) == nil)
    }
    @Test func `a step of our own clock does not spoil what is signed`() async throws {
        let time = ManualTime(wall: Instant(seconds: 1_700_000_000))
        let (client, transport) = makeClient(time, [answer(200, "[]", fields: date(time, 0)), answer(200, "[]")])
        #expect(try await call(time, client, transport) == nil)
        let before = time.wall
        time.stepWall(by: .seconds(-3600))
        #expect(try await call(time, client, transport) == nil)
        #expect(transport.sent[1].field("X-Sdk-Date") == before.basicFormat)
    }
    @Test(arguments: [1200, -90_000])
    func `a clock at which the call would have been refused is believed at once of a refusal alone`(
        skew: Int
    ) async throws {
        let time = ManualTime(wall: Instant(seconds: 1_700_000_000))
        let (own, cloud) = (time.wall.basicFormat, (time.wall + .seconds(skew)).basicFormat)
        let refused = answer(401, #"{"error_code":"APIGW.0301","error_msg":"x"}"#, fields: date(time, skew))
        let taken = answer(200, "[]", fields: date(time, skew))
        for (answers, signed) in [
            ([refused, answer(200, "[]")], [own, cloud]), ([taken, taken, answer(200, "[]")], [own, own, cloud]),
            (
                [taken, answer(200, "[]", fields: date(time, 60)), answer(200, "[]")],
                [own, own, (time.wall + .seconds(60)).basicFormat]
            ),
        ] {
            let (client, transport) = makeClient(time, answers)
            for _ in answers { _ = try await call(time, client, transport) }
            #expect(transport.sent.map { $0.field("X-Sdk-Date") } == signed)
        }
    }
    @Test func `one server with a wrong clock is not believed, two answers are`() async throws {
        let time = ManualTime(wall: Instant(seconds: 1_700_000_000))
        let skews = [0, 900, 0, 900, 900]
        let (client, transport) = makeClient(
            time, skews.map { answer(200, "[]", fields: date(time, $0)) } + [answer(200, "[]")])
        for _ in 0..<6 { #expect(try await call(time, client, transport) == nil) }
        let signed = transport.sent.map { $0.field("X-Sdk-Date") }
        let own = time.wall.basicFormat
        #expect(signed == [own, own, own, own, own, (time.wall + .seconds(900)).basicFormat])
    }
    @Test(arguments: [(0, Reason.unauthorized), (600, .unauthorized), (901, .clockSkew), (-3600, .clockSkew)])
    func `a 401 is the clock's fault where the difference explains it`(skew: Int, reason: Reason) async throws {
        let time = ManualTime(wall: Instant(seconds: 1_700_000_000))
        let (client, transport) = makeClient(
            time, [answer(401, #"{"error_code":"APIGW.0301","error_msg":"x"}"#, fields: date(time, skew))])
        let failure = try await call(time, client, transport)
        #expect(failure?.reason == reason && failure?.clockOffset == .seconds(skew))
        #expect(failure?.action.retry == .never)
    }
    @Test(arguments: [
        [HTTPField("Date", "yesterday")], [],
        [HTTPField("Date", "Tue, 14 Nov 2023 12:00:00 GMT"), HTTPField("Age", "1")],
    ])
    func `a date that is none, or was kept in a cache, says nothing`(fields: [HTTPField]) async throws {
        let time = ManualTime(wall: Instant(seconds: 1_700_000_000))
        let (client, transport) = makeClient(time, [answer(401, "", fields: fields)])
        let failure = try await call(time, client, transport)
        #expect(failure?.clockOffset == nil && failure?.reason == .unauthorized && client.clocks.offsets.isEmpty)
    }
    @Test func `a slow answer blurs the reading by half its time, no more`() async throws {
        let time = ManualTime(wall: Instant(seconds: 1_700_000_000))
        let fields = [HTTPField("Date", (time.wall + .seconds(8)).httpDate)]
        let transport = ScriptedTransport([answer(200, "[]", fields: fields)]) { time.advance(by: .seconds(8)) }
        let client = CCEClient(
            transport: transport, credentials: FixedCredentials(), time: time, values: .redact, version: "1")
        #expect(try await call(time, client, transport) == nil)
        #expect(client.clocks.offsets == [origin: .milliseconds(4500)])
        #expect(client.clocks.signingTime(for: origin) == time.wall)
    }
}
