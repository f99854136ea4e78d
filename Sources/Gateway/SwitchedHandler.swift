import Inbound
import Locking

/// Lets a listener go on while what answers its requests is replaced: new API keys after a reload.
final class SwitchedHandler: RequestHandler {
    private let handler: Lock<any RequestHandler>

    init(_ handler: any RequestHandler) { self.handler = Lock(handler) }

    /// A request that waits for a task is taken up by the handler that there is then, which admits it anew.
    func replace(with next: any RequestHandler) { handler.withLock { $0 = next } }

    func answerNow(_ request: InboundRequest) -> Immediate { current.answerNow(request) }
    func answer(_ request: InboundRequest) async -> InboundResponse { await current.answer(request) }
    func refusal(_ refusal: Refusal, of request: InboundRequest?) -> InboundResponse {
        current.refusal(refusal, of: request)
    }

    private var current: any RequestHandler { handler.withLock { $0 } }
}
