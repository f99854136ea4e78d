import Columns

/// The heavy fields of all rows of a part: out of line, compressed in blocks of several rows.
package struct HeavyColumn: Sendable {
    /// Where one text stands.
    struct Place: Sendable {
        let block: UInt32
        let start: UInt32
        let count: UInt32

        /// The field is not held, or its text is empty.
        static let none = Place(block: .max, start: 0, count: 0)
        /// All of the block, whatever its size.
        static let whole = UInt32.max
    }
    enum State: UInt8 { case absent, withheld, held }

    package let blocks: [HeavyBlock]
    /// The states of a row's three fields, two bits each; empty when all fields of all rows are absent.
    let states: [UInt8]
    /// For each field one place a row; empty when no text of that field is held.
    let places: [[Place]]
    /// Of each row what its heavy fields say, by the texts that are held and never by their compressed form, which may
    /// differ from one library version to the next; empty when `states` is.
    let digests: [UInt64]

    static let none = HeavyColumn(blocks: [], states: [], places: [[], [], []], digests: [])

    package subscript(row: Int) -> HeavyFields {
        var fields = HeavyFields()
        for name in HeavyFields.Name.allCases { fields[name] = self[row, name] }
        return fields
    }
    package subscript(row: Int, name: HeavyFields.Name) -> HeavyFields.Field {
        guard !states.isEmpty else { return .absent }
        switch State(rawValue: states[row] >> UInt8(name.rawValue * 2) & 3) {
        case .withheld: return .withheld
        case .held:
            let places = places[name.rawValue]
            guard !places.isEmpty, places[row].block != .max else { return .held(.empty) }
            let place = places[row]
            let range =
                place.count == Place.whole ? nil : Int(place.start)..<Int(place.start) + Int(place.count)
            return .held(HeldText(block: blocks[Int(place.block)], range: range))
        default: return .absent
        }
    }
    /// Equal heavy fields have equal digests in every process. Those of texts that were let go stay.
    package func digest(of row: Int) -> UInt64 { digests.isEmpty ? 0 : digests[row] }
    /// Any of the row's fields is known but not held.
    package func isWithheld(_ row: Int) -> Bool {
        HeavyFields.Name.allCases.contains { self[row, $0] == .withheld }
    }

    /// Compressed bytes held.
    package var frameByteCount: Int { blocks.reduce(0) { $0 + $1.frame.count } }
    var byteCount: Int {
        // An object's header and its fields beside the frame's own.
        blocks.reduce(blocks.heldBytes) { $0 + $1.frame.heldBytes + 48 } + states.heldBytes + digests.heldBytes
            + places.reduce(0) { $0 + $1.heldBytes }
    }

    /// Without a text but the empty ones: what was held is withheld.
    var withheld: HeavyColumn {
        let held = State.held.rawValue
        var light = states
        for row in states.indices {
            for name in HeavyFields.Name.allCases where states[row] >> UInt8(name.rawValue * 2) & 3 == held {
                guard !places[name.rawValue].isEmpty, places[name.rawValue][row].block != .max else { continue }
                let shift = UInt8(name.rawValue * 2)
                light[row] = light[row] & ~(3 << shift) | State.withheld.rawValue << shift
            }
        }
        return HeavyColumn(blocks: [], states: light, places: [[], [], []], digests: digests)
    }
}
