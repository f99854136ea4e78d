import CColumns

/// The tables of all parts of a snapshot, by number. Safe: numbers are checked, and what they stand for is kept.
@safe package final class TableList: Sendable {
    /// Nil where there is no part. Good while `keeper` is there.
    private let references: [TableReference?]
    private let keeper: any Sendable

    /// - Parameter keeper: keeps every table.
    package init(_ references: [TableReference?], keptBy keeper: any Sendable) {
        self.references = references
        self.keeper = keeper
    }

    package var count: Int { references.count }
    /// Rows of table `index`, 0 where there is none.
    package func rowCount(_ index: Int) -> Int { references[index].map { Int($0.raw.pointee.rows) } ?? 0 }

    // MARK: - What is selected

    /// How many rows of each table pass all tests; `unknown` for a table that cannot be asked so.
    package func counts(_ tests: TableTests) -> [UInt32] {
        [UInt32](unsafeUninitializedCapacity: references.count) { counts, count in
            references.withUnsafeBufferPointer { references in
                // A reference is one pointer and nothing else.
                references.withMemoryRebound(to: UnsafePointer<ccolumns_table>?.self) { tables in
                    tests.withTests { tests in
                        ccolumns_count_tables(
                            tables.baseAddress, tables.count, tests.baseAddress, tests.count, counts.baseAddress)
                    }
                }
            }
            count = references.count
        }
    }
    /// Instead of a count.
    package static let unknown = ccolumns_unknown

    /// The rows of table `index` that pass all tests, in `bitmap`, which has room for them.
    /// - Returns: how many; where there is none the bitmap is open.
    package func select(_ index: Int, _ tests: TableTests, into bitmap: inout Bitmap) -> UInt32 {
        guard let table = references[index]?.raw, bitmap.count == Int(table.pointee.rows) else { return 0 }
        return tests.withTests { tests in
            bitmap.withWords { ccolumns_select_table(table, tests.baseAddress, tests.count, $0) }
        }
    }

    /// The rows of table `index` that are in the window, joined to `bitmap`, which has room for them.
    /// - Returns: false when there is none; the bitmap is then open.
    package func select(_ index: Int, _ window: TableWindow, _ joining: Bitmap.Joining, _ bitmap: inout Bitmap) -> Bool
    {
        guard let table = references[index]?.raw, bitmap.count == Int(table.pointee.rows) else { return false }
        return window.withWindow { raw in
            bitmap.withWords { words in
                switch window.column {
                case .texts(let column):
                    ccolumns_window_texts(table, UInt32(column.rawValue), &raw, joining.mode, words)
                case .numbers(let column):
                    ccolumns_window_numbers(table, UInt32(column.rawValue), &raw, joining.mode, words)
                case .names: ccolumns_window_names(table, &raw, joining.mode, words)
                }
            }
        }
    }

    // MARK: - Rows side by side

    /// A row of a table.
    package struct Row {
        let table: Int
        let row: Int
        package init(table: Int, row: Int) {
            self.table = table
            self.row = row
        }
    }

    /// Negative, zero or positive as the first row's text comes before, with or after the other's; null is last.
    package func compare(_ column: ColumnTable.Texts, _ one: Row, _ other: Row, isDescending: Bool) -> Int {
        let (left, right) = (checked(one), checked(other))
        return Int(
            ccolumns_compare_texts(
                left.table, left.row, right.table, right.row, UInt32(column.rawValue), isDescending))
    }
    package func compareNames(_ one: Row, _ other: Row) -> Int {
        let (left, right) = (checked(one), checked(other))
        return Int(ccolumns_compare_names(left.table, left.row, right.table, right.row))
    }
    /// A number that grows with the row's place in the order of that column, though not with every step; null is last.
    package func rank(_ column: TableColumn, _ row: Row, isDescending: Bool) -> Int64 {
        let (table, row) = checked(row)
        return switch column {
        case .texts(let column): ccolumns_text_rank(table, row, UInt32(column.rawValue), isDescending)
        case .numbers(let column): ccolumns_number_rank(table, row, UInt32(column.rawValue), isDescending)
        case .names: ccolumns_name_rank(table, row, isDescending)
        }
    }
    /// The numbers of a column are all that it has: `rank` tells all of them apart but null from the last one.
    package func isExact(_ column: ColumnTable.Numbers, _ index: Int) -> Bool {
        guard let table = references[index]?.raw else { return true }
        return switch column {
        case .version: table.pointee.numbers.0.is_exact
        case .chartPublic: table.pointee.numbers.1.is_exact
        case .createAt: table.pointee.numbers.2.is_exact
        case .updateAt: table.pointee.numbers.3.is_exact
        }
    }

    private func checked(_ row: Row) -> (table: UnsafePointer<ccolumns_table>, row: UInt32) {
        guard let table = references[row.table]?.raw, row.row >= 0, row.row < Int(table.pointee.rows) else {
            preconditionFailure("a row that its table does not have")
        }
        return (table, UInt32(truncatingIfNeeded: row.row))
    }
}
