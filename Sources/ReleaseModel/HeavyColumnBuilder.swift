import Columns
import Compression

/// Collects heavy fields row by row and compresses them in blocks. Blocks of an earlier part are shared as long as at
/// least half of their text is still in use in all; else what is left of the worst of them moves to new ones.
struct HeavyColumnBuilder {
    /// Text that goes into one block. Below, neighbours have too little to share; above, reading one row costs more.
    static let blockTextCount = 16 << 10

    /// Nil: being filled, or there was no memory to compress it.
    private var blocks: [HeavyBlock?] = []
    private var numbers: [ObjectIdentifier: UInt32] = [:]
    private var states: [UInt8] = []
    private var places: [[HeavyColumn.Place]] = [[], [], []]
    private var filling: [UInt8] = []
    private var fillingNumber: UInt32?

    mutating func beginRow() {
        states.append(0)
        for name in HeavyFields.Name.allCases { places[name.rawValue].append(.none) }
    }
    /// Of the row begun last.
    mutating func set(_ name: HeavyFields.Name, _ field: HeavyFields.Field) {
        switch field {
        case .absent: break
        case .withheld: set(name, .withheld, .none)
        case .held(let text):
            guard let block = text.block else { return set(name, .held, .none) }
            let number = number(of: block)
            let place = text.range.map {
                HeavyColumn.Place(
                    block: number, start: UInt32(truncatingIfNeeded: $0.lowerBound),
                    count: UInt32(truncatingIfNeeded: $0.count))
            }
            let whole = HeavyColumn.Place(block: number, start: 0, count: HeavyColumn.Place.whole)
            set(name, .held, place ?? whole)
        }
    }
    /// Of the row begun last; the text is held.
    mutating func set(_ name: HeavyFields.Name, text: Span<UInt8>) {
        set(name, .held, text.isEmpty ? .none : place(for: text))
    }

    mutating func column(inOrder order: [Int]) -> HeavyColumn {
        compact(order)
        flush()
        let isAbsent = order.allSatisfy { states[$0] == 0 }
        var renumbered = [UInt32](repeating: .max, count: blocks.count)
        var used: [HeavyBlock] = []
        var sortedStates = isAbsent ? [] : order.map { states[$0] }
        let sortedPlaces = HeavyFields.Name.allCases.map { name -> [HeavyColumn.Place] in
            let column = places[name.rawValue]
            guard order.contains(where: { column[$0].block != .max }) else { return [] }
            return order.enumerated().map { index, row in
                let place = column[row]
                if place.block == .max { return place }
                guard let block = blocks[Int(place.block)] else {
                    let shift = UInt8(name.rawValue * 2)
                    let withheld = HeavyColumn.State.withheld.rawValue
                    sortedStates[index] = sortedStates[index] & ~(3 << shift) | withheld << shift
                    return .none
                }
                if renumbered[Int(place.block)] == .max {
                    renumbered[Int(place.block)] = UInt32(truncatingIfNeeded: used.count)
                    used.append(block)
                }
                return HeavyColumn.Place(
                    block: renumbered[Int(place.block)], start: place.start, count: place.count)
            }
        }
        return HeavyColumn(blocks: used, states: sortedStates, places: sortedPlaces)
    }

    // MARK: -

    private mutating func set(_ name: HeavyFields.Name, _ state: HeavyColumn.State, _ place: HeavyColumn.Place) {
        states[states.count - 1] |= state.rawValue << UInt8(name.rawValue * 2)
        places[name.rawValue][states.count - 1] = place
    }

    private mutating func number(of block: HeavyBlock) -> UInt32 {
        if let number = numbers[ObjectIdentifier(block)] { return number }
        let number = UInt32(truncatingIfNeeded: blocks.count)
        blocks.append(block)
        numbers[ObjectIdentifier(block)] = number
        return number
    }

    private mutating func place(for text: Span<UInt8>) -> HeavyColumn.Place {
        if filling.count + text.count > Self.blockTextCount { flush() }
        let number = fillingNumber ?? UInt32(truncatingIfNeeded: blocks.count)
        if fillingNumber == nil {
            fillingNumber = number
            blocks.append(nil)
        }
        let start = UInt32(truncatingIfNeeded: filling.count)
        filling.append(copying: text)
        return HeavyColumn.Place(block: number, start: start, count: UInt32(truncatingIfNeeded: text.count))
    }

    /// No memory for the compressor: the texts are as good as shed.
    private mutating func flush() {
        guard let number = fillingNumber else { return }
        if let frame = try? Zstd.compress(filling) {
            blocks[Int(number)] = HeavyBlock(frame: frame, textCount: filling.count)
        }
        fillingNumber = nil
        filling.removeAll(keepingCapacity: true)
    }

    /// Moves the texts of shared blocks that are mostly no longer used, or so few that they belong with their neighbours;
    /// not before half of all that is shared has fallen out of use, so that a text is moved seldom however rows change.
    private mutating func compact(_ order: [Int]) {
        guard !numbers.isEmpty else { return }
        var live = [Int](repeating: 0, count: blocks.count)
        for column in places {
            for row in order where column[row].block != .max {
                let isWhole = column[row].count == HeavyColumn.Place.whole
                let (sum, overflow) = live[Int(column[row].block)].addingReportingOverflow(
                    isWhole ? .max : Int(column[row].count))
                live[Int(column[row].block)] = overflow ? .max : sum
            }
        }
        var (used, held) = (0, 0)
        for number in numbers.values {
            guard let count = blocks[Int(number)]?.textCount else { continue }
            used += min(live[Int(number)], count)
            held += count
        }
        guard used < held / 2 || numbers.count > 2 * (used / Self.blockTextCount) + 4 else { return }
        var texts: [UInt32: [UInt8]] = [:]
        for number in numbers.values {
            guard let block = blocks[Int(number)], let count = block.textCount, live[Int(number)] > 0,
                live[Int(number)] < max(count / 2, Self.blockTextCount / 4), let text = try? block.text(),
                text.count == count
            else { continue }
            texts[number] = text
        }
        if texts.isEmpty { return }
        for name in HeavyFields.Name.allCases {
            for row in order {
                let place = places[name.rawValue][row]
                guard place.block != .max, let text = texts[place.block] else { continue }
                let range = Int(place.start)..<Int(place.start) + Int(place.count)
                guard range.upperBound <= text.count else { continue }
                places[name.rawValue][row] = self.place(for: text.span.extracting(range))
            }
        }
    }
}
