import Inbound
import Logging
import Telemetry

/// One line for a request, after it: for all, for slow ones, or for some. Paths and queries are not in it, since they
/// name releases; the route, the status and the request's name are.
package struct RequestLog: Sendable {
    package struct Rule: Sendable, Equatable {
        /// What takes longer is logged, whatever else holds.
        let slow: Duration
        /// Of the others, how many: 0 none, 1 all.
        let ratio: Double
        package init(slow: Duration, ratio: Double) {
            self.slow = slow
            self.ratio = ratio
        }
    }
    private let logger: Logger
    private let rule: @Sendable () -> Rule

    /// - Parameter rule: what holds now; asked for each request.
    package init(_ logger: Logger, rule: @escaping @Sendable () -> Rule) {
        self.logger = logger
        self.rule = rule
    }

    /// On the library's threads, when a request is over.
    package func note(_ request: CompletedRequest, _ routes: RouteTable) {
        let rule = rule()
        let isSlow = request.duration >= rule.slow
        guard isSlow || rule.ratio > 0 && (rule.ratio >= 1 || Double.random(in: 0..<1) < rule.ratio) else { return }
        let method = request.request?.method ?? ""
        logger.info(
            isSlow ? "slow request" : "request",
            metadata: [
                "request_id": "\(request.requestID)", "route": "\(routes.template(ofNumber: request.route))",
                "method": "\(RouteTable.methods.contains(method) ? method : "other")", "status": "\(request.status)",
                "duration_ms": "\(Int(clamping: Int64(request.duration / .milliseconds(1))))",
                "bytes": "\(request.bodyBytes)", "outcome": "\(request.outcome)",
                "peer": "\(request.request?.peer ?? "")",
            ])
    }
}
