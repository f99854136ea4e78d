import JSON
import ReleaseModel
import Timing

/// Reads cluster lists and project lists. Small documents, so as trees.
enum DiscoveryDecoder {
    /// `{"kind": "Cluster", "items": […]}`. An empty list is good; a list without one usable cluster is not.
    static func clusters(from body: ArraySlice<UInt8>, kind: Cluster.Kind) throws(InvalidBody) -> ListedClusters {
        let root = try tree(body)
        let items: [JSONValue]
        switch root["items"] {
        case .array(let values): items = values
        // What Go writes for a list that was never filled; without a kind it could be anything.
        case .null where root["kind"]?.string != nil: items = []
        default: throw InvalidBody(detail: "not a list of clusters")
        }
        var seen: Set<ClusterID> = []
        let readable = items.compactMap { ListedCluster($0, kind: kind) }
        if readable.isEmpty, !items.isEmpty {
            throw InvalidBody(detail: "a list of \(items.count) items, none of them a cluster")
        }
        // One that is given twice hides nothing.
        return ListedClusters(
            clusters: readable.filter { seen.insert($0.id).inserted }, dropped: items.count - readable.count)
    }

    /// The ids of the projects of exactly that name.
    static func projects(named name: String, from body: ArraySlice<UInt8>) throws(InvalidBody) -> [String] {
        guard let projects = try tree(body)["projects"]?.array else {
            throw InvalidBody(detail: "not a list of projects")
        }
        var ids: [String] = []
        for project in projects where project["name"]?.string == name {
            guard let id = project["id"]?.string, PlainText.isPlain(id, limit: 64) else {
                throw InvalidBody(detail: "a project without a usable id")
            }
            if !ids.contains(id) { ids.append(id) }
        }
        return ids
    }

    /// What one answer of IAM tells of an account's projects.
    struct ProjectPage: Sendable {
        /// Those that are enabled, each once.
        let projects: [ListedProject]
        /// Disabled ones and doubles too.
        let itemCount: Int
        let hasNext: Bool
    }

    /// A list with a project that cannot be read is none: a project that is not heard of would hide its clusters.
    static func projects(from body: ArraySlice<UInt8>) throws(InvalidBody) -> ProjectPage {
        let root = try tree(body)
        guard let items = root["projects"]?.array else { throw InvalidBody(detail: "not a list of projects") }
        var seen: Set<String> = []
        var projects: [ListedProject] = []
        for item in items where item["enabled"] != .boolean(false) {
            guard let id = item["id"]?.string, PlainText.isPlain(id, limit: 64), let name = item["name"]?.string,
                !name.isEmpty
            else { throw InvalidBody(detail: "a project without a usable id or name") }
            if seen.insert(id).inserted { projects.append(ListedProject(id: id, name: name)) }
        }
        return ProjectPage(
            projects: projects, itemCount: items.count, hasNext: root["links"]?["next"]?.string != nil)
    }

    /// The first account of a list; nil for an empty list.
    static func account(from body: ArraySlice<UInt8>) throws(InvalidBody) -> CloudAccount? {
        guard let domains = try tree(body)["domains"]?.array else {
            throw InvalidBody(detail: "not a list of accounts")
        }
        guard let first = domains.first else { return nil }
        guard let id = first["id"]?.string, PlainText.isPlain(id, limit: 64) else {
            throw InvalidBody(detail: "an account without a usable id")
        }
        return CloudAccount(id: id, name: first["name"]?.string ?? "")
    }

    private static func tree(_ body: ArraySlice<UInt8>) throws(InvalidBody) -> JSONValue {
        do throws(JSONError) {
            return try JSONValue.parse(body)
        } catch {
            throw InvalidBody(detail: body.isEmpty ? "an empty body" : "not JSON")
        }
    }
}

extension ListedCluster {
    /// Nil without a usable id or name.
    init?(_ item: JSONValue, kind: Cluster.Kind) {
        let metadata = item["metadata"] ?? .null
        guard let id = metadata["uid"]?.string.flatMap({ ClusterID($0) }), let name = metadata["name"]?.string,
            !name.isEmpty
        else { return nil }
        let alias = metadata["alias"]?.string.flatMap { $0.isEmpty || $0 == name ? nil : $0 }
        var labels: [String: String] = [:]
        for label in metadata["labels"]?.members ?? [] { labels[label.name] = label.value.string }
        var tags: [String: String] = [:]
        for tag in item["spec"]?["clusterTags"]?.array ?? [] {
            guard let key = tag["key"]?.string, !key.isEmpty else { continue }
            tags[key] = tag["value"]?.string ?? ""
        }
        self.init(
            id: id, name: name, alias: alias, kind: kind, phase: item["status"]?["phase"]?.string, labels: labels,
            tags: tags,
            createdAt: metadata["creationTimestamp"]?.string.flatMap { Instant(cloudText: $0) },
            updatedAt: metadata["updateTimestamp"]?.string.flatMap { Instant(cloudText: $0) })
    }
}
