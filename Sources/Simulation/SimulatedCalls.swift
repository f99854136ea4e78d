import ReleaseModel

/// What the fleet was asked since the start or the last `resetCalls`.
package struct SimulatedCalls: Sendable, Equatable {
    /// Calls about each cluster: release lists, single releases and histories.
    package var perCluster: [ClusterID: Int] = [:]
    package var clusterLists = 0
    package var projectLookups = 0
    /// Refused because of their signature, by the rule that did not hold.
    package var badSignatures: [String: Int] = [:]
    /// Refused because the access key was locked.
    package var refusedByLock = 0
    /// Being answered now.
    package var inFlight = 0
    /// The most that were being answered at the same time.
    package var peakInFlight = 0

    package init() {}
    package var total: Int { perCluster.values.reduce(0, +) + clusterLists + projectLookups }
    package var badSignatureCount: Int { badSignatures.values.reduce(0, +) }
}
