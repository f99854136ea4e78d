import CCE
import Settings

/// How fresh the inventory is kept, and what of the heavy fields it holds: `inventory:`.
package struct InventoryConfig: Sendable, Equatable {
    /// Between two background refreshes of a cluster. One call a minute each is what the cloud's quota carries easily.
    package var refreshInterval: Duration = .seconds(60)
    /// Tolerated age when a request names none: one refresh and half another, so that one late call is no news.
    package var maxAge: Duration = .seconds(90)
    /// A cluster is not asked again sooner, however many readers want it. 0: only calls in flight are shared.
    package var minRefreshInterval: Duration = .seconds(5)
    /// Rows older than this are let go: a day-old list misleads more than none.
    package var staleLimit: Duration = .seconds(24 * 3600)
    /// What is done with `values` and `parameters` at ingest. They hold passwords more often than not.
    package var values = ValuesPolicy.redact

    package init() {}

    package init(reading section: Section) {
        self.init()
        refreshInterval = section.duration(
            "refreshInterval", default: refreshInterval, in: .seconds(1)...(.seconds(86_400)))
        maxAge = section.duration("maxAge", default: maxAge, in: .zero...(.seconds(7 * 86_400)))
        minRefreshInterval = section.duration(
            "minRefreshInterval", default: minRefreshInterval, in: .zero...(.seconds(3600)))
        staleLimit = section.duration("staleLimit", default: staleLimit, in: .seconds(1)...(.seconds(30 * 86_400)))
        values = section.choice("values", default: values)
        for (key, detail) in contradictions { section.report(detail, at: key) }
    }

    /// Settings that are fine alone but not together: the key to blame, and why.
    package var contradictions: [(key: String, detail: String)] {
        var found: [(key: String, detail: String)] = []
        if minRefreshInterval > refreshInterval {
            found.append(("minRefreshInterval", "must not be longer than refreshInterval"))
        }
        if staleLimit < maxAge { found.append(("staleLimit", "must not be shorter than maxAge")) }
        if staleLimit < refreshInterval { found.append(("staleLimit", "must not be shorter than refreshInterval")) }
        return found
    }
}
