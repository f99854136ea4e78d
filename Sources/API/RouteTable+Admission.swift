import Inbound

extension RouteTable {
    /// The route of a request that may be answered; nil for `OPTIONS`, which is answered the same everywhere.
    func admit(_ request: InboundRequest) throws(APIProblem) -> (route: Route, values: [String])? {
        if request.method == "OPTIONS", request.rawPath == "*" { return nil }
        guard let found = route(for: request.path) else {
            throw APIProblem(.routeNotFound, "/openapi.yaml lists what there is")
        }
        switch request.method {
        case "GET", "HEAD": return found
        case "OPTIONS": return nil
        default: throw APIProblem(.methodNotAllowed, "the API is read-only")
        }
    }

    static func optionsResponse(requestID: String) -> InboundResponse {
        InboundResponse(status: 204, fields: [("Allow", allow)] + Answer.commonFields(requestID: requestID))
    }

    /// What the server refused by itself, as a problem. After a request that broke a rule of HTTP nothing more is read
    /// from its connection.
    func response(to refusal: Refusal, of request: InboundRequest?) -> InboundResponse {
        let problem = APIProblem(refusal, method: request?.method)
        let requestID = RequestID.of(request)
        var response = problem.response(requestID: requestID)
        response.requestID = requestID
        response.route = request.flatMap { route(for: $0.path) }?.route.number ?? 0
        switch refusal {
        case .badRequest, .bodyNotAllowed, .targetTooLong, .fieldsTooLarge: response.closesConnection = true
        case .overloaded, .timedOut, .unusableAnswer: break
        }
        return response
    }
}
