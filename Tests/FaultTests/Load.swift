import Foundation
import GatewayTestKit
import JSON
import Locking

/// Readers of all kinds, each on a thread of its own, until the gateway is gone. How many answers they had is the
/// clock of a round: with the last one that is waited for, `atTheEnd` happens, on the thread of that reader.
final class Load: Sendable {
    struct WrongAnswer: Error, CustomStringConvertible {
        let description: String
    }

    private let port: UInt16
    private let atTheEnd: @Sendable () -> Void
    /// Answers to come before `atTheEnd`; negative when it has happened.
    private let left: Lock<Int>

    init(port: UInt16, answers: Int, atTheEnd: @escaping @Sendable () -> Void) {
        self.port = port
        self.atTheEnd = atTheEnd
        left = Lock(answers)
    }

    /// Returns when every reader has found nobody there. Throws when a reader was let down before `atTheEnd`.
    func run() async throws {
        answered()
        try await withThrowingTaskGroup(of: Void.self) { group in
            for reader in [pages, pages, walk, live, leave] {
                group.addTask { try await onThread { try self.untilGone(reader) } }
            }
            try await group.waitForAll()
        }
    }

    // MARK: - Readers

    /// Default pages, over kept connections.
    private func pages(_ client: RawClient) throws { _ = try ask(client, "/releases") }

    /// All pages of a walk, by their tokens.
    private func walk(_ client: RawClient) throws {
        var page = try ask(client, "/releases?page_size=3")
        while let token = page["next_page_token"]?.string, !token.isEmpty {
            page = try ask(client, "/releases?page_size=3&page_token=\(token)")
        }
    }
    /// Live reads, which suspend their connections.
    private func live(_ client: RawClient) throws { _ = try ask(client, "/releases?max_age=0&wait=5s") }

    /// Asks and is gone before the answer, now in order and now abruptly.
    private func leave(_ client: RawClient) throws {
        let orderly = try RawClient(port: port)
        try orderly.send(Self.request("/releases?max_age=0&wait=5s"))
        orderly.closeNow()
        let abrupt = try RawClient(port: port)
        try abrupt.send(Self.request("/releases"))
        abrupt.reset()
        _ = try ask(client, "/releases")
    }

    // MARK: -

    private func untilGone(_ read: (RawClient) throws -> Void) throws {
        while true {
            do {
                // Up to so many on one connection, then another.
                let client = try RawClient(port: port, patience: .seconds(60))
                for _ in 0..<10 { try read(client) }
            } catch let error as WrongAnswer {
                throw error
            } catch let error as RawClient.Failure where error.doing == "connect" && isOver {
                return
            } catch {
                // A closed connection is an answer of its own, once the end has begun.
                guard isOver || error is Closing else { throw error }
            }
        }
    }
    private struct Closing: Error {}

    private var isOver: Bool { left.withLock { $0 < 0 } }

    private func ask(_ client: RawClient, _ target: String) throws -> JSONValue {
        try client.send(Self.request(target))
        let answer = try client.readAnswer()
        guard answer.status == 200 || (isOver && answer.status == 503) else {
            throw WrongAnswer(description: "\(target): \(answer.status) \(answer.text.prefix(300))")
        }
        answered()
        if answer.closes { throw Closing() }
        return try JSONValue.parse(answer.body)
    }
    private static func request(_ target: String) -> String { "GET \(target) HTTP/1.1\r\nHost: test\r\n\r\n" }

    private func answered() {
        let isLast = left.withLock { left in
            defer { left = max(left - 1, -1) }
            return left == 0
        }
        if isLast { atTheEnd() }
    }
}
