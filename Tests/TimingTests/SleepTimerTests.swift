import Locking
import Testing

@testable import Timing

@Suite struct SleepTimerTests {
    private let time = SystemTime()

    @Test func `nobody wakes before his moment, and all do, in whatever order they went to sleep`() async throws {
        let start = time.uptime
        let woken = Lock(0)
        try await withThrowingTaskGroup(of: Void.self) { group in
            for index in 0..<200 {
                let moment = start + .microseconds((index * 7919) % 20_000)
                group.addTask {
                    try await time.sleep(until: moment)
                    #expect(time.uptime >= moment)
                    woken.withLock { $0 += 1 }
                }
            }
            try await group.waitForAll()
        }
        #expect(woken.withLock { $0 } == 200)
    }
    @Test func `what is past and what is unthinkably late are slept like any other`() async throws {
        for past in [Duration.zero, .seconds(-5), time.uptime] { try await time.sleep(until: past) }
        await withTaskGroup(of: Void.self) { group in
            for late in [Duration.seconds(Int64.max), .seconds(1 << 40)] {
                group.addTask {
                    await #expect(throws: CancellationError.self) { try await time.sleep(until: late) }
                }
            }
            while SleepTimer.shared.counts.sleepers < 2 { await Task.yield() }
            group.cancelAll()
        }
    }
    @Test func `an alarm rings once, not before its moment, unless it is taken back`() async throws {
        let timer = SleepTimer()
        let start = time.uptime
        let rung = Lock<[Int]>([])
        let alarms = (0..<40).map { index in
            timer.alarm(at: start + .microseconds((index * 7919) % 20_000)) {
                #expect(time.uptime >= start + .microseconds((index * 7919) % 20_000))
                rung.withLock { $0.append(index) }
            }
        }
        let late = (0..<200).map { _ in timer.alarm(at: start + .seconds(3600)) { Issue.record("rang") } }
        for alarm in late { try #require(alarm).cancel() }
        while rung.withLock({ $0.count }) < 40 { await Task.yield() }
        for alarm in alarms { try #require(alarm).cancel() }
        #expect(rung.withLock { $0.sorted() } == Array(0..<40))
        #expect(timer.counts.sleepers == 0 && timer.counts.moments <= 64)
    }
    @Test func `who is cancelled wakes at once and leaves nothing behind`() async {
        let timer = SleepTimer()
        for _ in 0..<20 {
            await withTaskGroup(of: Void.self) { group in
                for _ in 0..<100 {
                    group.addTask {
                        await #expect(throws: CancellationError.self) {
                            try await timer.sleep(until: time.uptime + .seconds(3600))
                        }
                    }
                }
                group.cancelAll()
            }
            #expect(timer.counts.sleepers == 0 && timer.counts.moments <= 64)
        }
    }
}
