import Timing

extension Section {
    /// Text as it stands; unquoted numbers and words are text too.
    ///
    /// - Parameter shownDefault: what the reader takes when the key is missing, for the documentation.
    package func string(_ key: String, shownDefault: String? = nil) -> String? {
        note(key, .text, fallback: shownDefault)
        return scalar(key, expected: "text") { text, _ in text }
    }
    package func string(_ key: String, default value: String) -> String { string(key, shownDefault: value) ?? value }

    /// Text that must be there and not empty; nil, and a problem, when it is not.
    package func requiredString(_ key: String) -> String? {
        note(key, .text, isRequired: true)
        guard let text = string(key) else {
            report("is missing", at: key)
            return nil
        }
        guard !text.isEmpty else {
            refuse(key, "must not be empty")
            return nil
        }
        return text
    }

    /// Decimal digits without leading zeros, not quoted: `010`, `0x10` and `1_000` mean different things to different
    /// readers of YAML and are refused.
    package func integer(_ key: String, default value: Int, in range: ClosedRange<Int>) -> Int {
        note(key, .integer(range), fallback: "\(value)")
        let read = scalar(key, expected: "a whole number") { text, style -> Int? in
            guard style == .plain, !text.hasPrefix("+"), let number = Int(text), "\(number)" == text else { return nil }
            return number
        }
        return inRange(key, read, range) { "\($0)" } ?? value
    }

    /// `true` or `false`, not quoted; YAML 1.1's `yes` and `on` are refused.
    package func boolean(_ key: String, default value: Bool) -> Bool {
        note(key, .boolean, fallback: "\(value)")
        return scalar(key, expected: "true or false") { text, style in
            style == .plain ? ["true": true, "false": false][text] : nil
        } ?? value
    }

    /// A part of a whole, 0 to 1: digits, at most one point, not quoted.
    package func fraction(_ key: String, default value: Double) -> Double {
        note(key, .fraction, fallback: value == value.rounded() ? "\(Int(value))" : "\(value)")
        let read = scalar(key, expected: "a number from 0 to 1 such as 0.25") { text, style -> Double? in
            let isNumber = text.utf8.allSatisfy { $0 == 0x2E || (0x30...0x39).contains($0) }
            guard style == .plain, isNumber, text.utf8.first != 0x2E, text.utf8.last != 0x2E else { return nil }
            return Double(text)
        }
        return inRange(key, read, 0...1) { "\($0)" } ?? value
    }

    /// `500ms`, `10s`, `5m`, `24h`, `7d`.
    package func duration(_ key: String, default value: Duration, in range: ClosedRange<Duration>) -> Duration {
        note(key, .duration(range), fallback: value.text)
        let read = scalar(key, expected: "a duration such as 500ms, 10s, 5m, 24h or 7d") { text, _ in
            Duration(text: text)
        }
        return inRange(key, read, range, shown: \.text) ?? value
    }

    /// `512`, `64KiB`, `32MiB`, `1GiB`, `10MB`.
    package func byteCount(_ key: String, default value: Int, in range: ClosedRange<Int>) -> Int {
        note(key, .byteCount(range), fallback: ByteCount.text(value))
        let read = scalar(key, expected: "a size such as 512, 64KiB, 32MiB, 1GiB or 10MB") { text, _ in
            ByteCount.bytes(of: text)
        }
        return inRange(key, read, range, shown: ByteCount.text) ?? value
    }

    package func choice<Choice: RawRepresentable & CaseIterable>(
        _ key: String, default value: Choice
    ) -> Choice where Choice.RawValue == String {
        note(key, .word(Choice.allCases.map(\.rawValue)), fallback: value.rawValue)
        return scalar(key, expected: "one of \(Self.names(Choice.self))") { text, _ in Choice(rawValue: text) } ?? value
    }

    /// A list of words of a closed set; `value` when the key is missing.
    package func choices<Choice: RawRepresentable & CaseIterable>(
        _ key: String, default value: [Choice]
    ) -> [Choice] where Choice.RawValue == String {
        let shown = "[\(value.map(\.rawValue).joined(separator: ", "))]"
        note(key, .words(Choice.allCases.map(\.rawValue)), fallback: shown)
        guard isPresent(key) else { return value }
        var list: [Choice] = []
        for (index, item) in items(key).enumerated() {
            if let text = item.text, let choice = Choice(rawValue: text) {
                list.append(choice)
            } else {
                let found = item.text.map(Self.shownText) ?? item.kindShown
                add("must be one of \(Self.names(Choice.self)), is \(found)", to: key, index, item)
            }
        }
        return list
    }

    /// A list of text; empty when the key is missing.
    package func strings(_ key: String) -> [String] {
        note(key, .texts)
        var list: [String] = []
        for (index, item) in items(key).enumerated() {
            if let text = item.text {
                list.append(text)
            } else {
                add("must be text, is \(item.kindShown)", to: key, index, item)
            }
        }
        return list
    }

    /// A mapping of names to text, such as labels.
    package func map(_ key: String) -> [String: String] {
        note(key, .map)
        guard let node = value(of: key) else { return [:] }
        guard case .mapping(let members) = node.content else {
            refuse(key, "must be a mapping, is \(node.kindShown)")
            return [:]
        }
        var map: [String: String] = [:]
        for member in members {
            if let text = member.value.text {
                map[member.key] = text
            } else {
                let path = Self.path(Self.path(path, key), member.key)
                let detail = "must be text, is \(member.value.kindShown)"
                log.add(Problem(path: path, detail: detail, position: member.value.position))
            }
        }
        return map
    }

    // MARK: - Internals

    /// Reads a scalar with `parse`; nil, and a problem, when that gives nil.
    private func scalar<Value>(
        _ key: String, expected: @autoclosure () -> String, _ parse: (String, YAMLNode.Style) -> Value?
    ) -> Value? {
        guard let node = value(of: key) else { return nil }
        guard case .scalar(let text, let style) = node.content else {
            refuse(key, "must be \(expected()), is \(node.kindShown)")
            return nil
        }
        guard let value = parse(text, style) else {
            refuse(key, "must be \(expected()), is \(style == .quoted ? "the text " : "")\(Self.shownText(text))")
            return nil
        }
        return value
    }

    private func inRange<Value: Comparable>(
        _ key: String, _ value: Value?, _ range: ClosedRange<Value>, shown: (Value) -> String
    ) -> Value? {
        guard let value else { return nil }
        guard range.contains(value) else {
            refuse(
                key, "must be \(shown(range.lowerBound)) to \(shown(range.upperBound)), is \(shown(value))")
            return nil
        }
        return value
    }

    private func add(_ detail: String, to key: String, _ index: Int, _ item: YAMLNode) {
        log.add(Problem(path: "\(Self.path(path, key))[\(index)]", detail: detail, position: item.position))
    }

    private static func names<Choice: RawRepresentable & CaseIterable>(
        _: Choice.Type
    ) -> String where Choice.RawValue == String {
        Choice.allCases.map(\.rawValue).joined(separator: ", ")
    }
}

extension YAMLNode {
    /// Of a scalar that is not null.
    fileprivate var text: String? {
        guard case .scalar(let text, _) = content, !isNull else { return nil }
        return text
    }
}
