import Inbound
import Telemetry
import Timing

/// Answers everything on the admin listener.
package struct AdminHandler: RequestHandler {
    /// The text of all metrics; it walks over the clusters, so it is called from a task.
    package typealias Metrics = @Sendable (MetricFormat) -> [UInt8]
    private let readiness: @Sendable () -> Readiness
    private let metrics: Metrics
    private let time: any TimeSource

    package init(
        time: any TimeSource = SystemTime(), metrics: @escaping Metrics = { _ in [] },
        readiness: @escaping @Sendable () -> Readiness
    ) {
        self.time = time
        self.metrics = metrics
        self.readiness = readiness
    }

    package func answerNow(_ request: InboundRequest) -> Immediate {
        respond(to: request, isInTask: false).map { .respond($0) } ?? .later
    }
    package func answer(_ request: InboundRequest) async -> InboundResponse {
        respond(to: request, isInTask: true) ?? InboundResponse(status: 500)
    }
    package func refusal(_ refusal: Refusal, of request: InboundRequest?) -> InboundResponse {
        RouteTable.admin.response(to: refusal, of: request)
    }

    /// Nil where a task is to answer and this is none.
    private func respond(to request: InboundRequest, isInTask: Bool) -> InboundResponse? {
        var frame = RequestFrame(request, time: time, tracer: .off)
        do throws(APIProblem) {
            guard let (route, _) = try RouteTable.admin.admit(request) else {
                return frame.completed(RouteTable.optionsResponse(requestID: frame.requestID))
            }
            frame.route = route.number
            let answer: Answer
            switch route.endpoint {
            case .live: answer = .live
            case .ready: answer = readiness().answer(to: request)
            case .metrics:
                guard isInTask else { return nil }
                answer = page(request)
            case .releases, .release, .clusters, .cluster, .summary, .fields, .fieldValues, .access, .openAPIYAML,
                .openAPIJSON:
                throw APIProblem(.routeNotFound, "see the main listener")
            }
            return frame.completed(answer.response(requestID: frame.requestID))
        } catch {
            return frame.completed(error.response(requestID: frame.requestID))
        }
    }

    private func page(_ request: InboundRequest) -> Answer {
        let format = MetricFormat.wanted(by: request)
        return Answer(mediaType: format.contentType, body: metrics(format)).compressed(
            for: AcceptEncoding(request.fields))
    }
}

extension MetricFormat {
    /// OpenMetrics where it is named and wanted more; Prometheus' own format else, also where neither is taken: a
    /// scraper that says odd things is still to be served.
    static func wanted(by request: InboundRequest) -> MetricFormat {
        let ranges = MediaRange.ranges(request.fields)
        guard ranges.contains(where: { $0.type == "application" && $0.subtype == "openmetrics-text" }) else {
            return .prometheus
        }
        let open = MediaRange.weight(ranges, type: "application", subtype: "openmetrics-text")
        return open > 0 && open >= MediaRange.weight(ranges, type: "text", subtype: "plain")
            ? .openMetrics : .prometheus
    }
}
