import Inbound
import Locking
import Logging
import Settings
import Testing
import Timing

/// Answers by closures, and refusals by their name.
struct TestHandler: RequestHandler {
    var now: @Sendable (InboundRequest) -> Immediate = { .respond(Self.text("\($0.method) \($0.rawPath)")) }
    var later: @Sendable (InboundRequest) async -> InboundResponse = { _ in Self.text("later") }

    func answerNow(_ request: InboundRequest) -> Immediate { now(request) }
    func answer(_ request: InboundRequest) async -> InboundResponse { await later(request) }
    func refusal(_ refusal: Refusal, of request: InboundRequest?) -> InboundResponse {
        let status =
            switch refusal {
            case .badRequest: 400
            case .bodyNotAllowed: 413
            case .targetTooLong: 414
            case .fieldsTooLarge: 431
            case .overloaded, .timedOut: 503
            case .unusableAnswer: 500
            }
        return InboundResponse(
            status: status, fields: [("Content-Type", "application/problem+json")],
            body: .bytes(Array("\(refusal)".utf8)))
    }
    static func text(_ text: String) -> InboundResponse {
        InboundResponse(status: 200, fields: [("Content-Type", "text/plain")], body: .bytes(Array(text.utf8)))
    }
}

/// A server on a port of its own while `body` runs; afterwards nothing may be left of it.
func withServer<Value>(
    _ handler: TestHandler = TestHandler(), time: any TimeSource = SystemTime(),
    completed: (@Sendable (CompletedRequest) -> Void)? = nil, options: ListenerOptions = adjusted { _ in },
    _ body: (InboundServer, UInt16) async throws -> Value
) async throws -> Value {
    let server = InboundServer(
        config: options, handler: handler, time: time, logger: quietLogger, onCompleted: completed)
    try server.start()
    let port = try #require(server.port)
    let value = try await withThrowingTaskGroup(of: Void.self) { group in
        group.addTask { await server.run() }
        do {
            let value = try await body(server, port)
            await server.shutdown(drainTimeout: .zero)
            return value
        } catch {
            await server.shutdown(drainTimeout: .zero)
            throw error
        }
    }
    #expect(server.counts == ServerCounts())
    return value
}

let quietLogger = Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }

/// The defaults on a free port, but for what `change` changes, and with times that a crowded machine under a
/// sanitizer does not use up: a test that is about a time says which.
func adjusted(_ change: (inout ListenerOptions) -> Void) -> ListenerOptions {
    var options = ListenerOptions(address: .loopback(port: 0), config: ServerConfig())
    options.requestTimeout = .seconds(300)
    options.headerTimeout = .seconds(300)
    options.idleTimeout = .seconds(300)
    change(&options)
    return options
}
