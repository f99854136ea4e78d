import Inbound
import Query
import ReleaseModel
import Settings
import Telemetry
import Timing

/// Answers everything on the main listener.
package struct APIHandler: RequestHandler {
    private let time: any TimeSource
    private let authenticator: Authenticator
    private let readiness: @Sendable () -> Readiness
    private let releases: ReleaseListing
    private let release: SingleRelease
    private let clusters: ClusterListing
    private let counts: CountListing
    private let work: LongWork
    private let tracer: Tracer

    package init(
        source: any ReleaseSource, time: any TimeSource, policy: APIPolicy, authenticator: Authenticator, pages: Pages,
        work: LongWork, tracer: Tracer = .off, readiness: @escaping @Sendable () -> Readiness
    ) {
        self.time = time
        self.authenticator = authenticator
        self.readiness = readiness
        self.work = work
        self.tracer = tracer
        let reader = ReleaseReader(source: source, time: time, policy: policy, pages: pages)
        releases = ReleaseListing(reader: reader, work: work)
        counts = CountListing(reader: reader, work: work)
        release = SingleRelease(source: source, time: time, policy: policy)
        clusters = ClusterListing(source: source, time: time, policy: policy, pages: pages)
    }

    package func answerNow(_ request: InboundRequest) -> Immediate {
        var frame = RequestFrame(request, time: time, tracer: tracer)
        guard let made = respondNow(request, &frame) else { return .later }
        let response = frame.completed(made)
        frame.trace(request, response, routes: .main)
        return .respond(response)
    }

    package func answer(_ request: InboundRequest) async -> InboundResponse {
        var frame = RequestFrame(request, time: time, tracer: tracer)
        let caller = TraceContext(request.fields)
        let span = frame.span(under: caller)
        let origin = CallOrigin(requestID: frame.requestID, trace: span?.context ?? caller)
        let (made, route) = await CallOrigin.$current.withValue(origin) { [frame] in
            var frame = frame
            return (await respond(request, &frame), frame.route)
        }
        frame.route = route
        let response = frame.completed(made)
        frame.end(span, of: request, response, routes: .main)
        return response
    }

    /// Nil: it must wait, or scan much.
    private func respondNow(_ request: InboundRequest, _ frame: inout RequestFrame) -> InboundResponse? {
        let requestID = frame.requestID
        do throws(APIProblem) {
            switch try admit(request, &frame.route) {
            case .options: return RouteTable.optionsResponse(requestID: requestID)
            case .to(let endpoint, let exchange):
                let place = place(endpoint, exchange)
                var answer: Answer
                if let shared = place?.answer {
                    answer = shared
                } else {
                    guard case .answer(let made) = try step(endpoint, exchange) else { return nil }
                    answer = place?.keep(made) ?? made
                }
                answer = answer.revalidated(for: exchange)
                if answer.isLong(for: exchange.encoding) { return nil }
                return compressed(answer, place, exchange).response(requestID: requestID)
            }
        } catch {
            return error.response(requestID: requestID)
        }
    }

    private func respond(_ request: InboundRequest, _ frame: inout RequestFrame) async -> InboundResponse {
        let requestID = frame.requestID
        do throws(APIProblem) {
            switch try admit(request, &frame.route) {
            case .options: return RouteTable.optionsResponse(requestID: requestID)
            case .to(let endpoint, let exchange):
                let place = place(endpoint, exchange)
                var answer =
                    if let shared = place?.answer { shared } else { try await wait(endpoint, exchange, place) }
                answer = answer.revalidated(for: exchange)
                guard answer.isLong(for: exchange.encoding) else {
                    return compressed(answer, place, exchange).response(requestID: requestID)
                }
                return try await work.run { [answer] in compressed(answer, place, exchange) }
                    .response(requestID: requestID)
            }
        } catch {
            return error.response(requestID: requestID)
        }
    }

    package func refusal(_ refusal: Refusal, of request: InboundRequest?) -> InboundResponse {
        RouteTable.main.response(to: refusal, of: request)
    }

    // MARK: - Sharing

    private func place(_ endpoint: Endpoint, _ exchange: Exchange) -> SharedPlace? {
        endpoint.isShared ? SharedPlace(exchange, counts.reader) : nil
    }
    private func compressed(_ answer: Answer, _ place: SharedPlace?, _ exchange: Exchange) -> Answer {
        let compressed = answer.compressed(for: exchange.encoding)
        if answer.coding == nil, compressed.coding != nil { place?.keep(coded: compressed) }
        return compressed
    }

    // MARK: - From request to endpoint

    private enum Admission {
        case options
        case to(Endpoint, Exchange)
    }

    /// - Parameter number: becomes the route's, also where the request is refused there.
    private func admit(_ request: InboundRequest, _ number: inout Int) throws(APIProblem) -> Admission {
        guard let (route, values) = try RouteTable.main.admit(request) else { return .options }
        number = route.number
        var caller = Caller.anonymous
        if route.endpoint.needsCaller {
            guard let known = authenticator.caller(of: request) else {
                throw APIProblem(.unauthenticated, "send Authorization: Bearer with a key of this gateway, once")
            }
            caller = known
        }
        if route.endpoint.isJSON,
            !MediaRange.accept(MediaRange.ranges(request.fields), type: "application", subtype: "json")
        {
            throw APIProblem(.notAcceptable, "answers are application/json")
        }
        let encoding = AcceptEncoding(request.fields)
        // Probes are answered whatever is asked.
        if encoding.refusesAll, route.endpoint.parameters != nil {
            throw APIProblem(.notAcceptable, "bodies are sent as they are, or compressed with zstd or gzip")
        }
        if let known = route.endpoint.parameters { try Self.check(request.query, known: known) }
        return .to(
            route.endpoint,
            Exchange(request: request, values: values, caller: caller, askedAt: time.uptime, encoding: encoding))
    }

    /// Every name that the endpoint does not know, with the nearest that it does.
    private static func check(_ query: [(name: String, value: String)], known: [String]) throws(APIProblem) {
        let takesLabels = known.contains("label.")
        let unknown = query.filter { !known.contains($0.name) && !(takesLabels && $0.name.hasPrefix("label.")) }
        guard !unknown.isEmpty else { return }
        throw APIProblem(
            InvalidParameters(
                problems: unknown.map { item in
                    ParameterProblem(
                        parameter: item.name, detail: "is no parameter here", token: item.name,
                        hint: NearestName.of(item.name, among: known))
                }))
    }

    private func wait(
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

    private func summary(_ exchange: Exchange) throws(APIProblem) -> CountQuestion {
        try CountQuestion(summary: exchange, pages: counts.reader.pages)
    }
    private func values(_ exchange: Exchange) throws(APIProblem) -> CountQuestion {
        try CountQuestion(valuesOf: exchange, pages: counts.reader.pages)
    }

    private func step(_ endpoint: Endpoint, _ exchange: Exchange) throws(APIProblem) -> Step {
        switch endpoint {
        case .releases: return try releases.answerNow(exchange)
        case .release: return try release.answerNow(exchange)
        case .clusters: return .answer(try clusters.list(exchange))
        case .cluster: return .answer(try clusters.one(exchange))
        case .summary: return try counts.answerNow(summary(exchange))
        case .fields: return .answer(FieldListing.answer(exchange))
        case .fieldValues: return try counts.answerNow(values(exchange))
        case .live: return .answer(.live)
        case .ready: return .answer(readiness().answer(to: exchange.request))
        case .metrics: throw APIProblem(.routeNotFound, "see the admin listener")
        case .openAPIYAML: return .answer(.document("application/yaml", OpenAPIDocument.yaml))
        case .openAPIJSON: return .answer(.document("application/json", OpenAPIDocument.json))
        }
    }
}
