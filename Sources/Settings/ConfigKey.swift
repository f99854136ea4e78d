/// One key of the configuration, as the code that reads it knows it: for the documentation and for schemas.
package struct ConfigKey: Sendable, Equatable {
    package enum Form: Sendable, Equatable {
        case text
        case integer(ClosedRange<Int>)
        /// A number from 0 to 1.
        case fraction
        case boolean
        case duration(ClosedRange<Duration>)
        case byteCount(ClosedRange<Int>)
        /// One of these words.
        case word([String])
        /// A list of these words.
        case words([String])
        case texts
        /// Names to text.
        case map
        /// `{env: NAME}` or `{file: PATH}`.
        case secret
        /// A list of mappings, whose keys stand under the path `key[]`.
        case list
    }
    /// `server.listen`, `clusters[].id`.
    package let path: String
    package let form: Form
    /// As it would be written; nil when the key has none.
    package let fallback: String?
    /// Leaving it out is a problem.
    package let isRequired: Bool

    package init(path: String, form: Form, fallback: String?, isRequired: Bool) {
        self.path = path
        self.form = form
        self.fallback = fallback
        self.isRequired = isRequired
    }
}

/// Collects what the readers of a configuration ask for. Sections that have one are samples: everything seems to be
/// there and nothing is, each list has one element, and problems mean nothing.
final class ConfigOutline {
    private(set) var keys: [ConfigKey] = []
    private var paths: Set<String> = []

    /// The first reader of a key decides what it is.
    func add(_ path: String, _ form: ConfigKey.Form, fallback: String?, isRequired: Bool) {
        guard paths.insert(path).inserted else { return }
        keys.append(ConfigKey(path: path, form: form, fallback: fallback, isRequired: isRequired))
    }
}

extension Section {
    /// Every key that `read` asks a configuration for, in the order of asking.
    package static func keys(readBy read: (Section) -> Void) -> [ConfigKey] {
        let outline = ConfigOutline()
        read(Section(path: "", node: nil, log: ProblemLog(), outline: outline))
        return outline.keys
    }

    func note(_ key: String, _ form: ConfigKey.Form, fallback: String? = nil, isRequired: Bool = false) {
        outline?.add(Self.path(path, key), form, fallback: fallback, isRequired: isRequired)
    }
}
