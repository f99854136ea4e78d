import Query
import ReleaseModel
import Timing

/// What answers about the fleet, or about what a scope leaves of it.
struct FleetEndpoints: Sendable {
    private let source: any ReleaseSource
    private let releases: ReleaseListing
    private let release: SingleRelease
    private let clusters: ClusterListing
    let counts: CountListing

    init(source: any ReleaseSource, time: any TimeSource, policy: APIPolicy, pages: Pages, work: LongWork) {
        self.source = source
        let reader = ReleaseReader(source: source, time: time, policy: policy, pages: pages)
        releases = ReleaseListing(reader: reader, work: work)
        counts = CountListing(reader: reader, work: work)
        release = SingleRelease(source: source, time: time, policy: policy)
        clusters = ClusterListing(source: source, time: time, policy: policy, pages: pages)
    }

    /// The newest snapshot is there at once.
    var isReady: Bool { source.isReady }
    /// Long work where it is not.
    func makeReady() { _ = source.current }

    func wait(
        _ endpoint: Endpoint, _ exchange: Exchange, _ place: SharedPlace?
    ) async throws(APIProblem) -> Answer {
        switch endpoint {
        case .releases: return try await releases.answer(exchange, at: place)
        case .release: return try await release.answer(exchange)
        case .summary: return try await counts.answer(summary(exchange), at: place)
        case .fieldValues: return try await counts.answer(values(exchange), at: place)
        default:
            guard case .answer(let answer) = try step(endpoint, exchange) else {
                throw APIProblem(.internal, "an endpoint that never waits did")
            }
            return answer
        }
    }

    func step(_ endpoint: Endpoint, _ exchange: Exchange) throws(APIProblem) -> Step {
        switch endpoint {
        case .releases: return try releases.answerNow(exchange)
        case .release: return try release.answerNow(exchange)
        case .clusters: return .answer(try clusters.list(exchange))
        case .cluster: return .answer(try clusters.one(exchange))
        case .summary: return try counts.answerNow(summary(exchange))
        case .fieldValues: return try counts.answerNow(values(exchange))
        case .fields, .access, .live, .ready, .metrics, .openAPIYAML, .openAPIJSON:
            throw APIProblem(.internal, "an endpoint is not about the fleet")
        }
    }

    private func summary(_ exchange: Exchange) throws(APIProblem) -> CountQuestion {
        try CountQuestion(summary: exchange, pages: counts.reader.pages)
    }
    private func values(_ exchange: Exchange) throws(APIProblem) -> CountQuestion {
        try CountQuestion(valuesOf: exchange, pages: counts.reader.pages)
    }
}
