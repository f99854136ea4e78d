import Timing

/// Asks again and again until there is an answer. The bound is there for a test that hangs, not for its timing.
package func eventually<Value: Sendable>(_ ask: () async throws -> Value?) async throws -> Value {
    let end = SystemTime().uptime + .seconds(60)
    while SystemTime().uptime < end {
        if let value = try await ask() { return value }
        await Task.yield()
    }
    throw NeverCame()
}
package struct NeverCame: Error {}
