import ReleaseModel

/// Matching releases counted under the values of one or more fields.
///
/// Values are numbered as they are met, each field by itself, so that a row costs small numbers and not texts.
package struct ValueCounts: Sendable {
    package struct Entry: Sendable, Equatable {
        /// One for each field, in the order of the fields.
        package let values: [FieldValue]
        package let count: Int
    }
    package let fields: [CountedField]
    /// All rows counted.
    package internal(set) var total = 0
    /// For each field.
    var values: [NumberedValues]
    private var counts: [Combination: Int] = [:]

    /// The numbers of a row's values; fields that there are not count as one value.
    struct Combination: Hashable {
        var numbers: (UInt32, UInt32, UInt32) = (0, 0, 0)
        subscript(column: Int) -> UInt32 {
            get { column == 0 ? numbers.0 : column == 1 ? numbers.1 : numbers.2 }
            set {
                switch column {
                case 0: numbers.0 = newValue
                case 1: numbers.1 = newValue
                default: numbers.2 = newValue
                }
            }
        }
        static func == (left: Self, right: Self) -> Bool { left.numbers == right.numbers }
        func hash(into hasher: inout Hasher) {
            hasher.combine(UInt64(numbers.0) << 32 | UInt64(numbers.1))
            hasher.combine(numbers.2)
        }
    }

    /// - Parameter fields: one to `fieldLimit`.
    init(_ fields: [CountedField]) {
        self.fields = Array(fields.prefix(Self.fieldLimit))
        values = self.fields.map { NumberedValues(of: $0) }
    }
    package static let fieldLimit = 3

    /// How many values, or combinations of values, have rows.
    package var distinct: Int { counts.count }

    /// The `limit` entries behind the first `offset`: the greatest counts first, then by the values, nulls last.
    package func entries(from offset: Int = 0, limit: Int) -> [Entry] {
        var best = TopEntries(limit: offset + limit)
        for (combination, count) in counts {
            if !best.wants(count) { continue }
            best.offer(
                Entry(values: values.indices.map { values[$0].value(combination[$0]) }, count: count))
        }
        return Array(best.inOrder().dropFirst(offset))
    }

    /// Those alone whose first value begins like that.
    package func beginning(with prefix: FoldedPrefix) -> ValueCounts {
        guard let first = values.first else { return self }
        var some = self
        some.counts = counts.filter { prefix.begins(first.value($0.key.numbers.0)) }
        some.total = some.counts.values.reduce(0, +)
        return some
    }

    // MARK: - Counting, in `ValueCounts+Parts`

    mutating func add(_ number: Int, to combination: Combination) { counts[combination, default: 0] += number }
}

/// The first entries of all that were offered.
private struct TopEntries {
    private let limit: Int
    /// Its first is the one to give way.
    private var heap = Heap<ValueCounts.Entry>([]) { $1.precedes($0) }

    init(limit: Int) { self.limit = limit }

    /// False when an entry with that count comes too late, whatever its values are.
    func wants(_ count: Int) -> Bool {
        guard heap.count == limit else { return true }
        return heap.first.map { count >= $0.count } ?? false
    }
    mutating func offer(_ entry: ValueCounts.Entry) {
        if heap.count < limit {
            heap.insert(entry)
        } else if let last = heap.first, entry.precedes(last) {
            heap.replaceFirst(with: entry)
        }
    }
    consuming func inOrder() -> [ValueCounts.Entry] {
        var entries: [ValueCounts.Entry] = []
        while let entry = heap.popFirst() { entries.append(entry) }
        return entries.reversed()
    }
}

extension ValueCounts.Entry {
    fileprivate func precedes(_ other: Self) -> Bool {
        count != other.count ? count > other.count : values.lexicographicallyPrecedes(other.values)
    }
}
