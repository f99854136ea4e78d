import ReleaseModel

/// How the endpoint of a region stands, for metrics.
package struct EndpointReading: Sendable, Equatable {
    /// `https://host`
    package let endpoint: String
    /// Nil while it is closed.
    package let circuit: Circuit.State?
    /// Clusters behind it whose own circuit is not closed.
    package let clustersOpen: Int
    /// How often it was opened, and how often those of clusters behind it were.
    package let timesOpened: Int
    package let clusterTimesOpened: Int
    package let retriesLeft: Int

    static func all(of state: InventoryState) -> [EndpointReading] {
        var clustersOpen: [String: Int] = [:]
        for (cluster, breaker) in state.clusterBreakers where !breaker.isClosed {
            guard let slot = state.slots[cluster], let endpoint = state.endpoint(state.tables[0].records[slot].cluster)
            else { continue }
            clustersOpen[endpoint, default: 0] += 1
        }
        return state.endpoints.sorted { $0.key < $1.key }.map { endpoint, known in
            let circuit: Circuit.State? =
                switch known.breaker.state {
                case .closed: nil
                case .open: .open
                case .halfOpen: .halfOpen
                }
            return EndpointReading(
                endpoint: endpoint, circuit: circuit, clustersOpen: clustersOpen[endpoint] ?? 0,
                timesOpened: known.timesOpened, clusterTimesOpened: known.clusterTimesOpened,
                retriesLeft: known.retries.left)
        }
    }
}
