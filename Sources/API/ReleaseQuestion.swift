import Inbound
import Query

/// A request about releases, parsed, and its token opened.
struct ReleaseQuestion {
    let exchange: Exchange
    let request: ListRequest
    /// What a walk over pages is bound to. `max_age`, `wait`, `require` and `on_missing` act on page 1 only, and how a
    /// page looks may change from one to the next.
    let hash: QuestionHash
    let token: PageToken?
    /// An expired walk may go on in the newest snapshot.
    let isResumable: Bool

    /// One of `GET /releases`.
    init(_ exchange: Exchange, pages: Pages) throws(APIProblem) {
        let request: ListRequest
        do throws(InvalidParameters) {
            request = try ListRequest(parameters: exchange.request.query)
        } catch {
            throw APIProblem(error)
        }
        try self.init(
            exchange, request, hash: QuestionHash(kind: "releases", [request.canonical]), isResumable: true,
            pages: pages)
        if let token, !request.selection.accepts(token.key) {
            throw APIProblem(parameter: "page_token", "is not one of this version's", code: .invalidPageToken)
        }
    }

    /// - Parameter hash: over the kind of list and all that its rows and their order hang on.
    init(
        _ exchange: Exchange, _ request: ListRequest, hash: QuestionHash, isResumable: Bool, pages: Pages
    ) throws(APIProblem) {
        self.exchange = exchange
        self.request = request
        self.hash = hash
        self.isResumable = isResumable
        token =
            if let text = request.pageToken {
                try pages.token(text, question: hash, caller: exchange.caller)
            } else { nil }
    }

    var warnings: [ListRequest.Warning] {
        guard token?.kind == .resume else { return [] }
        return [
            ListRequest.Warning(
                code: "snapshot_changed",
                message: "releases changed since the page before; some may repeat or be passed over")
        ]
    }
    /// The path of links: the one asked.
    var path: String { exchange.request.path.count == 1 ? "/releases" : "/v1/releases" }
}
