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
        try walk(body.bytes, into: collected)
        if collected.reader.rows.isEmpty && collected.dropped > 0 {
            throw InvalidBody(detail: "an array of \(collected.dropped) elements, none of them a release")
        }
        let found = collected.reader.rows
        let order = collected.sorted()
        var rowHashes: [UInt64] = []
        var texts: [TextHash] = []
        var digestHighs: [UInt64] = []
        var repaired: [Int: Int] = [:]
        rowHashes.reserveCapacity(order.count)
        texts.reserveCapacity(order.count)
        digestHighs.reserveCapacity(order.count)
        var content: [UInt8] = Array("release rows 3\n".utf8)
        content.reserveCapacity(content.count + order.count * 16)
        for (index, row) in order.enumerated() {
            rowHashes.append(found[row].digest.low)
            digestHighs.append(found[row].digest.high)
            texts.append(found[row].text)
            if found[row].repaired > 0 { repaired[index] = found[row].repaired }
            content.append(littleEndian: found[row].digest.low)
            content.append(littleEndian: found[row].digest.high)
        }
        return ClusterPart(
            collected.takeColumns(), order: order, rowHashes: rowHashes,
            contentHash: ContentHash(digest: sha256(content)) ?? .zero, dropped: collected.dropped,
            repaired: repaired.values.reduce(0, +),
            sources: RowSources(
                treatment: policy.rawValue, texts: texts, digestHighs: digestHighs, repaired: repaired))
    }

    /// The body of one release: one object.
    package static func release(from body: ResponseBody, values policy: ValuesPolicy) throws(InvalidBody) -> Release {
        var list = [UInt8(ascii: "[")]
        list.append(contentsOf: body.bytes)
        list.append(UInt8(ascii: "]"))
        let part = try part(from: ResponseBody(list), values: policy)
        guard part.count == 1, part.dropped == 0 else { throw InvalidBody(detail: "not one release") }
        return part.release(at: 0)
    }

    // MARK: -

    private final class Collected {
        private(set) var reader: RowReader
        var dropped = 0
        private let previous: ClusterPart?
        /// Of `previous`.
        private let heavy: HeavyColumn?
        private var known: [TextHash: Int] = [:]

        init(previous: ClusterPart?, policy: ValuesPolicy) {
            self.previous = previous
            heavy = previous?.heavy
            reader = RowReader(policy: policy, capacity: previous?.count ?? 0)
            // What was kept or dropped under another policy would be a leak or a gap under this one.
            guard let heavy, let sources = previous?.sources, sources.treatment == policy.rawValue else { return }
            known.reserveCapacity(sources.texts.count)
            for (index, text) in sources.texts.enumerated() {
                // Withheld for want of memory: next time there may be some.
                if policy != .drop, heavy.isWithheld(index) { continue }
                known[text] = index
            }
        }

        /// Takes over the row of an earlier part that was decoded from such bytes; false when there is none.
        func takeOver(_ text: TextHash) -> Bool {
            guard let previous, let heavy, let index = known[text], let sources = previous.sources else { return false }
            reader.append(previous, heavy, sources, at: index)
            return true
        }
        func append(_ row: borrowing JSONRow) {
            if !reader.append(row) { dropped += 1 }
        }

        /// The rows that are kept, by the bytes of namespace and name; those that lose against one of the same identity
        /// are counted as dropped.
        func sorted() -> [Int] {
            let kept = reader.columns.rowsByIdentity { isBetter($0, than: $1) }
            dropped += reader.rows.count - kept.count
            return kept
        }

        /// Leaves nothing here: the columns are not copied.
        func takeColumns() -> ClusterPartBuilder {
            let columns = reader.columns
            reader = RowReader(policy: reader.policy, capacity: 0)
            return columns
        }

        /// Of two rows with one identity: the higher revision, then the later update. A tie is broken by content, so
        /// that the order in which the cloud lists them does not matter.
        private func isBetter(_ row: Int, than other: Int) -> Bool {
            let columns = reader.columns
            if columns.versions[row] != columns.versions[other] {
                return (columns.versions[row] ?? .min) > (columns.versions[other] ?? .min)
            }
            if columns.updateAt[row] != columns.updateAt[other] {
                guard let own = columns.updateAt[row] else { return false }
                guard let others = columns.updateAt[other] else { return true }
                return own > others
            }
            // Their bytes: heavy fields are not looked at before they are wanted.
            let (own, others) = (reader.rows[row].text, reader.rows[other].text)
            return own.low != others.low ? own.low > others.low : own.high > others.high
        }
    }

    private static func walk(_ bytes: ArraySlice<UInt8>, into collected: Collected) throws(InvalidBody) {
        do throws(JSONError) {
            try RowField.shape(collected.reader.policy).walk(bytes, isKnown: collected.takeOver, collected.append)
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
