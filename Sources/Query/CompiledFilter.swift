import ReleaseModel
import Timing

/// A filter made ready for many rows: ages resolved, patterns prepared, and what concerns clusters alone kept apart, to be
/// decided once for each cluster.
struct CompiledFilter {
    /// A filter as it looks once its tests are numbered.
    indirect enum Node {
        case constant(Bool)
        case clusterTest(Int)
        case rowTest(Int)
        case not(Node)
        case and([Node])
        case or([Node])
    }
    private var root = Node.constant(true)
    private var clusterTests: [ClusterTest] = []
    private var rowTests: [RowTest] = []

    init(_ filter: FilterExpression, now: Instant) { root = compile(filter, now: now) }

    /// What is left to be asked of each row of this cluster. `.constant(false)`: none can match.
    func remainder(for entry: ClusterEntry) -> Node {
        if case .constant = root { return root }
        return fold(root, entry.cluster)
    }

    /// `node` must be a remainder.
    func matches(_ node: Node, _ rows: ReleaseRows, at row: Int) -> Bool {
        switch node {
        case .constant(let value): return value
        case .rowTest(let test): return rowTests[test].matches(rows, at: row)
        case .not(let inner): return !matches(inner, rows, at: row)
        case .and(let members):
            for member in members where !matches(member, rows, at: row) { return false }
            return true
        case .or(let members):
            for member in members where matches(member, rows, at: row) { return true }
            return false
        case .clusterTest: return false  // folded away
        }
    }

    // MARK: -

    private mutating func compile(_ filter: FilterExpression, now: Instant) -> Node {
        switch filter {
        case .all: return .constant(true)
        case .not(let inner): return .not(compile(inner, now: now))
        case .and(let members): return .and(members.map { compile($0, now: now) })
        case .or(let members): return .or(members.map { compile($0, now: now) })
        case .term(.text(let field, anyOf: let patterns)) where field.isOfCluster:
            clusterTests.append(ClusterTest(field: field, test: .patterns(PatternSet(patterns))))
            return .clusterTest(clusterTests.count - 1)
        case .term(.textOrder(let field, let comparison, let text)) where field.isOfCluster:
            clusterTests.append(ClusterTest(field: field, test: .order(comparison, text)))
            return .clusterTest(clusterTests.count - 1)
        case .term(let term):
            rowTests.append(RowTest(term, now: now))
            return .rowTest(rowTests.count - 1)
        }
    }

    private func fold(_ node: Node, _ cluster: Cluster) -> Node {
        switch node {
        case .constant: return node
        case .clusterTest(let test): return .constant(clusterTests[test].matches(cluster))
        case .rowTest(let test):
            // A word in the cluster's name is found in each of its rows.
            if case .word(let word) = rowTests[test], word.isPart(of: cluster.name) { return .constant(true) }
            return node
        case .not(let inner):
            let folded = fold(inner, cluster)
            if case .constant(let value) = folded { return .constant(!value) }
            return .not(folded)
        case .and(let members): return fold(members, cluster, deciding: false, as: Node.and)
        case .or(let members): return fold(members, cluster, deciding: true, as: Node.or)
        }
    }

    private func fold(
        _ members: [Node], _ cluster: Cluster, deciding: Bool, as make: ([Node]) -> Node
    ) -> Node {
        var left: [Node] = []
        for member in members {
            let folded = fold(member, cluster)
            if case .constant(let value) = folded {
                if value == deciding { return folded }
            } else {
                left.append(folded)
            }
        }
        if left.count == 1 { return left[0] }
        return left.isEmpty ? .constant(!deciding) : make(left)
    }
}

extension CompiledFilter.Node {
    var constant: Bool? { if case .constant(let value) = self { value } else { nil } }
}

/// What a text is held to.
enum TextTest {
    case patterns(PatternSet)
    case order(Comparison, [UInt8])

    func matches(_ text: String) -> Bool {
        switch self {
        case .patterns(let patterns): patterns.matches(text)
        case .order(let comparison, let bound): comparison.holds(ByteText.compare(text, bound))
        }
    }
    /// Null matches nothing.
    func matches(_ text: String?) -> Bool { text.map { matches($0) } ?? false }
}

/// A term about a cluster.
struct ClusterTest {
    let field: TextField
    let test: TextTest

    func matches(_ cluster: Cluster) -> Bool {
        switch field {
        case .cluster: test.matches(cluster.id.text) || test.matches(cluster.name)
        case .clusterID: test.matches(cluster.id.text)
        case .clusterName: test.matches(cluster.name)
        case .region: test.matches(cluster.region)
        case .projectID: test.matches(cluster.projectID)
        case .label(let key): test.matches(cluster.label(key))
        case .namespace, .name, .chartName, .status, .statusDescription, .description: false
        }
    }
}

extension Cluster {
    /// Keys are equal by bytes, as all text is.
    fileprivate func label(_ key: String) -> String? {
        guard let index = labels.index(forKey: key), ByteText.compare(labels[index].key, key) == 0 else { return nil }
        return labels[index].value
    }
}

/// A term about a row.
enum RowTest {
    case text(TextField, TextTest)
    case chartVersion(PatternSet, [RangeTest])
    case number(NumberField, [NumberRange])
    case chartPublic(Bool)
    case time(TimeField, Comparison, Instant)
    case stuck(since: Instant)
    case word(FoldedWord)

    init(_ term: FilterTerm, now: Instant) {
        switch term {
        case .text(let field, let patterns): self = .text(field, .patterns(PatternSet(patterns)))
        case .textOrder(let field, let comparison, let text): self = .text(field, .order(comparison, text))
        case .chartVersion(let tests):
            self = .chartVersion(
                PatternSet(tests.compactMap { if case .pattern(let pattern) = $0 { pattern } else { nil } }),
                tests.compactMap { if case .range(let range) = $0 { RangeTest(range) } else { nil } })
        case .number(let field, let ranges): self = .number(field, ranges)
        case .chartPublic(let value): self = .chartPublic(value)
        case .time(let field, let comparison, let instant): self = .time(field, comparison, instant)
        case .age(let field, .older, let age): self = .time(field, .less, now - age)
        case .age(let field, .newer, let age): self = .time(field, .greaterOrEqual, now - age)
        case .stuck(let duration): self = .stuck(since: now - duration)
        case .word(let word): self = .word(FoldedWord(folded: word))
        }
    }

    func matches(_ rows: ReleaseRows, at row: Int) -> Bool {
        switch self {
        case .text(.namespace, let test): return test.matches(rows[row].namespace)
        case .text(.name, let test): return test.matches(rows[row].name)
        case .text(.chartName, let test): return test.matches(rows[row].chartName)
        case .text(.status, let test): return test.matches(rows[row].status)
        case .text(.statusDescription, let test): return test.matches(rows[row].statusDescription)
        case .text(.description, let test): return test.matches(rows[row].description)
        case .text: return false
        case .chartVersion(let patterns, let ranges):
            guard let version = rows[row].chartVersion else { return false }
            return patterns.matches(version) || ranges.contains { $0.contains(version) }
        case .number(.version, let ranges):
            guard let revision = rows[row].version else { return false }
            return ranges.contains { $0.contains(revision) }
        case .number(.severity, let ranges):
            let severity = Severity.of(status: rows[row].status)
            return ranges.contains { $0.contains(severity) }
        case .chartPublic(let value): return rows[row].chartPublic == value
        case .time(let field, let comparison, let bound):
            guard let time = field == .createAt ? rows[row].createAt : rows[row].updateAt else { return false }
            return comparison.holds(RowOrder.compareValues(time, bound))
        case .stuck(let since):
            guard let time = rows[row].updateAt, time <= since, let status = rows[row].status else { return false }
            return Severity.isPending(status) || status == "DELETING"
        case .word(let word):
            return word.isPart(of: rows[row].name) || word.isPart(of: rows[row].namespace)
                || rows[row].chartName.map(word.isPart) ?? false || rows[row].chartVersion.map(word.isPart) ?? false
                || rows[row].description.map(word.isPart) ?? false
        }
    }
}
