import ReleaseModel

/// Asks for one release live. `CCEClient` is the real one; tests script one.
package protocol ReleaseShower: Sendable {
    /// One attempt; the release with its heavy fields as `inventory.values` says, nil when the cloud does not know it.
    func release(
        of target: CallTarget, namespace: String, name: String, timeout: Duration
    ) async throws(CallFailure) -> Release?
}

extension CCEClient: ReleaseShower {}
