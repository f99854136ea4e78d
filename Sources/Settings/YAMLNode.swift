/// One node of a YAML document, with its place. No anchors, aliases or tags: a document that has them is refused.
package struct YAMLNode: Sendable, Equatable {
    package enum Content: Sendable, Equatable {
        case scalar(text: String, style: Style)
        case sequence([YAMLNode])
        /// In the order of the document, each key once.
        case mapping([Member])
    }
    /// Only a plain scalar can be anything but text.
    package enum Style: Sendable { case plain, quoted }

    package struct Member: Sendable, Equatable {
        package let key: String
        package let keyPosition: Problem.Position
        package let value: YAMLNode
        package init(key: String, keyPosition: Problem.Position, value: YAMLNode) {
            self.key = key
            self.keyPosition = keyPosition
            self.value = value
        }
    }
    package let content: Content
    package let position: Problem.Position

    package init(_ content: Content, at position: Problem.Position) {
        self.content = content
        self.position = position
    }

    /// The value of a mapping's key; nil for every other kind of node.
    package subscript(key: String) -> YAMLNode? {
        guard case .mapping(let members) = content else { return nil }
        return members.first { $0.key == key }?.value
    }
    /// Nothing, `~` or `null`, unquoted.
    package var isNull: Bool { scalar == .null }
}

/// What a scalar is by YAML 1.2's core schema (§10.3.2).
package enum YAMLScalar: Sendable, Equatable {
    case null
    case boolean(Bool)
    case integer(Int64)
    /// Also whole numbers beyond 64 bits; infinite and not-a-number values where the document says so.
    case float(Double)
    case text(String)
}

extension YAMLNode {
    /// Nil for a sequence or a mapping.
    package var scalar: YAMLScalar? {
        guard case .scalar(let text, let style) = content else { return nil }
        return style == .plain ? YAMLScalar(plain: text) : .text(text)
    }
}

extension YAMLScalar {
    package init(plain text: String) {
        self =
            switch text {
            case "", "~", "null", "Null", "NULL": .null
            case "true", "True", "TRUE": .boolean(true)
            case "false", "False", "FALSE": .boolean(false)
            case ".inf", ".Inf", ".INF", "+.inf", "+.Inf", "+.INF": .float(.infinity)
            case "-.inf", "-.Inf", "-.INF": .float(-.infinity)
            case ".nan", ".NaN", ".NAN": .float(.nan)
            default: Self(number: text) ?? .text(text)
            }
    }

    private init?(number text: String) {
        if let digits = text.dropping(prefix: "0o") {
            guard !digits.isEmpty, digits.utf8.allSatisfy({ (0x30...0x37).contains($0) }) else { return nil }
            guard let value = Int64(digits, radix: 8) else { return nil }
            self = .integer(value)
            return
        }
        if let digits = text.dropping(prefix: "0x") {
            guard let first = digits.utf8.first, first != UInt8(ascii: "+"), first != UInt8(ascii: "-") else {
                return nil
            }
            guard let value = Int64(digits, radix: 16) else { return nil }
            self = .integer(value)
            return
        }
        guard let form = DecimalForm(text.utf8) else { return nil }
        if form == .whole, let value = Int64(text) {
            self = .integer(value)
        } else if let value = Double(text.hasSuffix(".") ? text + "0" : text) {
            self = .float(value)
        } else {
            return nil
        }
    }
}

/// Which of the core schema's decimal forms a text has: `[-+]?[0-9]+`, or one with a fraction or an exponent.
private enum DecimalForm {
    case whole, fraction

    init?(_ text: String.UTF8View) {
        var rest = text[...]
        func takeDigits() -> Int {
            let digits = rest.prefix { (0x30...0x39).contains($0) }.count
            rest = rest.dropFirst(digits)
            return digits
        }
        func take(_ choices: UInt8...) -> Bool {
            guard let first = rest.first, choices.contains(first) else { return false }
            rest = rest.dropFirst()
            return true
        }
        _ = take(UInt8(ascii: "-"), UInt8(ascii: "+"))
        var digits = takeDigits()
        self = .whole
        if take(UInt8(ascii: ".")) {
            self = .fraction
            digits += takeDigits()
        }
        guard digits > 0 else { return nil }
        if take(UInt8(ascii: "e"), UInt8(ascii: "E")) {
            self = .fraction
            _ = take(UInt8(ascii: "-"), UInt8(ascii: "+"))
            guard takeDigits() > 0 else { return nil }
        }
        guard rest.isEmpty else { return nil }
    }
}

extension String {
    fileprivate func dropping(prefix: String) -> Substring? {
        hasPrefix(prefix) ? dropFirst(prefix.count) : nil
    }
}
