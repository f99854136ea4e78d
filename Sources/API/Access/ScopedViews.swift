import Cryptography
import Locking
import Query
import ReleaseModel

/// What a scope leaves of snapshots. The view of the newest is kept, and what has not changed goes from one to the next.
/// For any number of threads.
final class ScopedViews: Sendable {
    /// What is left of one entry, for as long as the entry says the same.
    private struct Kept {
        let contentHash: ContentHash
        let part: ClusterPart?
        /// Nil: nothing, not even the cluster.
        let left: Left?

        func holds(for entry: ClusterEntry) -> Bool { part === entry.part && contentHash == entry.contentHash }
    }
    private struct Left {
        let part: ClusterPart?
        let contentHash: ContentHash
    }
    private struct State {
        var source: Snapshot?
        var view: Snapshot?
        var kept: [ClusterID: Kept] = [:]
        /// Since `letGo` was last called.
        var isAsked = false
    }
    private let scope: CompiledScope
    private let state = Lock(State())
    /// Held while a view is made, so that each is made once.
    private let making = Lock(())

    init(_ scope: CompiledScope) { self.scope = scope }

    func has(_ snapshot: Snapshot) -> Bool { state.withLock { $0.source === snapshot } }

    func view(of snapshot: Snapshot) -> Snapshot {
        if let view = held(of: snapshot) { return view }
        return making.withLock { _ in
            if let view = held(of: snapshot) { return view }
            let before = state.withLock { $0.kept }
            var kept: [ClusterID: Kept] = [:]
            kept.reserveCapacity(snapshot.entries.count)
            var entries: [ClusterEntry] = []
            var id = snapshot.id
            for entry in snapshot.entries {
                id = id &- entry.contentHash
                let item = before[entry.clusterID].flatMap { $0.holds(for: entry) ? $0 : nil } ?? keep(entry)
                kept[entry.clusterID] = item
                guard let left = item.left else { continue }
                id = id &+ left.contentHash
                entries.append(
                    left.part === entry.part && left.contentHash == entry.contentHash
                        ? entry
                        : ClusterEntry(
                            cluster: entry.cluster, part: left.part, standing: entry.standing,
                            contentHash: left.contentHash))
            }
            let view = Snapshot(entries: entries, id: id, gaps: scope.gaps(in: snapshot))
            state.withLock { [kept] state in
                state.source = snapshot
                state.view = view
                state.kept = kept
            }
            return view
        }
    }

    /// The view of the newest snapshot, to be called now and then: what nobody has asked for since the last time is let
    /// go of, so that it holds no old rows.
    func lookedAt(_ newest: Snapshot?) -> Snapshot? {
        let isAsked = state.withLock { state in
            if !state.isAsked { state = State() }
            return state.isAsked
        }
        let kept = isAsked ? newest.map { view(of: $0) } : nil
        state.withLock { $0.isAsked = false }
        return kept
    }

    private func held(of snapshot: Snapshot) -> Snapshot? {
        state.withLock { state in
            state.isAsked = true
            return state.source === snapshot ? state.view : nil
        }
    }

    private func keep(_ entry: ClusterEntry) -> Kept {
        Kept(contentHash: entry.contentHash, part: entry.part, left: left(of: entry))
    }
    private func left(of entry: ClusterEntry) -> Left? {
        guard scope.shows(entry) else { return nil }
        guard let part = entry.part else { return Left(part: nil, contentHash: entry.contentHash) }
        let left = scope.left(of: part, in: entry) { rows in contentHash(of: rows.map { part.rowHashes[$0] }) }
        // A scope of some rows never has the whole's hash, even where it has all rows: that would tell when others come.
        let hash =
            scope.showsAll(entry)
            ? entry.contentHash : contentHash(of: entry.cluster, contentHash(of: left.rowHashes))
        return Left(part: left, contentHash: hash)
    }

    /// Of the rows that are left alone: no other row can be told to have changed.
    private func contentHash(of rows: [UInt64]) -> ContentHash {
        var content = Fingerprint(capacity: 32 + rows.count * 8)
        content.add("rows in scope")
        for row in rows { content.add(row) }
        return ContentHash(digest: sha256(content.bytes)) ?? .zero
    }
    private func contentHash(of cluster: Cluster, _ rows: ContentHash) -> ContentHash {
        var content = Fingerprint(capacity: 512)
        content.add(cluster)
        content.add(contentsOf: rows.bytes)
        return ContentHash(digest: sha256(content.bytes)) ?? .zero
    }
}
