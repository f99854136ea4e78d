import Cryptography
import Query
import ReleaseModel

/// Who asks and what that gives, made once for each configuration: requests only look it up.
package final class Access: Sendable {
    /// What the configuration calls the caller; nil for one without a key.
    package let name: String?
    package let groups: [String]
    package let caller: Caller
    /// Nil: everything.
    let scope: CompiledScope?

    init(name: String?, groups: [String] = [], scope: CompiledScope?) {
        self.name = name
        self.groups = groups
        self.scope = scope
        caller = scope.map { Caller(of: $0.scope) } ?? (name == nil ? .anonymous : .keyHolder)
    }

    /// Of requests that need no caller.
    static let ofNobody = Access(name: nil, scope: nil)

    /// Whether no policy gives it anything.
    var isEmpty: Bool { scope?.scope.rules.isEmpty ?? false }

    func allows(_ verb: Scope.Verb) -> Bool { scope?.allows(verb) ?? true }
    /// Refuses what no policy of the caller's gives.
    func require(_ verb: Scope.Verb, for what: @autoclosure () -> String) throws(APIProblem) {
        if !allows(verb) { throw APIProblem(.forbidden, "\(what()) needs a policy with the verb \(verb.rawValue)") }
    }

    /// It sees what was said when calls to the cluster failed.
    func operates(_ entry: ClusterEntry) -> Bool { scope?.operates(entry) ?? (caller == .keyHolder) }
    /// It may see the heavy fields of that row.
    func showsHeavyFields(of row: Int, in entry: ClusterEntry) -> Bool {
        guard let scope, let part = entry.part else { return true }
        return scope.showsHeavyFields(of: row, of: part, in: entry)
    }
}

/// What decides what is shown, as a number: equal for callers with equal rights, on every replica with the same
/// configuration, so that a walk over pages outlives the change of a key.
package struct Caller: Sendable, Hashable {
    package let rawValue: Int
    init(rawValue: Int) { self.rawValue = rawValue }

    /// Sees everything, but why a cluster failed only as a word, not what was said.
    package static let anonymous = Caller(rawValue: 0)
    package static let keyHolder = Caller(rawValue: 1)

    /// Half of a SHA-256 over the rules, and never one of the two above.
    init(of scope: Scope) {
        let number = sha256(scope.canonical.utf8).prefix(8).reduce(UInt64(0)) { $0 << 8 | UInt64($1) }
        rawValue = Int(bitPattern: UInt(number | 2))
    }
}
