import Columns
import ReleaseModel

/// The clusters a filter names exactly: the values without wildcards of what must hold of clusters.
struct AskedClusters {
    private struct Asked {
        let field: TextField
        let patterns: PatternSet
    }
    private var asked: [Asked] = []

    init(_ filter: FilterExpression) {
        let members =
            switch filter.normalized() {
            case .and(let members): members
            case let single: [single]
            }
        for case .term(.text(let field, anyOf: let patterns)) in members {
            switch field {
            case .cluster, .clusterID, .clusterName:
                asked.append(Asked(field: field, patterns: PatternSet(patterns.filter(\.isExact))))
            default: break
            }
        }
    }

    /// How many ids and names; one named by two parameters counts twice.
    var count: Int { asked.reduce(0) { $0 + $1.patterns.exact.count } }

    /// Those that no cluster has, sorted by bytes.
    func unknown(in snapshot: Snapshot) -> [String] {
        asked.flatMap { asked in
            var isKnown = [Bool](repeating: false, count: asked.patterns.exact.count)
            if isKnown.isEmpty { return [String]() }
            for entry in snapshot.entries {
                if asked.field != .clusterName, let index = asked.patterns.indexOfExact(entry.cluster.id.text) {
                    isKnown[index] = true
                }
                if asked.field != .clusterID, let index = asked.patterns.indexOfExact(entry.cluster.name) {
                    isKnown[index] = true
                }
            }
            return isKnown.indices.filter { !isKnown[$0] }.map {
                String(decoding: asked.patterns.exact[$0], as: UTF8.self)
            }
        }.sorted { ByteText.compare($0, $1) < 0 }
    }
}
