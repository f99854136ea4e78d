import Inbound
import Query

/// Everything that can be wrong with a request or with our answer to it: the API's closed set (OpenAPI `ProblemCode`).
/// `bad_request` and `fields_too_large` are the server's own, for requests that break a rule of HTTP.
/// The only place where an error gets its HTTP status.
package enum ProblemCode: String, Sendable, CaseIterable {
    case badRequest = "bad_request"
    case invalidParameter = "invalid_parameter"
    case invalidFilter = "invalid_filter"
    case invalidPageToken = "invalid_page_token"
    case pageTokenMismatch = "page_token_mismatch"
    case pageTokenExpired = "page_token_expired"
    case unauthenticated
    case forbidden
    case releaseNotFound = "release_not_found"
    case clusterNotFound = "cluster_not_found"
    case unknownBecauseClusterMissing = "unknown_because_cluster_missing"
    case routeNotFound = "route_not_found"
    case methodNotAllowed = "method_not_allowed"
    case notAcceptable = "not_acceptable"
    case payloadTooLarge = "payload_too_large"
    case uriTooLong = "uri_too_long"
    case fieldsTooLarge = "fields_too_large"
    case rateLimited = "rate_limited"
    case noData = "no_data"
    case noClusters = "no_clusters"
    case coverageNotMet = "coverage_not_met"
    case starting
    case overloaded
    case `internal`

    package var status: Int {
        switch self {
        case .badRequest, .invalidParameter, .invalidFilter, .invalidPageToken, .pageTokenMismatch: 400
        case .unauthenticated: 401
        case .forbidden: 403
        case .releaseNotFound, .clusterNotFound, .routeNotFound: 404
        case .methodNotAllowed: 405
        case .notAcceptable: 406
        case .pageTokenExpired: 410
        case .payloadTooLarge: 413
        case .uriTooLong: 414
        case .rateLimited: 429
        case .fieldsTooLarge: 431
        case .internal: 500
        case .unknownBecauseClusterMissing, .noData, .noClusters, .coverageNotMet, .starting, .overloaded: 503
        }
    }

    /// The same words every time (RFC 9457 §3.1.3).
    package var title: String {
        switch self {
        case .badRequest: "The request breaks a rule of HTTP"
        case .invalidParameter: "A parameter is not valid"
        case .invalidFilter: "The filter is not valid"
        case .invalidPageToken: "The page token is not valid"
        case .pageTokenMismatch: "The page token belongs to another question"
        case .pageTokenExpired: "The page token is no longer good"
        case .unauthenticated: "A valid API key is needed"
        case .forbidden: "No policy gives this right"
        case .releaseNotFound: "The cluster has no such release"
        case .clusterNotFound: "No such cluster is known"
        case .unknownBecauseClusterMissing: "Unknown: the cluster has not answered"
        case .routeNotFound: "There is nothing at this path"
        case .methodNotAllowed: "The method is not allowed here"
        case .notAcceptable: "None of the accepted media types is offered"
        case .payloadTooLarge: "Requests with a body are not taken"
        case .uriTooLong: "The request target is too long"
        case .fieldsTooLarge: "The header fields are too large"
        case .rateLimited: "Too many requests"
        case .noData: "None of the clusters has usable data"
        case .noClusters: "No cluster is configured or discovered"
        case .coverageNotMet: "Fewer clusters are covered than required"
        case .starting: "The list of clusters is not known yet"
        case .overloaded: "The gateway is busy"
        case .internal: "Something went wrong inside the gateway"
        }
    }

    /// What dereferencing would explain; stable for ever, since clients compare it.
    package var type: String { "urn:release-gateway:problem:\(rawValue)" }

    /// Worth asking again; then `Retry-After` says when.
    package var isTemporary: Bool { status == 503 || status == 429 }
}

extension APIProblem {
    /// What the server refused by itself, in the API's words.
    init(_ refusal: Refusal, method: String?) {
        switch refusal {
        case .badRequest(let rule): self.init(.badRequest, rule)
        case .bodyNotAllowed where method == nil || method == "GET" || method == "HEAD":
            self.init(.payloadTooLarge, "a request must not have a body")
        case .bodyNotAllowed: self.init(.methodNotAllowed, "the API is read-only")
        case .targetTooLong: self.init(.uriTooLong, "shorten the query")
        case .fieldsTooLarge: self.init(.fieldsTooLarge, "send fewer or shorter header fields")
        case .overloaded: self.init(.overloaded, "too many requests are waiting")
        case .timedOut: self.init(.overloaded, "no answer was ready in time")
        case .unusableAnswer: self.init(.internal, "an answer was made that cannot be sent")
        }
    }
    init(_ invalid: InvalidParameters) {
        // What is wrong within the expression has a place in it; a filter where none is taken has not.
        let isFilter = invalid.problems.allSatisfy {
            $0.parameter == ListParameter.filter.rawValue && $0.position != nil
        }
        self.init(isFilter ? .invalidFilter : .invalidParameter, "see errors for each of them")
        errors = invalid.problems
    }
}
