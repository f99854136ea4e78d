import GatewayTestKit
import Inbound
import JSON
import ReleaseModel
import Settings
import Testing

@testable import API

/// Asks a handler as a server would, and reads what it answers.
struct Client {
    let time: ManualTime
    let source: FakeSource
    let handler: APIHandler
    let pages: Pages
    /// Sent with every request unless a request has its own.
    var key: String?

    init(
        _ source: FakeSource, time: ManualTime, auth: AuthConfig = AuthConfig(), pages: PagesConfig = PagesConfig(),
        tokenKey: String? = nil, policy: APIPolicy = APIPolicy(), key: String? = nil,
        readiness: @escaping @Sendable () -> Readiness = { .ready }
    ) throws {
        self.time = time
        self.source = source
        self.key = key
        self.pages = try Pages(pages, tokenKey: tokenKey.map { Secret($0.utf8) })
        handler = APIHandler(
            source: source, time: time, policy: policy,
            authenticator: Authenticator(
                auth, keys: CallerKeys(auth, secrets: SecretReader(environment: [:])), time: time),
            pages: self.pages, work: LongWork(), readiness: readiness)
    }

    func get(
        _ target: String, _ fields: [(name: String, value: String)] = [], method: String = "GET"
    ) async -> Reply {
        var fields = fields
        if let key, !fields.contains(where: { $0.name == "authorization" }) {
            fields.append(("authorization", "Bearer \(key)"))
        }
        let request = InboundRequest(target: target, method: method, fields: fields)
        switch handler.answerNow(request) {
        case .respond(let response): return await Reply(reading: response, waited: false)
        case .later: return await Reply(reading: handler.answer(request), waited: true)
        }
    }
    /// The response itself, whose stream nobody has read.
    func response(_ target: String, _ fields: [(name: String, value: String)] = []) async -> InboundResponse {
        let request = InboundRequest(target: target, fields: fields)
        if case .respond(let response) = handler.answerNow(request) { return response }
        return await handler.answer(request)
    }
}

extension InboundRequest {
    /// Splits and decodes a target as the server does.
    init(
        target: String, method: String = "GET", fields: [(name: String, value: String)] = [],
        arrivedAt: Duration = .zero
    ) {
        let parsed = try? RequestTarget.parse(Array(target.utf8))
        self.init(
            method: method, path: parsed?.path ?? [], rawPath: parsed?.rawPath ?? target, query: parsed?.query ?? [],
            rawQuery: parsed?.rawQuery, fields: fields, arrivedAt: arrivedAt)
    }
}

struct Reply {
    let status: Int
    let fields: [(name: String, value: String)]
    private(set) var body: [UInt8]
    let closesConnection: Bool
    /// Whether the connection was suspended for it.
    let waited: Bool

    /// The stream was cut.
    private(set) var isCut = false

    init(_ response: InboundResponse, waited: Bool) {
        status = response.status
        fields = response.fields
        closesConnection = response.closesConnection
        self.waited = waited
        switch response.body {
        case .bytes(let bytes): body = bytes
        case .slices(let slices): body = slices.flatMap { $0 }
        case .stream: body = []
        }
    }
    /// With what its stream gives.
    init(reading response: InboundResponse, waited: Bool) async {
        self.init(response, waited: waited)
        if case .stream(let stream) = response.body { (body, isCut) = await stream.read() }
    }
    func field(_ name: String) -> String? { fields.first { $0.name.lowercased() == name.lowercased() }?.value }
    var json: JSONTree { JSONTree(parsing: body) }
    /// Of ndjson.
    var lines: [JSONTree] { body.split(separator: 0x0A).map { JSONTree(parsing: Array($0)) } }
    var code: String? { json["code"].text }
    /// `namespace/name` of every row, with its cluster.
    var identities: [String] {
        json["items"].elements.map {
            "\($0["cluster_id"].text ?? "?")/\($0["namespace"].text ?? "?")/\($0["name"].text ?? "?")"
        }
    }
    var nextToken: String? { json["next_page_token"].text }
    /// The target of `Link`.
    var next: String? {
        guard let link = field("Link"), link.hasPrefix("<"), link.hasSuffix(">; rel=\"next\"") else { return nil }
        return String(link.dropFirst().dropLast(">; rel=\"next\"".count))
    }
}

extension BodyStream {
    /// As the server does: asks again when there is something to send.
    func read(atMost limit: Int = .max) async -> (bytes: [UInt8], isCut: Bool) {
        var bytes: [UInt8] = []
        while bytes.count < limit {
            switch next(atMost: 10_000) {
            case .bytes(let more): bytes += more
            case .later, .waiting: await Task.yield()
            case .end: return (bytes, false)
            case .abort: return (bytes, true)
            }
        }
        return (bytes, false)
    }
}

/// JSON as a tree for tests; what is not there is `.nothing`.
enum JSONTree: Equatable {
    case object([String: JSONTree])
    case array([JSONTree])
    case text(String)
    case number(Double)
    case flag(Bool)
    case null
    case nothing

    init(parsing bytes: [UInt8]) { self = (try? JSONValue.parse(bytes)).map(JSONTree.init) ?? .nothing }
    private init(_ value: JSONValue) {
        self =
            switch value {
            case .object(let members):
                .object(Dictionary(members.map { ($0.name, JSONTree($0.value)) }) { first, _ in first })
            case .array(let values): .array(values.map(JSONTree.init))
            case .string(let text): .text(text)
            case .integer(let number): .number(Double(number))
            case .number(let number): .number(number)
            case .boolean(let flag): .flag(flag)
            case .null: .null
            }
    }
    subscript(name: String) -> JSONTree {
        if case .object(let members) = self { members[name] ?? .nothing } else { .nothing }
    }
    subscript(index: Int) -> JSONTree {
        elements.indices.contains(index) ? elements[index] : .nothing
    }
    var elements: [JSONTree] { if case .array(let elements) = self { elements } else { [] } }
    var members: [String: JSONTree] { if case .object(let members) = self { members } else { [:] } }
    var text: String? { if case .text(let text) = self { text } else { nil } }
    var number: Int? { if case .number(let number) = self { Int(number) } else { nil } }
    var flag: Bool? { if case .flag(let flag) = self { flag } else { nil } }
}
