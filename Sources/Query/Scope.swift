import Columns
import ReleaseModel
import Timing

/// What a caller may see and do: the union of what its rules give. Nothing without a rule.
package struct Scope: Sendable, Equatable {
    /// What may be done with the releases of a rule. Every rule lists them.
    package enum Verb: String, Sendable, CaseIterable {
        /// They exist: rows, counts, how their clusters stand.
        case list
        /// `values`, `parameters` and `resources`, as `inventory.values` holds them.
        case values
        /// Their clusters may be asked while the caller waits.
        case live
        /// Whole sets as ndjson and csv.
        case export
        /// What the cloud said when a call failed.
        case operate
    }

    /// Clusters × namespaces × charts. Texts are patterns with `*`; `*` alone is also what has no such text.
    package struct Rule: Sendable, Equatable {
        package var name: String
        /// Of these four what is empty asks nothing, and what is not must hold.
        package var clusterIDs: [String]
        package var clusterNames: [String]
        package var labels: [String: String]
        /// Empty: none.
        package var namespaces: [String]
        package var charts: [String]
        package var verbs: Set<Verb>

        package init(
            name: String, clusterIDs: [String] = [], clusterNames: [String] = [], labels: [String: String] = [:],
            namespaces: [String], charts: [String], verbs: Set<Verb>
        ) {
            self.name = name
            self.clusterIDs = clusterIDs
            self.clusterNames = clusterNames
            self.labels = labels
            self.namespaces = namespaces
            self.charts = charts
            self.verbs = verbs
        }

        /// Which clusters, as the language of filters says it.
        fileprivate var clusters: FilterExpression {
            var members: [FilterExpression] = []
            if !clusterIDs.isEmpty { members.append(.any(of: clusterIDs, .clusterID)) }
            if !clusterNames.isEmpty { members.append(.any(of: clusterNames, .clusterName)) }
            for (key, value) in labels.sorted(by: { $0.key < $1.key }) {
                members.append(.term(.text(.label(key), anyOf: [TextPattern(wildcards: value)])))
            }
            return members.isEmpty ? .none : .and(members)
        }
        fileprivate var releases: FilterExpression {
            .and([clusters, .any(of: namespaces, .namespace), .any(of: charts, .chartName)])
        }
    }
    package var rules: [Rule]
    package init(rules: [Rule]) { self.rules = rules }

    /// Equal scopes give equal texts, whatever their rules are called and in whatever order they come.
    package var canonical: String {
        rules.map { "\($0.releases.normalized().canonical) \($0.verbs.map(\.rawValue).sorted())" }.sorted()
            .joined(separator: "\n")
    }
}

/// A scope made ready for many parts, once for each configuration.
package final class CompiledScope: Sendable {
    package let scope: Scope
    /// What is listed, as the language of filters says it.
    private let filter: FilterExpression
    private let shown: CompiledFilter
    private let valued: CompiledFilter
    private let live: CompiledFilter
    private let operated: CompiledFilter

    package init(_ scope: Scope) {
        self.scope = scope
        func filter(_ verb: Scope.Verb, _ part: (Scope.Rule) -> FilterExpression) -> FilterExpression {
            let members = scope.rules.filter { $0.verbs.contains(verb) }.map(part)
            return members.isEmpty ? .none : FilterExpression.or(members).normalized()
        }
        // Nothing in a scope hangs on the time.
        func compiled(_ filter: FilterExpression) -> CompiledFilter {
            CompiledFilter(filter, now: Instant(seconds: 0))
        }
        self.filter = filter(.list, \.releases)
        shown = compiled(self.filter)
        valued = compiled(filter(.values, \.releases))
        live = compiled(filter(.live, \.clusters))
        operated = compiled(filter(.operate, \.clusters))
    }

    package func allows(_ verb: Scope.Verb) -> Bool { scope.rules.contains { $0.verbs.contains(verb) } }

    /// Some of its releases may be seen, so that the cluster is known to the caller.
    package func shows(_ entry: ClusterEntry) -> Bool { shown.remainder(for: entry).constant != false }
    /// All releases that the cluster may ever have.
    package func showsAll(_ entry: ClusterEntry) -> Bool { shown.remainder(for: entry).constant == true }
    package func mayAsk(_ entry: ClusterEntry) -> Bool { live.remainder(for: entry).constant != false }
    package func operates(_ entry: ClusterEntry) -> Bool { operated.remainder(for: entry).constant != false }

    /// What is left of an entry's part: the part itself where that is all of it.
    ///
    /// - Parameter contentHash: of the rows that are left, where some are not.
    package func left(
        of part: ClusterPart, in entry: ClusterEntry, contentHash: ([Int]) -> ContentHash
    ) -> ClusterPart {
        let values = Self.rows(valued, entry, part)
        var rows = Bitmap(count: part.count)
        switch shown.select(entry, part, into: &rows) {
        case .all:
            return values.population == part.count ? part : ClusterPart(part, showingHeavyFieldsOf: values)
        case .none: return ClusterPart([], of: part, showingHeavyFieldsOf: values, contentHash: contentHash([]))
        case .some:
            let rows = rows.rows
            return ClusterPart(rows, of: part, showingHeavyFieldsOf: values, contentHash: contentHash(rows))
        }
    }
    package func shows(_ row: Int, of part: ClusterPart, in entry: ClusterEntry) -> Bool {
        Self.rows(shown, entry, part).contains(row)
    }
    package func showsHeavyFields(of row: Int, of part: ClusterPart, in entry: ClusterEntry) -> Bool {
        Self.rows(valued, entry, part).contains(row)
    }

    /// Sources of clusters that may hold some of the scope's.
    package func gaps(in snapshot: Snapshot) -> [DiscoveryGap] {
        Selection(filter: filter, order: SortKey.standard).gaps(in: snapshot)
    }

    private static func rows(_ filter: CompiledFilter, _ entry: ClusterEntry, _ part: ClusterPart) -> Bitmap {
        var rows = Bitmap(count: part.count)
        switch filter.select(entry, part, into: &rows) {
        case .some: return rows
        case .none: return Bitmap(count: part.count)
        case .all:
            rows = Bitmap(count: part.count)
            for row in 0..<part.count { rows.insert(row) }
            return rows
        }
    }
}

extension FilterExpression {
    fileprivate static func any(of patterns: [String], _ field: TextField) -> FilterExpression {
        if patterns.contains("*") { return .all }
        return patterns.isEmpty ? .none : .term(.text(field, anyOf: patterns.map(TextPattern.init(wildcards:))))
    }
}

extension TextPattern {
    /// Every `*` stands for any text; nothing else is special.
    init(wildcards text: String) {
        let pieces = text.utf8.split(separator: UInt8(ascii: "*"), omittingEmptySubsequences: false)
        self.init(pieces: pieces.map(Array.init))
    }
}
