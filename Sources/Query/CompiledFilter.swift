import Columns
import ReleaseModel
import Timing

/// A filter made ready for many rows: ages resolved, patterns prepared, and what concerns clusters alone kept apart, to be
/// decided once for each cluster.
struct CompiledFilter: Sendable {
    /// A filter as it looks once its tests are numbered.
    indirect enum Node: Sendable {
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

    /// Some of it is decided by the cluster.
    private var asksClusters = false

    /// What every row must have, as far as tables can look it up for all parts at once.
    private(set) var tableTests = TableTests()
    /// What every cluster must be.
    private var neededClusterTests: [Int] = []
    /// These two are all that is asked.
    private(set) var isOfTables = true

    init(_ filter: FilterExpression, now: Instant) {
        root = compile(filter, now: now)
        asksClusters =
            !clusterTests.isEmpty || rowTests.contains { if case .word = $0 { true } else { false } }
            || root.hasConstant
        for member in root.conjunction {
            switch member {
            case .constant(true): continue
            case .clusterTest(let test): neededClusterTests.append(test)
            case .rowTest(let test) where !tableTests.isFull && rowTests[test].add(to: &tableTests): continue
            default: isOfTables = false
            }
        }
    }

    /// No cluster decides any of it.
    var isOfRowsAlone: Bool { !asksClusters }
    /// It names no clusters. (A word in a cluster's name can still decide for all of its rows.)
    var aimsAtAllClusters: Bool { clusterTests.isEmpty && root.constant != false }

    /// The cluster is what every one must be.
    func allows(_ entry: @autoclosure () -> ClusterEntry) -> Bool {
        if neededClusterTests.isEmpty { return true }
        let entry = entry()
        for test in neededClusterTests where !clusterTests[test].matches(entry) { return false }
        return true
    }

    /// What is left to be asked of each row of this cluster. `.constant(false)`: none can match.
    func remainder(for entry: ClusterEntry) -> Node {
        asksClusters ? fold(root, entry) : root
    }

    /// Of a part.
    enum Found { case none, all, some }

    /// The rows of an entry's part that match. Where those are some, `bitmap` has them.
    func select(_ entry: ClusterEntry, _ part: ClusterPart, into bitmap: inout Bitmap) -> Found {
        bitmap.reset(count: part.count)
        if part.count == 0 { return .none }
        return asksClusters
            ? select(fold(root, entry), part, &bitmap, .replacing) : select(root, part, &bitmap, .replacing)
    }

    /// `bitmap` is changed only where the answer is some.
    private func select(
        _ node: Node, _ part: ClusterPart, _ bitmap: inout Bitmap, _ joining: Bitmap.Joining
    ) -> Found {
        switch node {
        case .constant(let value): return value ? .all : .none
        case .rowTest(let test): return rowTests[test].select(part, &bitmap, joining)
        case .clusterTest: return .none  // folded away
        case .not, .and, .or:
            if joining == .replacing { return select(composite: node, part, &bitmap) }
            var own = Bitmap(count: part.count)
            let found = select(composite: node, part, &own)
            if found == .some { bitmap.join(own, joining) }
            return found
        }
    }

    private func select(composite node: Node, _ part: ClusterPart, _ bitmap: inout Bitmap) -> Found {
        switch node {
        case .not(let inner):
            switch select(inner, part, &bitmap, .replacing) {
            case .none: return .all
            case .all: return .none
            case .some:
                bitmap.invert()
                return .some
            }
        case .and(let members):
            // What a dictionary says of the whole part is asked before any row is looked at.
            for case .rowTest(let test) in members where rowTests[test].isRuledOut(in: part) { return .none }
            var found = Found.all
            for member in members {
                switch select(member, part, &bitmap, found == .all ? .replacing : .narrowing) {
                case .none: return .none
                case .all: continue
                case .some: found = .some
                }
            }
            return found
        case .or(let members):
            var found = Found.none
            for member in members {
                switch select(member, part, &bitmap, found == .none ? .replacing : .widening) {
                case .none: continue
                case .all: return .all
                case .some: found = .some
                }
            }
            return found
        case .constant, .clusterTest, .rowTest: return .none  // not composite
        }
    }

    // MARK: -

    private mutating func compile(_ filter: FilterExpression, now: Instant) -> Node {
        switch filter {
        case .all: return .constant(true)
        case .not(let inner): return .not(compile(inner, now: now))
        case .and(let members):
            let compiled = members.map { compile($0, now: now) }
            return .and(inOrderOfCost(compiled))
        case .or(let members):
            let compiled = members.map { compile($0, now: now) }
            return .or(inOrderOfCost(compiled))
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

    /// Tests of packed columns first, then what is made of several, then what looks at texts row by row.
    private func inOrderOfCost(_ nodes: [Node]) -> [Node] {
        func cost(_ node: Node) -> Int {
            switch node {
            case .constant, .clusterTest: 0
            case .rowTest(let test): rowTests[test].isPacked ? 1 : 3
            case .not, .and, .or: 2
            }
        }
        return (0...3).flatMap { wanted in nodes.filter { cost($0) == wanted } }
    }

    private func fold(_ node: Node, _ entry: ClusterEntry) -> Node {
        switch node {
        case .constant: return node
        case .clusterTest(let test): return .constant(clusterTests[test].matches(entry))
        case .rowTest(let test):
            // A word in the cluster's name is found in each of its rows.
            if case .word(let word) = rowTests[test], word.isPart(of: entry.clusterName) { return .constant(true) }
            return node
        case .not(let inner):
            let folded = fold(inner, entry)
            if case .constant(let value) = folded { return .constant(!value) }
            return .not(folded)
        case .and(let members): return fold(members, entry, deciding: false, as: Node.and)
        case .or(let members): return fold(members, entry, deciding: true, as: Node.or)
        }
    }

    private func fold(
        _ members: [Node], _ entry: ClusterEntry, deciding: Bool, as make: ([Node]) -> Node
    ) -> Node {
        var left: [Node] = []
        for member in members {
            let folded = fold(member, entry)
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
    /// What must all be true for it to be.
    fileprivate var conjunction: [Self] {
        if case .and(let members) = self { members.flatMap(\.conjunction) } else { [self] }
    }
    fileprivate var hasConstant: Bool {
        switch self {
        case .constant: true
        case .clusterTest, .rowTest: false
        case .not(let inner): inner.hasConstant
        case .and(let members), .or(let members): members.contains { $0.hasConstant }
        }
    }
}

/// What a text is held to.
enum TextTest {
    case patterns(PatternSet)
    case order(Comparison, [UInt8])

    func matches(_ text: Span<UInt8>) -> Bool {
        switch self {
        case .patterns(let patterns): patterns.matches(text)
        case .order(let comparison, let bound): comparison.holds(ByteText.compare(text, bound.span))
        }
    }
    func matches(_ text: String) -> Bool {
        let bytes = text.utf8
        return matches(bytes.span)
    }
    /// Null matches nothing.
    func matches(_ text: String?) -> Bool { text.map { matches($0) } ?? false }
}

/// A term about a cluster.
struct ClusterTest {
    let field: TextField
    let test: TextTest

    func matches(_ entry: ClusterEntry) -> Bool {
        switch field {
        case .cluster: test.matches(entry.clusterID.text) || test.matches(entry.clusterName)
        case .clusterID: test.matches(entry.clusterID.text)
        case .clusterName: test.matches(entry.clusterName)
        case .region: test.matches(entry.region)
        case .projectID: test.matches(entry.projectID)
        case .label(let key): test.matches(entry.cluster.label(key))
        case .namespace, .name, .chartName, .status, .statusDescription, .description: false
        }
    }
}

extension Cluster {
    func label(_ key: String) -> String? { labels[bytes: key] }
}

extension [String: String] {
    /// Keys are equal by bytes, as all text is.
    subscript(bytes key: String) -> String? {
        guard let index = index(forKey: key), ByteText.compare(self[index].key, key) == 0 else { return nil }
        return self[index].value
    }
}
