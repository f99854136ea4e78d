import JSON
import ReleaseModel
import Timing

/// Releases as the cloud writes them (cce-api §1.2): all sixteen members, `values` and `parameters` as JSON in a text.
enum ReleaseRows {
    static func list(
        _ releases: [SimulatedRelease], of cluster: SimulatedCluster, values: SimulatedValues
    ) -> [UInt8] {
        var writer = JSONWriter(capacity: releases.count * 1024)
        writer.beginArray()
        for release in releases { append(release, of: cluster, values: values, to: &writer) }
        writer.endArray()
        return writer.bytes
    }

    static func one(
        _ release: SimulatedRelease, of cluster: SimulatedCluster, values: SimulatedValues, withResources: Bool
    ) -> [UInt8] {
        var writer = JSONWriter(capacity: 2048)
        append(release, of: cluster, values: values, withResources: withResources, to: &writer)
        return writer.bytes
    }

    /// Newest first, the last ten, as Helm keeps them. Whether the cloud says `SUPERSEDED` is not known.
    static func history(
        _ release: SimulatedRelease, of cluster: SimulatedCluster, values: SimulatedValues
    ) -> [UInt8] {
        var writer = JSONWriter(capacity: 16_384)
        writer.beginArray()
        for back in 0..<min(release.version, 10) {
            var revision = release
            revision.version -= back
            if back > 0 {
                revision.status = "SUPERSEDED"
                revision.description = revision.version == 1 ? "Install complete" : "Upgrade complete"
                revision.updatedAt = max(release.createdAt, release.updatedAt - .seconds(86_400 * back))
                revision.valuesSeed = release.valuesSeed &+ UInt64(back)
            }
            append(revision, of: cluster, values: values, to: &writer)
        }
        writer.endArray()
        return writer.bytes
    }

    private static func append(
        _ release: SimulatedRelease, of cluster: SimulatedCluster, values: SimulatedValues, withResources: Bool = false,
        to writer: inout JSONWriter
    ) {
        writer.beginObject()
        writer.member("chart_name", release.chart.name)
        writer.member("chart_public", release.chart.isPublic)
        writer.member("chart_version", release.chartVersion)
        writer.member("cluster_id", cluster.id.text)
        writer.member("cluster_name", cluster.name)
        writer.member("create_at", CloudText.releaseTime(release.createdAt))
        writer.member("description", release.description)
        writer.member("name", release.name)
        writer.member("namespace", release.namespace)
        writer.member("parameters", "")
        writer.member("resources", withResources ? "[{\"kind\":\"Deployment\",\"name\":\"\(release.name)\"}]" : "")
        writer.member("status", release.status)
        writer.member("status_description", release.description)
        writer.member("update_at", CloudText.releaseTime(release.updatedAt))
        writer.key("values")
        values.append(release, to: &writer)
        writer.member("version", release.version)
        writer.endObject()
    }
}
