import Columns
import Compression
import JSON

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
    private var digests: [UInt64] = []
    private var filling: [UInt8] = []
    private var fillingNumber: UInt32?
    /// Texts as they came, one after the other, and where they belong.
    private var raw: [UInt8] = []
    private var waiting: [RawText] = []
    private let treatment: Treatment

    /// What is made of a raw text before it is held.
    typealias Treatment = @Sendable (Span<UInt8>) -> [UInt8]
    private struct RawText {
        let row: Int
        let name: HeavyFields.Name
        let range: Range<Int>
    }

    init(treatment: @escaping Treatment) { self.treatment = treatment }

    /// Bytes of texts that are still to be treated.
    var rawByteCount: Int { raw.count }
    /// A text is held, raw or not.
    var hasTexts: Bool { !waiting.isEmpty || !blocks.isEmpty }

    mutating func beginRow() {
        states.append(0)
        digests.append(0)
        for name in HeavyFields.Name.allCases { places[name.rawValue].append(.none) }
    }
    /// Of the row begun last.
    mutating func set(_ name: HeavyFields.Name, _ field: HeavyFields.Field) {
        let row = states.count - 1
        switch field {
        case .absent: break
        case .withheld:
            set(row, name, .withheld, .none)
            digests[row] ^= Self.digest(name, nil)
        case .held(let text):
            digests[row] ^= Self.digest(name, TextHash((try? text.text()) ?? []))
            setPlace(name, of: text)
        }
    }
    /// Of the row begun last: what another column says of one of its rows.
    mutating func set(_ column: HeavyColumn, row: Int) {
        guard !column.states.isEmpty else { return }
        for name in HeavyFields.Name.allCases {
            switch column[row, name] {
            case .absent: break
            case .withheld: set(states.count - 1, name, .withheld, .none)
            case .held(let text): setPlace(name, of: text)
            }
        }
        digests[states.count - 1] = column.digest(of: row)
    }
    /// Of the row begun last: a text to be treated before it is held.
    mutating func set(_ name: HeavyFields.Name, raw text: Span<UInt8>) {
        let row = states.count - 1
        set(row, name, .held, .none)
        guard !text.isEmpty else {
            digests[row] ^= Self.emptyDigests[name.rawValue]
            return
        }
        waiting.append(RawText(row: row, name: name, range: raw.count..<raw.count + text.count))
        raw.append(copying: text)
    }

    /// - Parameter order: the rows that are kept. Takes some milliseconds for each megabyte of raw text.
    mutating func column(inOrder order: [Int]) -> HeavyColumn {
        treatTexts(of: order)
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
        return HeavyColumn(
            blocks: used, states: sortedStates, places: sortedPlaces, digests: isAbsent ? [] : order.map { digests[$0] }
        )
    }

    // MARK: -

    private mutating func treatTexts(of order: [Int]) {
        guard !waiting.isEmpty else { return }
        var isKept = [Bool](repeating: false, count: states.count)
        for row in order { isKept[row] = true }
        for text in waiting where isKept[text.row] {
            let treated = treatment(raw.span.extracting(text.range))
            digests[text.row] ^= Self.digest(text.name, TextHash(treated))
            if !treated.isEmpty { places[text.name.rawValue][text.row] = place(for: treated.span) }
        }
        waiting = []
        raw = []
    }

    private static let emptyDigests = HeavyFields.Name.allCases.map { digest($0, TextHash([])) }
    private static func digest(_ name: HeavyFields.Name, _ hash: TextHash?) -> UInt64 {
        var words = [UInt8(name.rawValue), hash == nil ? 4 : 5]
        if let hash {
            words.append(littleEndian: hash.low)
            words.append(littleEndian: hash.high)
        }
        return TextHash(words).low
    }

    private mutating func setPlace(_ name: HeavyFields.Name, of text: HeldText) {
        let row = states.count - 1
        guard let block = text.block else { return set(row, name, .held, .none) }
        let number = number(of: block)
        let place = text.range.map {
            HeavyColumn.Place(
                block: number, start: UInt32(truncatingIfNeeded: $0.lowerBound),
                count: UInt32(truncatingIfNeeded: $0.count))
        }
        let whole = HeavyColumn.Place(block: number, start: 0, count: HeavyColumn.Place.whole)
        set(row, name, .held, place ?? whole)
    }
    private mutating func set(
        _ row: Int, _ name: HeavyFields.Name, _ state: HeavyColumn.State, _ place: HeavyColumn.Place
    ) {
        states[row] |= state.rawValue << UInt8(name.rawValue * 2)
        places[name.rawValue][row] = place
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
