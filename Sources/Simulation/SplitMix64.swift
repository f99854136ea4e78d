/// Steele, Lea and Flood's splitmix64: small, fast, and the same sequence everywhere.
package struct SplitMix64: RandomNumberGenerator, Sendable {
    private var state: UInt64

    package init(seed: UInt64) { state = seed }
    /// A sequence of its own for each number, so that one cluster's data does not depend on another's.
    package init(seed: UInt64, stream: UInt64) {
        var mixer = SplitMix64(seed: seed ^ (stream &* 0xD1B5_4A32_D192_ED03))
        state = mixer.next()
    }

    package mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var mixed = state
        mixed = (mixed ^ (mixed >> 30)) &* 0xBF58_476D_1CE4_E5B9
        mixed = (mixed ^ (mixed >> 27)) &* 0x94D0_49BB_1331_11EB
        return mixed ^ (mixed >> 31)
    }

    /// 0 ..< `bound`; 0 when there is no such number.
    mutating func below(_ bound: Int) -> Int { bound > 0 ? Int(next() % UInt64(bound)) : 0 }
    /// True in `share` of the cases.
    mutating func chance(_ share: Double) -> Bool { unit() < share }
    /// 0 ..< 1.
    mutating func unit() -> Double { Double(next() >> 11) / 9_007_199_254_740_992 }

    /// One of the values, as often as its weight says. The table has at least one weight above zero.
    mutating func pick<Value>(_ table: [(value: Value, weight: Int)]) -> Value {
        var position = below(table.reduce(0) { $0 + $1.weight })
        for entry in table {
            position -= entry.weight
            if position < 0 { return entry.value }
        }
        preconditionFailure("a table without weights")
    }
    mutating func pick<Value>(_ values: [Value]) -> Value { values[below(values.count)] }
    /// Lower-case hexadecimal digits.
    mutating func digits(_ count: Int) -> String {
        String((0..<count).map { _ in Character(Unicode.Scalar(Array("0123456789abcdef".utf8)[below(16)])) })
    }
}
