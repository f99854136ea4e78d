import Query
import ReleaseModel
import Testing
import Timing

@Suite struct TargetsTests {
    /// a: name one, b: name two, c: name one too, id "two" named a.
    private let snapshot: Snapshot = {
        let clusters =
            [
                ("a", "one", "north", "p1", ["env": "prod"]), ("b", "two", "north", nil, [:]),
                ("c", "one", "south", "p2", ["env": "test", "": ""]),
                ("two", "a", "south", "p1", [:]),
            ] as [(String, String, String, String?, [String: String])]
        let entries = clusters.compactMap { id, name, region, project, labels in
            ClusterID(id).map { id in
                ClusterEntry(
                    cluster: Cluster(
                        id: id, name: name, region: region, projectID: project, labels: labels, credential: "x"),
                    part: nil, standing: Standing(), contentHash: .zero)
            }
        }
        return Snapshot(entries: entries, id: .zero)
    }()

    @Test(
        arguments: [
            ([], [0, 1, 2, 3], false, []), ([("cluster", "a")], [0, 3], false, []),
            ([("cluster", "two")], [1, 3], false, []),
            ([("cluster_id", "a")], [0], false, []), ([("cluster_name", "a")], [3], false, []),
            ([("cluster_name", "one")], [0, 2], false, []),
            ([("cluster_id", "a,b,x")], [0, 1], false, ["x"]), ([("cluster_id", "x")], [], true, ["x"]),
            ([("cluster", "x,y")], [], true, ["x", "y"]),
            ([("cluster_id", "A")], [], true, ["A"]), ([("cluster_id", "x*")], [], false, []),
            ([("cluster_id", "x,y*")], [], true, ["x"]),
            ([("cluster_id", "x,a*")], [0], false, ["x"]), ([("cluster_id", "!x")], [0, 1, 2, 3], false, []),
            ([("cluster_id", "!a,b")], [2, 3], false, []),
            ([("cluster", "!a")], [1, 2], false, []), ([("region", "north")], [0, 1], false, []),
            ([("region", "west")], [], false, []),
            ([("region", "west"), ("cluster", "a")], [], false, []),
            ([("region", "north"), ("cluster", "x")], [], true, ["x"]),
            ([("cluster_id", "a"), ("cluster_id", "x")], [], false, ["x"]),
            ([("project_id", "p1")], [0, 3], false, []), ([("project_id", "!p1")], [1, 2], false, []),
            ([("label.env", "prod,test")], [0, 2], false, []), ([("label.env", "*")], [0, 2], false, []),
            ([("label.env", "!prod")], [1, 2, 3], false, []),
            ([("label.none", "x")], [], false, []),
            ([("name", "x"), ("q", "y z"), ("status", "FAILED")], [0, 1, 2, 3], false, []),
        ] as [([(String, String)], [Int], Bool, [String])])
    func `what is said of clusters decides which are aimed at`(
        parameters: [(String, String)], entries: [Int], isNothingKnown: Bool, unknown: [String]
    ) throws {
        let targets = try ListRequest(parameters: parameters.map { (name: $0.0, value: $0.1) }).selection.targets(
            in: snapshot)
        #expect(targets.entries == entries)
        #expect(targets.isNothingKnown == isNothingKnown)
        #expect(targets.unknown == unknown)
    }

    @Test func `where clusters decide only with the rows, they are aimed at`() {
        let one = FilterExpression.term(.text(.clusterID, anyOf: [TextPattern(exactly: "a")]))
        let row = FilterExpression.term(.word("x"))
        func entries(_ filter: FilterExpression) -> [Int] {
            Selection(filter: filter, order: SortKey.standard).targets(in: snapshot).entries
        }
        #expect(entries(.or([one, row])) == [0, 1, 2, 3])
        #expect(entries(.and([one, row])) == [0])
        #expect(entries(.not(.or([one, row]))) == [1, 2, 3])
        #expect(entries(.not(.and([one, row]))) == [0, 1, 2, 3])
    }

    @Test func `without clusters nothing is known only where one was named`() throws {
        let empty = Snapshot(entries: [], id: .zero)
        #expect(try !ListRequest(parameters: []).selection.targets(in: empty).isNothingKnown)
        #expect(try ListRequest(parameters: [("cluster", "a")]).selection.targets(in: empty).isNothingKnown)
    }
}
