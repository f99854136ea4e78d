import GatewayTestKit
import Testing

@testable import Outbound

/// The state machine behind a reference, so that expectations may call what changes it.
private final class Queue {
    private var state: Admission<Int>
    let limits: Admission<Int>.Limits
    init(inAll: Int = 4, perOrigin: Int = 2, queue: Int = 100) {
        limits = .init(inAll: inAll, perOrigin: perOrigin, queue: queue)
        state = Admission(limits: limits)
    }
    var running: Int { state.running }
    var queued: Int { state.queued }
    func enter(_ call: Int, _ origin: String, isFull: Bool = false) -> Admission<Int>.Entry {
        state.enter(call, origin: origin, isFull: isFull)
    }
    func leave(_ origin: String) { state.leave(origin: origin) }
    func admitNext(isFull: Bool = false) -> [(origin: String, waiter: Int)] {
        state.admitNext(isFull: isFull)
    }
    func admitted(isFull: Bool = false) -> [Int] {
        admitNext(isFull: isFull).map { $0.waiter }
    }
    func withdraw(_ number: Int, _ origin: String) -> Bool { state.withdraw(number, origin: origin) }
    func stop() -> [Int] { state.stop() }
}

@Suite struct AdmissionTests {
    @Test func `limits hold in all and per origin, and waiting is first come, first served`() {
        let queue = Queue()
        #expect(queue.enter(1, "a") == .admitted)
        #expect(queue.enter(2, "a") == .admitted)
        #expect(queue.enter(3, "a") == .queued(1))
        #expect(queue.enter(4, "a") == .queued(2))
        #expect(queue.enter(5, "b") == .admitted)
        #expect(queue.enter(6, "c") == .admitted)
        #expect(queue.enter(7, "d") == .queued(3))
        #expect((queue.running, queue.queued) == (4, 3))
        queue.leave("b")
        #expect(queue.admitted() == [7])
        queue.leave("a")
        #expect(queue.admitted() == [3])
        queue.leave("a")
        #expect(queue.admitted() == [4])
        #expect((queue.running, queue.queued) == (4, 0))
    }

    @Test func `an origin at its limit delays no other`() {
        let queue = Queue(inAll: 3, perOrigin: 1)
        #expect(queue.enter(0, "slow") == .admitted)
        for call in 1...50 { #expect(queue.enter(call, "slow") == .queued(call)) }
        for call in 0..<1000 {
            #expect(queue.enter(call, "quick") == .admitted)
            queue.leave("quick")
            #expect(queue.admitNext().isEmpty)
        }
    }

    @Test func `origins take turns when all slots are taken`() {
        let queue = Queue(inAll: 1, perOrigin: 1)
        #expect(queue.enter(0, "a") == .admitted)
        for (origin, calls) in [("a", 1...3), ("b", 4...6), ("c", 7...9)] {
            for call in calls { _ = queue.enter(call, origin) }
        }
        var order: [Int] = []
        var last = "a"
        while queue.running > 0 {
            queue.leave(last)
            for (origin, waiter) in queue.admitNext() {
                order.append(waiter)
                last = origin
            }
        }
        #expect(order == [1, 4, 7, 2, 5, 8, 3, 6, 9])
    }

    @Test func `a full queue says so, and withdrawing makes room`() {
        let queue = Queue(inAll: 1, queue: 2)
        #expect(queue.enter(0, "a") == .admitted)
        #expect(queue.enter(1, "a") == .queued(1))
        #expect(queue.enter(2, "b") == .queued(2))
        #expect(queue.enter(3, "c") == .overloaded)
        #expect(queue.withdraw(1, "a"))
        #expect(!queue.withdraw(1, "a"))
        #expect(!queue.withdraw(9, "z"))
        #expect(queue.enter(3, "c") == .queued(3))
        queue.leave("a")
        #expect(queue.admitted() == [2])
        #expect(!queue.withdraw(2, "b"))
    }

    @Test func `while memory is full one call at a time goes on`() {
        let queue = Queue()
        #expect(queue.enter(1, "a", isFull: true) == .admitted)
        #expect(queue.enter(2, "a", isFull: true) == .queued(1))
        #expect(queue.admitNext(isFull: true).isEmpty)
        queue.leave("a")
        #expect(queue.admitted(isFull: true) == [2])
        #expect(queue.enter(3, "b", isFull: true) == .queued(2))
        #expect(queue.admitted() == [3])
    }

    @Test func `stopping gives back all who wait and admits nobody`() {
        let queue = Queue(inAll: 1)
        for call in 0..<5 { _ = queue.enter(call, "\(call % 2)") }
        #expect(queue.stop().sorted() == [1, 2, 3, 4])
        #expect(queue.queued == 0)
        #expect(queue.enter(9, "a") == .stopped)
        queue.leave("0")
        #expect(queue.admitNext().isEmpty)
    }

    /// Against the rules themselves, over random arrivals, departures and withdrawals.
    @Test(arguments: 0..<40) func `whatever happens, the rules hold`(seed: UInt64) {
        var random = SeededGenerator(seed: seed)
        let queue = Queue(inAll: 5, perOrigin: 3, queue: 20)
        let limits = queue.limits
        var running: [String: Int] = [:]
        var waiting: [String: [(number: Int, call: Int)]] = [:]
        func admit(_ origin: String) { running[origin, default: 0] += 1 }
        for call in 0..<2000 {
            let origin = ["a", "b", "c"][Int(random.next() % 3)]
            switch random.next() % 4 {
            case 0, 1:
                switch queue.enter(call, origin) {
                case .admitted:
                    #expect(waiting[origin, default: []].isEmpty, "seed \(seed): overtaken")
                    admit(origin)
                case .queued(let number): waiting[origin, default: []].append((number, call))
                case .overloaded: #expect(queue.queued == limits.queue, "seed \(seed)")
                case .stopped: Issue.record("seed \(seed): stopped")
                }
            case 2:
                if let count = running[origin], count > 0 {
                    running[origin] = count - 1
                    queue.leave(origin)
                }
            default:
                if let place = waiting[origin, default: []].indices.randomElement(using: &random),
                    random.next() % 4 == 0
                {
                    let entry = waiting[origin]?.remove(at: place)
                    #expect(queue.withdraw(entry?.number ?? -1, origin), "seed \(seed)")
                }
            }
            for (origin, admitted) in queue.admitNext() {
                #expect(waiting[origin]?.first?.call == admitted, "seed \(seed): out of order")
                waiting[origin]?.removeFirst()
                admit(origin)
            }
            #expect(queue.running == running.values.reduce(0, +) && queue.running <= limits.inAll, "seed \(seed)")
            #expect(running.values.allSatisfy { $0 <= limits.perOrigin }, "seed \(seed)")
            #expect(queue.queued == waiting.values.map(\.count).reduce(0, +), "seed \(seed)")
            let isStuck =
                queue.running < limits.inAll
                && waiting.contains { !$0.value.isEmpty && running[$0.key, default: 0] < limits.perOrigin }
            #expect(!isStuck, "seed \(seed): somebody waits for nothing")
        }
    }
}
