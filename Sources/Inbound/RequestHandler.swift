/// Answers requests. One per listener.
package protocol RequestHandler: Sendable {
    /// On the library's own thread: fast, never blocking. `.later` suspends the connection and calls `answer`.
    func answerNow(_ request: InboundRequest) -> Immediate
    /// In a task of the server's group; cancelled when the peer has gone or the request's time is up.
    func answer(_ request: InboundRequest) async -> InboundResponse
    /// The answer to something the server refuses by itself (a body, a bad target, overload, its own deadline).
    func refusal(_ refusal: Refusal, of request: InboundRequest?) -> InboundResponse
}

package enum Immediate: Sendable {
    case respond(InboundResponse)
    case later
}

/// Why the server answers without the handler.
package enum Refusal: Error, Equatable {
    /// The target, a field or the framing breaks a rule; the text names it without repeating input.
    case badRequest(String)
    /// Body on a method that has none here: 413 on GET and HEAD.
    case bodyNotAllowed
    case targetTooLong
    /// The header section is longer than, or has more fields than, the server takes: 431.
    case fieldsTooLarge
    /// Too many requests wait: 503.
    case overloaded
    /// The handler did not answer within `requestTimeout`: 503.
    case timedOut
    /// The handler's answer could not be sent as it was, such as a field with a line break in it: 500.
    case unusableAnswer
}
