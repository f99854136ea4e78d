import CColumns
import JSON

/// Which codes of a column are wanted: what is asked of a text is asked once for each text of the dictionary.
package enum CodeSet: Sendable {
    case none
    case all
    /// Without a gap.
    case range(ClosedRange<Int>)
    /// A bit for each code.
    case table([UInt64])
}

extension TextColumn {
    /// - Parameters:
    ///   - matches: asked of each text.
    ///   - null: whether rows without a text are wanted.
    package func codes(null: Bool = false, where matches: (Span<UInt8>) -> Bool) -> CodeSet {
        var table = [UInt64](repeating: 0, count: (dictionary.count + 64) / 64)
        var (wanted, first, last) = (0, 0, 0)
        func add(_ code: Int) {
            table[code >> 6] |= 1 << UInt64(code & 63)
            if wanted == 0 { first = code }
            last = code
            wanted += 1
        }
        for code in 0..<dictionary.count
        where matches(dictionary.bytes.span.extracting(dictionary.range(of: code))) { add(code) }
        if null, hasNulls { add(nullCode) }
        if wanted == 0 { return .none }
        if wanted == dictionary.count + (hasNulls ? 1 : 0) { return .all }
        return wanted == last - first + 1 ? .range(first...last) : .table(table)
    }

    /// The code of just that text.
    package func codes(of text: Span<UInt8>) -> CodeSet {
        guard let code = code(of: text) else { return .none }
        return dictionary.count == 1 && !hasNulls ? .all : .range(code...code)
    }
    package func code(of text: Span<UInt8>) -> Int? {
        // Few hashes are compared faster one by one than texts by halves.
        guard dictionary.count <= 256 else {
            let found = lowerBound(text)
            return found.isEqual ? found.code : nil
        }
        let hash = TextColumn.hash(of: text)
        var start = 0
        while start < hashes.count {
            let code = hashes.withUnsafeBufferPointer { ccolumns_find_u32($0.baseAddress, start, $0.count, hash) }
            if code == hashes.count { return nil }
            if ByteText.areEqual(dictionary.bytes.span.extracting(dictionary.range(of: code)), text) { return code }
            start = code + 1
        }
        return nil
    }

    static func hash(of text: Span<UInt8>) -> UInt32 { UInt32(truncatingIfNeeded: TextHash(text).low) }
}

extension Bitmap {
    package mutating func select(_ column: TextColumn, _ codes: CodeSet, _ joining: Joining) {
        switch codes {
        case .none: if joining != .widening { join(Bitmap(count: count), .replacing) }
        case .all: if joining != .narrowing { insertAll() }
        case .range(let range): select(column.codes, range, joining)
        case .table(let table): select(column.codes, anyOf: table, joining)
        }
    }
    /// Rows that have a number in that range; null is none.
    package mutating func select(
        _ column: IntegerColumn, from first: Int64, through last: Int64, _ joining: Joining
    ) {
        switch column {
        case .narrow(let numbers):
            let (low, high) = (max(first, Int64(Int32.min) + 1), min(last, Int64(Int32.max)))
            // Beyond either end there is none, and a range the wrong way round says so.
            let isEmpty = low > high
            select(
                numbers, from: isEmpty ? 1 : Int32(truncatingIfNeeded: low),
                through: isEmpty ? 0 : Int32(truncatingIfNeeded: high), joining)
        case .wide(let numbers, var nulls):
            var found = Bitmap(count: count)
            found.select(numbers, from: first, through: last, .replacing)
            nulls.invert()
            found.join(nulls, .narrowing)
            join(found, joining)
        }
    }
}
