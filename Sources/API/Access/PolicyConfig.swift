import Query
import Settings

/// Which releases some callers may see, and what they may do with them. Section `auth.policies[]`.
///
/// What is left out gives nothing: a forgotten line must not open a fleet.
package struct PolicyConfig: Sendable, Equatable {
    /// Names of `apiKeys` and `accessKeys`; `anonymous` for those without a key.
    package var callers: [String]
    /// Groups of `apiKeys` and `accessKeys`.
    package var groups: [String]
    package var rule: Scope.Rule

    init(callers: [String], groups: [String], rule: Scope.Rule) {
        self.callers = callers
        self.groups = groups
        self.rule = rule
    }

    init(reading section: Section, callers known: Set<String>, groups knownGroups: Set<String>) {
        let name = section.requiredString("name")
        callers = section.strings("callers")
        groups = section.strings("groups")
        for caller in callers where !known.contains(caller) { Self.report(caller, in: section, "callers", known) }
        for group in groups where !knownGroups.contains(group) {
            Self.report(group, in: section, "groups", knownGroups)
        }
        if callers.isEmpty, groups.isEmpty { section.report("names no caller: give callers or groups") }

        let clusters = section.section("clusters")
        let (ids, names) = (clusters.strings("ids"), clusters.strings("names"))
        let labels = clusters.map("labels")
        if ids.isEmpty, names.isEmpty, labels.isEmpty {
            section.report("needs ids, names or labels; names: [\"*\"] for every cluster", at: "clusters")
        }
        for key in ["ids", "names"] where clusters.isPresent(key) && clusters.strings(key).isEmpty {
            clusters.report("must name one at least; leave it out where nothing is asked of it", at: key)
        }
        if clusters.isPresent("labels"), labels.isEmpty {
            clusters.report("must name one at least; leave it out where nothing is asked of it", at: "labels")
        }
        let verbs = section.choices("verbs", default: [Scope.Verb.list])
        if !verbs.contains(.list) { section.report("must have list: the others act on what is listed", at: "verbs") }
        rule = Scope.Rule(
            name: name ?? "", clusterIDs: ids, clusterNames: names, labels: labels,
            namespaces: Self.patterns("namespaces", section), charts: Self.patterns("charts", section),
            verbs: Set(verbs))
    }

    private static func patterns(_ key: String, _ section: Section) -> [String] {
        let patterns = section.strings(key)
        if patterns.isEmpty { section.report("is required: names with * for any text, [\"*\"] for all", at: key) }
        if patterns.contains("") { section.report("must not have an empty text", at: key) }
        return patterns
    }
    private static func report(_ name: String, in section: Section, _ key: String, _ known: Set<String>) {
        let hint = NearestName.of(name, among: known.sorted()).map { "; did you mean \($0)?" } ?? ""
        section.report("\"\(PrintableText.escaped(name, limit: 60))\" is of no key\(hint)", at: key)
    }
}
