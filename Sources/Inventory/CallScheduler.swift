import CCE
import DequeModule

/// Which call may start next: lanes per origin and credential, each with its rate, limits per origin and in all, fair
/// between what readers wait for and what is merely due. Plain data; it holds no clusters and no clock.
struct CallScheduler: Sendable {
    enum Urgency: Sendable, Equatable { case background, demand }
    /// A record of a table.
    struct Job: Hashable, Sendable {
        let table: Int
        let slot: Int
    }
    enum Work: Sendable, Equatable {
        case job(Job, Urgency)
        /// Somebody who makes one call himself, under the same limits.
        case guest(Int)
    }
    struct Pick: Sendable, Equatable {
        let work: Work
        let lane: Int
    }
    fileprivate struct Lane {
        let origin: Int
        let endpoint: String
        let credential: String
        var demand: Deque<Job> = []
        var background: Deque<Job> = []
        var guests: Deque<Int> = []
        var turn = 0
        var inFlight = 0
        var rate: CallRate
        var waiting: Int { demand.count + background.count + guests.count }
        var isEmpty: Bool { demand.isEmpty && background.isEmpty && guests.isEmpty }
    }
    private struct LaneKey: Hashable {
        let endpoint: String
        let credential: String
    }

    /// Guests that may wait in one lane; more are refused.
    static let guestLimit = 64

    private let maxInFlight: Int
    private let maxInFlightPerOrigin: Int
    private let maxCallsPerSecond: Int
    private var lanes: [Lane] = []
    private var laneOf: [LaneKey: Int] = [:]
    private var originOf: [String: Int] = [:]
    private var originInFlight: [Int] = []
    private var originLanes: [Int] = []
    private(set) var inFlight = 0
    private var cursor = 0

    init(maxInFlight: Int, maxInFlightPerOrigin: Int, maxCallsPerSecond: Int = 0) {
        precondition(maxInFlight > 0 && maxInFlightPerOrigin > 0)
        self.maxInFlight = maxInFlight
        self.maxInFlightPerOrigin = maxInFlightPerOrigin
        self.maxCallsPerSecond = maxCallsPerSecond
    }

    func endpoint(of lane: Int) -> String { lanes[lane].endpoint }
    func credential(of lane: Int) -> String { lanes[lane].credential }
    /// Jobs in all queues, those included that hold no more.
    var queuedJobs: Int { lanes.reduce(0) { $0 + $1.demand.count + $1.background.count } }
    /// Something waits and the limit on all calls has room.
    var mayHaveNext: Bool { inFlight < maxInFlight && lanes.contains { !$0.isEmpty } }

    /// The lane of an origin (`https://host`) and credential; made when new. Lanes stay: there are few.
    mutating func lane(endpoint: String, credential: String) -> Int {
        let key = LaneKey(endpoint: endpoint, credential: credential)
        if let known = laneOf[key] { return known }
        let origin = originOf[endpoint] ?? originInFlight.count
        if origin == originInFlight.count {
            originOf[endpoint] = origin
            originInFlight.append(0)
            originLanes.append(0)
        }
        originLanes[origin] += 1
        lanes.append(
            Lane(
                origin: origin, endpoint: endpoint, credential: credential, rate: CallRate(ceiling: maxCallsPerSecond)))
        laneOf[key] = lanes.count - 1
        return lanes.count - 1
    }

    /// A job may be queued twice, once as background and later on demand; who takes it decides whether it still holds.
    mutating func enqueue(_ job: Job, _ urgency: Urgency, lane: Int) {
        switch urgency {
        case .background: lanes[lane].background.append(job)
        case .demand: lanes[lane].demand.append(job)
        }
    }
    /// False when too many guests wait already, and he is not patient.
    mutating func enqueue(guest: Int, lane: Int, isPatient: Bool = false) -> Bool {
        guard isPatient || lanes[lane].guests.count < Self.guestLimit else { return false }
        lanes[lane].guests.append(guest)
        return true
    }
    mutating func remove(guest: Int) {
        for lane in lanes.indices { lanes[lane].guests.removeAll { $0 == guest } }
    }

    /// What may not be asked now.
    struct Blocked: Sendable {
        var credentials: Set<String> = []
        var endpoints: Set<String> = []
    }

    /// Takes what is next from the lanes in turn. It counts as running only after `started`.
    mutating func take(except blocked: Blocked, now: Duration) -> Pick? {
        guard inFlight < maxInFlight else { return nil }
        for step in 0..<lanes.count {
            let index = (cursor + step) % lanes.count
            guard hasRoom(index), lanes[index].rate.nextStart <= now, !blocked.covers(lanes[index]),
                let work = lanes[index].take()
            else { continue }
            cursor = index + 1
            return Pick(work: work, lane: index)
        }
        return nil
    }
    /// Takes the first job of the same endpoint that is as asked for, what readers wait for first.
    mutating func take(
        sameEndpointAs pick: Pick, except blocked: Blocked, now: Duration, where isWanted: (Job, Urgency) -> Bool
    ) -> Pick? {
        for index in lanes.indices
        where lanes[index].origin == lanes[pick.lane].origin && lanes[index].rate.nextStart <= now
            && !blocked.covers(lanes[index])
        {
            if let place = lanes[index].demand.firstIndex(where: { isWanted($0, .demand) }) {
                return Pick(work: .job(lanes[index].demand.remove(at: place), .demand), lane: index)
            }
            if let place = lanes[index].background.firstIndex(where: { isWanted($0, .background) }) {
                return Pick(work: .job(lanes[index].background.remove(at: place), .background), lane: index)
            }
        }
        return nil
    }
    /// Puts back what may not start yet, in front.
    mutating func putBack(_ pick: Pick) {
        switch pick.work {
        case .job(let job, .demand): lanes[pick.lane].demand.prepend(job)
        case .job(let job, .background): lanes[pick.lane].background.prepend(job)
        case .guest(let guest): lanes[pick.lane].guests.prepend(guest)
        }
    }
    mutating func started(lane: Int, now: Duration) {
        inFlight += 1
        lanes[lane].inFlight += 1
        lanes[lane].rate.start(now: now)
        originInFlight[lanes[lane].origin] += 1
    }
    mutating func ended(lane: Int) {
        inFlight -= 1
        lanes[lane].inFlight -= 1
        originInFlight[lanes[lane].origin] -= 1
    }

    /// When the rate lets something start that could otherwise start now.
    func nextStart(except blocked: Blocked, now: Duration) -> Duration? {
        guard inFlight < maxInFlight else { return nil }
        return lanes.indices.lazy.filter { hasRoom($0) && !blocked.covers(lanes[$0]) }.map { lanes[$0].rate.nextStart }
            .filter { $0 > now }.min()
    }
    /// Takes what one more call of a call that is running costs; false when the rate does not allow it now.
    mutating func takeRetry(lane: Int, now: Duration) -> Bool {
        guard lanes[lane].rate.nextStart <= now else { return false }
        lanes[lane].rate.start(now: now)
        return true
    }
    /// A call was refused because there are too many. True when it is the first one for long.
    mutating func refused(
        lane: Int, startedAt: Duration, told: CallQuota?, retryAfter: Duration?, now: Duration
    ) -> Bool {
        lanes[lane].rate.refuse(startedAt: startedAt, told: told, retryAfter: retryAfter, now: now)
    }
    mutating func passed(lane: Int, startedAt: Duration, now: Duration) {
        lanes[lane].rate.pass(startedAt: startedAt, now: now)
    }
    /// How each lane stands.
    var rates: [(endpoint: String, credential: String, rate: CallRate, waiting: Int)] {
        lanes.map { ($0.endpoint, $0.credential, $0.rate, $0.waiting) }
    }

    /// Something waits, and may start as far as the numbers of calls in flight go. Where credentials share an origin each
    /// leaves a quarter of it to the others.
    private func hasRoom(_ index: Int) -> Bool {
        let lane = lanes[index]
        guard !lane.isEmpty, originInFlight[lane.origin] < maxInFlightPerOrigin else { return false }
        return originLanes[lane.origin] == 1 || lane.inFlight < max(1, maxInFlightPerOrigin - maxInFlightPerOrigin / 4)
    }

    /// Forgets jobs that readers waited for, of one credential, of one endpoint or of all: those that hold no more would
    /// pile up while nothing starts.
    mutating func removeDemand(
        ofCredential credential: String? = nil, atEndpoint endpoint: String? = nil, where isVoid: (Job) -> Bool
    ) {
        for lane in lanes.indices
        where (credential ?? lanes[lane].credential) == lanes[lane].credential
            && (endpoint ?? lanes[lane].endpoint) == lanes[lane].endpoint
        {
            lanes[lane].demand.removeAll(where: isVoid)
        }
    }

    /// Forgets all queued jobs; guests stay. For when slots get other meanings.
    mutating func removeJobs() {
        for lane in lanes.indices {
            lanes[lane].demand.removeAll()
            lanes[lane].background.removeAll()
        }
    }
}

extension CallScheduler.Blocked {
    fileprivate func covers(_ lane: CallScheduler.Lane) -> Bool {
        credentials.contains(lane.credential) || endpoints.contains(lane.endpoint)
    }
}

extension CallScheduler.Lane {
    /// With all three kinds waiting guests get two of four turns, the others one each: nobody starves.
    fileprivate mutating func take() -> CallScheduler.Work? {
        turn = (turn + 1) % 4
        switch turn {
        case 0: return takeBackground() ?? takeDemand() ?? takeGuest()
        case 2: return takeDemand() ?? takeGuest() ?? takeBackground()
        default: return takeGuest() ?? takeDemand() ?? takeBackground()
        }
    }
    private mutating func takeGuest() -> CallScheduler.Work? { guests.popFirst().map { .guest($0) } }
    private mutating func takeDemand() -> CallScheduler.Work? { demand.popFirst().map { .job($0, .demand) } }
    private mutating func takeBackground() -> CallScheduler.Work? {
        background.popFirst().map { .job($0, .background) }
    }
}
