import CYAML

/// A YAML 1.1 document read by libyaml's events, kept to what JSON can say.
package struct YAMLDocument: Sendable {
    /// Nil when the text is no YAML or beyond the limits. An empty text is an empty mapping.
    package let root: YAMLNode?
    /// In the order of the text. Not empty when `root` is nil.
    package let problems: [Problem]

    package init(parsing text: some Sequence<UInt8>, limits: YAMLLimits = YAMLLimits()) {
        var builder = YAMLTreeBuilder(limits: limits)
        do {
            root = try builder.build(from: Array(text))
            problems = builder.problems
        } catch {
            root = nil
            problems = builder.problems + [error]
        }
    }
}

extension Problem: Error {}

/// Turns events into nodes with a stack of its own, so that no input decides how deep we recurse.
private struct YAMLTreeBuilder {
    /// A sequence or mapping whose end has not come.
    private struct Frame {
        let isMapping: Bool
        let position: Problem.Position
        var items: [YAMLNode] = []
        var members: [YAMLNode.Member] = []
        var places: [String: Problem.Position] = [:]
        var key: (text: String, position: Problem.Position)?
        /// The key stands there a second time: its value is read and left out.
        var isDuplicate = false
    }
    private let limits: YAMLLimits
    private var open: [Frame] = []
    private var nodeCount = 0
    private var root: YAMLNode?
    private(set) var problems: [Problem] = []

    init(limits: YAMLLimits) { self.limits = limits }

    mutating func build(from text: [UInt8]) throws(Problem) -> YAMLNode {
        guard text.count <= limits.byteCount else {
            throw Problem(path: "", detail: "has more than \(limits.byteCount) bytes")
        }
        if text.starts(with: [0xFF, 0xFE]) || text.starts(with: [0xFE, 0xFF]) {
            throw Problem(path: "", detail: "must be UTF-8, is UTF-16", position: .init(line: 1, column: 1))
        }
        if let offset = text.firstInvalidUTF8 {
            throw Problem(path: "", detail: "is not valid UTF-8", position: text.position(of: offset))
        }
        let start = Problem.Position(line: 1, column: 1)
        let parser = UnsafeMutablePointer<yaml_parser_t>.allocate(capacity: 1)
        defer { parser.deallocate() }
        guard yaml_parser_initialize(parser) == 1 else { throw Problem(path: "", detail: "no memory to read it with") }
        defer { yaml_parser_delete(parser) }
        try text.withUnsafeBufferPointer { buffer throws(Problem) in
            yaml_parser_set_input_string(parser, buffer.baseAddress, buffer.count)  // valid within this closure
            yaml_parser_set_encoding(parser, YAML_UTF8_ENCODING)
            try readEvents(parser, of: text)
        }
        return root ?? YAMLNode(.mapping([]), at: start)
    }

    private mutating func readEvents(
        _ parser: UnsafeMutablePointer<yaml_parser_t>, of text: [UInt8]
    ) throws(Problem) {
        var documents = 0
        while true {
            var event = yaml_event_t()
            guard yaml_parser_parse(parser, &event) == 1 else { throw problem(of: parser.pointee, in: text) }
            defer { yaml_event_delete(&event) }
            let position = Problem.Position(event.start_mark)
            switch event.type {
            case YAML_DOCUMENT_START_EVENT:
                documents += 1
                guard documents == 1 else {
                    throw Problem(path: "", detail: "must be one document, a second begins here", position: position)
                }
            case YAML_ALIAS_EVENT:
                refuse("aliases (*name) are not supported", position)
                try add(YAMLNode(.scalar(text: "", style: .plain), at: position))
            case YAML_SCALAR_EVENT:
                let scalar = event.data.scalar
                refuseDecorations(scalar.anchor, scalar.tag, position)
                let bytes = UnsafeBufferPointer(start: scalar.value, count: scalar.length)
                try add(
                    YAMLNode(
                        .scalar(
                            text: String(decoding: bytes, as: UTF8.self),
                            style: scalar.style == YAML_PLAIN_SCALAR_STYLE ? .plain : .quoted), at: position))
            case YAML_SEQUENCE_START_EVENT:
                refuseDecorations(event.data.sequence_start.anchor, event.data.sequence_start.tag, position)
                try begin(Frame(isMapping: false, position: position))
            case YAML_MAPPING_START_EVENT:
                refuseDecorations(event.data.mapping_start.anchor, event.data.mapping_start.tag, position)
                try begin(Frame(isMapping: true, position: position))
            case YAML_SEQUENCE_END_EVENT, YAML_MAPPING_END_EVENT:
                guard let frame = open.popLast() else { continue }
                try add(
                    YAMLNode(frame.isMapping ? .mapping(frame.members) : .sequence(frame.items), at: frame.position),
                    isCounted: false)
            case YAML_STREAM_END_EVENT: return
            default: break
            }
        }
    }

    private mutating func begin(_ frame: Frame) throws(Problem) {
        try count(at: frame.position)
        guard open.count < limits.depth else {
            throw Problem(path: path, detail: "is nested deeper than \(limits.depth)", position: frame.position)
        }
        if let last = open.indices.last, open[last].isMapping, open[last].key == nil {
            throw Problem(path: path, detail: "a key must be text", position: frame.position)
        }
        open.append(frame)
    }

    /// Gives a whole node to the sequence or mapping that it is in.
    private mutating func add(_ node: YAMLNode, isCounted: Bool = true) throws(Problem) {
        if isCounted { try count(at: node.position) }
        guard let last = open.indices.last else {
            root = node
            return
        }
        guard open[last].isMapping else {
            open[last].items.append(node)
            return
        }
        guard let key = open[last].key else {
            guard case .scalar(let text, _) = node.content else { return }
            if let first = open[last].places[text] {
                refuse("is given twice, first in line \(first.line)", node.position, path: path(adding: text))
                open[last].isDuplicate = true
            } else {
                open[last].places[text] = node.position
            }
            open[last].key = (text, node.position)
            return
        }
        if !open[last].isDuplicate {
            open[last].members.append(.init(key: key.text, keyPosition: key.position, value: node))
        }
        open[last].key = nil
        open[last].isDuplicate = false
    }

    // MARK: - Problems

    private mutating func count(at position: Problem.Position) throws(Problem) {
        nodeCount += 1
        guard nodeCount <= limits.nodeCount else {
            throw Problem(path: path, detail: "has more than \(limits.nodeCount) values", position: position)
        }
    }

    private mutating func refuse(_ detail: String, _ position: Problem.Position, path: String? = nil) {
        guard problems.count < limits.problemCount else { return }
        problems.append(Problem(path: path ?? self.path, detail: detail, position: position))
    }

    private mutating func refuseDecorations(
        _ anchor: UnsafeMutablePointer<yaml_char_t>?, _ tag: UnsafeMutablePointer<yaml_char_t>?,
        _ position: Problem.Position
    ) {
        if anchor != nil { refuse("anchors (&name) are not supported", position) }
        if tag != nil { refuse("tags (!name) are not supported", position) }
    }

    /// Of the place where reading is now.
    private var path: String {
        open.reduce("") { path, frame in
            guard frame.isMapping else { return "\(path)[\(frame.items.count)]" }
            return frame.key.map { Section.path(path, $0.text) } ?? path
        }
    }
    private func path(adding key: String) -> String { Section.path(path, key) }

    /// libyaml's own words; they are constants and repeat nothing of the text.
    private func problem(of parser: yaml_parser_t, in text: [UInt8]) -> Problem {
        let context = parser.context.map { String(cString: $0) + ", " } ?? ""
        let detail = parser.problem.map { String(cString: $0) } ?? "no memory to read it with"
        let position =
            parser.error == YAML_READER_ERROR
            ? text.position(of: min(parser.problem_offset, text.count)) : Problem.Position(parser.problem_mark)
        return Problem(path: path, detail: "is not YAML: \(context)\(detail)", position: position)
    }
}

extension Problem.Position {
    fileprivate init(_ mark: yaml_mark_t) { self.init(line: mark.line + 1, column: mark.column + 1) }
}

extension [UInt8] {
    fileprivate var firstInvalidUTF8: Int? {
        do {
            _ = try UTF8Span(validating: span)
            return nil
        } catch {
            return error.byteOffsets.lowerBound
        }
    }

    /// Columns are counted in code points, as libyaml does.
    fileprivate func position(of offset: Int) -> Problem.Position {
        let before = self[..<offset]
        let line = before.count { $0 == UInt8(ascii: "\n") } + 1
        let lineStart = before.lastIndex(of: UInt8(ascii: "\n")).map { $0 + 1 } ?? 0
        return .init(line: line, column: before[lineStart...].count { $0 & 0xC0 != 0x80 } + 1)
    }
}
