import Cryptography
import Locking
import Query
import ReleaseModel
import Settings
import Timing

/// Everything that outlives one request so that the next page can be had. One for each process.
package struct Pages: Sendable {
    let seal: PageTokenSeal
    let pins: SnapshotPins
    let lifetime: Duration
    let shared: SharedAnswers
    /// Those of callers with scopes: what is kept for one is never looked into for another.
    private let scoped: Lock<ScopedPages>

    /// - Parameter tokenKey: what `config.tokenKey` names, at least 16 bytes; nil makes a key for this process.
    package init(_ config: PagesConfig, tokenKey: Secret?) throws(CryptographyError) {
        seal = if let tokenKey { try PageTokenSeal(secret: tokenKey) } else { try PageTokenSeal() }
        pins = SnapshotPins(byteBudget: config.pinnedBytes)
        shared = SharedAnswers(byteBudget: config.sharedBytes)
        lifetime = config.tokenLifetime
        scoped = Lock(ScopedPages(pinnedBytes: config.pinnedBytes, sharedBytes: config.sharedBytes))
    }
    private init(of whole: Pages) {
        seal = whole.seal
        pins = SnapshotPins(byteBudget: 0)
        shared = SharedAnswers(byteBudget: 0)
        lifetime = whole.lifetime
        scoped = Lock(ScopedPages(pinnedBytes: 0, sharedBytes: 0))
    }

    /// Pages and views of each scope; those of scopes that were there before go on, others are let go of. The budgets
    /// are shared out evenly among them and the whole.
    func follow(_ scopes: [Caller: CompiledScope]) -> [Caller: (pages: Pages, views: ScopedViews)] {
        let (all, share) = scoped.withLock { scoped in
            scoped.entries = Dictionary(
                uniqueKeysWithValues: scopes.map { caller, scope in
                    (caller, scoped.entries[caller] ?? (Pages(of: self), ScopedViews(scope)))
                })
            return (scoped.entries, scoped.share)
        }
        limitEach(to: share, all)
        return all
    }
    private func limitEach(
        to share: (pinned: Int, shared: Int), _ all: [Caller: (pages: Pages, views: ScopedViews)]
    ) {
        for pages in [self] + all.values.map(\.pages) {
            pages.pins.limit(to: share.pinned)
            pages.shared.limit(to: share.shared)
        }
    }

    /// Lets go what no token can name any more; to be called now and then, since otherwise only requests do it.
    package func letGoExpired(newest: Snapshot?, now: Duration) {
        pins.letGoExpired(newest: newest, now: now)
        shared.letGo(unless: newest)
        for (pages, views) in scoped.withLock({ Array($0.entries.values) }) {
            let view = views.lookedAt(newest)
            pages.pins.letGoExpired(newest: view, now: now)
            pages.shared.letGo(unless: view)
        }
    }

    /// From now on older snapshots may take so many bytes, and answers kept for others so many. Any thread.
    package func limit(pinnedBytes: Int, sharedBytes: Int) {
        let (all, share) = scoped.withLock { scoped in
            (scoped.pinnedBytes, scoped.sharedBytes) = (pinnedBytes, sharedBytes)
            return (scoped.entries, scoped.share)
        }
        limitEach(to: share, all)
    }

    package var counts: PagesCounts {
        var counts = PagesCounts()
        for pages in [self] + scoped.withLock({ $0.entries.values.map(\.pages) }) {
            let (bytes, snapshots) = pages.pins.usage
            counts.pinnedBytes += bytes
            counts.pinnedSnapshots += snapshots
            counts.shared.add(pages.shared.counts)
        }
        return counts
    }

    /// A token of this request's, opened and found to belong to the question and the caller.
    func token(_ text: String, question: QuestionHash, caller: Caller) throws(APIProblem) -> PageToken {
        guard let token = seal.open(text) else {
            throw APIProblem(
                parameter: "page_token", "is not one of ours, or was changed on its way", code: .invalidPageToken)
        }
        guard token.question == question else {
            throw APIProblem(
                parameter: "page_token",
                "belongs to other parameters; only page_size, fields, view, facets, coverage and format may change between pages",
                code: .pageTokenMismatch)
        }
        guard token.caller == caller else {
            throw APIProblem(
                parameter: "page_token", "was given to a caller with other rights", code: .pageTokenMismatch)
        }
        return token
    }

    func sealed(_ token: PageToken) throws(APIProblem) -> String {
        do throws(CryptographyError) { return try seal.seal(token) } catch {
            throw APIProblem(.internal, "a page token could not be made")
        }
    }

    /// 410, with a token that goes on behind the same row in the newest snapshot.
    func expired(_ token: PageToken, _ detail: String, now: Instant) throws(APIProblem) -> APIProblem {
        var resume = token
        resume.kind = .resume
        resume.snapshot = .zero
        resume.coverage = .none
        resume.leavesRowsOut = false
        resume.expires = now + lifetime
        var problem = APIProblem(parameter: "page_token", detail, code: .pageTokenExpired)
        problem.resumePageToken = try sealed(resume)
        return problem
    }
}

/// What is kept for each scope, by what its callers' rights are called.
private struct ScopedPages {
    var pinnedBytes: Int
    var sharedBytes: Int
    var entries: [Caller: (pages: Pages, views: ScopedViews)] = [:]

    var share: (pinned: Int, shared: Int) {
        (pinnedBytes / (entries.count + 1), sharedBytes / (entries.count + 1))
    }
}

extension QuestionHash {
    /// - Parameter kind: which list; tokens of one are not good for another.
    init(kind: StaticString, _ parts: [String?]) {
        var fingerprint = Fingerprint()
        fingerprint.add(kind.description)
        for part in parts { fingerprint.add(part) }
        bytes = Array(sha256(fingerprint.bytes).prefix(16))
    }
}
