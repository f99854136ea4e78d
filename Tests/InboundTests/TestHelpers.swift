import GatewayTestKit
import Inbound
import Locking
import Timing

let plainGet = "GET / HTTP/1.1\r\nHost: test\r\n\r\n"

/// Holds handlers until a test lets them go; notes who was cancelled meanwhile.
final class Gate: Sendable {
    private struct State {
        var isOpen = false
        var waiting: [CheckedContinuation<Void, Never>] = []
    }
    private let state = Lock(State())
    let cancelled = Signal()

    /// Deaf to cancellation, which is noted all the same.
    func pass() async {
        await withTaskCancellationHandler {
            await withCheckedContinuation { continuation in
                let isOpen = state.withLock { state -> Bool in
                    if !state.isOpen { state.waiting.append(continuation) }
                    return state.isOpen
                }
                if isOpen { continuation.resume() }
            }
        } onCancel: {
            cancelled.set()
        }
    }
    func open() {
        let waiting = state.withLock { state in
            state.isOpen = true
            defer { state.waiting = [] }
            return state.waiting
        }
        for continuation in waiting { continuation.resume() }
    }
}

/// Something that happens once.
final class Signal: Sendable {
    private let state = Lock((isSet: false, waiting: [CheckedContinuation<Void, Never>]()))
    func set() {
        let waiting = state.withLock { state in
            state.isSet = true
            defer { state.waiting = [] }
            return state.waiting
        }
        for continuation in waiting { continuation.resume() }
    }
    func wait() async {
        await withCheckedContinuation { continuation in
            let isSet = state.withLock { state -> Bool in
                if !state.isSet { state.waiting.append(continuation) }
                return state.isSet
            }
            if isSet { continuation.resume() }
        }
    }
}

extension ManualTime {
    /// Waits until the sweeper sleeps, so that it wakes at the new time and not before.
    func pass(_ duration: Duration) async {
        while sleeping == 0 { await Task.yield() }
        advance(by: duration)
    }
}
