/// One mapping of the configuration, read key by key. Every module's `Config` reads itself from its own section.
///
/// Reading never throws: a missing key gives the default, a bad value gives the default and a `Problem` with its path,
/// and `GatewayConfig` prints all of them together. Keys that nobody read are problems too, with the nearest known key
/// as a hint. Values of secrets never reach a problem's text. An empty section gives all defaults; `null` is missing.
package final class Section {
    /// `inventory`, `clusters[3]`; empty for the whole file.
    package let path: String
    /// Where the mapping begins; nil when it is not in the file.
    package let position: Problem.Position?

    let log: ProblemLog
    /// Set in samples alone.
    let outline: ConfigOutline?
    private let members: [String: YAMLNode.Member]
    /// In the order of the file, so that unknown keys are told in that order.
    private let keys: [String]
    private var known: [String] = []
    /// Keys whose value was already called a problem.
    private var refused: Set<String> = []
    private var children: [String: Section] = [:]
    private var lists: [String: [Section]] = [:]

    /// A section without keys: every read gives its default.
    package convenience init(path: String = "") { self.init(path: path, node: nil, log: ProblemLog()) }

    /// The whole of a file. Throws when it is no YAML; what can be told apart from the rest is in `problems`.
    package convenience init(yaml text: some Sequence<UInt8>) throws(InvalidConfig) {
        let document = YAMLDocument(parsing: text)
        guard let root = document.root else { throw InvalidConfig(problems: document.problems) }
        let log = ProblemLog()
        for problem in document.problems { log.add(problem) }
        switch root.content {
        case .mapping: self.init(path: "", node: root, log: log)
        case .scalar where root.isNull: self.init(path: "", node: nil, log: log)
        default:
            log.add(Problem(path: "", detail: "must be a mapping, is \(root.kindShown)", position: root.position))
            throw InvalidConfig(problems: log.problems)
        }
    }

    /// `node` is a mapping, or nil.
    init(path: String, node: YAMLNode?, log: ProblemLog, outline: ConfigOutline? = nil) {
        self.path = path
        self.log = log
        self.outline = outline
        position = node?.position
        guard let node, case .mapping(let list) = node.content else {
            members = [:]
            keys = []
            return
        }
        keys = list.map(\.key)
        members = Dictionary(list.map { ($0.key, $0) }) { first, _ in first }
    }

    // MARK: - Parts

    package func section(_ key: String) -> Section {
        if let child = children[key] { return child }
        var node = value(of: key)
        if let found = node, case .mapping = found.content {
        } else if let found = node {
            refuse(key, "must be a mapping, is \(found.kindShown)")
            node = nil
        }
        let child = Section(path: Self.path(path, key), node: node, log: log, outline: outline)
        children[key] = child
        return child
    }

    /// The mappings of a list; what is no mapping is a problem and left out.
    package func sections(_ key: String) -> [Section] {
        if let list = lists[key] { return list }
        note(key, .list)
        var list: [Section] = []
        if let outline {
            list.append(Section(path: "\(Self.path(path, key))[]", node: nil, log: log, outline: outline))
        }
        for (index, item) in items(key).enumerated() {
            let itemPath = "\(Self.path(path, key))[\(index)]"
            if case .mapping = item.content {
                list.append(Section(path: itemPath, node: item, log: log))
            } else {
                log.add(
                    Problem(path: itemPath, detail: "must be a mapping, is \(item.kindShown)", position: item.position))
            }
        }
        lists[key] = list
        return list
    }

    /// The key is there and not `null`.
    package func isPresent(_ key: String) -> Bool { value(of: key) != nil || outline != nil }
    /// The key is there, also with `null`: where leaving it out gives more than any value would.
    package func isWritten(_ key: String) -> Bool { members[key] != nil || outline != nil }
    /// Nothing is read here but which keys there are (`keys(readBy:)`); everything seems to be present.
    package var isSample: Bool { outline != nil }
    /// It has no key at all.
    package var isEmpty: Bool { keys.isEmpty }

    // MARK: - Problems

    /// Adds a problem about `key`, or about the whole section when it is nil. Nothing is added about a key whose
    /// value was refused while it was read: it has its problem.
    package func report(_ detail: String, at key: String? = nil) {
        guard let key else {
            log.add(Problem(path: path, detail: detail, position: position))
            return
        }
        guard !refused.contains(key) else { return }
        log.add(Problem(path: Self.path(path, key), detail: detail, position: position(of: key)))
    }

    /// What was found so far, in the whole file and by all sections of it, unknown keys included; in the order of
    /// the file, what has no place in it last. Ask when everything has been read.
    package var problems: [Problem] {
        let all = log.problems + unknownKeys
        return all.enumerated().sorted { left, right in
            func order(_ item: (offset: Int, element: Problem)) -> (Int, Int, Int) {
                let position = item.element.position
                return (position?.line ?? .max, position?.column ?? .max, item.offset)
            }
            return order(left) < order(right)
        }.map(\.element)
    }

    private var unknownKeys: [Problem] {
        let here = keys.filter { !known.contains($0) }.map { key in
            let hint =
                NearestName.of(key, among: known).map { "did you mean \($0)?" }
                ?? "known are \(known.sorted().joined(separator: ", "))"
            return Problem(
                path: Self.path(path, key), detail: known.isEmpty ? "unknown key" : "unknown key; \(hint)",
                position: members[key]?.keyPosition)
        }
        return here + children.values.flatMap(\.unknownKeys) + lists.values.joined().flatMap(\.unknownKeys)
    }

    // MARK: - For the readers of values

    /// Nil when the key is missing or `null`. The key is known from now on.
    func value(of key: String) -> YAMLNode? {
        if !known.contains(key) { known.append(key) }
        guard let node = members[key]?.value, !node.isNull else { return nil }
        return node
    }

    func refuse(_ key: String, _ detail: String) {
        report(detail, at: key)
        refused.insert(key)
    }

    func position(of key: String) -> Problem.Position? { members[key]?.value.position ?? position }

    /// Of a list; empty when the key is missing or no list, which is a problem.
    func items(_ key: String) -> [YAMLNode] {
        guard let node = value(of: key) else { return [] }
        guard case .sequence(let items) = node.content else {
            refuse(key, "must be a list, is \(node.kindShown)")
            return []
        }
        return items
    }

    /// A key after a path as a user would write it; unusual keys in quotes, control characters escaped.
    static func path(_ path: String, _ key: String) -> String {
        let isPlain =
            !key.isEmpty
            && key.utf8.allSatisfy {
                switch $0 {
                case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
                    UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "-"), UInt8(ascii: "_"):
                    true
                default: false
                }
            }
        let shown = isPlain && key.utf8.count <= 64 ? key : shownText(key)
        return path.isEmpty ? shown : "\(path).\(shown)"
    }

    static func shownText(_ text: String) -> String { "\"\(PrintableText.escaped(text, limit: 60))\"" }
}

/// The problems of one file, shared by all its sections. Each is kept once; beyond the limit nobody would read them.
final class ProblemLog {
    private let limit = 500
    private(set) var problems: [Problem] = []

    func add(_ problem: Problem) {
        if problems.count < limit, !problems.contains(problem) { problems.append(problem) }
    }
}

extension YAMLNode {
    /// For problems; scalars are not shown, they may be secrets in the wrong place.
    var kindShown: String {
        switch content {
        case .sequence: "a list"
        case .mapping: "a mapping"
        case .scalar: isNull ? "null" : "text"
        }
    }
}
