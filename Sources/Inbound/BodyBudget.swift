import Locking

/// Bounds the bytes of bodies that wait to be sent. A body that many peers are sent at once is one piece of memory
/// and counts once: it is told by the address of its storage, which is held as long as it is counted.
final class BodyBudget: Sendable {
    private struct State {
        var bytes = 0
        var users: [UInt: Int] = [:]
    }
    private let limit: Int
    private let tally: Tally
    private let state = Lock(State())

    /// Always let through, or a full budget could not even be refused.
    static let freeBytes = 8 << 10

    init(limit: Int, tally: Tally) {
        self.limit = limit
        self.tally = tally
    }

    /// One piece: the address of its storage and its size in bytes.
    typealias Piece = (address: UInt, count: Int)

    /// False when the pieces do not fit; nothing is counted then.
    func take(_ pieces: [Piece]) -> Bool {
        let taken = state.withLock { state -> Int? in
            var added = 0
            for piece in pieces where state.users[piece.address] == nil { added += piece.count }
            let total = pieces.reduce(0) { $0 + $1.count }
            guard state.bytes + added <= limit || total <= Self.freeBytes else { return nil }
            let before = state.bytes
            for piece in pieces {
                let users = state.users[piece.address, default: 0]
                if users == 0 { state.bytes += piece.count }
                state.users[piece.address] = users + 1
            }
            return state.bytes - before
        }
        guard let taken else { return false }
        if taken != 0 { tally.change { $0.bodyBytes += taken } }
        return true
    }
    func giveBack(_ pieces: [Piece]) {
        let freed = state.withLock { state -> Int in
            let before = state.bytes
            for piece in pieces {
                guard let users = state.users[piece.address] else { continue }
                state.users[piece.address] = users > 1 ? users - 1 : nil
                if users == 1 { state.bytes -= piece.count }
            }
            return before - state.bytes
        }
        if freed != 0 { tally.change { $0.bodyBytes -= freed } }
    }
}
