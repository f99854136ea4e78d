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
