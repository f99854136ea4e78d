/// The SDKs' file of profiles, as Python's `configparser` reads it: sections, `key = value` or `key: value`, keys without
/// case, whole lines of comment with `#` or `;`, `[DEFAULT]` for all sections, `%%` and `%(key)s` in values.
package struct ProfileFile: Sendable, Equatable {
    package struct Malformed: Error, Equatable, Sendable {
        /// Counted from 1; 0 when it is about no line.
        package let line: Int
        package let detail: String
    }
    private var sections: [String: [String: String]] = [:]

    package init(_ text: [UInt8]) throws(Malformed) {
        guard let text = String(validating: text, as: UTF8.self) else {
            throw Malformed(line: 0, detail: "is not UTF-8")
        }
        var section: String?
        var key: String?
        var indent = 0
        for (index, line) in text.split(omittingEmptySubsequences: false, whereSeparator: \.isNewline).enumerated() {
            let trimmed = Self.trimmed(line)
            if trimmed.isEmpty || trimmed.hasPrefix("#") || trimmed.hasPrefix(";") { continue }
            let depth = line.prefix { $0 == " " || $0 == "\t" }.count
            if let section, let key, depth > indent {
                sections[section]?[key]?.append("\n\(trimmed)")
                continue
            }
            indent = depth
            key = nil
            if trimmed.hasPrefix("[") {
                guard let end = trimmed.lastIndex(of: "]") else {
                    throw Malformed(line: index + 1, detail: "has no ] at the end of a section's name")
                }
                let name = String(trimmed[trimmed.index(after: trimmed.startIndex)..<end])
                guard sections[name] == nil || name == "DEFAULT" else {
                    throw Malformed(line: index + 1, detail: "begins a section for the second time")
                }
                sections[name] = sections[name] ?? [:]
                section = name
                continue
            }
            guard let current = section else { throw Malformed(line: index + 1, detail: "stands before any section") }
            guard let delimiter = trimmed.firstIndex(where: { $0 == "=" || $0 == ":" }) else {
                throw Malformed(line: index + 1, detail: "is no key = value")
            }
            let name = Self.trimmed(trimmed[..<delimiter]).lowercased()
            guard !name.isEmpty, sections[current]?[name] == nil else {
                throw Malformed(line: index + 1, detail: name.isEmpty ? "has no key" : "has a key for the second time")
            }
            sections[current]?[name] = Self.trimmed(trimmed[trimmed.index(after: delimiter)...])
            key = name
        }
    }

    /// All keys of a section with their values; nil when there is no such section.
    package func section(_ name: String) throws(Malformed) -> [String: String]? {
        guard let own = sections[name] else { return nil }
        let all = (sections["DEFAULT"] ?? [:]).merging(own) { $1 }
        var resolved: [String: String] = [:]
        for (key, value) in all { resolved[key] = try Self.resolve(value, in: all, depth: 0) }
        return resolved
    }

    private static func resolve(_ value: String, in all: [String: String], depth: Int) throws(Malformed) -> String {
        guard value.contains("%") else { return value }
        guard depth < 10 else { throw Malformed(line: 0, detail: "has values that name each other") }
        var result = ""
        var rest = value[...]
        while let percent = rest.firstIndex(of: "%") {
            result += rest[..<percent]
            rest = rest[rest.index(after: percent)...]
            if rest.first == "%" {
                result += "%"
                rest = rest.dropFirst()
            } else if rest.first == "(", let end = rest.firstIndex(of: ")"), rest[end...].hasPrefix(")s"),
                let named = all[rest[rest.index(after: rest.startIndex)..<end].lowercased()]
            {
                result += try resolve(named, in: all, depth: depth + 1)
                rest = rest[end...].dropFirst(2)
            } else {
                throw Malformed(line: 0, detail: "has a value with a single %: write %%")
            }
        }
        return result + rest
    }
    private static func trimmed(_ text: some StringProtocol) -> String {
        let isBlank: (Character) -> Bool = { $0 == " " || $0 == "\t" || $0 == "\r" }
        let start = text.drop(while: isBlank)
        guard let last = start.lastIndex(where: { !isBlank($0) }) else { return "" }
        return String(start[...last])
    }
}
