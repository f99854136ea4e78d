import Columns
import Locking
import ReleaseModel
import Testing

@Suite struct HeavyStoreTests {
    /// Rows `a`, `b`, … with these values, which are kept in capitals.
    private func part(_ values: [String], order: [Int]? = nil, count: Lock<Int> = Lock(0)) -> ClusterPart {
        var builder = ClusterPartBuilder(capacity: values.count) { text in
            count.withLock { $0 += 1 }
            return Array(copying: text).map { $0 & 0xDF }
        }
        for (index, text) in values.enumerated() {
            builder.append(Release(namespace: "n", name: String(UnicodeScalar(UInt8(97 + index)))))
            let bytes = text.utf8
            builder.set(.values, raw: bytes.span)
        }
        let order = order ?? Array(values.indices)
        return ClusterPart(
            builder, order: order, rowHashes: order.map { UInt64($0) }, contentHash: .zero, dropped: 0, repaired: 0)
    }
    private func text(_ part: ClusterPart, _ row: Int) throws -> String? {
        guard case .held(let text) = part.heavy[row, .values] else { return nil }
        return String(decoding: try text.text(), as: UTF8.self)
    }

    @Test func `raw texts are treated when somebody asks, once, whoever asks at the same time`() async throws {
        let count = Lock(0)
        let part = part(["one", "", "three"], count: count)
        #expect(!part.isHeavyMade && part.rawByteCount == 8 && count.withLock { $0 } == 0)
        let weight = part.byteCount
        await withTaskGroup(of: Int.self) { group in
            for _ in 0..<8 { group.addTask { part.heavy.frameByteCount } }
            for await bytes in group { #expect(bytes > 0) }
        }
        #expect(count.withLock { $0 } == 2, "an empty text holds nothing to be treated")
        #expect(part.isHeavyMade && part.rawByteCount == 0 && part.byteCount != weight)
        #expect(try (0..<3).map { try text(part, $0) } == ["ONE", "", "THREE"])
    }
    @Test func `rows that are left out are not treated, and the others come in order`() throws {
        let count = Lock(0)
        let part = part(["one", "two", "three"], order: [2, 0], count: count)
        #expect(try (0..<2).map { try text(part, $0) } == ["THREE", "ONE"])
        #expect(count.withLock { $0 } == 2)
    }
    @Test func `a part without texts has nothing to be made`() {
        #expect(part([]).isHeavyMade && part(["", ""]).isHeavyMade)
        #expect(part(["", ""]).heavy[1, .values] == .held(compressed: []))
    }
    @Test func `digests tell texts apart by what is held`() {
        let (one, other) = (part(["x", "y", "x"]).heavy, part(["X", ""]).heavy)
        #expect(one.digest(of: 0) == one.digest(of: 2) && one.digest(of: 0) == other.digest(of: 0))
        #expect(Set([one.digest(of: 0), one.digest(of: 1), other.digest(of: 1), 0]).count == 4)
        #expect(part([]).heavy.digest(of: 0) == 0)
    }
    @Test func `rows taken over keep their digests and their texts`() throws {
        let whole = part(["one", "two"])
        var builder = ClusterPartBuilder(capacity: 2)
        for row in [1, 0] { builder.append(whole, whole.heavy, row: row) }
        let other = ClusterPart(
            builder, order: [1, 0], rowHashes: [0, 1], contentHash: .zero, dropped: 0, repaired: 0)
        #expect(try (0..<2).map { try text(other, $0) } == ["ONE", "TWO"])
        for row in 0..<2 { #expect(other.heavy.digest(of: row) == whole.heavy.digest(of: row)) }
        let light = ClusterPart(withoutHeavyFieldsOf: whole)
        #expect(light.heavy.digest(of: 0) == whole.heavy.digest(of: 0) && light.heavy[0, .values] == .withheld)
    }
}
