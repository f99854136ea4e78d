import CColumns

/// Numbers of a row each, as they are packed.
package struct PackedNumbers: Sendable {
    enum Values: Sendable {
        case bytes([UInt8])
        case narrow([Int32])
        case wide([Int64])
    }
    let values: Values
    let null: Int64
    let bounds: (least: Int64, greatest: Int64)
    let hasNulls: Bool
    /// The values are all there is to say.
    let isExact: Bool
    /// Which steps of `1 << stepBits` from the least value on have a value; empty where it is not kept.
    let steps: [UInt64]
    let stepBits: Int

    package init(_ column: IntegerColumn) {
        (steps, stepBits) = ([], 0)
        switch column {
        case .narrow(let numbers):
            values = .narrow(numbers)
            null = Int64(Int32.min)
            var bounds: (least: Int64, greatest: Int64) = (.max, .min)
            for number in numbers where number != .min {
                bounds = (min(bounds.least, Int64(number)), max(bounds.greatest, Int64(number)))
            }
            self.bounds = bounds
            hasNulls = numbers.contains(.min)
            isExact = true
        case .wide(let numbers, _):
            values = .wide(numbers)
            null = .min
            bounds = (.min, .max)
            hasNulls = true
            isExact = false
        }
    }
    package init(_ column: BooleanColumn) {
        (steps, stepBits) = ([], 0)
        values = .bytes(column.codes)
        null = Int64(BooleanColumn.null)
        bounds = (Int64(BooleanColumn.no), Int64(BooleanColumn.yes))
        hasNulls = column.codes.contains(BooleanColumn.null)
        isExact = true
    }
    /// - Parameters:
    ///   - seconds: `Int64.min` is null.
    ///   - isExact: no row has a fraction of a second.
    package init(
        seconds: [Int64], bounds: (least: Int64, greatest: Int64), hasNulls: Bool, isExact: Bool
    ) {
        values = .wide(seconds)
        null = .min
        self.bounds = bounds
        self.hasNulls = hasNulls
        self.isExact = isExact
        guard bounds.least <= bounds.greatest else {
            (steps, stepBits) = ([], 0)
            return
        }
        // 16 to 32 steps a row: a page's narrow window then meets a row in one part of ten that have none in it.
        let span = UInt64(bitPattern: bounds.greatest) &- UInt64(bitPattern: bounds.least)
        let wanted = UInt64(max(64, seconds.count * 16))
        let stepBits = max(0, UInt64.bitWidth - 1 - (span / wanted).leadingZeroBitCount)
        var steps = [UInt64](repeating: 0, count: Int(span >> UInt64(stepBits)) / 64 + 1)
        for second in seconds where second != .min {
            let step = (UInt64(bitPattern: second) &- UInt64(bitPattern: bounds.least)) >> UInt64(stepBits)
            steps[Int(step >> 6)] |= 1 << (step & 63)
        }
        (self.steps, self.stepBits) = (steps, stepBits)
    }

    var packed: ccolumns_numbers {
        var packed = ccolumns_numbers()
        switch values {
        case .bytes(let values): (packed.values, packed.width) = (UnsafeRawPointer(values.kept), CCOLUMNS_U8)
        case .narrow(let values): (packed.values, packed.width) = (UnsafeRawPointer(values.kept), CCOLUMNS_I32)
        case .wide(let values): (packed.values, packed.width) = (UnsafeRawPointer(values.kept), CCOLUMNS_I64)
        }
        packed.null = null
        (packed.least, packed.greatest) = bounds
        packed.has_nulls = hasNulls
        packed.is_exact = isExact
        packed.steps = steps.isEmpty ? nil : steps.kept
        packed.step_bits = UInt32(truncatingIfNeeded: stepBits)
        return packed
    }
}
