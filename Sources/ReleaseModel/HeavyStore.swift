import Columns
import JSON
import Locking

/// The heavy fields of one part, made of their raw texts when somebody first asks, or when nothing more urgent is to be
/// done: rows can be answered before their values are masked and compressed. What is raw never leaves it.
final class HeavyStore: Sendable {
    private enum State {
        case made(HeavyColumn)
        case waiting(HeavyColumnBuilder, order: [Int])
        case some(of: HeavyStore, rows: [Int], shown: Bitmap)
    }
    private let state: Lock<State>
    /// Held while it is made, so that it is made once and nobody else's short look waits for it.
    private let making = Lock(())

    init(_ builder: consuming HeavyColumnBuilder, order: [Int]) {
        if builder.hasTexts {
            state = Lock(.waiting(builder, order: order))
        } else {
            state = Lock(.made(builder.column(inOrder: order)))
        }
    }
    init(_ column: HeavyColumn) { state = Lock(.made(column)) }
    /// Those of some rows of another part; made when it is asked for, and the other's with it.
    ///
    /// - Parameter shown: rows of the other whose fields are held here too; those of other rows are withheld.
    init(_ rows: [Int], of other: HeavyStore, shown: Bitmap) {
        state = Lock(.some(of: other, rows: rows, shown: shown))
    }

    /// Nil while it waits to be made. Any thread; at once.
    var made: HeavyColumn? {
        state.withLock { if case .made(let column) = $0 { column } else { nil } }
    }
    /// Made now where it is not yet, which takes some milliseconds for each megabyte of values. Any thread.
    var column: HeavyColumn {
        if let made { return made }
        return making.withLock { _ in
            let column: HeavyColumn
            switch state.withLock({ $0 }) {
            case .made(let made): return made
            case .waiting(var builder, let order): column = builder.column(inOrder: order)
            case .some(of: let other, let rows, let shown): column = Self.column(rows, of: other.column, shown)
            }
            state.withLock { $0 = .made(column) }
            return column
        }
    }
    private static func column(_ rows: [Int], of other: HeavyColumn, _ shown: Bitmap) -> HeavyColumn {
        var builder = HeavyColumnBuilder { Array(copying: $0) }
        for row in rows {
            builder.beginRow()
            if shown.contains(row) {
                builder.set(other, row: row)
            } else {
                // Not the digest either: it would tell when they change.
                for name in HeavyFields.Name.allCases where other[row, name] != .absent { builder.set(name, .withheld) }
            }
        }
        return builder.column(inOrder: Array(rows.indices))
    }
    /// Bytes of texts that wait, not masked and not compressed.
    var rawByteCount: Int {
        state.withLock { if case .waiting(let builder, _) = $0 { builder.rawByteCount } else { 0 } }
    }
    /// Memory held, estimated in bytes.
    var byteCount: Int {
        state.withLock { state in
            switch state {
            case .made(let column): column.byteCount
            case .waiting(let builder, _): builder.rawByteCount
            case .some: 0
            }
        }
    }
}
