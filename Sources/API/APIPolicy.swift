/// What the answers need to know of other modules' settings; `Gateway` fills it in.
package struct APIPolicy: Sendable {
    /// `inventory.maxAge`: what `max_age` is when a request does not say.
    package var maxAge: Duration = .seconds(90)
    /// `inventory.minRefreshInterval`: no `max_age` is taken to be less.
    package var minRefreshInterval: Duration = .seconds(5)
    /// `server.requestTimeout`: waits end one second before.
    package var requestTimeout: Duration = .seconds(30)
    /// Rows that may be scanned on the server's own thread; more are scanned in a task.
    package var rowsScannedAtOnce = 50_000

    package init() {}

    /// When a wait that began at `askedAt` must be over.
    func deadline(askedAt: Duration, wait: Duration) -> Duration {
        askedAt + max(.zero, min(wait, requestTimeout - .seconds(1)))
    }
}
