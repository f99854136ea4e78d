import Foundation
import Locking
import Testing

@testable import Platform

@Suite struct WorkPoolTests {
    @Test func `every piece that was taken is done once, though the pool is gone by then`() async {
        let done = Lock([Int](repeating: 0, count: 500))
        let remaining = Lock(500)
        await withCheckedContinuation { (all: CheckedContinuation<Void, Never>) in
            let pool = WorkPool(named: "test", standing: .soon, threads: 3, queueLimit: 500)
            for index in 0..<500 {
                let isTaken = pool.submit {
                    done.withLock { $0[index] += 1 }
                    let left = remaining.withLock { left in
                        left -= 1
                        return left
                    }
                    if left == 0 { all.resume() }
                }
                #expect(isTaken)
            }
        }
        #expect(done.withLock { $0.allSatisfy { $0 == 1 } })
    }
    @Test func `nothing is taken while there is no thread to be had, whoever else tries for one`() async {
        let hasOtherBegun = Lock(false)
        let isTakenByOther = Lock<Bool?>(nil)
        let other = Lock<(@Sendable () -> Void)?>(nil)
        let pool = WorkPool(named: "test", standing: .soon, threads: 1, queueLimit: 9) { _, _ in
            if let body = other.withLock({ body in
                defer { body = nil }
                return body
            }) {
                #expect(OwnThread.start(named: "other", body))
                while !hasOtherBegun.withLock({ $0 }) { sched_yield() }
                // As many chances as it needs to count on the thread that is not to come.
                for _ in 0..<10_000 where isTakenByOther.withLock({ $0 == nil }) { sched_yield() }
            }
            return false
        }
        other.withLock { body in
            body = { [pool] in
                hasOtherBegun.withLock { $0 = true }
                let isTaken = pool.submit {}
                isTakenByOther.withLock { $0 = isTaken }
            }
        }
        let isTaken = pool.submit {}
        #expect(!isTaken)
        while isTakenByOther.withLock({ $0 == nil }) { await Task.yield() }
        #expect(isTakenByOther.withLock { $0 } == false)
    }
    @Test(arguments: [(WorkPool.Standing.soon, Int32(5)), (.last, 15)])
    func `threads of a pool give way, and the thread that hands them work keeps its place`(
        standing: WorkPool.Standing, steps: Int32
    ) async {
        let before = niceOfThread()
        let pool = WorkPool(named: "test", standing: standing, threads: 1, queueLimit: 1)
        let inPool = await withCheckedContinuation { continuation in
            let isTaken = pool.submit {
                // Linux: of the calling thread. The last figure is in nanoseconds, where the kernel tells it.
                let slice = (try? String(contentsOfFile: "/proc/thread-self/sched", encoding: .utf8))?
                    .split(separator: "\n").first { $0.hasPrefix("se.slice") }?.split(separator: " ").last
                continuation.resume(returning: (niceOfThread(), slice.map(String.init)))
            }
            #expect(isTaken)
        }
        #expect(inPool.0 == min(before + steps, 19))
        #expect(inPool.1 == nil || inPool.1 == "5000000")
        #expect(niceOfThread() == before)
    }
    @Test func `no more work runs or waits at once than was said`() async {
        let pool = WorkPool(named: "test", standing: .soon, threads: 2, queueLimit: 3)
        let running = Lock((now: 0, most: 0))
        // Two that hold the threads until they are let go, each on a thread of the pool.
        let doors = [Door(), Door()]
        for door in doors {
            #expect(
                pool.submit {
                    running.withLock { $0 = ($0.now + 1, max($0.most, $0.now + 1)) }
                    door.enter()
                    running.withLock { $0.now -= 1 }
                })
        }
        for door in doors { door.waitUntilEntered() }
        #expect(pool.counts.running == 2)
        for _ in 0..<3 { #expect(pool.submit { running.withLock { $0 = ($0.now, max($0.most, $0.now + 1)) } }) }
        #expect(pool.counts.queued == 3)
        #expect(!pool.submit { Issue.record("beyond the limit") })
        let refused = await pool.run { 1 }
        #expect(refused == nil)
        for door in doors { door.open() }
        var given: Int?
        while given == nil { given = await pool.run { 2 } }
        #expect(given == 2)
        #expect(running.withLock { $0.most } <= 2)
    }
    @Test func `what nobody waits for comes when nothing else waits`() async {
        let pool = WorkPool(named: "test", standing: .soon, threads: 1, queueLimit: 4)
        let door = Door()
        #expect(pool.submit { door.enter() })
        door.waitUntilEntered()
        let done = Lock<[String]>([])
        func note(_ name: String) -> @Sendable () -> Void { { done.withLock { $0.append(name) } } }
        #expect(pool.submit(note("idle 1"), .idle) && pool.submit(note("awaited 1")))
        #expect(pool.submit(note("idle 2"), .idle) && pool.submit(note("awaited 2")))
        #expect(!pool.submit(note("beyond the limit"), .idle) && pool.counts.queued == 4)
        door.open()
        while pool.counts.queued + pool.counts.running > 0 { await Task.yield() }
        #expect(done.withLock { $0 } == ["awaited 1", "awaited 2", "idle 1", "idle 2"])
    }
}

/// Holds one thread until it is opened.
private final class Door: Sendable {
    private let entered: Doorbell?
    private let opened: Doorbell?
    init() {
        entered = Doorbell()
        opened = Doorbell()
    }
    func enter() {
        entered?.ring()
        opened?.wait()
    }
    func waitUntilEntered() { entered?.wait() }
    func open() { opened?.ring() }
}

/// Of the calling thread: on Linux each has its own.
private func niceOfThread() -> Int32 { getpriority(Int32(PRIO_PROCESS.rawValue), 0) }
