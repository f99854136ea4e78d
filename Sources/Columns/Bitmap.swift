import CColumns

/// A set of rows: one bit for each, 64 to a word, the lowest bit first. Bits beyond the last row are clear.
package struct Bitmap: Sendable {
    package private(set) var words: [UInt64]
    /// Rows that can be in it.
    package private(set) var count: Int

    /// How rows that are found are joined with those that are in it.
    package enum Joining: Sendable {
        /// They take their place.
        case replacing
        /// What is not found leaves.
        case narrowing
        case widening
    }

    /// Empty.
    package init(count: Int) {
        self.count = count
        words = [UInt64](repeating: 0, count: (count + 63) / 64)
    }

    /// Makes room for another number of rows; which of them are in it is open until `replacing`.
    package mutating func reset(count: Int) {
        self.count = count
        let needed = (count + 63) / 64
        if words.count > needed {
            words.removeLast(words.count - needed)
        } else {
            while words.count < needed { words.append(0) }
        }
    }

    package func contains(_ row: Int) -> Bool { words[row >> 6] >> UInt64(row & 63) & 1 == 1 }
    package mutating func insert(_ row: Int) { words[row >> 6] |= 1 << UInt64(row & 63) }

    /// How many rows are in it.
    package var population: Int { words.withUnsafeBufferPointer { ccolumns_population($0.baseAddress, $0.count) } }

    /// The first row in it at or after `row`.
    package func next(from row: Int) -> Int? {
        guard row < count else { return nil }
        var index = row >> 6
        var word = words[index] & (.max << UInt64(row & 63))
        while word == 0 {
            index += 1
            if index == words.count { return nil }
            word = words[index]
        }
        return index << 6 + word.trailingZeroBitCount
    }

    /// Ascending.
    package var rows: [Int] {
        var rows: [Int] = []
        var row = next(from: 0)
        while let found = row {
            rows.append(found)
            row = next(from: found + 1)
        }
        return rows
    }

    package mutating func invert() {
        for index in words.indices { words[index] = ~words[index] }
        if count & 63 != 0 { words[words.count - 1] &= 1 << UInt64(count & 63) - 1 }
    }
    package mutating func insertAll() {
        for index in words.indices { words[index] = .max }
        if count & 63 != 0 { words[words.count - 1] &= 1 << UInt64(count & 63) - 1 }
    }
    /// With another set of as many rows.
    package mutating func join(_ other: Bitmap, _ joining: Joining) {
        switch joining {
        case .replacing: words = other.words
        case .narrowing: for index in words.indices { words[index] &= other.words[index] }
        case .widening: for index in words.indices { words[index] |= other.words[index] }
        }
    }

    /// Rows that are asked about one by one; of those whose place does not hang on the answer none is asked.
    package mutating func select(_ joining: Joining, where isWanted: (Int) -> Bool) {
        if joining == .replacing {
            for index in words.indices { words[index] = 0 }
        }
        for index in words.indices {
            var asked = joining == .narrowing ? words[index] : ~words[index]
            if index == words.count - 1, count & 63 != 0 { asked &= 1 << UInt64(count & 63) - 1 }
            while asked != 0 {
                let bit = asked & ~(asked &- 1)
                asked ^= bit
                let isFound = isWanted(index << 6 + bit.trailingZeroBitCount)
                if isFound == (joining == .narrowing) { continue }
                words[index] ^= bit
            }
        }
    }

    /// For loops that write bits of rows that can be in it, and no other.
    mutating func withWords<Result>(_ body: (UnsafeMutablePointer<UInt64>?) -> Result) -> Result {
        words.withUnsafeMutableBufferPointer { body($0.baseAddress) }
    }

    // MARK: - Columns of as many rows

    package mutating func select(_ codes: CodeColumn, _ range: ClosedRange<Int>, _ joining: Joining) {
        let (first, last) = (range.lowerBound, range.upperBound)
        words.withUnsafeMutableBufferPointer { words in
            switch codes {
            case .bytes(let codes):
                ccolumns_select_u8(codes, codes.count, UInt8(first), UInt8(last), joining.mode, words.baseAddress)
            case .pairs(let codes):
                ccolumns_select_u16(codes, codes.count, UInt16(first), UInt16(last), joining.mode, words.baseAddress)
            case .quads(let codes):
                ccolumns_select_u32(codes, codes.count, UInt32(first), UInt32(last), joining.mode, words.baseAddress)
            }
        }
    }
    /// - Parameter table: a bit for each code.
    package mutating func select(_ codes: CodeColumn, anyOf table: [UInt64], _ joining: Joining) {
        words.withUnsafeMutableBufferPointer { words in
            switch codes {
            case .bytes(let codes):
                ccolumns_select_table_u8(codes, codes.count, table, joining.mode, words.baseAddress)
            case .pairs(let codes):
                ccolumns_select_table_u16(codes, codes.count, table, joining.mode, words.baseAddress)
            case .quads(let codes):
                ccolumns_select_table_u32(codes, codes.count, table, joining.mode, words.baseAddress)
            }
        }
    }
    package mutating func select(_ codes: [UInt8], equalTo code: UInt8, _ joining: Joining) {
        words.withUnsafeMutableBufferPointer {
            ccolumns_select_u8(codes, codes.count, code, code, joining.mode, $0.baseAddress)
        }
    }
    /// None when the bounds are the wrong way round.
    package mutating func select(_ numbers: [Int64], from first: Int64, through last: Int64, _ joining: Joining) {
        words.withUnsafeMutableBufferPointer {
            ccolumns_select_i64(numbers, numbers.count, first, last, joining.mode, $0.baseAddress)
        }
    }
    package mutating func select(_ numbers: [Int32], from first: Int32, through last: Int32, _ joining: Joining) {
        words.withUnsafeMutableBufferPointer {
            ccolumns_select_i32(numbers, numbers.count, first, last, joining.mode, $0.baseAddress)
        }
    }
}

extension Bitmap.Joining {
    var mode: ccolumns_mode {
        switch self {
        case .replacing: CCOLUMNS_SET
        case .narrowing: CCOLUMNS_AND
        case .widening: CCOLUMNS_OR
        }
    }
}
