import Locking
import Timing

/// A clock that moves when a test says so. Sleepers wake, and alarms ring, when `advance` passes their deadline.
package final class ManualTime: TimeSource {
    private struct Sleeper {
        let id: Int
        let deadline: Duration
        let end: @Sendable (Result<Void, any Error>) -> Void
    }
    private struct State {
        var wall: Instant
        var uptime: Duration
        var nextID = 0
        var sleepers: [Sleeper] = []
        var cancelled: Set<Int> = []
    }
    private let state: Lock<State>

    package init(wall: Instant = Instant(seconds: 1_790_000_000), uptime: Duration = .seconds(1000)) {
        state = Lock(State(wall: wall, uptime: uptime))
    }
    package var wall: Instant { state.withLock { $0.wall } }
    package var uptime: Duration { state.withLock { $0.uptime } }
    /// How many tasks sleep and alarms are set; a test waits for this before it moves the clock.
    package var sleeping: Int { state.withLock { $0.sleepers.count } }

    /// Moves both clocks.
    package func advance(by duration: Duration) {
        let due = state.withLock { state -> [Sleeper] in
            state.wall = state.wall + duration
            state.uptime += duration
            let due = state.sleepers.filter { $0.deadline <= state.uptime }
            state.sleepers.removeAll { $0.deadline <= state.uptime }
            return due
        }
        for sleeper in due.sorted(by: { $0.deadline < $1.deadline }) { sleeper.end(.success(())) }
    }
    /// Moves the wall clock alone, as an operator or NTP would.
    package func stepWall(by duration: Duration) { state.withLock { $0.wall = $0.wall + duration } }

    package func sleep(until deadline: Duration) async throws {
        let id = state.withLock { state in
            state.nextID += 1
            return state.nextID
        }
        try await withTaskCancellationHandler {
            try await withCheckedThrowingContinuation { (continuation: CheckedContinuation<Void, any Error>) in
                let outcome = state.withLock { state -> Result<Void, any Error>? in
                    if state.cancelled.remove(id) != nil { return .failure(CancellationError()) }
                    if deadline <= state.uptime { return .success(()) }
                    state.sleepers.append(
                        Sleeper(id: id, deadline: deadline) { continuation.resume(with: $0) })
                    return nil
                }
                if let outcome { continuation.resume(with: outcome) }
            }
        } onCancel: {
            let sleeper = state.withLock { state -> Sleeper? in
                guard let index = state.sleepers.firstIndex(where: { $0.id == id }) else {
                    state.cancelled.insert(id)
                    return nil
                }
                return state.sleepers.remove(at: index)
            }
            sleeper?.end(.failure(CancellationError()))
        }
    }

    package func alarm(at deadline: Duration, _ action: @escaping @Sendable () -> Void) -> Alarm? {
        let id = state.withLock { state -> Int? in
            if deadline <= state.uptime { return nil }
            state.nextID += 1
            state.sleepers.append(Sleeper(id: state.nextID, deadline: deadline) { _ in action() })
            return state.nextID
        }
        guard let id else {
            action()
            return Alarm {}
        }
        return Alarm { [self] in state.withLock { $0.sleepers.removeAll { $0.id == id } } }
    }
}
