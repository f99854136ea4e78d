/// Why a cluster's rows are not fresh. A closed set: it is the API's vocabulary (OpenAPI `CoverageReason`).
package enum Reason: String, Sendable, CaseIterable {
    /// A newer call is running or queued.
    case pending
    /// Older than was asked for, and no newer call is running.
    case aged
    case timeout, network, tls, throttled, locked, unauthorized
    case forbiddenUpstream = "forbidden_upstream"
    case notFound = "not_found"
    case rejected
    case upstream5xx = "upstream_5xx"
    case invalidResponse = "invalid_response"
    case tooLarge = "too_large"
    case circuitOpen = "circuit_open"
    case clockSkew = "clock_skew"
    case hibernated, deleting, creating, disabled
    case neverLoaded = "never_loaded"
}
