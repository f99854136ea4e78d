import Logging
import Outbound
import Timing

/// Sends ended spans to a collector: OTLP over HTTP, as JSON, a batch a request.
///
/// Nobody waits for it. A batch that the collector does not take is tried once more where that may help, then counted as
/// failed and let go of.
package struct SpanExporter: Sendable {
    /// The collector has so long for a batch.
    static let timeout = Duration.seconds(10)
    /// Spans wait for company so long at most.
    static let interval = Duration.seconds(2)
    /// Before a batch is sent once more.
    static let pause = Duration.seconds(1)
    /// At the end of the process spans are still sent for so long.
    static let lastTimeout = Duration.seconds(1)

    private let origin: String
    private let url: String
    private let queue: SpanQueue
    private let transport: any HTTPTransport
    private let encoder: OTLPEncoder
    private let time: any TimeSource
    private let logger: Logger

    /// - Parameters:
    ///   - endpoint: `telemetry.otlpEndpoint`, checked.
    ///   - instance: what tells this process from others of the same service.
    package init(
        endpoint: OTLPEndpoint, queue: SpanQueue, transport: any HTTPTransport, version: String, instance: String,
        time: any TimeSource, logger: Logger
    ) {
        origin = endpoint.origin
        url = endpoint.tracesURL
        self.queue = queue
        self.transport = transport
        self.time = time
        self.logger = logger
        encoder = OTLPEncoder(serviceName: "release-gateway", serviceVersion: version, instance: instance)
    }

    /// Sends what comes until the task is cancelled. Once.
    package func run() async {
        var isTaken = true
        while !Task.isCancelled {
            await batchOrInterval()
            while !Task.isCancelled, case let spans = queue.take(), !spans.isEmpty {
                let wasTaken = await send(spans)
                // What is cut off because we end says nothing of the collector.
                if Task.isCancelled { return }
                if isTaken != wasTaken { log(isTaken: wasTaken) }
                isTaken = wasTaken
            }
        }
    }

    /// Sends what is left, as far as it goes within a second. After `run`, in a task that is not cancelled.
    package func flush() async {
        let end = time.uptime + Self.lastTimeout
        while time.uptime < end, case let spans = queue.take(), !spans.isEmpty {
            if case .taken = await attempt(spans, timeout: end - time.uptime) {
                queue.count(exported: spans.count)
            } else {
                queue.count(failed: spans.count)
                return
            }
        }
    }

    // MARK: -

    private enum Outcome {
        case taken
        /// The collector may take it later (OTLP: 429, 502, 503, 504, or no answer).
        case later
        case refused
    }

    private func send(_ spans: [EndedSpan]) async -> Bool {
        var outcome = await attempt(spans, timeout: Self.timeout)
        if outcome == .later, (try? await time.sleep(for: Self.pause)) != nil {
            outcome = await attempt(spans, timeout: Self.timeout)
        }
        if outcome == .taken { queue.count(exported: spans.count) } else { queue.count(failed: spans.count) }
        return outcome == .taken
    }

    private func attempt(_ spans: [EndedSpan], timeout: Duration) async -> Outcome {
        let body = encoder.body(spans)
        do throws(TransportError) {
            let answer = try await transport.send(origin: origin, timeout: timeout) { () throws(TransportError) in
                OutboundRequest(
                    method: .post, url: url,
                    fields: [
                        HTTPField("Content-Type", "application/json"), HTTPField("User-Agent", "release-gateway"),
                    ], body: body)
            }
            switch answer.status {
            case 200..<300: return .taken
            case 429, 502, 503, 504: return .later
            default: return .refused
            }
        } catch {
            return .later
        }
    }

    private func batchOrInterval() async {
        await withTaskGroup(of: Void.self) { group in
            group.addTask { await queue.batchIsWhole() }
            group.addTask { try? await time.sleep(for: Self.interval) }
            await group.next()
            group.cancelAll()
        }
    }

    private func log(isTaken: Bool) {
        if isTaken {
            logger.info("the collector takes spans again")
        } else {
            logger.warning("the collector does not take spans", metadata: ["collector": "\(origin)"])
        }
    }
}
