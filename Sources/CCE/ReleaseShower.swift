import ReleaseModel

/// Asks for one release live. `CCEClient` is the real one; tests script one.
package protocol ReleaseShower: Sendable {
    /// One attempt; the release with its heavy fields as `inventory.values` says. A release that the cloud does not
    /// know is a failure with status 404 and reason `not_found`.
    func release(
        of target: CallTarget, namespace: String, name: String, timeout: Duration
    ) async throws(CallFailure) -> Release
}
