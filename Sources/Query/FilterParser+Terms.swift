import Timing

/// `field op value`: what each kind of field makes of an operator and a value.
extension FilterParser {
    /// `.all` when there is a problem, which is then reported.
    mutating func expression(
        _ name: FilterScanner.Name, _ found: FilterOperator, _ value: FilterScanner.Value
    ) -> FilterExpression {
        if let key = name.labelKey {
            guard checkLabel(key, at: name.position) else { return .all }
            return text(.label(key), found, value)
        }
        switch FilterField(name: name.text) {
        case .text(let field): return text(field, found, value)
        case .chartVersion: return chartVersion(found, value)
        case .number(let field): return number(field, found, value)
        case .chartPublic: return chartPublic(found, value)
        case .time(let field): return time(field, found, value)
        case .labels: return label(found, value)
        case .words: return words(found, value)
        case nil:
            report(
                "unknown field", at: name.position, token: name.text,
                hint: NearestWord.to(name.text, among: FilterField.names))
            return .all
        }
    }

    // MARK: - Text

    private mutating func text(
        _ field: TextField, _ found: FilterOperator, _ value: FilterScanner.Value
    ) -> FilterExpression {
        switch found {
        case .equal, .notEqual:
            let patterns = field == .status ? statusPatterns(value) : [value.pattern]
            return Self.negated(.term(.text(field, anyOf: patterns)), found)
        case .has:
            guard let pattern = contained(value) else { return .all }
            return .term(.text(field, anyOf: field == .status ? StatusWords.patterns(pattern) : [pattern]))
        case .less, .lessOrEqual, .greaterOrEqual, .greater:
            guard let comparison = found.comparison, let text = plainText(value) else { return .all }
            if field == .cluster {
                report("an id or a name has no order", at: value.position, token: value.token, hint: "cluster_name")
                return .all
            }
            return .term(.textOrder(field, comparison, Array(text.utf8)))
        }
    }

    private mutating func statusPatterns(_ value: FilterScanner.Value) -> [TextPattern] {
        guard let text = value.text else { return StatusWords.patterns(value.pattern) }
        if let word = StatusWords.exact(text) { return [TextPattern(exactly: word)] }
        report(
            "unknown status", at: value.position, token: value.token,
            hint: NearestWord.to(text, among: StatusWords.known))
        return []
    }

    /// Of `:`. A lone `*` asks whether there is a text at all.
    private mutating func contained(_ value: FilterScanner.Value) -> TextPattern? {
        if value.isLoneWildcard { return value.pattern }
        guard value.pieces.count == 1 else {
            report(
                "a wildcard inside a part", at: value.position, token: value.token,
                hint: "= takes wildcards, as in name=*redis*")
            return nil
        }
        return TextPattern(pieces: [[], value.pieces[0], []])
    }

    /// Of what takes no wildcards.
    private mutating func plainText(_ value: FilterScanner.Value) -> String? {
        if let text = value.text { return text }
        report(
            "a wildcard, which only = and != take", at: value.position, token: value.token, hint: #"\* for an asterisk"#
        )
        return nil
    }

    // MARK: - Other kinds

    private mutating func chartVersion(_ found: FilterOperator, _ value: FilterScanner.Value) -> FilterExpression {
        switch found {
        case .equal, .notEqual:
            if let first = value.firstByte, "<>=^~".utf8.contains(first) {
                report(
                    "a range is no version", at: value.position, token: value.token,
                    hint: #"chart_version>=1.2, or semver(chart_version, ">=1.2 <2")"#)
                return .all
            }
            return Self.negated(.term(.chartVersion(anyOf: [.pattern(value.pattern)])), found)
        case .has: return contained(value).map { .term(.chartVersion(anyOf: [.pattern($0)])) } ?? .all
        case .less, .lessOrEqual, .greaterOrEqual, .greater:
            guard let text = plainText(value) else { return .all }
            let isVersion = text.utf8.first.map { (0x30...0x39).contains($0) || $0 == UInt8(ascii: "v") } ?? false
            guard isVersion, let bound = VersionRange.Bound(found.rawValue + text), let range = VersionRange([bound])
            else {
                report(
                    "not a Semantic Version", at: value.position, token: value.token,
                    hint: "1.2.0; 1.2 and 1 are taken too")
                return .all
            }
            return .term(.chartVersion(anyOf: [.range(range)]))
        }
    }

    private mutating func number(
        _ field: NumberField, _ found: FilterOperator, _ value: FilterScanner.Value
    ) -> FilterExpression {
        if found == .has, value.isLoneWildcard { return .term(.number(field, anyOf: [.all])) }
        guard let text = value.text, let number = Self.wholeNumber(text),
            field == .version || Severity.range.contains(number)
        else {
            switch field {
            case .version: report("not a revision", at: value.position, token: value.token, hint: "a whole number")
            case .severity:
                report("not a severity", at: value.position, token: value.token, hint: "0 (DEPLOYED) to 5 (FAILED)")
            }
            return .all
        }
        return Self.negated(.term(.number(field, anyOf: [NumberRange(found.comparison ?? .equal, number)])), found)
    }

    private mutating func chartPublic(_ found: FilterOperator, _ value: FilterScanner.Value) -> FilterExpression {
        switch (found, value.text) {
        case (.equal, "true"), (.notEqual, "true"), (.has, "true"), (.equal, "false"), (.notEqual, "false"),
            (.has, "false"):
            return Self.negated(.term(.chartPublic(value.text == "true")), found)
        case (.has, _) where value.isLoneWildcard:
            return .or([.term(.chartPublic(false)), .term(.chartPublic(true))])
        case (.equal, _), (.notEqual, _), (.has, _):
            report(
                "not one of true, false", at: value.position, token: value.token,
                hint: NearestWord.to(value.token, among: ["true", "false"]))
        case (.less, _), (.lessOrEqual, _), (.greaterOrEqual, _), (.greater, _):
            report("true and false have no order", at: value.position, token: value.token, hint: "chart_public=true")
        }
        return .all
    }

    private mutating func time(
        _ field: TimeField, _ found: FilterOperator, _ value: FilterScanner.Value
    ) -> FilterExpression {
        if found == .has {
            if value.isLoneWildcard { return .term(.time(field, .greaterOrEqual, .earliest)) }
            report(
                "a time has no parts", at: value.position, token: value.token, hint: "\(field.rawValue):* for any time")
            return .all
        }
        guard let text = value.text, let instant = Instant(rfc3339: text) else {
            let hint =
                if Duration(text: value.token) != nil {
                    "older(\(field.rawValue), 7d) or newer(\(field.rawValue), 7d)"
                } else { ListParser.timeHint(value.text ?? value.token) }
            report("not a time", at: value.position, token: value.token, hint: hint)
            return .all
        }
        return Self.negated(.term(.time(field, found.comparison ?? .equal, instant)), found)
    }

    private mutating func label(_ found: FilterOperator, _ value: FilterScanner.Value) -> FilterExpression {
        guard found == .has, let key = value.text else {
            report("labels have keys", at: value.position, token: value.token, hint: "labels:env or label.env=prod")
            return .all
        }
        guard checkLabel(key, at: value.position) else { return .all }
        return .term(.text(.label(key), anyOf: [TextPattern(pieces: [[], []])]))
    }

    private mutating func words(_ found: FilterOperator, _ value: FilterScanner.Value) -> FilterExpression {
        guard found == .has, let text = value.text else {
            report("words are looked for with :, as they are", at: value.position, token: value.token, hint: "q:redis")
            return .all
        }
        let words = FoldedWord.words(of: text)
        if words.isEmpty {
            report("there is no word", at: value.position, token: value.token, hint: "q:redis")
        }
        // The first is counted as the term it stands in.
        for _ in words.dropFirst() {
            do throws(Stop) { try countTerm(at: value.position) } catch { return .all }
        }
        return .and(words.map { .term(.word(FoldedWord.fold($0))) })
    }

    // MARK: -

    static func negated(_ expression: FilterExpression, _ found: FilterOperator) -> FilterExpression {
        found == .notEqual ? .not(expression) : expression
    }

    private mutating func checkLabel(_ key: String, at position: Int) -> Bool {
        if LabelKey(key).isSound { return true }
        report(
            key.isEmpty ? "the label's key is empty" : "the label's key is too long", at: position,
            token: scanner.token(at: position), hint: "label.env=prod")
        return false
    }

    /// Digits, perhaps behind a sign.
    private static func wholeNumber(_ text: String) -> Int64? {
        let digits = text.utf8.first == UInt8(ascii: "-") ? text.utf8.dropFirst() : text.utf8[...]
        guard !digits.isEmpty, digits.allSatisfy({ (0x30...0x39).contains($0) }) else { return nil }
        return Int64(text)
    }
}
