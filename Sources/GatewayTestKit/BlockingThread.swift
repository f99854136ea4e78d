import Glibc
import Platform

/// Runs something that blocks on a thread made for it, and waits without holding up the cooperative pool.
package func onThread<Value: Sendable>(_ body: @escaping @Sendable () throws -> Value) async throws -> Value {
    try await withCheckedThrowingContinuation { continuation in
        if !OwnThread.start(named: "test", { continuation.resume(with: Result(catching: body)) }) {
            continuation.resume(throwing: RawClient.Failure(doing: "make a thread", code: EAGAIN))
        }
    }
}
