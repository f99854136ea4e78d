import CMicroHTTPD
import Locking
import Timing

/// What the callbacks, the sweeper and the tasks of one server share. Kept alive by the running daemon.
final class ServerCore: Sendable {
    let options: ListenerOptions
    let handler: any RequestHandler
    let time: any TimeSource
    let onCompleted: (@Sendable (CompletedRequest) -> Void)?
    let tally = Tally()
    let table = ConnectionTable()
    let budget: BodyBudget
    /// Suspended exchanges on their way to a task. Bounded by the reservation in `Tally`, which comes first.
    let queue: AsyncStream<Exchange>
    let queueEnd: AsyncStream<Exchange>.Continuation
    private let draining = Lock(false)

    init(
        options: ListenerOptions, handler: any RequestHandler, time: any TimeSource,
        onCompleted: (@Sendable (CompletedRequest) -> Void)?
    ) {
        self.options = options
        self.handler = handler
        self.time = time
        self.onCompleted = onCompleted
        budget = BodyBudget(limit: options.maxBodyBytes, tally: tally)
        (queue, queueEnd) = AsyncStream.makeStream(bufferingPolicy: .bufferingOldest(max(1, options.maxSuspended)))
    }

    var isDraining: Bool { draining.withLock { $0 } }
    func beginDraining() { draining.withLock { $0 = true } }

    /// Answers every exchange that waits, and wakes every stream that sleeps, so that nothing stays suspended.
    func settleAll(_ refusal: Refusal) {
        let (exchanges, pulls) = table.withAll { connections -> ([Exchange], [StreamPull]) in
            var exchanges: [Exchange] = []
            var pulls: [StreamPull] = []
            for connection in connections {
                switch connection.watch.withLock({ $0.phase }) {
                case .waiting(let exchange): exchanges.append(exchange)
                case .dozing(let pull, _, _, _): pulls.append(pull)
                default: break
                }
            }
            return (exchanges, pulls)
        }
        for exchange in exchanges { exchange.settle(.refusal(refusal)) }
        for pull in pulls { pull.wake(abandoning: true) }
    }
}

/// What there is to say about a request when it is over; for metrics and logs.
package struct CompletedRequest: Sendable {
    package enum Outcome: Sendable, Equatable {
        /// The answer was handed to the system whole.
        case sent
        /// The peer left, was cut off, or the body could not be completed.
        case cut
        case serverStopped
    }
    /// Nil when the head was not acceptable.
    package let request: InboundRequest?
    /// 0 when nothing was answered.
    package let status: Int
    /// From the whole head to the end of the answer.
    package let duration: Duration
    package let outcome: Outcome
    /// What the answer's handler said of it; 0 and empty when nothing was answered.
    package let route: Int
    package let requestID: String
    /// Bytes of the body as they were handed over; 0 for a stream, whose length nobody knows before.
    package let bodyBytes: Int
}
