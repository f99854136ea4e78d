import Columns
import ReleaseModel

/// One field of a part: a small number a row, and what each of them stands for.
struct PartColumn {
    /// One for each row, below the count of `numbers`.
    let codes: CodeColumn
    /// For each code the number of its value among all parts.
    let numbers: [UInt32]
}

extension ValueCounts {
    /// Counts the rows of an entry under its columns' codes, and only then under values: a part costs its dictionaries
    /// and one small number a row.
    ///
    /// - Parameter matching: ascending; nil for all rows of the entry.
    mutating func count(_ entry: ClusterEntry, _ matching: [Int]?) {
        guard let part = entry.part else { return }
        let number = matching?.count ?? part.count
        if number == 0 { return }
        total += number
        var shared = Combination()
        var columns: [(field: Int, column: PartColumn)] = []
        for field in fields.indices {
            if fields[field].isOfCluster {
                shared[field] = values[field].number(of: fields[field].value(of: entry.cluster))
            } else {
                columns.append((field, values[field].column(of: part)))
            }
        }
        if columns.isEmpty { return add(number, to: shared) }
        let size = columns.reduce(1) { $0.multipliedReportingOverflow(by: $1.column.numbers.count).partialValue }
        let isSmall = columns.allSatisfy { $0.column.numbers.count <= 1 << 16 } && size <= 4 * number + 256
        if isSmall {
            count(columns, shared, matching, rows: number, size: size)
            return
        }
        for place in 0..<number {
            let row = matching?[place] ?? place
            for (field, column) in columns { shared[field] = column.numbers[column.codes[row]] }
            add(1, to: shared)
        }
    }

    /// All codes of a row are one number below `size`, so that rows are counted in a plain list.
    private mutating func count(
        _ columns: [(field: Int, column: PartColumn)], _ shared: Combination, _ matching: [Int]?, rows number: Int,
        size: Int
    ) {
        var tally = [Int](repeating: 0, count: size)
        if columns.count == 1 {
            columns[0].column.codes.tally(matching, into: &tally)
        } else {
            var places = [Int](repeating: 0, count: number)
            for (_, column) in columns.reversed() {
                column.codes.append(matching, to: &places, below: column.numbers.count)
            }
            for place in places { tally[place] += 1 }
        }
        var combination = shared
        for place in tally.indices where tally[place] > 0 {
            var rest = place
            for (field, column) in columns {
                combination[field] = column.numbers[rest % column.numbers.count]
                rest /= column.numbers.count
            }
            add(tally[place], to: combination)
        }
    }
}

extension CodeColumn {
    /// Adds the rows to the counts of their codes.
    fileprivate func tally(_ matching: [Int]?, into counts: inout [Int]) {
        switch self {
        case .bytes(let codes): Self.tally(codes, matching, &counts)
        case .pairs(let codes): Self.tally(codes, matching, &counts)
        case .quads(let codes): Self.tally(codes, matching, &counts)
        }
    }
    /// Makes each number `number * bound + code`.
    fileprivate func append(_ matching: [Int]?, to numbers: inout [Int], below bound: Int) {
        switch self {
        case .bytes(let codes): Self.append(codes, matching, &numbers, bound)
        case .pairs(let codes): Self.append(codes, matching, &numbers, bound)
        case .quads(let codes): Self.append(codes, matching, &numbers, bound)
        }
    }

    private static func tally(_ codes: [some FixedWidthInteger], _ matching: [Int]?, _ counts: inout [Int]) {
        if let matching {
            for row in matching { counts[Int(codes[row])] += 1 }
        } else {
            for code in codes { counts[Int(code)] += 1 }
        }
    }
    private static func append(
        _ codes: [some FixedWidthInteger], _ matching: [Int]?, _ numbers: inout [Int], _ bound: Int
    ) {
        for place in numbers.indices {
            numbers[place] = numbers[place] * bound + Int(codes[matching?[place] ?? place])
        }
    }
}

/// The values of one field, numbered in the order in which they were met. Texts are told apart by their bytes, and
/// become `String`s only when they are asked for.
struct NumberedValues: Sendable {
    private let field: CountedField
    private var texts = TextColumnBuilder(capacity: 0)
    private var integers: [Int64] = []
    private var numbers: [Int64: UInt32] = [:]

    private static let null = TextColumnBuilder.null

    init(of field: CountedField) { self.field = field }

    func value(_ number: UInt32) -> FieldValue {
        if number == Self.null { return .null }
        return switch field {
        case .version: .integer(integers[Int(number)])
        case .chartPublic: .boolean(number == BooleanColumn.yes)
        default: .text(String(decoding: texts.text[texts.range(of: number)], as: UTF8.self))
        }
    }

    /// - Parameter text: what all rows of a cluster share.
    mutating func number(of text: String?) -> UInt32 {
        guard let text else { return Self.null }
        let utf8 = text.utf8
        return texts.number(of: utf8.span)
    }

    /// Of a field of which each row has its own value.
    mutating func column(of part: ClusterPart) -> PartColumn {
        switch field {
        case .namespace: return column(part.namespaces)
        case .chartName: return column(part.chartNames)
        case .chartVersion: return column(part.chartVersions)
        case .status: return column(part.statuses)
        case .chartPublic:
            return PartColumn(
                codes: .bytes(part.chartPublic.codes),
                numbers: [UInt32(BooleanColumn.no), UInt32(BooleanColumn.yes), Self.null])
        // Few rows of a part share a name, and revisions are small numbers: each row is its own code.
        case .name:
            let bytes = part.names.bytes
            return column(part) { values, row in
                values.texts.number(of: bytes.span.extracting(part.names.range(of: row)))
            }
        case .version:
            return column(part) { values, row in part.versions[row].map { values.number(of: $0) } ?? Self.null }
        case .clusterID, .clusterName, .region, .projectID, .label:  // of the cluster
            return column(part) { _, _ in Self.null }
        }
    }

    private mutating func column(_ column: TextColumn) -> PartColumn {
        let list = column.dictionary
        let bytes = list.bytes
        var numbers: [UInt32] = []
        numbers.reserveCapacity(list.count + 1)
        for code in 0..<list.count { numbers.append(texts.number(of: bytes.span.extracting(list.range(of: code)))) }
        numbers.append(Self.null)
        return PartColumn(codes: column.codes, numbers: numbers)
    }
    private mutating func column(
        _ part: ClusterPart, _ number: (inout NumberedValues, Int) -> UInt32
    ) -> PartColumn {
        var numbers: [UInt32] = []
        numbers.reserveCapacity(part.count)
        for row in 0..<part.count { numbers.append(number(&self, row)) }
        return PartColumn(
            codes: CodeColumn((0..<part.count).map { UInt32(truncatingIfNeeded: $0) }, below: max(part.count, 1)),
            numbers: numbers)
    }
    private mutating func number(of integer: Int64) -> UInt32 {
        if let number = numbers[integer] { return number }
        let number = UInt32(truncatingIfNeeded: integers.count)
        integers.append(integer)
        numbers[integer] = number
        return number
    }
}
