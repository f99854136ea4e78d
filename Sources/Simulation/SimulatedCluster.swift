import ReleaseModel
import Timing

/// One cluster as the fleet holds it.
package struct SimulatedCluster: Sendable, Equatable {
    package let id: ClusterID
    package let name: String
    /// What the console shows and people change; for most clusters the name.
    package var alias: String
    package let region: String
    package let projectID: String
    package let kind: Cluster.Kind
    /// `Available`, `Hibernation`, …: any text, as the cloud's set is open.
    package var phase: String
    package let labels: [String: String]
    package let version: String
    package let createdAt: Instant

    /// The same for the gateway's own parts, under the credential's name in `SimulatedFleet.gatewayConfig`.
    package var cluster: Cluster {
        Cluster(
            id: id, name: name, region: region, projectID: projectID, kind: kind, labels: labels,
            credential: SimulatedFleet.credentialName)
    }
    /// Hibernated clusters, and those not there yet or no more, answer no call for their releases.
    var isReachable: Bool {
        !["Hibernation", "Hibernating", "Awaking", "Creating", "Deleting"].contains(phase)
    }
}

/// One release as the fleet holds it now.
package struct SimulatedRelease: Sendable, Equatable {
    package let namespace: String
    package let name: String
    /// Helm's revision, counted from 1.
    package var version: Int
    package let chart: SimulatedChart
    package var chartVersion: String
    package var status: String
    package var description: String
    package var createdAt: Instant
    package var updatedAt: Instant
    /// What its `values` are made from; changes with each upgrade.
    var valuesSeed: UInt64

    /// `namespace/name`, its identity within the cluster.
    package var key: String { "\(namespace)/\(name)" }
}

/// A chart of the account.
package struct SimulatedChart: Sendable, Hashable {
    /// For the `chart_id` filter.
    package let id: String
    package let name: String
    package let isPublic: Bool
    let version: String
}
