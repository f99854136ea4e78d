import Inbound
import Timing

/// One request on its way: what every endpoint needs of it.
struct Exchange {
    let request: InboundRequest
    /// The values of the path's parameters.
    let values: [String]
    let access: Access
    /// When the request came, by `TimeSource.uptime`.
    let askedAt: Duration
    let encoding: AcceptEncoding

    var caller: Caller { access.caller }
}

/// What an endpoint has to say on the server's own thread.
enum Step {
    case answer(Answer)
    /// It must wait, or scan much: ask again in a task.
    case later
}
