extension Section {
    /// `{env: NAME}` or `{file: PATH}`; nil when the key is missing. What stands there instead is never shown: it may
    /// be the secret itself.
    package func secret(_ key: String) -> SecretReference? {
        note(key, .secret)
        guard let node = value(of: key) else { return nil }
        let form = "{env: NAME} or {file: PATH}"
        guard case .mapping(let members) = node.content else {
            refuse(key, "must be \(form): secrets are given by reference only")
            return nil
        }
        guard members.count == 1, let member = members.first, ["env", "file"].contains(member.key) else {
            refuse(key, "must be \(form), with one of the two")
            return nil
        }
        guard case .scalar(let text, _) = member.value.content, !text.isEmpty, !text.utf8.contains(0) else {
            refuse(key, "must be \(form), with a name or a path")
            return nil
        }
        guard member.key == "env" else { return .file(text) }
        guard text.isEnvironmentName else {
            refuse(key, "env must be letters, digits and _, and not begin with a digit")
            return nil
        }
        return .environment(text)
    }
}

extension String {
    /// A name that a shell can set (POSIX.1-2017 §8.1).
    fileprivate var isEnvironmentName: Bool {
        guard let first = utf8.first, !(0x30...0x39).contains(first) else { return false }
        return utf8.allSatisfy { byte in
            switch byte {
            case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
                UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "_"):
                true
            default: false
            }
        }
    }
}
