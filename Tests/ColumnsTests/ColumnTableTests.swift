import Columns
import GatewayTestKit
import Testing

/// Tables against rows looked at one by one: few and many different texts, several words of bits, nulls, ties.
@Suite struct ColumnTableTests {
    private struct Part {
        var texts: [[UInt8]?] = []
        var numbers: [Int64?] = []
        var seconds: [Int64?] = []
        var names: [[UInt8]] = []

        /// One column of each kind; the others hold nothing.
        var table: ColumnTable {
            var column = TextColumnBuilder(capacity: texts.count)
            var nulls = TextColumnBuilder(capacity: texts.count)
            for text in texts {
                if let text { column.append(text.span) } else { column.appendNull() }
                nulls.appendNull()
            }
            var list = TextListBuilder(capacity: names.count)
            for name in names { list.append(name.span) }
            let order = Array(texts.indices)
            let none = nulls.column(inOrder: order)
            let known = seconds.compactMap { $0 }
            return ColumnTable(
                texts: [column.column(inOrder: order), none, none, none, none, none],
                numbers: [
                    PackedNumbers(IntegerColumn(numbers)), PackedNumbers(BooleanColumn(texts.map { _ in nil })),
                    PackedNumbers(IntegerColumn(texts.map { _ in nil })),
                    PackedNumbers(
                        seconds: seconds.map { $0 ?? .min }, bounds: (known.min() ?? .max, known.max() ?? .min),
                        hasNulls: known.count < seconds.count, isExact: true),
                ], names: list.list)
        }
    }

    private func part(_ random: inout SeededGenerator) -> Part {
        let variety = [1, 3, 60, 400].randomElement(using: &random) ?? 1
        let beginning = ["", "team-", "production-"].randomElement(using: &random) ?? ""
        let hasNulls = Bool.random(using: &random)
        func isNull() -> Bool { hasNulls && Int.random(in: 0..<8, using: &random) == 0 }
        var part = Part()
        for _ in 0..<Int.random(in: 0...700, using: &random) {
            part.texts.append(isNull() ? nil : Array("\(beginning)\(Int.random(in: 0..<variety, using: &random))".utf8))
            part.numbers.append(isNull() ? nil : Int64.random(in: -3...20, using: &random))
            part.seconds.append(isNull() ? nil : Int64.random(in: 1_000_000...1_000_000 + 40_000, using: &random))
            part.names.append(Array("\(beginning)\(Int.random(in: 0..<2000, using: &random))".utf8))
        }
        // As the rows of a cluster are; null is last.
        if Bool.random(using: &random) {
            part.texts.sort { left, right in
                guard let left, let right else { return left != nil && right == nil }
                return ByteText.compare(left.span, right.span) < 0
            }
        }
        return part
    }

    @Test func `rows that pass tests are counted and selected`() {
        let seed = testSeed()
        var random = SeededGenerator(seed: seed)
        for _ in 0..<200 {
            let parts = (0..<3).map { _ in part(&random) }
            let tables = parts.map(\.table)
            let list = TableList(tables.map { $0.reference } + [nil], keptBy: tables)
            let text = parts.flatMap(\.texts).compactMap { $0 }.randomElement(using: &random) ?? [0x61]
            let bound = Int64.random(in: -5...22, using: &random)
            let time = 1_000_000 + Int64.random(in: -10...40_010, using: &random)
            var tests = TableTests()
            if Bool.random(using: &random) { tests.add(.namespace, text) }
            let asksText = !tests.isEmpty
            tests.add(.version, from: bound, through: bound + 6)
            let asksTime = Bool.random(using: &random)
            if asksTime { tests.add(.updateAt, from: time, through: time + 500) }
            let counts = list.counts(tests)
            #expect(counts.count == 4 && counts[3] == 0, "seed \(seed)")
            for (index, part) in parts.enumerated() {
                let expected = part.texts.indices.filter { row in
                    (!asksText || part.texts[row] == text)
                        && (part.numbers[row].map { (bound...bound + 6).contains($0) } ?? false)
                        && (!asksTime || part.seconds[row].map { (time...time + 500).contains($0) } ?? false)
                }
                #expect(Int(counts[index]) == expected.count, "seed \(seed)")
                var bitmap = Bitmap(count: part.texts.count)
                #expect(Int(list.select(index, tests, into: &bitmap)) == expected.count, "seed \(seed)")
                if !expected.isEmpty { #expect(bitmap.rows == expected, "seed \(seed)") }
            }
        }
    }

    @Test(arguments: [false, true])
    func `a window holds the rows between its ends`(isDescending: Bool) {
        let seed = testSeed()
        var random = SeededGenerator(seed: seed)
        for _ in 0..<400 {
            let part = part(&random)
            let table = part.table
            let list = TableList([table.reference], keptBy: table)
            let texts = part.names + part.texts.compactMap { $0 } + [Array("production-2".utf8), []]
            let ends = (0..<2).map { _ in texts.randomElement(using: &random) ?? [] }
                .sorted { ByteText.compare($0.span, $1.span) < 0 }
            let numbers = (0..<2).map { _ in Int64.random(in: -5...22, using: &random) }.sorted()
            let times = (0..<2).map { _ in 1_000_000 + Int64.random(in: -10...40_010, using: &random) }.sorted()
            let isStrict = (Bool.random(using: &random), Bool.random(using: &random))
            let hasNulls = Bool.random(using: &random)
            func check<Value>(
                _ column: TableColumn, _ values: [Value?], _ bounds: (Value, Value), _ end: (Value) -> TableWindow.End,
                _ compare: (Value, Value) -> Int
            ) {
                var window = TableWindow(column, isDescending: isDescending)
                window.after = end(isDescending ? bounds.1 : bounds.0)
                window.before = end(isDescending ? bounds.0 : bounds.1)
                (window.isAfterStrict, window.isBeforeStrict) = isDescending ? (isStrict.1, isStrict.0) : isStrict
                window.hasNulls = hasNulls
                let expected = values.indices.filter { row in
                    guard let value = values[row] else { return hasNulls }
                    let (lower, upper) = (compare(value, bounds.0), compare(value, bounds.1))
                    return (isStrict.0 ? lower > 0 : lower >= 0) && (isStrict.1 ? upper < 0 : upper <= 0)
                }
                var bitmap = Bitmap(count: values.count)
                let isSome = list.select(0, window, .replacing, &bitmap)
                #expect(isSome || expected.isEmpty, "seed \(seed)")
                if isSome { #expect(bitmap.rows == expected, "seed \(seed)") }
                // Narrowed, nothing that is wanted gets lost.
                bitmap.insertAll()
                if list.select(0, window, .narrowing, &bitmap) {
                    #expect(
                        expected.allSatisfy(bitmap.contains) && (hasNulls || bitmap.rows == expected), "seed \(seed)")
                } else {
                    #expect(expected.isEmpty, "seed \(seed)")
                }
            }
            func order(_ one: Int64, _ other: Int64) -> Int { one < other ? -1 : one == other ? 0 : 1 }
            func bytes(_ one: [UInt8], _ other: [UInt8]) -> Int { ByteText.compare(one.span, other.span) }
            check(.texts(.namespace), part.texts, (ends[0], ends[1]), { .text($0) }, bytes)
            check(.numbers(.version), part.numbers, (numbers[0], numbers[1]), { .number($0) }, order)
            check(.numbers(.updateAt), part.seconds, (times[0], times[1]), { .number($0) }, order)
            check(.names, part.names.map { $0 }, (ends[0], ends[1]), { .text($0) }, bytes)
        }
    }

    @Test(arguments: [false, true])
    func `ranks and comparisons agree with the values`(isDescending: Bool) {
        let seed = testSeed()
        var random = SeededGenerator(seed: seed)
        for _ in 0..<100 {
            let parts = (0..<2).map { _ in part(&random) }
            guard parts.allSatisfy({ !$0.texts.isEmpty }) else { continue }
            let tables = parts.map(\.table)
            let list = TableList(tables.map { $0.reference }, keptBy: tables)
            for _ in 0..<50 {
                let places = (0..<2).map { _ in Int.random(in: 0...1, using: &random) }
                let rows = places.map { Int.random(in: parts[$0].texts.indices, using: &random) }
                let (one, other) = (
                    TableList.Row(table: places[0], row: rows[0]), TableList.Row(table: places[1], row: rows[1])
                )
                func expected(_ left: [UInt8]?, _ right: [UInt8]?) -> Int {
                    guard let left, let right else { return (left == nil ? 1 : 0) - (right == nil ? 1 : 0) }
                    return ByteText.compare(left.span, right.span).signum() * (isDescending ? -1 : 1)
                }
                let texts = expected(parts[places[0]].texts[rows[0]], parts[places[1]].texts[rows[1]])
                #expect(
                    list.compare(.namespace, one, other, isDescending: isDescending).signum() == texts, "seed \(seed)")
                let names = expected(parts[places[0]].names[rows[0]], parts[places[1]].names[rows[1]])
                #expect(list.compareNames(one, other).signum() * (isDescending ? -1 : 1) == names, "seed \(seed)")
                for (column, order) in [(TableColumn.texts(.namespace), texts), (.names, names)] {
                    let ranks = (
                        list.rank(column, one, isDescending: isDescending),
                        list.rank(column, other, isDescending: isDescending)
                    )
                    if order < 0 { #expect(ranks.0 <= ranks.1, "seed \(seed)") }
                    if order > 0 { #expect(ranks.0 >= ranks.1, "seed \(seed)") }
                }
                let versions = (parts[places[0]].numbers[rows[0]], parts[places[1]].numbers[rows[1]])
                let ranks = (
                    list.rank(.numbers(.version), one, isDescending: isDescending),
                    list.rank(.numbers(.version), other, isDescending: isDescending)
                )
                if let left = versions.0, let right = versions.1 {
                    #expect((ranks.0 < ranks.1) == (isDescending ? left > right : left < right), "seed \(seed)")
                } else {
                    #expect(
                        (ranks.0 == .max) == (versions.0 == nil) && (ranks.1 == .max) == (versions.1 == nil),
                        "seed \(seed)")
                }
            }
        }
    }
}
