import Inbound
import Telemetry
import Timing

/// What surrounds the answer to one request: its name, its route for those who count, its span, and how long it took.
struct RequestFrame {
    let requestID: String
    /// 0 until a route is found.
    var route = 0
    private let arrivedAt: Duration
    private let time: any TimeSource
    private let tracer: Tracer

    init(_ request: InboundRequest, time: any TimeSource, tracer: Tracer) {
        arrivedAt = request.arrivedAt
        requestID = RequestID.of(request)
        self.time = time
        self.tracer = tracer
    }

    /// The response as it goes out.
    func completed(_ response: consuming InboundResponse) -> InboundResponse {
        response.route = route
        response.requestID = requestID
        response.fields.append((ServerTiming.field, ServerTiming.value(time.uptime - arrivedAt)))
        return response
    }

    // MARK: - The trace

    /// A span over the request from its head on; nil where its trace is not kept.
    func span(under caller: TraceContext?) -> Span? {
        tracer.span("request", .server, under: caller, began: arrivedAt)
    }
    func end(_ span: Span?, of request: InboundRequest, _ response: InboundResponse, routes: RouteTable) {
        tracer.end(
            span, failed: response.status >= 500,
            [
                ("http.request.method", .text(RouteTable.methods.contains(request.method) ? request.method : "_OTHER")),
                ("http.route", .text(routes.template(ofNumber: route))),
                ("http.response.status_code", .number(response.status)),
                ("request_id", .text(requestID)),
            ])
    }
    /// Of a request that was answered at once: its span has no children.
    func trace(_ request: InboundRequest, _ response: InboundResponse, routes: RouteTable) {
        if tracer.isOn { end(span(under: TraceContext(request.fields)), of: request, response, routes: routes) }
    }
}
