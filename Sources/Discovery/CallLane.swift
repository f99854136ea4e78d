import CCE

/// Lets calls to the cloud through: under the credential's gate, the endpoint's breaker, and the limits on calls that all
/// who call with that credential there share. The inventory is the real one.
package protocol CallLane: Sendable {
    /// Makes one call when its turn comes. A key that is replaced before the call is sent takes it through again, and so
    /// does a clock that was wrong; nothing else is tried a second time.
    ///
    /// - Parameter endpoint: `https://host`.
    /// - Throws: what `body` throws, or why it was not called: `retryAfter` says when it is worth another try.
    func call<Answer: Sendable>(
        _ endpoint: String, credential: String,
        _ body: @Sendable (AdmittedKey) async throws(CallFailure) -> Answer
    ) async throws(CallFailure) -> Answer
}
