import Inbound
import Locking
import Timing

/// The right bytes, wrongly sent.
final class FaultyBody: BodyStream {
    enum Manner: Sendable, Equatable {
        case hangsHalfway
        case endsHalfway
        /// One byte at a time.
        case drips(every: Duration)
    }
    /// Longer than any deadline of a peer.
    static let forever = Duration.seconds(3600)

    private struct State {
        var rest: ArraySlice<UInt8>
        /// When the next byte may go.
        var next: Duration
    }
    private let manner: Manner
    private let half: Int
    private let time: any TimeSource
    private let state: Lock<State>

    init(_ bytes: [UInt8], _ manner: Manner, time: any TimeSource) {
        self.manner = manner
        self.time = time
        half = bytes.count / 2
        state = Lock(State(rest: bytes[...], next: time.uptime))
    }

    func next(atMost count: Int) -> BodyChunk {
        let now = time.uptime
        return state.withLock { state in
            if state.rest.isEmpty { return .end }
            switch manner {
            case .drips(let pause):
                guard now >= state.next else { return .later(state.next) }
                state.next = now + pause
                return .bytes([state.rest.removeFirst()])
            case .hangsHalfway, .endsHalfway:
                let left = half - state.rest.startIndex
                guard left > 0 else { return manner == .endsHalfway ? .abort : .later(now + Self.forever) }
                let chunk = Array(state.rest.prefix(min(left, count)))
                state.rest = state.rest.dropFirst(chunk.count)
                return .bytes(chunk)
            }
        }
    }
}

/// A right array of as many rows as fit into a number of bytes.
final class HugeBody: BodyStream {
    private struct State {
        var sent = 0
        var row = 0
        var pending: [UInt8] = [UInt8(ascii: "[")]
        var isComplete = false
    }
    private let byteCount: Int
    private let state = Lock(State())

    init(byteCount: Int) { self.byteCount = byteCount }

    func next(atMost count: Int) -> BodyChunk {
        state.withLock { state in
            while state.pending.count < count, !state.isComplete {
                if state.sent + state.pending.count >= byteCount {
                    state.pending.append(UInt8(ascii: "]"))
                    state.isComplete = true
                } else {
                    if state.row > 0 { state.pending.append(UInt8(ascii: ",")) }
                    state.row += 1
                    state.pending.append(
                        contentsOf: #"{"name":"huge-\#(state.row)","namespace":"default","version":1,"values":""#.utf8)
                    state.pending.append(contentsOf: repeatElement(UInt8(ascii: "v"), count: 4000))
                    state.pending.append(contentsOf: #"","status":"DEPLOYED"}"#.utf8)
                }
            }
            if state.pending.isEmpty { return .end }
            let chunk = Array(state.pending.prefix(count))
            state.pending.removeFirst(chunk.count)
            state.sent += chunk.count
            return .bytes(chunk)
        }
    }
}
