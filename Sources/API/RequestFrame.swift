import Inbound
import Telemetry
import Timing

/// What surrounds the answer to one request: its name, its route for those who count, its span, and how long it took.
struct RequestFrame {
    let request: InboundRequest
    let requestID: String
    /// 0 until a route is found.
    var route = 0
    private let time: any TimeSource
    private let tracer: Tracer

    init(_ request: InboundRequest, time: any TimeSource, tracer: Tracer) {
        self.request = request
        requestID = RequestID.of(request)
        self.time = time
        self.tracer = tracer
    }

    /// The response as it goes out.
    func completed(_ response: consuming InboundResponse) -> InboundResponse {
        response.route = route
        response.requestID = requestID
        response.fields.append((ServerTiming.field, ServerTiming.value(time.uptime - request.arrivedAt)))
        return response
    }

    // MARK: - The trace

    /// Where the caller is in a trace.
    var caller: TraceContext? { TraceContext(request.fields) }

    /// A span over the request from its head on; nil where its trace is not kept.
    func span(under caller: TraceContext?) -> Span? {
        tracer.span("request", .server, under: caller, began: request.arrivedAt)
    }
    func end(_ span: Span?, _ response: InboundResponse, routes: RouteTable) {
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
    func trace(_ response: InboundResponse, routes: RouteTable) {
        if tracer.isOn { end(span(under: caller), response, routes: routes) }
    }
}
