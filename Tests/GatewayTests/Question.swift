import JSON
import ReleaseModel
import Simulation
import Timing

/// A filter and an order, with a plain way to answer them from the truth.
struct Question {
    private enum Field: String, CaseIterable {
        case clusterName = "cluster_name"
        case namespace, name, status, version
        case chartName = "chart_name"
        case updateAt = "update_at"
    }
    private enum Filter {
        case none
        case status(String)
        case notNamespace(String)
        case clusterNames([String])
    }
    private struct Row {
        let cluster: SimulatedCluster
        let release: SimulatedRelease
    }

    private let filter: Filter
    private let order: [(field: Field, isDescending: Bool)]
    let pageSize: Int

    static func random(using random: inout SplitMix64) -> Question {
        var fields = Field.allCases.shuffled(using: &random)
        fields.removeLast(Int(random.next() % 4) + 3)
        let order = fields.map { (field: $0, isDescending: random.next() % 2 == 0) }
        let filter: Filter =
            switch random.next() % 4 {
            case 0: .none
            case 1: .status(["DEPLOYED", "FAILED", "PENDING_UPGRADE"].randomElement(using: &random) ?? "")
            case 2: .notNamespace(["monitoring", "kube-system", "default"].randomElement(using: &random) ?? "")
            default: .clusterNames(["*a*", "*1*"])
            }
        // Single rows only where there are few.
        let isNarrow = if case .status = filter { true } else { false }
        return Question(filter: filter, order: order, pageSize: Int(random.next() % 400) + (isNarrow ? 1 : 40))
    }

    var query: String {
        let keys = order.map { "\($0.field.rawValue)\($0.isDescending ? "%20desc" : "")" }.joined(separator: ",")
        return switch filter {
        case .none: "order_by=\(keys)"
        case .status(let status): "order_by=\(keys)&status=\(status)"
        case .notNamespace(let namespace): "order_by=\(keys)&namespace=!\(namespace)"
        case .clusterNames(let patterns): "order_by=\(keys)&cluster_name=\(patterns.joined(separator: ","))"
        }
    }

    /// Identities in order.
    func answer(of fleet: SimulatedFleet) -> [String] {
        let rows = fleet.allClusters.flatMap { cluster in
            fleet.releases(of: cluster.id).map { Row(cluster: cluster, release: $0) }
        }
        return rows.filter(matches).sorted(by: precedes)
            .map { "\($0.cluster.id)/\($0.release.namespace)/\($0.release.name)" }
    }
    static func identity(_ item: JSONValue) -> String {
        [item["cluster_id"], item["namespace"], item["name"]].map { $0?.string ?? "?" }.joined(separator: "/")
    }

    // MARK: -

    private func matches(_ row: Row) -> Bool {
        switch filter {
        case .none: true
        case .status(let status): row.release.status == status
        case .notNamespace(let namespace): row.release.namespace != namespace
        case .clusterNames(let patterns):
            patterns.contains { row.cluster.name.contains($0.dropFirst().dropLast()) }
        }
    }
    private func precedes(_ left: Row, _ right: Row) -> Bool {
        for key in order {
            let (a, b) = key.isDescending ? (right, left) : (left, right)
            switch Self.compare(a, b, by: key.field) {
            case ..<0: return true
            case 1...: return false
            default: continue
            }
        }
        return (left.cluster.id.text, left.release.namespace, left.release.name)
            < (right.cluster.id.text, right.release.namespace, right.release.name)
    }
    /// The simulator's texts are ASCII, where Swift's order is that of the bytes.
    private static func compare(_ left: Row, _ right: Row, by field: Field) -> Int {
        func order<Value: Comparable>(_ left: Value, _ right: Value) -> Int { left < right ? -1 : left > right ? 1 : 0 }
        return switch field {
        case .clusterName: order(left.cluster.name, right.cluster.name)
        case .namespace: order(left.release.namespace, right.release.namespace)
        case .name: order(left.release.name, right.release.name)
        case .status: order(left.release.status, right.release.status)
        case .version: order(left.release.version, right.release.version)
        case .chartName: order(left.release.chart.name, right.release.chart.name)
        // Whole seconds: what the cloud writes.
        case .updateAt: order(left.release.updatedAt.seconds, right.release.updatedAt.seconds)
        }
    }
}
