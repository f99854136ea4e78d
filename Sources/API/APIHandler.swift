import Inbound
import Query
import Settings
import Telemetry
import Timing

/// Answers everything on the main listener.
package struct APIHandler: RequestHandler {
    private let time: any TimeSource
    private let authenticator: Authenticator
    private let readiness: @Sendable () -> Readiness
    private let whole: FleetEndpoints
    private let scoped: [Caller: FleetEndpoints]
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
        whole = FleetEndpoints(source: source, time: time, policy: policy, pages: pages, work: work)
        let scopes = authenticator.scopes
        let kept = pages.follow(scopes)
        scoped = scopes.reduce(into: [:]) { scoped, each in
            guard let (pages, views) = kept[each.key] else { return }
            let source = ScopedSource(whole: source, scope: each.value, views: views)
            scoped[each.key] = FleetEndpoints(source: source, time: time, policy: policy, pages: pages, work: work)
        }
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
                let fleet = try fleet(exchange)
                // What is left of a snapshot is made on a thread for long work.
                if let fleet, !fleet.isReady { return nil }
                let place = place(endpoint, exchange, fleet)
                var answer: Answer
                if let shared = place?.answer {
                    answer = shared
                } else {
                    guard case .answer(let made) = try step(endpoint, exchange, fleet) else { return nil }
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
                let fleet = try fleet(exchange)
                if let fleet, !fleet.isReady { try await work.run { fleet.makeReady() } }
                let place = place(endpoint, exchange, fleet)
                var answer =
                    if let shared = place?.answer { shared } else { try await wait(endpoint, exchange, fleet, place) }
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

    private func place(_ endpoint: Endpoint, _ exchange: Exchange, _ fleet: FleetEndpoints?) -> SharedPlace? {
        guard endpoint.isShared, let fleet else { return nil }
        return SharedPlace(exchange, fleet.counts.reader)
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
        var access = Access.ofNobody
        if route.endpoint.needsCaller {
            do throws(AuthenticationFailure) { access = try authenticator.access(of: request) } catch {
                throw APIProblem(.unauthenticated, error.detail)
            }
            if route.endpoint.isOfFleet { try Self.check(request.query, access) }
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
            Exchange(request: request, values: values, access: access, askedAt: time.uptime, encoding: encoding))
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

    /// What waits for the cloud is refused to who may have it of no cluster; of which it may, the source knows.
    private static func check(_ query: [(name: String, value: String)], _ access: Access) throws(APIProblem) {
        if access.isEmpty { throw APIProblem(.forbidden, "no policy names this caller; see /v1/access") }
        guard access.scope != nil else { return }
        let waiting: [ListParameter] = [.maxAge, .wait, .chartID]
        for parameter in waiting where query.contains(where: { $0.name == parameter.rawValue }) {
            try access.require(.live, for: parameter.rawValue)
        }
    }

    // MARK: - Endpoints

    /// The fleet as the caller may see it; nil for a caller of nothing, whom only endpoints without a fleet answer.
    private func fleet(_ exchange: Exchange) throws(APIProblem) -> FleetEndpoints? {
        guard exchange.access.scope != nil else { return whole }
        if exchange.access.isEmpty { return nil }
        guard let fleet = scoped[exchange.caller] else { throw APIProblem(.internal, "a scope has no endpoints") }
        return fleet
    }

    private func wait(
        _ endpoint: Endpoint, _ exchange: Exchange, _ fleet: FleetEndpoints?, _ place: SharedPlace?
    ) async throws(APIProblem) -> Answer {
        if let fleet, endpoint.isOfFleet { return try await fleet.wait(endpoint, exchange, place) }
        return try own(endpoint, exchange)
    }
    private func step(
        _ endpoint: Endpoint, _ exchange: Exchange, _ fleet: FleetEndpoints?
    ) throws(APIProblem) -> Step {
        if let fleet, endpoint.isOfFleet { return try fleet.step(endpoint, exchange) }
        return .answer(try own(endpoint, exchange))
    }

    /// What is said without a look at the fleet.
    private func own(_ endpoint: Endpoint, _ exchange: Exchange) throws(APIProblem) -> Answer {
        switch endpoint {
        case .fields: return FieldListing.answer(exchange)
        case .access: return AccessListing.answer(exchange.access)
        case .live: return .live
        case .ready: return readiness().answer(to: exchange.request)
        case .metrics: throw APIProblem(.routeNotFound, "see the admin listener")
        case .openAPIYAML: return .document("application/yaml", OpenAPIDocument.yaml)
        case .openAPIJSON: return .document("application/json", OpenAPIDocument.json)
        case .releases, .release, .clusters, .cluster, .summary, .fieldValues:
            throw APIProblem(.internal, "an endpoint has no fleet")
        }
    }
}
