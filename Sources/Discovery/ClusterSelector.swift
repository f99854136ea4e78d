import CCE
import Settings

/// Conditions on found clusters, by what the cloud says of them. `*` in a name or value stands for any text.
package struct ClusterSelector: Sendable, Equatable {
    /// With `region: all`: the region is one of these. A region that this leaves out is not asked.
    package var regions: [String] = []
    /// The cluster's name or alias is one of these.
    package var names: [String] = []
    /// The cloud's own labels of the cluster, by key.
    package var labels: [String: String] = [:]
    /// The cluster's tags, by key.
    package var tags: [String: String] = [:]
    /// The cluster's phase is one of these, such as `Available` or `Hibernation`.
    package var phases: [String] = []

    package init() {}

    package init(reading section: Section) {
        regions = section.strings("regions")
        names = section.strings("names")
        labels = section.map("labels")
        tags = section.map("tags")
        phases = section.strings("phases")
        for (key, values) in [("regions", regions), ("names", names), ("phases", phases)] where values.contains("") {
            section.report("must not hold an empty text", at: key)
        }
    }

    /// No condition on a cluster of a region that is asked.
    package var isEmpty: Bool { names.isEmpty && labels.isEmpty && tags.isEmpty && phases.isEmpty }

    /// One of the regions is this one; without any, none is.
    func names(region: String) -> Bool { regions.contains { Wildcards.matches($0, region) } }

    /// Every condition holds; so it does without any.
    func isMet(by cluster: ListedCluster) -> Bool { verdicts(on: cluster).allSatisfy { $0 } }
    /// One condition at least holds; without any, none does.
    func isTouched(by cluster: ListedCluster) -> Bool { verdicts(on: cluster).contains(true) }

    /// One for each condition.
    private func verdicts(on cluster: ListedCluster) -> [Bool] {
        var verdicts: [Bool] = []
        if !names.isEmpty {
            let shown = [cluster.name] + (cluster.alias.map { [$0] } ?? [])
            verdicts.append(names.contains { pattern in shown.contains { Wildcards.matches(pattern, $0) } })
        }
        verdicts += labels.map { key, pattern in cluster.labels[key].map { Wildcards.matches(pattern, $0) } ?? false }
        verdicts += tags.map { key, pattern in cluster.tags[key].map { Wildcards.matches(pattern, $0) } ?? false }
        if !phases.isEmpty { verdicts.append(cluster.phase.map(phases.contains) ?? false) }
        return verdicts
    }
}

/// `*` for any text, also none; the rest byte for byte.
enum Wildcards {
    static func matches(_ pattern: String, _ text: String) -> Bool {
        let (pattern, text) = (Array(pattern.utf8), Array(text.utf8))
        var (at, next) = (0, 0)
        // Where to go on when the text after the last `*` does not fit: one byte later.
        var retry: (pattern: Int, text: Int)?
        while at < text.count {
            if next < pattern.count, pattern[next] == UInt8(ascii: "*") {
                next += 1
                retry = (next, at)
            } else if next < pattern.count, pattern[next] == text[at] {
                (at, next) = (at + 1, next + 1)
            } else if let last = retry {
                retry = (last.pattern, last.text + 1)
                (next, at) = (last.pattern, last.text + 1)
            } else {
                return false
            }
        }
        return pattern[next...].allSatisfy { $0 == UInt8(ascii: "*") }
    }
}
