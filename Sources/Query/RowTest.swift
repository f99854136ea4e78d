import Columns
import ReleaseModel
import Timing

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
}

extension RowTest {
    /// It is answered by codes and numbers; else texts are looked at row by row.
    var isPacked: Bool {
        switch self {
        case .text(.name, _), .word: false
        case .text, .chartVersion, .number, .chartPublic, .time, .stuck: true
        }
    }

    /// Adds it to what tables are asked; false when they cannot be.
    func add(to tests: inout TableTests) -> Bool {
        switch self {
        case .text(let field, .patterns(let patterns)):
            guard let text = patterns.onlyText, let column = field.column else { return false }
            tests.add(column, text)
        case .number(.version, let ranges):
            guard ranges.count == 1 else { return false }
            tests.add(.version, from: ranges[0].lower, through: ranges[0].upper)
        case .chartPublic(let value):
            let code = Int64(value ? BooleanColumn.yes : BooleanColumn.no)
            tests.add(.chartPublic, from: code, through: code)
        case .time(let field, let comparison, let bound):
            let (first, last) = Self.wholeSeconds(comparison, bound)
            tests.add(field == .createAt ? .createAt : .updateAt, from: first, through: last)
        case .text(_, .order), .chartVersion, .number(.severity, _), .stuck, .word: return false
        }
        return true
    }

    /// Surely no row of that part matches; a quick look.
    func isRuledOut(in part: ClusterPart) -> Bool {
        switch self {
        case .text(let field, .patterns(let patterns)):
            guard let text = patterns.onlyText, let column = part.texts(of: field) else { return false }
            return column.code(of: text.span) == nil
        case .time(let field, let comparison, let bound):
            let times = field == .createAt ? part.createAt : part.updateAt
            switch comparison {
            case .less, .lessOrEqual: return times.bounds.least > bound.seconds
            case .greater, .greaterOrEqual: return times.bounds.greatest < bound.seconds
            case .equal: return times.bounds.least > bound.seconds || times.bounds.greatest < bound.seconds
            }
        default: return false
        }
    }

    /// `bitmap` is changed only where the answer is some.
    func select(
        _ part: ClusterPart, _ bitmap: inout Bitmap, _ joining: Bitmap.Joining
    ) -> CompiledFilter.Found {
        switch self {
        case .text(.name, let test):
            let names = part.names
            let bytes = names.bytes.span
            bitmap.select(joining) { test.matches(bytes.extracting(names.range(of: $0))) }
            return .some
        case .text(let field, let test):
            guard let column = part.texts(of: field) else { return .none }
            return Self.select(column, test.codes(in: column), &bitmap, joining)
        case .chartVersion(let patterns, let ranges):
            let codes = part.chartVersions.codes { text in
                patterns.matches(text) || ranges.contains { $0.contains(text) }
            }
            return Self.select(part.chartVersions, codes, &bitmap, joining)
        case .number(.version, let ranges):
            guard ranges.count != 1 else {
                bitmap.select(part.versions, from: ranges[0].lower, through: ranges[0].upper, joining)
                return .some
            }
            var found = Bitmap(count: part.count)
            for range in ranges { found.select(part.versions, from: range.lower, through: range.upper, .widening) }
            bitmap.join(found, joining)
            return .some
        case .number(.severity, let ranges):
            let codes = part.statuses.codes(null: ranges.contains { $0.contains(Severity.of(status: nil)) }) { text in
                let severity = Severity.of(status: String(copying: text))
                return ranges.contains { $0.contains(severity) }
            }
            return Self.select(part.statuses, codes, &bitmap, joining)
        case .chartPublic(let value):
            bitmap.select(
                part.chartPublic.codes, equalTo: value ? BooleanColumn.yes : BooleanColumn.no, joining)
            return .some
        case .time(let field, let comparison, let bound):
            return Self.select(
                field == .createAt ? part.createAt : part.updateAt, comparison, bound, &bitmap, joining)
        case .stuck(let since):
            let codes = part.statuses.codes { text in
                let status = String(copying: text)
                return Severity.isPending(status) || status == "DELETING"
            }
            if case .none = codes { return .none }
            var found = Bitmap(count: part.count)
            found.select(part.statuses, codes, .replacing)
            if Self.select(part.updateAt, .lessOrEqual, since, &found, .narrowing) == .none { return .none }
            bitmap.join(found, joining)
            return .some
        case .word(let word): return Self.select(word, part, &bitmap, joining)
        }
    }

    // MARK: -

    private static func select(
        _ column: TextColumn, _ codes: CodeSet, _ bitmap: inout Bitmap, _ joining: Bitmap.Joining
    ) -> CompiledFilter.Found {
        switch codes {
        case .none: return .none
        case .all: return .all
        case .range, .table:
            bitmap.select(column, codes, joining)
            return .some
        }
    }

    /// Never all: whether a row has no time is not kept track of.
    private static func select(
        _ times: TimeColumn, _ comparison: Comparison, _ bound: Instant, _ bitmap: inout Bitmap,
        _ joining: Bitmap.Joining
    ) -> CompiledFilter.Found {
        guard times.nanoseconds.isEmpty else {
            bitmap.select(joining) { row in
                times[row].map { comparison.holds(RowOrder.compareValues($0, bound)) } ?? false
            }
            return .some
        }
        let (first, last) = wholeSeconds(comparison, bound)
        if first > times.bounds.greatest || last < times.bounds.least || first > last { return .none }
        bitmap.select(times.seconds, from: first, through: last, joining)
        return .some
    }

    /// Whole seconds from one to another that stand so to a time: what its fraction does to them.
    private static func wholeSeconds(_ comparison: Comparison, _ bound: Instant) -> (first: Int64, last: Int64) {
        let isWhole = bound.nanoseconds == 0
        return switch comparison {
        case .less: (.min + 1, isWhole ? bound.seconds - 1 : bound.seconds)
        case .lessOrEqual: (.min + 1, bound.seconds)
        case .equal: isWhole ? (bound.seconds, bound.seconds) : (1, 0)
        case .greaterOrEqual: (isWhole ? bound.seconds : bound.seconds + 1, .max)
        case .greater: (bound.seconds + 1, .max)
        }
    }

    private static func select(
        _ word: FoldedWord, _ part: ClusterPart, _ bitmap: inout Bitmap, _ joining: Bitmap.Joining
    ) -> CompiledFilter.Found {
        var found = Bitmap(count: part.count)
        for column in [part.namespaces, part.chartNames, part.chartVersions, part.descriptions] {
            let codes = column.codes { word.isPart(of: $0) }
            if case .all = codes { return .all }
            found.select(column, codes, .widening)
        }
        let names = part.names
        let bytes = names.bytes.span
        found.select(.widening) { word.isPart(of: bytes.extracting(names.range(of: $0))) }
        bitmap.join(found, joining)
        return .some
    }
}

extension TextTest {
    fileprivate func codes(in column: TextColumn) -> CodeSet {
        if case .patterns(let patterns) = self, let text = patterns.onlyText { return column.codes(of: text.span) }
        return column.codes(where: matches)
    }
}

extension TextField {
    /// Nil for names, which stand in no dictionary, and for what is not about rows.
    fileprivate var column: ColumnTable.Texts? {
        switch self {
        case .namespace: .namespace
        case .chartName: .chartName
        case .status: .status
        case .statusDescription: .statusDescription
        case .description: .description
        case .name, .cluster, .clusterID, .clusterName, .region, .projectID, .label: nil
        }
    }
}

extension ClusterPart {
    /// Nil for names, which stand in no dictionary, and for what is not about rows.
    func texts(of field: TextField) -> TextColumn? {
        switch field {
        case .namespace: namespaces
        case .chartName: chartNames
        case .status: statuses
        case .statusDescription: statusDescriptions
        case .description: descriptions
        case .name, .cluster, .clusterID, .clusterName, .region, .projectID, .label: nil
        }
    }
}

extension String {
    /// UTF-8 that was checked when it came.
    init(copying text: Span<UInt8>) {
        var bytes: [UInt8] = []
        bytes.reserveCapacity(text.count)
        for index in 0..<text.count { bytes.append(text[index]) }
        self.init(decoding: bytes, as: UTF8.self)
    }
}
