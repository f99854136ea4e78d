import API
import Foundation
import GatewayTestKit
import Inbound
import ReleaseModel
import Settings
import Testing

/// Asks a handler as a server would, and reads what it answers.
struct Client {
    let time: ManualTime
    let source: FakeSource
    let handler: APIHandler
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
        handler = APIHandler(
            source: source, time: time, policy: policy, authenticator: Authenticator(auth),
            pages: try Pages(pages, tokenKey: tokenKey.map { Secret($0.utf8) }), readiness: readiness)
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
        case .respond(let response): return Reply(response, waited: false)
        case .later: return Reply(await handler.answer(request), waited: true)
        }
    }
}

extension InboundRequest {
    /// Splits and decodes a target as the server does.
    init(target: String, method: String = "GET", fields: [(name: String, value: String)] = []) {
        let halves = target.split(separator: "?", maxSplits: 1, omittingEmptySubsequences: false).map(String.init)
        let rawQuery = halves.count > 1 ? halves[1] : nil
        func decoded(_ text: some StringProtocol) -> String {
            text.replacingOccurrences(of: "+", with: " ").removingPercentEncoding ?? String(text)
        }
        let query = (rawQuery ?? "").split(separator: "&").map { item -> (name: String, value: String) in
            let sides = item.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
            return (decoded(sides[0]), sides.count > 1 ? decoded(sides[1]) : "")
        }
        let path = halves[0].dropFirst().split(separator: "/", omittingEmptySubsequences: false)
            .map { $0.removingPercentEncoding ?? String($0) }
        self.init(
            method: method, path: path, rawPath: halves[0], query: query, rawQuery: rawQuery, fields: fields)
    }
}

struct Reply {
    let status: Int
    let fields: [(name: String, value: String)]
    let body: [UInt8]
    let closesConnection: Bool
    /// Whether the connection was suspended for it.
    let waited: Bool

    init(_ response: InboundResponse, waited: Bool) {
        status = response.status
        fields = response.fields
        closesConnection = response.closesConnection
        self.waited = waited
        body =
            switch response.body {
            case .bytes(let bytes): bytes
            case .slices(let slices): slices.flatMap { $0 }
            case .stream: []
            }
    }
    func field(_ name: String) -> String? { fields.first { $0.name.lowercased() == name.lowercased() }?.value }
    var json: JSONTree { JSONTree(parsing: body) }
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

/// JSON as a tree for tests; what is not there is `.nothing`.
enum JSONTree: Equatable {
    case object([String: JSONTree])
    case array([JSONTree])
    case text(String)
    case number(Double)
    case flag(Bool)
    case null
    case nothing

    init(parsing bytes: [UInt8]) {
        let value = try? JSONSerialization.jsonObject(with: Data(bytes), options: .fragmentsAllowed)
        self = value.map(JSONTree.init) ?? .nothing
    }
    private init(_ value: Any) {
        switch value {
        case let object as [String: Any]: self = .object(object.mapValues(JSONTree.init))
        case let array as [Any]: self = .array(array.map(JSONTree.init))
        case let text as String: self = .text(text)
        case is NSNull: self = .null
        case let number as NSNumber:
            // A Boolean and a number are told apart by their Objective-C type alone.
            self =
                String(describing: number) == "true" || String(describing: number) == "false"
                ? .flag(number.boolValue) : .number(number.doubleValue)
        default: self = .nothing
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
