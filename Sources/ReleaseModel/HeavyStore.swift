import Columns
import Locking

/// The heavy fields of one part, made of their raw texts when somebody first asks, or when nothing more urgent is to be
/// done: rows can be answered before their values are masked and compressed. What is raw never leaves it.
final class HeavyStore: Sendable {
    private enum State {
        case made(HeavyColumn)
        case waiting(HeavyColumnBuilder, order: [Int])
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

    /// Nil while it waits to be made. Any thread; at once.
    var made: HeavyColumn? {
        state.withLock { if case .made(let column) = $0 { column } else { nil } }
    }
    /// Made now where it is not yet, which takes some milliseconds for each megabyte of values. Any thread.
    var column: HeavyColumn {
        if let made { return made }
        return making.withLock { _ in
            let waiting = state.withLock { state -> (HeavyColumnBuilder, [Int])? in
                if case .waiting(let builder, let order) = state { (builder, order) } else { nil }
            }
            guard let waiting else { return made ?? HeavyColumn.none }
            var builder = waiting.0
            let column = builder.column(inOrder: waiting.1)
            state.withLock { $0 = .made(column) }
            return column
        }
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
            }
        }
    }
}
