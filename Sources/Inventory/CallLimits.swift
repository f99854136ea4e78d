import Outbound

/// How hard the inventory may lean on the cloud: its share of `upstream:` and `server.memoryBudget`.
package struct CallLimits: Sendable, Equatable {
    /// Calls running at once, over all clusters.
    package var maxInFlight = 256
    /// Of these, calls to one origin, so that one hung region cannot hold them all.
    package var maxInFlightPerHost = 64
    /// Calls that may start in a second with one credential at one origin, at the most; 0: any number. It becomes less
    /// while the cloud refuses calls.
    package var maxCallsPerSecond = 200
    /// Bounds one attempt.
    package var timeout: Duration = .seconds(10)
    /// Bounds a cluster's refresh with its pauses and retries; waiting for admission does not count.
    package var deadline: Duration = .seconds(15)
    /// Further attempts in place after one that lost its connection or met a 5xx.
    package var retries = 1
    /// Compressed bytes of `values`, `parameters` and `resources` held; beyond it the largest parts let them go.
    package var heavyBytesBudget = 256 << 20

    package init() {}

    package init(_ upstream: UpstreamConfig, heavyBytesBudget: Int) {
        maxInFlight = upstream.maxInFlight
        maxInFlightPerHost = upstream.maxInFlightPerHost
        maxCallsPerSecond = upstream.maxCallsPerSecond
        timeout = upstream.timeout
        deadline = upstream.deadline
        retries = upstream.retries
        self.heavyBytesBudget = heavyBytesBudget
    }
}
