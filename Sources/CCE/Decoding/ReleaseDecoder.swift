import Cryptography
import JSON
import Outbound
import ReleaseModel

/// A 2xx body that is not what the call's contract says. The text holds nothing of the body.
package struct InvalidBody: Error, Equatable, Sendable {
    package let detail: String
}

/// Turns the cloud's rows into ours: tolerant with a row, strict with the whole.
///
/// A row that cannot be used is left out and counted, a field that cannot be used is nil and counted; but a body that
/// is not such an array, or an array without one usable row, is an error, never an empty list.
package enum ReleaseDecoder {
    /// A list's body. Rows come out sorted by namespace and name, each identity once.
    ///
    /// - Parameter previous: what the cluster held before. Rows whose bytes did not change are taken over from it; the
    ///   part is the same with it and without.
    package static func part(
        from body: ResponseBody, values policy: ValuesPolicy, previous: ClusterPart? = nil
    ) throws(InvalidBody) -> ClusterPart {
        let collected = Collected(previous: previous, policy: policy)
        try walk(body.bytes, policy: policy, into: collected)
        if collected.rows.isEmpty && collected.dropped > 0 {
            throw InvalidBody(detail: "an array of \(collected.dropped) elements, none of them a release")
        }
        let candidates = collected.rows
        var rows: [Release] = []
        var rowHashes: [UInt64] = []
        var sources: [RowSources.Source] = []
        var previousIndexes: [Int?] = []
        var repaired = 0
        rows.reserveCapacity(candidates.count)
        sources.reserveCapacity(candidates.count)
        previousIndexes.reserveCapacity(candidates.count)
        rowHashes.reserveCapacity(candidates.count)
        var content = SHA256Stream()
        content.update("release rows 1\n".utf8)
        var last: RowOrder?
        for place in RowOrder.sorted(candidates) {
            // Of one identity the better row comes first.
            if let last, last.hasIdentity(of: place) {
                collected.dropped += 1
                continue
            }
            let candidate = candidates[place.index]
            rows.append(candidate.release)
            rowHashes.append(candidate.digest.low)
            sources.append(
                RowSources.Source(
                    text: candidate.text, digest: candidate.digest.hash, repaired: candidate.repaired))
            previousIndexes.append(candidate.previousIndex)
            repaired += candidate.repaired
            content.update(candidate.digest.bytes)
            last = place
        }
        return ClusterPart(
            rows: rows, rowHashes: rowHashes, contentHash: ContentHash(digest: content.finish()) ?? .zero,
            dropped: collected.dropped, repaired: repaired,
            sources: RowSources(treatment: policy.rawValue, rows: sources),
            rendered: RenderedRows(rows) { row in previousIndexes[row].flatMap { previous?.rendered[$0] } })
    }

    /// The body of one release: one object.
    package static func release(from body: ResponseBody, values policy: ValuesPolicy) throws(InvalidBody) -> Release {
        let collected = Collected(previous: nil, policy: policy)
        var list = [UInt8(ascii: "[")]
        list.append(contentsOf: body.bytes)
        list.append(UInt8(ascii: "]"))
        try walk(list[...], policy: policy, into: collected)
        guard collected.rows.count == 1, collected.dropped == 0, let row = collected.rows.first else {
            throw InvalidBody(detail: "not one release")
        }
        return row.release
    }

    // MARK: -

    private final class Collected {
        var rows: [DecodedRow] = []
        var dropped = 0
        private let previous: ClusterPart?
        private var known: [TextHash: Int] = [:]

        init(previous: ClusterPart?, policy: ValuesPolicy) {
            self.previous = previous
            // What was kept or dropped under another policy would be a leak or a gap under this one.
            guard let sources = previous?.sources, sources.treatment == policy.rawValue else { return }
            known.reserveCapacity(sources.rows.count)
            for (index, source) in sources.rows.enumerated() {
                // Withheld for want of memory: next time there may be some.
                if policy != .drop, previous?.rows[index].heavy.isWithheld ?? false { continue }
                known[source.text] = index
            }
        }

        /// Takes over the row of an earlier part that was decoded from such bytes; false when there is none.
        func takeOver(_ text: TextHash) -> Bool {
            guard let previous, let index = known[text], let source = previous.sources?.rows[index] else {
                return false
            }
            rows.append(DecodedRow(previous, source, at: index))
            return true
        }
    }

    private static func walk(
        _ bytes: ArraySlice<UInt8>, policy: ValuesPolicy, into collected: Collected
    ) throws(InvalidBody) {
        do throws(JSONError) {
            try RowField.shape.walk(bytes, isKnown: collected.takeOver) { row in
                if let decoded = DecodedRow(row, policy: policy) {
                    collected.rows.append(decoded)
                } else {
                    collected.dropped += 1
                }
            }
        } catch {
            let detail =
                switch error {
                case .syntax: bytes.isEmpty ? "an empty body" : "not a JSON array of releases"
                case .encoding: "not UTF-8"
                case .tooDeep: "nested too deeply"
                case .tooLarge: "too large to be read"
                }
            throw InvalidBody(detail: detail)
        }
    }
}

/// A row's place in the order. Rows themselves have a dozen references each: sorting these moves two.
private struct RowOrder {
    let namespace: String
    let name: String
    let index: Int

    static func sorted(_ rows: [DecodedRow]) -> [RowOrder] {
        var order: [RowOrder] = []
        order.reserveCapacity(rows.count)
        for index in rows.indices {
            order.append(
                RowOrder(namespace: rows[index].release.namespace, name: rows[index].release.name, index: index))
        }
        order.sort { left, right in
            switch left.compareIdentity(to: right) {
            case .before: true
            case .after: false
            case .same: rows[left.index].isBetter(than: rows[right.index])
            }
        }
        return order
    }
    func hasIdentity(of other: RowOrder) -> Bool { compareIdentity(to: other) == .same }

    private func compareIdentity(to other: RowOrder) -> ByteOrder {
        let order = namespace.compareBytes(to: other.namespace)
        return order == .same ? name.compareBytes(to: other.name) : order
    }
}

extension HeavyFields {
    /// Any of them.
    fileprivate var isWithheld: Bool { values.isWithheld || parameters.isWithheld || resources.isWithheld }
}

extension HeavyFields.Field {
    fileprivate var isWithheld: Bool { if case .withheld = self { true } else { false } }
}
