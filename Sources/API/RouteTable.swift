import Query

/// What is answered where. The one list: the handler walks it, and a test holds it against the OpenAPI document.
package enum Endpoint: Sendable, CaseIterable {
    case releases, release, clusters, cluster, summary, fields, fieldValues, access, live, ready, metrics
    case openAPIYAML, openAPIJSON

    /// Names of parameters; `label.` stands for every name that begins so. Nil: the query is not looked at, since a
    /// probe must never fail for what somebody adds to its address.
    package var parameters: [String]? {
        switch self {
        case .releases: RouteTable.listParameters
        case .release: ["view", "fields", "max_age", "wait"]
        case .clusters: RouteTable.clusterParameters + ["state", "page_size", "page_token", "max_age"]
        case .cluster: ["max_age"]
        case .summary: RouteTable.countParameters + [SummaryRequest.parameter]
        case .fieldValues: RouteTable.countParameters + [FieldValuesRequest.parameter]
        case .fields, .access: []
        case .openAPIYAML, .openAPIJSON: []
        case .live, .ready, .metrics: nil
        }
    }
    /// Probes and the API's own description hold nothing of the fleet.
    var needsCaller: Bool {
        switch self {
        case .releases, .release, .clusters, .cluster, .summary, .fields, .fieldValues, .access: true
        case .live, .ready, .metrics, .openAPIYAML, .openAPIJSON: false
        }
    }
    /// It says something of clusters and releases.
    var isOfFleet: Bool {
        switch self {
        case .releases, .release, .clusters, .cluster, .summary, .fieldValues: true
        case .fields, .access, .live, .ready, .metrics, .openAPIYAML, .openAPIJSON: false
        }
    }
    /// Its answers may be good for others who ask the same.
    var isShared: Bool {
        switch self {
        case .releases, .summary, .fieldValues: true
        case .release, .clusters, .cluster, .fields, .access, .live, .ready, .metrics, .openAPIYAML, .openAPIJSON: false
        }
    }
    /// `Accept` is held to JSON; the list of releases has more formats and looks itself, the others are served to
    /// whoever asks.
    var isJSON: Bool {
        switch self {
        case .release, .clusters, .cluster, .summary, .fields, .fieldValues, .access, .openAPIJSON: true
        case .releases, .live, .ready, .metrics, .openAPIYAML: false
        }
    }
}

package struct Route: Sendable {
    /// As OpenAPI writes it: `/v1/clusters/{cluster_id}`.
    package let template: String
    package let endpoint: Endpoint
    /// In its table, from 1; what is counted by route goes by it.
    package fileprivate(set) var number = 0
    private let segments: [Substring]

    init(_ template: String, _ endpoint: Endpoint) {
        self.template = template
        self.endpoint = endpoint
        segments = template.dropFirst().split(separator: "/", omittingEmptySubsequences: false)
    }

    /// The values of the template's parameters in their order; nil when `path` is another one. A trailing slash is.
    func match(_ path: [String]) -> [String]? {
        guard path.count == segments.count else { return nil }
        var values: [String] = []
        for (segment, given) in zip(segments, path) {
            if segment.first == "{" {
                if given.isEmpty { return nil }
                values.append(given)
            } else if segment != given {
                return nil
            }
        }
        return values
    }
}

package struct RouteTable: Sendable {
    package let routes: [Route]

    private init(routes: [Route]) {
        self.routes = routes.enumerated().map { index, route in
            var route = route
            route.number = index + 1
            return route
        }
    }

    /// `other` for 0, the number of requests that no route was found for.
    func template(ofNumber number: Int) -> String {
        routes.indices.contains(number - 1) ? routes[number - 1].template : "other"
    }

    /// Every route takes these and no others.
    package static let methods = ["GET", "HEAD", "OPTIONS"]
    static let allow = methods.joined(separator: ", ")

    package static let main = RouteTable(routes: [
        Route("/releases", .releases),
        Route("/v1/releases", .releases),
        Route("/v1/releases/{cluster_id}/{namespace}/{name}", .release),
        Route("/v1/clusters", .clusters),
        Route("/v1/clusters/{cluster_id}", .cluster),
        Route("/v1/summary", .summary),
        Route("/v1/fields", .fields),
        Route("/v1/fields/{field}/values", .fieldValues),
        Route("/v1/access", .access),
        Route("/livez", .live),
        Route("/readyz", .ready),
        Route("/openapi.yaml", .openAPIYAML),
        Route("/openapi.json", .openAPIJSON),
    ])
    package static let admin = RouteTable(routes: [
        Route("/livez", .live), Route("/readyz", .ready), Route("/metrics", .metrics),
    ])

    func route(for path: [String]) -> (route: Route, values: [String])? {
        for route in routes {
            if let values = route.match(path) { return (route, values) }
        }
        return nil
    }

    static let clusterParameters = ["cluster", "cluster_id", "cluster_name", "region", "project_id", "label."]
    static let listParameters = ListParameter.allCases.map(\.rawValue) + ["label."]
    /// Of what is counted over the rows of a list: its filters, coverage and pages.
    static let countParameters = listParameters.filter { !ListParameter.ofRows.map(\.rawValue).contains($0) }
}
