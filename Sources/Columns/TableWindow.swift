import CColumns

/// A column of a table.
package enum TableColumn: Sendable {
    case texts(ColumnTable.Texts)
    case numbers(ColumnTable.Numbers)
    case names
}

/// The rows from one value of a column to another, in an order.
package struct TableWindow: Sendable {
    package enum End: Sendable, Equatable {
        case text([UInt8])
        case number(Int64)
    }
    package let column: TableColumn
    package var isDescending: Bool
    /// What comes after this; nil: everything does. Its equals too, unless that is strict.
    package var after: End?
    package var isAfterStrict = false
    /// What comes before this; nil: everything does. Its equals too, unless that is strict.
    package var before: End?
    package var isBeforeStrict = false
    /// Rows that have a value.
    package var hasValues = true
    /// Rows that have none, which come last.
    package var hasNulls = true

    package init(_ column: TableColumn, isDescending: Bool) {
        self.column = column
        self.isDescending = isDescending
    }

    func withWindow(_ body: (inout ccolumns_window) -> Bool) -> Bool {
        Self.withEnd(after, isAfterStrict) { after in
            Self.withEnd(before, isBeforeStrict) { before in
                var window = ccolumns_window(
                    after: after, before: before, is_descending: isDescending, has_values: hasValues,
                    has_nulls: hasNulls)
                return body(&window)
            }
        }
    }
    private static func withEnd(_ end: End?, _ isStrict: Bool, _ body: (ccolumns_end) -> Bool) -> Bool {
        switch end {
        case nil: body(ccolumns_end())
        case .number(let number):
            body(ccolumns_end(is_there: true, is_strict: isStrict, text: nil, length: 0, number: number))
        case .text(let text):
            text.withUnsafeBufferPointer {
                body(
                    ccolumns_end(
                        is_there: true, is_strict: isStrict, text: $0.baseAddress, length: $0.count, number: 0))
            }
        }
    }
}
