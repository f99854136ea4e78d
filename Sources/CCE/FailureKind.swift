import ReleaseModel

/// What an attempt met: finer than the reason that is told, since what is done about it differs.
package enum FailureKind: Sendable, Hashable, CaseIterable {
    /// The endpoint's name did not resolve.
    case unresolved
    /// Refused, unreachable, or lost before TLS was up.
    case unreachable
    /// Connected, then lost before the answer was whole.
    case cut
    case tls
    case timeout
    /// 401.
    case unauthorized
    /// 401, and the time we signed explains it.
    case clockSkew
    /// 403.
    case forbidden
    /// 404 of the cloud's own, about what was asked.
    case notFound
    /// 400, 409, 410 and the rest of 4xx; or the call could not even be made.
    case rejected
    /// 429 and 408: too many calls.
    case throttled
    /// 429 because another request holds the resource: waiting helps, asking less does not.
    case locked
    /// 500, 502, 503, 504.
    case unavailable
    /// The rest of 5xx.
    case serverError
    /// No answer of the API at all: a page for people, nothing, 204, a redirect, not HTTP, an error body with status 200.
    case foreign
    /// JSON that is no list of releases, or is none of whose rows can be used.
    case unreadable
    /// More than we take.
    case tooLarge
    /// We had no room ourselves; nothing was sent, or the answer was let go.
    case busy
    /// Nothing was sent: calls to the endpoint have stopped, since too many failed.
    case circuitOpen
    /// Our caller went away: nothing was learned about the cluster.
    case cancelled
    /// Nothing was sent: another key has taken the place of the one the call was admitted with.
    case keyReplaced
}

/// What follows from a failed attempt. One table, so that no two places decide it differently.
package struct FailureAction: Sendable, Equatable {
    package enum Retry: Sendable, Equatable {
        case never
        /// Once, however many `upstream.retries` allows.
        case once
        /// As often as `upstream.retries` allows.
        case allowed
    }
    /// What the attempt shows of those behind whose failure calls stop (design: failure domains).
    package enum Evidence: Sendable, Equatable {
        /// Neither way.
        case none
        /// Something that knows the API answered: cluster and endpoint are there.
        case answered
        /// The endpoint fails, for every cluster behind it alike: not held against any cluster.
        case endpointFails
        /// The cluster fails, or the endpoint does: held against both.
        case fails
    }
    /// What becomes of the rows held.
    package enum Rows: Sendable, Equatable {
        /// They stay until `staleLimit`, labelled.
        case kept
        /// The same, and a second such failure in a row lets them go.
        case droppedWhenRepeated
        /// Nothing happened to them: they are not even labelled.
        case untouched
    }
    package var retry = Retry.never
    package var evidence = Evidence.none
    package var rows = Rows.kept
    /// Calls with this credential at this endpoint become fewer, and the call is asked again when its turn comes.
    package var slowsDown = false
}

extension FailureKind {
    package var action: FailureAction {
        switch self {
        case .unresolved: FailureAction(retry: .once, evidence: .endpointFails)
        case .unreachable: FailureAction(retry: .allowed, evidence: .endpointFails)
        case .tls: FailureAction(evidence: .endpointFails)
        case .cut: FailureAction(retry: .allowed, evidence: .fails)
        case .unavailable: FailureAction(retry: .allowed, evidence: .fails)
        case .timeout, .serverError, .foreign, .tooLarge: FailureAction(evidence: .fails)
        case .forbidden, .rejected, .locked, .unreadable: FailureAction(evidence: .answered)
        case .notFound: FailureAction(evidence: .answered, rows: .droppedWhenRepeated)
        case .throttled: FailureAction(slowsDown: true)
        // The credential's gate counts these.
        case .unauthorized, .clockSkew: FailureAction()
        case .busy, .circuitOpen: FailureAction()
        case .cancelled, .keyReplaced: FailureAction(rows: .untouched)
        }
    }

    /// What is told of it.
    package var reason: Reason {
        switch self {
        case .unresolved, .unreachable, .cut: .network
        case .tls: .tls
        case .timeout: .timeout
        case .unauthorized: .unauthorized
        case .clockSkew: .clockSkew
        case .forbidden: .forbiddenUpstream
        case .notFound: .notFound
        case .rejected: .rejected
        case .throttled, .busy: .throttled
        case .locked: .locked
        case .unavailable, .serverError: .upstream5xx
        case .foreign, .unreadable: .invalidResponse
        case .tooLarge: .tooLarge
        case .circuitOpen: .circuitOpen
        case .cancelled, .keyReplaced: .pending
        }
    }
}
