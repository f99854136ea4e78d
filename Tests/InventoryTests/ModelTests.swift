import CCE
import GatewayTestKit
import Locking
import ReleaseModel
import Testing

@testable import Inventory

/// Random answers, failures, removals, skips and readers, against a model that knows nothing of queues and locks.
@Suite struct ModelTests {
    private struct Known {
        var rows: [String]?
        var sent: Duration?
        var failure: Reason?
        var notFound = 0
        var skip: Reason?
    }
    private struct Model {
        var clusters: [ClusterID: Known] = [:]

        mutating func take(_ call: ScriptedLister.Call, _ answer: ScriptedLister.Answer) {
            guard var known = clusters[call.cluster] else { return }
            switch answer {
            case .releases(let rows):
                known.rows = rows.map(\.name).sorted()
                known.sent = call.sentUptime
                known.failure = nil
                known.notFound = 0
            case .failure(let failure):
                known.failure = failure.reason
                known.notFound = failure.reason == .notFound ? known.notFound + 1 : 0
                if known.notFound >= 2 {
                    known.rows = nil
                    known.sent = nil
                }
            default: break
            }
            clusters[call.cluster] = known
        }
    }

    @Test(arguments: 1...24 as ClosedRange<UInt64>)
    func `what is shown is what came, whatever the order`(seed: UInt64) async {
        var random = SeededGenerator(seed: seed)
        var config = InventoryConfig()
        config.minRefreshInterval = seed.isMultiple(of: 2) ? .zero : .seconds(5)
        var limits = CallLimits()
        limits.maxInFlightPerHost = Int.random(in: 1...8, using: &random)
        limits.retries = 0
        let fleet = Fleet(config: config, limits: limits, seed: seed)
        var model = Model()
        var stale: Set<Int> = []  // calls to clusters that have gone since
        var checked = 0  // calls
        let late = Lock<[String]>([])
        var started = 0  // readers
        let ended = Lock(0)
        let comment = Comment(rawValue: "seed \(seed)")

        func publish() {
            let set = model.clusters.map { entry in
                Cluster(
                    id: entry.key, name: entry.key.text, region: "r", credential: "prod", skip: entry.value.skip)
            }
            fleet.inventory.update(set)
        }
        for number in 0..<6 { model.clusters[id(number)] = Known() }
        publish()
        await fleet.run {
            await withTaskGroup(of: Void.self) { readers in
                for _ in 0..<120 {
                    await fleet.quiet()
                    let hanging = fleet.lister.hanging
                    for call in fleet.lister.calls.dropFirst(checked) {
                        let known = model.clusters[call.cluster]
                        #expect(known != nil && known?.skip == nil, comment)
                    }
                    checked = fleet.lister.calls.count
                    let live = hanging.filter { !stale.contains($0.number) }
                    #expect(Set(live.map(\.cluster)).count == live.count, comment)
                    #expect(hanging.count <= limits.maxInFlightPerHost, comment)
                    switch Int.random(in: 0..<10, using: &random) {
                    case 0..<4:
                        guard let call = hanging.randomElement(using: &random) else { continue }
                        let answers: [ScriptedLister.Answer] = [
                            .releases([row("v\(call.number)"), row("w")]), .releases([]),
                            .releases([row("v\(call.number)")]), .failure(.timedOut), .failure(.notFound),
                            .failure(.broken),
                        ]
                        let answer = answers[Int.random(in: 0..<answers.count, using: &random)]
                        if !stale.contains(call.number) { model.take(call, answer) }
                        fleet.lister.answer(call, answer)
                    case 4, 5:
                        fleet.time.advance(by: .milliseconds(Int.random(in: 1...9000, using: &random)))
                    case 6:
                        let gone = id(Int.random(in: 0..<8, using: &random))
                        if model.clusters.removeValue(forKey: gone) != nil {
                            for call in hanging where call.cluster == gone { stale.insert(call.number) }
                        } else {
                            model.clusters[gone] = Known()
                        }
                        publish()
                    case 7:
                        let one = id(Int.random(in: 0..<8, using: &random))
                        guard let known = model.clusters[one] else { continue }
                        model.clusters[one]?.skip = known.skip == nil ? .hibernated : nil
                        publish()
                    default:
                        let wished = (0..<8).map(id).filter { _ in Bool.random(using: &random) }
                        let maxAge = Duration.seconds(Int.random(in: 0...20, using: &random))
                        let asked = fleet.time.uptime
                        let deadline = asked + .seconds(Int.random(in: 1...30, using: &random))
                        started += 1
                        readers.addTask {
                            defer { ended.withLock { $0 += 1 } }
                            await fleet.inventory.refresh(
                                wished, maxAge: maxAge, askedAt: asked, deadline: deadline)
                            let now = fleet.time.uptime
                            // It may notice late, but never because nobody told it.
                            if now > deadline + .seconds(9) { late.withLock { $0.append("\(wished) \(now)") } }
                        }
                    }
                    // The clock may not move on before a reader has begun.
                    await eventually { ended.withLock { $0 } + fleet.inventory.counts.waiting == started }
                    await fleet.quiet()
                    // Nor before one who was let go has looked at it.
                    await eventually { ended.withLock { $0 } + fleet.inventory.counts.waiting == started }
                    let entries = fleet.inventory.current?.entries ?? []
                    #expect(entries.map(\.cluster.id) == model.clusters.keys.sorted(), comment)
                    for entry in entries {
                        let known = model.clusters[entry.cluster.id]
                        #expect(entry.part?.rows.map(\.name) == known?.rows, comment)
                        #expect(entry.standing.lastSuccess?.sentUptime == known?.sent, comment)
                        #expect(entry.standing.lastFailure?.reason == known?.failure, comment)
                    }
                }
                // Everything answers: all who still wait are settled without the clock moving past their deadlines.
                fleet.lister.respond { _ in .releases([]) }
                for call in fleet.lister.hanging { fleet.lister.answer(call, .releases([])) }
                await fleet.pass(.seconds(40), step: .milliseconds(500)) { fleet.inventory.counts.waiting == 0 }
                #expect(fleet.inventory.counts.waiting == 0, comment)
                #expect(fleet.inventory.counts.links == 0, comment)
                await readers.waitForAll()
            }
        }
        #expect(late.withLock { $0 } == [], comment)
    }

    @Test(arguments: 1...12 as ClosedRange<UInt64>)
    func `a reader comes back early only with what it asked for`(seed: UInt64) async {
        var random = SeededGenerator(seed: seed)
        var config = InventoryConfig()
        config.minRefreshInterval = .zero
        let fleet = Fleet(config: config, seed: seed)
        let comment = Comment(rawValue: "seed \(seed)")
        fleet.inventory.update(clusters(5))
        await fleet.run {
            for _ in 0..<40 {
                await fleet.quiet()
                fleet.time.advance(by: .milliseconds(Int.random(in: 1...3000, using: &random)))
                await fleet.quiet()
                let wished = (0..<5).map(id).filter { _ in Bool.random(using: &random) }
                let maxAge = Duration.milliseconds(Int.random(in: 0...4000, using: &random))
                let asked = fleet.time.uptime
                let isBack = Lock(false)
                async let reader: Void = {
                    await fleet.inventory.refresh(
                        wished, maxAge: maxAge, askedAt: asked, deadline: asked + .seconds(100_000))
                    isBack.withLock { $0 = true }
                }()
                while !isBack.withLock({ $0 }) {
                    await fleet.quiet()
                    // It may not have begun yet, or not noticed yet that its wait is over.
                    guard fleet.inventory.counts.waiting > 0 else { continue }
                    guard let call = fleet.lister.hanging.randomElement(using: &random) else {
                        // Only the credential's first second may hold everything.
                        fleet.time.advance(by: .milliseconds(100))
                        continue
                    }
                    fleet.lister.answer(call, .releases([row("v\(call.number)")]))
                    await fleet.quiet()
                }
                await reader
                for one in wished {
                    let sent = fleet.state(one)?.standing.lastSuccess?.sentUptime
                    #expect(sent.map { $0 >= asked - maxAge } ?? false, comment)
                }
            }
        }
    }
}
