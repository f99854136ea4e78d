import JSON
import ReleaseModel
import Timing

/// Cluster list and project list as the cloud writes them (cce-api §2, §4.1).
enum ClusterRows {
    static func list(_ clusters: [SimulatedCluster]) -> [UInt8] {
        var writer = JSONWriter(capacity: 256 + clusters.count * 1024)
        writer.beginObject()
        writer.member("kind", "Cluster")
        writer.member("apiVersion", "v3")
        writer.key("items")
        writer.beginArray()
        for cluster in clusters { append(cluster, to: &writer) }
        writer.endArray()
        writer.endObject()
        return writer.bytes
    }

    /// The account that every key belongs to.
    static func account() -> [UInt8] {
        var writer = JSONWriter()
        writer.beginObject()
        writer.key("domains")
        writer.beginArray()
        writer.beginObject()
        writer.member("id", domainID)
        writer.member("name", "simulated-account")
        writer.member("enabled", true)
        writer.endObject()
        writer.endArray()
        writer.endObject()
        return writer.bytes
    }
    private static let domainID = "d0000000000000000000000000000000"

    static func projects(_ projects: [(id: String, name: String)]) -> [UInt8] {
        var writer = JSONWriter()
        writer.beginObject()
        writer.key("projects")
        writer.beginArray()
        for project in projects {
            writer.beginObject()
            writer.member("id", project.id)
            writer.member("name", project.name)
            writer.member("domain_id", domainID)
            writer.member("parent_id", domainID)
            writer.member("is_domain", false)
            writer.member("enabled", true)
            writer.member("description", "")
            writer.endObject()
        }
        writer.endArray()
        writer.key("links")
        writer.beginObject()
        writer.key("next")
        writer.null()
        writer.key("previous")
        writer.null()
        writer.endObject()
        writer.endObject()
        return writer.bytes
    }

    private static func append(_ cluster: SimulatedCluster, to writer: inout JSONWriter) {
        let isAutopilot = cluster.kind == .autopilot
        writer.beginObject()
        writer.member("kind", "Cluster")
        writer.member("apiVersion", "v3")
        writer.key("metadata")
        writer.beginObject()
        writer.member("name", cluster.name)
        writer.member("uid", cluster.id.text)
        writer.member("alias", cluster.alias)
        writer.key("labels")
        writer.beginObject()
        for (key, value) in cluster.labels.sorted(by: { $0.key < $1.key }) {
            writer.key(key)
            writer.string(value)
        }
        writer.endObject()
        writer.member("creationTimestamp", CloudText.clusterTime(cluster.createdAt))
        writer.member("updateTimestamp", CloudText.clusterTime(cluster.createdAt + .seconds(86_400)))
        writer.member("timezone", "Asia/Shanghai")
        writer.endObject()
        writer.key("spec")
        writer.beginObject()
        writer.member("category", isAutopilot ? "Turbo" : "CCE")
        writer.member("type", "VirtualMachine")
        writer.member("flavor", isAutopilot ? "cce.autopilot.cluster" : "cce.s2.medium")
        writer.member("version", cluster.version)
        writer.member("platformVersion", "cce.8.0")
        writer.member("description", "")
        writer.key("clusterTags")
        writer.beginArray()
        for (key, value) in cluster.labels.sorted(by: { $0.key < $1.key }) {
            writer.beginObject()
            writer.member("key", key)
            writer.member("value", value)
            writer.endObject()
        }
        writer.endArray()
        writer.endObject()
        writer.key("status")
        writer.beginObject()
        writer.member("phase", cluster.phase)
        writer.key("endpoints")
        writer.beginArray()
        writer.beginObject()
        writer.member("url", "https://192.168.0.68:5443")
        writer.member("type", "Internal")
        writer.endObject()
        writer.endArray()
        writer.endObject()
        writer.endObject()
    }
}
