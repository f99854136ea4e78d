/// A whole number a row, or null; in four bytes where that is enough.
package enum IntegerColumn: Sendable {
    /// `Int32.min` is null.
    case narrow([Int32])
    /// A row whose bit is set is null.
    case wide([Int64], nulls: Bitmap)

    package init(_ numbers: [Int64?]) {
        var isNarrow = true
        for case let number? in numbers where number <= Int64(Int32.min) || number > Int64(Int32.max) {
            isNarrow = false
        }
        if isNarrow {
            self = .narrow(numbers.map { $0.map { Int32(truncatingIfNeeded: $0) } ?? .min })
        } else {
            var nulls = Bitmap(count: numbers.count)
            for (row, number) in numbers.enumerated() where number == nil { nulls.insert(row) }
            self = .wide(numbers.map { $0 ?? 0 }, nulls: nulls)
        }
    }

    package subscript(row: Int) -> Int64? {
        switch self {
        case .narrow(let numbers):
            let number = numbers[row]
            return number == .min ? nil : Int64(number)
        case .wide(let numbers, let nulls): return nulls.contains(row) ? nil : numbers[row]
        }
    }
    package var byteCount: Int {
        switch self {
        case .narrow(let numbers): numbers.heldBytes
        case .wide(let numbers, let nulls): numbers.heldBytes + nulls.words.heldBytes
        }
    }
}
