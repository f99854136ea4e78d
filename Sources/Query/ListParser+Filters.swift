import ReleaseModel
import Timing

/// The parameters that say which releases.
extension ListParser {
    mutating func readLabel(_ name: String, _ value: String, _ key: LabelKey) {
        guard key.isSound else {
            report(
                name.cut(toBytes: 64), key.text.isEmpty ? "the label's key is empty" : "the label's key is too long",
                hint: "label.env=prod")
            return
        }
        readText(name, value, .label(key.text))
    }

    mutating func readText(_ name: String, _ value: String, _ field: TextField) {
        guard let list = list(name, value) else { return }
        add(list.term(.text(field, anyOf: list.items.map(\.pattern))), name)
    }

    mutating func readStatus(_ name: String, _ value: String) {
        guard let list = list(name, value) else { return }
        var patterns: [TextPattern] = []
        for item in list.items {
            if let text = item.text {
                if let word = StatusWords.exact(text) {
                    patterns.append(TextPattern(exactly: word))
                } else {
                    report(
                        name, "unknown status", position: item.position, token: item.raw,
                        hint: NearestWord.to(text, among: StatusWords.known))
                }
            } else {
                patterns += StatusWords.patterns(item.pattern)
            }
        }
        add(list.term(.text(.status, anyOf: patterns)), name)
    }

    mutating func readChartPublic(_ name: String, _ value: String) {
        guard let list = list(name, value) else { return }
        var members: [FilterExpression] = []
        for item in list.items {
            switch item.text {
            case "true": members.append(.term(.chartPublic(true)))
            case "false": members.append(.term(.chartPublic(false)))
            default:
                report(
                    name, "not one of true, false", position: item.position, token: item.raw,
                    hint: NearestWord.to(item.raw, among: ["true", "false"]))
            }
        }
        add(list.isNegated ? .not(.or(members)) : .or(members), name)
    }

    /// A value, one with wildcards, or a range: `>=1.2.0`, `>=1.2 <2`.
    mutating func readChartVersion(_ name: String, _ value: String) {
        guard let list = list(name, value) else { return }
        var tests: [VersionTest] = []
        for item in list.items {
            guard let first = item.raw.utf8.first, "<>=^~".utf8.contains(first) else {
                tests.append(.pattern(item.pattern))
                continue
            }
            if let range = versionRange(name, item) { tests.append(.range(range)) }
        }
        warnOfEither(name, value, list)
        add(list.term(.chartVersion(anyOf: tests)), name)
    }

    /// A revision or a range: `3`, `>3`, `>=3 <7`.
    mutating func readRevision(_ name: String, _ value: String) {
        guard let list = list(name, value) else { return }
        var ranges: [NumberRange] = []
        for item in list.items {
            if let range = revisionRange(name, item) { ranges.append(range) }
        }
        warnOfEither(name, value, list)
        add(list.term(.number(.version, anyOf: ranges)), name)
    }

    /// RFC 3339, or an age.
    mutating func readTime(_ name: String, _ value: String, _ field: TimeField, _ comparison: AgeComparison) {
        if let age = Duration(text: value) {
            add(.term(.age(field, comparison, age)), name)
        } else if let instant = Instant(rfc3339: value) {
            add(.term(.time(field, comparison == .older ? .less : .greaterOrEqual, instant)), name)
        } else {
            let hint = Self.timeHint(value) ?? "2023-11-14T12:30:57Z, or an age: 15m, 24h, 7d"
            report(name, "neither a time nor an age", position: 0, token: value, hint: hint)
        }
    }
    /// What is nearly a time, nil for what is not.
    static func timeHint(_ text: String) -> String? {
        if Instant(rfc3339: text, offsetRequired: false) != nil { return "the offset is missing: add Z" }
        guard let blank = text.lastIndex(of: " "),
            Instant(rfc3339: "\(text[..<blank])+\(text[text.index(after: blank)...])") != nil
        else { return nil }
        return "a + in a query is a space: write %2B"
    }

    /// Words between blanks, all of which must be found.
    mutating func readWords(_ name: String, _ value: String) {
        let words = FoldedWord.words(of: value)
        if words.isEmpty {
            report(name, "there is no word", position: 0, token: value, hint: "leave the parameter out")
        }
        for word in words {
            if word.utf8.count > ValueList.itemByteLimit {
                let position = value.utf8.distance(from: value.startIndex, to: word.startIndex)
                report(
                    name, "a word is longer than \(ValueList.itemByteLimit) bytes", position: position,
                    token: String(word))
            } else {
                add(.term(.word(FoldedWord.fold(word))), name)
            }
        }
    }

    /// An expression of all fields (AIP-160).
    mutating func readFilter(_ name: String, _ value: String) {
        do throws(InvalidParameters) {
            let (expression, count) = try FilterParser.parse(value)
            add(expression, name, terms: count)
        } catch {
            report(error.problems)
        }
    }

    /// Passed to the cloud as it is; its ids are UUIDs, and nothing else needs to be let through.
    mutating func readChartID(_ name: String, _ value: String) {
        guard ClusterID(value) != nil else {
            report(
                name, "not an id", position: 0, token: value,
                hint: "1 to 64 letters, digits, -, _ or ., and only one id")
            return
        }
        request.chartID = value
    }

    // MARK: -

    /// `>1,<3` is any of, so nearly everything: it is what the grammar says, and seldom what is meant.
    private mutating func warnOfEither(_ name: String, _ value: String, _ list: ValueList) {
        let bounds = list.items.filter { "<>".utf8.contains($0.raw.utf8.first ?? 0) }
        guard !list.isNegated, bounds.contains(where: { $0.raw.utf8.first == UInt8(ascii: "<") }),
            bounds.contains(where: { $0.raw.utf8.first == UInt8(ascii: ">") })
        else { return }
        warn(
            "any_of_ranges",
            "\(name): a comma means any of, so either bound is enough; a blank between bounds asks for both")
    }

    /// The pieces of a range with their positions; nil with a wildcard in it, which is then reported.
    private mutating func bounds(_ name: String, _ item: ValueList.Item) -> [(text: String, position: Int)]? {
        guard let text = item.text else {
            report(
                name, "a range has no wildcards", position: item.position, token: item.raw,
                hint: "either 1.2.* or >=1.2 <1.3")
            return nil
        }
        return VersionRange.pieces(of: text, at: item.position)
    }

    private mutating func versionRange(_ name: String, _ item: ValueList.Item) -> VersionRange? {
        guard let pieces = bounds(name, item) else { return nil }
        var found: [VersionRange.Bound] = []
        for (text, position) in pieces {
            guard let bound = VersionRange.Bound(text) else {
                report(
                    name, "not a bound of a version", position: position, token: text,
                    hint: VersionRange.boundHint)
                return nil
            }
            found.append(bound)
        }
        return VersionRange(found)
    }

    private mutating func revisionRange(_ name: String, _ item: ValueList.Item) -> NumberRange? {
        guard let pieces = bounds(name, item) else { return nil }
        var range = NumberRange.all
        for (text, position) in pieces {
            let sign = String(decoding: text.utf8.prefix { "<>=".utf8.contains($0) }, as: UTF8.self)
            let digits = String(decoding: text.utf8.dropFirst(sign.utf8.count), as: UTF8.self)
            guard sign.isEmpty ? pieces.count == 1 : true, digits.utf8.allSatisfy({ (0x30...0x39).contains($0) }),
                let number = Int64(digits),
                let comparison = Comparison(rawValue: sign.isEmpty ? "=" : sign)
            else {
                report(name, "not a revision", position: position, token: text, hint: "3, >3, <=7 or >=3 <7")
                return nil
            }
            range = range.intersection(NumberRange(comparison, number))
        }
        return range
    }
}

extension ValueList {
    fileprivate func term(_ term: FilterTerm) -> FilterExpression { isNegated ? .not(.term(term)) : .term(term) }
}
