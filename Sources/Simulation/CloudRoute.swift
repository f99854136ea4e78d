import ReleaseModel

/// The calls that the simulator knows, read from a decoded path.
enum CloudRoute: Sendable, Equatable {
    case releases(ClusterID, Cluster.Kind)
    case release(ClusterID, Cluster.Kind, namespace: String, name: String)
    case history(ClusterID, Cluster.Kind, namespace: String, name: String)
    case clusters(projectID: String, Cluster.Kind)
    case projects
    case account

    init?(path: [String]) {
        if path == ["v3", "projects"] {
            self = .projects
            return
        }
        if path == ["v3", "auth", "domains"] {
            self = .account
            return
        }
        let kind: Cluster.Kind = path.first == "autopilot" ? .autopilot : .cce
        var rest = path[...]
        func take(_ segments: [String]) -> Bool {
            guard rest.starts(with: segments) else { return false }
            rest = rest.dropFirst(segments.count)
            return true
        }
        if take(kind == .autopilot ? ["autopilot", "v3", "projects"] : ["api", "v3", "projects"]) {
            guard rest.count == 2, let project = rest.popFirst(), rest.first == "clusters" else { return nil }
            self = .clusters(projectID: project, kind)
            return
        }
        guard take([kind == .autopilot ? "autopilot" : "cce", "cam", "v3", "clusters"]),
            let id = rest.popFirst().flatMap(ClusterID.init)
        else { return nil }
        switch Array(rest) {
        case ["releases"]: self = .releases(id, kind)
        case let parts where parts.count == 4 && parts[0] == "namespace" && parts[2] == "releases":
            self = .release(id, kind, namespace: parts[1], name: parts[3])
        case let parts
        where parts.count == 5 && parts[0] == "namespace" && parts[2] == "releases" && parts[4] == "history":
            self = .history(id, kind, namespace: parts[1], name: parts[3])
        default: return nil
        }
    }

    var target: FaultTarget {
        switch self {
        case .releases(let id, _), .release(let id, _, _, _), .history(let id, _, _, _): .cluster(id)
        case .clusters: .clusterList
        case .projects, .account: .projects
        }
    }
}
