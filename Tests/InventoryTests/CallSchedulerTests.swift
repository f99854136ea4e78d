import Testing

@testable import Inventory

@Suite struct CallSchedulerTests {
    private typealias Job = CallScheduler.Job

    /// Starts all that may start; the lanes in order.
    private func startAll(_ scheduler: inout CallScheduler) -> [CallScheduler.Pick] {
        var picks: [CallScheduler.Pick] = []
        while let pick = scheduler.take(except: CallScheduler.Blocked(), now: .zero) {
            scheduler.started(lane: pick.lane, now: .zero)
            picks.append(pick)
        }
        return picks
    }

    @Test func `one origin gets its limit, all together get theirs`() {
        var scheduler = CallScheduler(maxInFlight: 10, maxInFlightPerOrigin: 4)
        let lanes = ["a", "b", "c"].map { scheduler.lane(endpoint: $0, credential: "k") }
        for slot in 0..<100 { scheduler.enqueue(Job(table: 0, slot: slot), .background, lane: lanes[0]) }
        #expect(startAll(&scheduler).count == 4)
        for lane in lanes.dropFirst() {
            for slot in 0..<100 { scheduler.enqueue(Job(table: 0, slot: slot), .background, lane: lane) }
        }
        let more = startAll(&scheduler)
        #expect(more.count == 6)
        #expect(Set(more.map(\.lane)) == Set(lanes.dropFirst()))
        #expect(scheduler.inFlight == 10)
    }

    @Test func `credentials of one origin share its limit`() {
        var scheduler = CallScheduler(maxInFlight: 100, maxInFlightPerOrigin: 4)
        for credential in ["k1", "k2"] {
            let lane = scheduler.lane(endpoint: "a", credential: credential)
            for slot in 0..<10 { scheduler.enqueue(Job(table: 0, slot: slot), .background, lane: lane) }
        }
        #expect(startAll(&scheduler).count == 4)
    }

    @Test func `nobody starves: of 400 starts each kind gets at least a quarter`() {
        var scheduler = CallScheduler(maxInFlight: 1, maxInFlightPerOrigin: 1)
        let lane = scheduler.lane(endpoint: "a", credential: "k")
        var background = 0
        var demand = 0
        var guests = 0
        for turn in 0..<400 {
            scheduler.enqueue(Job(table: 0, slot: turn), .background, lane: lane)
            scheduler.enqueue(Job(table: 0, slot: turn), .demand, lane: lane)
            _ = scheduler.enqueue(guest: turn, lane: lane)
            let pick = scheduler.take(except: CallScheduler.Blocked(), now: .zero)
            switch pick?.work {
            case .job(_, .background): background += 1
            case .job(_, .demand): demand += 1
            case .guest: guests += 1
            case nil: Issue.record("nothing to take")
            }
        }
        #expect(min(background, demand, guests) >= 100)
    }

    @Test func `a credential that is held back does not hold back its neighbour`() throws {
        var scheduler = CallScheduler(maxInFlight: 10, maxInFlightPerOrigin: 10)
        let held = scheduler.lane(endpoint: "a", credential: "held")
        let free = scheduler.lane(endpoint: "a", credential: "free")
        scheduler.enqueue(Job(table: 0, slot: 1), .background, lane: held)
        scheduler.enqueue(Job(table: 0, slot: 2), .background, lane: free)
        let taken = scheduler.take(except: CallScheduler.Blocked(), now: .zero)
        let first = try #require(taken)
        #expect(first.lane == held)
        scheduler.putBack(first)
        let rest = [["held"], ["held"], []].map {
            scheduler.take(except: CallScheduler.Blocked(credentials: Set($0)), now: .zero)
        }
        #expect(rest[0]?.lane == free)
        #expect(rest[1] == nil)
        #expect(rest[2] == first)
    }

    @Test func `guests in one lane are bounded`() {
        var scheduler = CallScheduler(maxInFlight: 1, maxInFlightPerOrigin: 1)
        let lane = scheduler.lane(endpoint: "a", credential: "k")
        let accepted = (0..<100).filter { scheduler.enqueue(guest: $0, lane: lane) }
        #expect(accepted.count == CallScheduler.guestLimit)
    }
}
