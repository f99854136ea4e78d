import Compression
import GatewayTestKit
import JSON
import Query
import ReleaseModel
import Testing
import Timing

@Suite struct RowWriterTests {
    private let snapshot: Snapshot = {
        let cluster = ClusterID("id-1").map {
            Cluster(
                id: $0, name: "na\"me", region: "north", projectID: "p", labels: ["b": "2", "a": "1\n"],
                credential: "secret-credential")
        }
        func held(_ text: String) -> HeavyFields.Field {
            .held(compressed: (try? Zstd.compress(Array(text.utf8))) ?? [])
        }
        let rows = [
            Release(
                namespace: "n", name: "a", version: 3, chartName: "chart", chartVersion: "1.0.0", chartPublic: false,
                status: "DEPLOYED",
                statusDescription: "fine", description: "all \"well\"", createAt: Instant(seconds: 0),
                updateAt: Instant(seconds: 1),
                heavy: HeavyFields(values: held(#"{"a":1}"#), parameters: .withheld, resources: .absent)),
            Release(
                namespace: "n", name: "b",
                heavy: HeavyFields(values: .held(compressed: [1, 2, 3]), parameters: held(""))),
        ]
        return Snapshot(entries: cluster.map { [CannedFleet.entry($0, rows, Standing())] } ?? [], id: .zero)
    }()

    private func text(_ row: Int, _ query: (name: String, value: String)..., isStale: Bool = false) throws -> String {
        let request = try ListRequest(parameters: query)
        var rows = RowWriter(snapshot, view: request.view, fields: request.fields)
        var writer = JSONWriter()
        rows.append(RowReference(entry: 0, row: row), isStale: isStale, to: &writer)
        return String(decoding: writer.bytes, as: UTF8.self)
    }
    private let cluster =
        #""cluster_id":"id-1","cluster_name":"na\"me","region":"north","project_id":"p","labels":{"a":"1\n","b":"2"}"#

    @Test func `the basic view is what was rendered at ingest, with its cluster`() throws {
        let members =
            #""namespace":"n","name":"a","version":3,"chart_name":"chart","chart_version":"1.0.0","chart_public":false,"#
            + #""status":"DEPLOYED","status_description":"fine","create_at":"1970-01-01T00:00:00Z","update_at":"1970-01-01T00:00:01Z""#
        #expect(try text(0) == "{\(cluster),\(members),\"stale\":false}")
        #expect(try text(0, isStale: true) == "{\(cluster),\(members),\"stale\":true}")
    }

    @Test func `the full view has every field, and names what is withheld`() throws {
        #expect(
            try text(0, ("view", "full")).hasSuffix(
                #""description":"all \"well\"","parameters":null,"values":"{\"a\":1}","resources":null,"withheld":["parameters"],"stale":false}"#
            ))
        #expect(
            try text(1, ("view", "full"), isStale: true) == "{\(cluster),"
                + #""namespace":"n","name":"b","version":null,"chart_name":null,"chart_version":null,"chart_public":null,"status":null,"#
                + #""status_description":null,"create_at":null,"update_at":null,"description":null,"parameters":"","values":null,"#
                + #""resources":null,"withheld":["values"],"stale":true}"#)
    }

    @Test func `chosen fields come in the API's order, whatever the view`() throws {
        #expect(
            try text(0, ("fields", "status"))
                == #"{"cluster_id":"id-1","namespace":"n","name":"a","status":"DEPLOYED"}"#)
        #expect(
            try text(0, ("fields", "stale,values"), ("view", "basic"))
                == #"{"cluster_id":"id-1","namespace":"n","name":"a","values":"{\"a\":1}","withheld":[],"stale":false}"#
        )
        #expect(
            try text(0, ("fields", "parameters"))
                == #"{"cluster_id":"id-1","namespace":"n","name":"a","parameters":null,"withheld":["parameters"]}"#)
    }

    @Test func `both ways of writing a row agree on the fields of the basic view`() throws {
        let basic = ReleaseField.allCases.map(\.rawValue).filter {
            !["description", "parameters", "values", "resources"].contains($0)
        }
        let snapshot = CannedFleet(seed: 3, clusters: 5, releases: 20...20).snapshot
        let request = try ListRequest(parameters: [("fields", basic.joined(separator: ","))])
        var fast = RowWriter(snapshot, view: .basic, fields: nil)
        var slow = RowWriter(snapshot, view: .basic, fields: request.fields)
        for (entry, each) in snapshot.entries.enumerated() {
            for row in each.part?.rows.indices ?? 0..<0 {
                var one = JSONWriter()
                var other = JSONWriter()
                fast.append(RowReference(entry: entry, row: row), isStale: row % 2 == 0, to: &one)
                slow.append(RowReference(entry: entry, row: row), isStale: row % 2 == 0, to: &other)
                #expect(one.bytes == other.bytes)
            }
        }
    }

    @Test func `rows are the elements of an array, and a row that is not there is none`() throws {
        var rows = RowWriter(snapshot, view: .basic, fields: [.clusterID, .namespace, .name])
        var writer = JSONWriter()
        writer.beginArray()
        for (entry, row) in [(0, 0), (0, 2), (1, 0), (-1, 0), (0, -1), (0, 1)] {
            rows.append(RowReference(entry: entry, row: row), isStale: false, to: &writer)
        }
        writer.endArray()
        #expect(
            String(decoding: writer.bytes, as: UTF8.self)
                == #"[{"cluster_id":"id-1","namespace":"n","name":"a"},{"cluster_id":"id-1","namespace":"n","name":"b"}]"#
        )
    }
}
