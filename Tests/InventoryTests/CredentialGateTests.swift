import CCE
import GatewayTestKit
import Testing

@Suite struct CredentialGateTests {
    private func permit(_ gate: inout CredentialGate, at second: Double) -> CredentialGate.Permit? {
        if case .go(let permit) = gate.admit(now: .seconds(second)) { permit } else { nil }
    }

    @Test func `an unproven credential is tried by one call, one more a second, at most four`() {
        var gate = CredentialGate()
        let started = stride(from: 0.0, through: 20, by: 0.25).filter { permit(&gate, at: $0) != nil }
        #expect(started == [0, 1, 2, 3])
    }

    @Test func `one acceptance opens the gate for all`() throws {
        var gate = CredentialGate()
        let first = try #require(permit(&gate, at: 0))
        #expect(permit(&gate, at: 0.5) == nil)
        let changed = gate.report(.accepted, of: first, now: .seconds(0.6))
        #expect(changed == .changed)
        #expect((0..<500).allSatisfy { _ in permit(&gate, at: 0.6) != nil })
    }

    @Test func `no answer is no verdict, and the next try follows a second after the last`() throws {
        var gate = CredentialGate()
        for second in 0..<30 {
            let tried = try #require(permit(&gate, at: Double(second)))
            #expect(permit(&gate, at: Double(second) + 0.9) == nil)
            let changed = gate.report(.none, of: tried, now: .seconds(Double(second) + 0.95))
            #expect(changed == .unchanged)
            #expect(gate.verdict == .pending)
        }
    }

    @Test func `after a refusal one probe follows every 30 s, but never six refusals within five minutes`() throws {
        var gate = CredentialGate()
        var refusedAt: [Double] = []
        for second in 0...2000 {
            guard let tried = permit(&gate, at: Double(second)) else { continue }
            _ = gate.report(.refused, of: tried, now: .seconds(Double(second)))
            refusedAt.append(Double(second))
        }
        #expect(refusedAt.prefix(6) == [0, 30, 60, 90, 120, 300])
        for start in refusedAt { #expect(refusedAt.filter { (start..<start + 300).contains($0) }.count <= 5) }
    }

    @Test func `what proves nothing opens the gate of a key that nothing speaks against, and no other`() throws {
        var gate = CredentialGate()
        let first = try #require(permit(&gate, at: 0))
        _ = gate.report(.unproven, of: first, now: .zero)
        #expect(gate.verdict == .accepted)
        let second = try #require(permit(&gate, at: 0))
        _ = gate.report(.refused, of: second, now: .zero)
        // An outage of the cloud's takes back no refusal, and each probe into it is the only one of its 30 s.
        for second in [30.0, 60, 90] {
            #expect(permit(&gate, at: second - 1) == nil)
            let probe = try #require(permit(&gate, at: second))
            let changed = gate.report(second == 60 ? .none : .unproven, of: probe, now: .seconds(second))
            #expect(changed == .unchanged && gate.verdict == .refused)
        }
        gate.keyChanged(sameAccessKey: true)
        let third = try #require(permit(&gate, at: 91))
        _ = gate.report(.unproven, of: third, now: .seconds(91))
        #expect(gate.verdict == .pending)
    }

    /// What the cloud answers (status, code), and what a refused credential stands at after its next probe got that.
    @Test(
        arguments: [
            (404, "CCE.01404001", .accepted), (403, "APIGW.0302", .accepted), (400, "CCE.01400001", .accepted),
            // The cloud's gateway says these before it looks at a signature (cce-api §7.2).
            (404, "APIGW.0101", .refused), (400, "APIGW.0201", .refused),
            (429, "APIGW.0308", .refused), (503, "APIGW.0613", .refused), (404, nil, .refused),
        ] as [(Int, String?, CredentialGate.Verdict)])
    func `only what is said behind the check of signatures shows that a refused key is good again`(
        status: Int, code: String?, verdict: CredentialGate.Verdict
    ) throws {
        let gates = CredentialGates(provider: Keys())
        guard case .go(let first) = gates.admit("prod", now: .zero) else { throw NotAdmitted() }
        gates.report(CallFailure(.unauthorized, status: 401, detail: ""), of: first, now: .zero)
        guard case .go(let probe) = gates.admit("prod", now: .seconds(30)) else { throw NotAdmitted() }
        let kind: FailureKind = status == 429 ? .throttled : status == 503 ? .unavailable : .rejected
        gates.report(CallFailure(kind, status: status, code: code, detail: ""), of: probe, now: .seconds(30))
        #expect(gates.standing(of: "prod", now: .seconds(30))?.verdict == verdict)
    }
    private struct NotAdmitted: Error {}

    @Test func `the refusal of a key that was replaced meanwhile says nothing of the next`() throws {
        let keys = Keys()
        let gates = CredentialGates(provider: keys)
        guard case .go(let old) = gates.admit("prod", now: .zero) else { throw NotAdmitted() }
        keys.replace("prod", accessKey: "AKEXAMPLENEXT", secret: "obviously-fake")
        // Nobody has asked for a call since.
        let outcome = gates.report(CallFailure(.unauthorized, status: 401, detail: ""), of: old, now: .seconds(1))
        #expect(outcome == .unchanged && gates.standing(of: "prod", now: .seconds(1))?.verdict == .pending)
    }

    @Test func `a call sent before a refusal takes it back by no answer of its own`() throws {
        var gate = CredentialGate()
        let first = try #require(permit(&gate, at: 0))
        _ = gate.report(.accepted, of: first, now: .zero)
        let calls = [permit(&gate, at: 0), permit(&gate, at: 0), permit(&gate, at: 0)].compactMap { $0 }
        try #require(calls.count == 3)
        _ = gate.report(.refused, of: calls[1], now: .seconds(1))
        for call in [calls[0], calls[2]] {
            let changed = gate.report(.accepted, of: call, now: .seconds(2))
            #expect(changed == .unchanged && gate.verdict == .refused)
        }
        #expect(permit(&gate, at: 30) == nil)
        let probe = try #require(permit(&gate, at: 31))
        let changed = gate.report(.accepted, of: probe, now: .seconds(32))
        #expect(changed == .changed && gate.verdict == .accepted)
    }

    @Test func `a refusal for our clock's sake is followed at once by one try, a second one by none for 30 s`() throws {
        var gate = CredentialGate()
        let first = try #require(permit(&gate, at: 0))
        let second = try #require(permit(&gate, at: 1))
        #expect(gate.report(.refusedForTime, of: first, now: .seconds(1.5)) == .clockCorrected)
        #expect(gate.verdict == .pending)
        // Signed before the cloud's time was known, so it is made anew as well.
        #expect(gate.report(.refusedForTime, of: second, now: .seconds(1.6)) == .clockCorrected)
        let third = try #require(permit(&gate, at: 1.6))
        #expect(permit(&gate, at: 1.7) == nil)
        #expect(gate.report(.refusedForTime, of: third, now: .seconds(2)) == .changed)
        #expect(gate.verdict == .refused && gate.isRefusedForTime)
        #expect(permit(&gate, at: 31) == nil)
        let probe = try #require(permit(&gate, at: 32))
        #expect(gate.report(.accepted, of: probe, now: .seconds(32)) == .changed)
        let later = try #require(permit(&gate, at: 33))
        #expect(gate.report(.refusedForTime, of: later, now: .seconds(33)) == .clockCorrected)
    }

    @Test func `a wrong clock does not open the gate of a wrong key`() throws {
        var gate = CredentialGate()
        let (first, second) = (try #require(permit(&gate, at: 0)), try #require(permit(&gate, at: 1)))
        #expect(gate.report(.refused, of: second, now: .seconds(1)) == .changed)
        #expect(gate.report(.refusedForTime, of: first, now: .seconds(1)) == .unchanged)
        #expect(gate.verdict == .refused && !gate.isRefusedForTime)
        #expect(permit(&gate, at: 30) == nil)
    }

    @Test func `another access key is tried at once, another secret of the same one only if there is room`() throws {
        for sameAccessKey in [false, true] {
            var gate = CredentialGate()
            for second in [0.0, 30, 60, 90, 120] {
                let tried = try #require(permit(&gate, at: second))
                _ = gate.report(.refused, of: tried, now: .seconds(second))
            }
            gate.keyChanged(sameAccessKey: sameAccessKey)
            #expect((permit(&gate, at: 121) != nil) == !sameAccessKey)
            #expect(permit(&gate, at: 300) != nil)
        }
    }

    @Test func `an answer to an older key says nothing about the newer`() throws {
        var gate = CredentialGate()
        let old = try #require(permit(&gate, at: 0))
        gate.keyChanged(sameAccessKey: false)
        let changed = gate.report(.accepted, of: old, now: .seconds(1))
        #expect(changed == .unchanged)
        #expect(gate.verdict == .pending)
    }

    @Test func `answers to an accepted older secret do not hide calls of an unproven one`() throws {
        var gate = CredentialGate()
        let first = try #require(permit(&gate, at: 0))
        _ = gate.report(.accepted, of: first, now: .zero)
        let accepted = [permit(&gate, at: 0), permit(&gate, at: 0), permit(&gate, at: 0)].compactMap { $0 }
        #expect(accepted.count == 3)
        gate.keyChanged(sameAccessKey: true)
        #expect((1...4).allSatisfy { permit(&gate, at: Double($0)) != nil })
        gate.keyChanged(sameAccessKey: true)
        // Four that may be refused, and this one.
        #expect(permit(&gate, at: 5) != nil)
        for old in accepted { _ = gate.report(.none, of: old, now: .seconds(6)) }
        #expect(permit(&gate, at: 7) == nil)
    }

    @Test(arguments: 0..<200 as Range<UInt64>)
    func `whatever happens, six refusals in a row within five minutes do not`(seed: UInt64) {
        var random = SeededGenerator(seed: seed)
        var gate = CredentialGate()
        var now = 0.0
        var running: [CredentialGate.Permit] = []
        var row: [Double] = []
        for _ in 0..<2000 {
            now += Double.random(in: 0...20, using: &random)
            switch Int.random(in: 0..<10, using: &random) {
            case 0..<5:
                if let started = permit(&gate, at: now) { running.append(started) }
            case 5..<8 where !running.isEmpty:
                let ended = running.remove(at: Int.random(in: 0..<running.count, using: &random))
                let answer: CredentialGate.Answer = Bool.random(using: &random) ? .refused : .refusedForTime
                _ = gate.report(answer, of: ended, now: .seconds(now))
                row.append(now)
                let recent = row.filter { now - $0 < 300 }
                #expect(recent.count <= 5, "seed \(seed)")
            case 8 where !running.isEmpty:
                let ended = running.remove(at: Int.random(in: 0..<running.count, using: &random))
                _ = gate.report(.none, of: ended, now: .seconds(now))
            case 9 where Int.random(in: 0..<8, using: &random) == 0:
                gate.keyChanged(sameAccessKey: true)
            default: break
            }
        }
        #expect(!row.isEmpty, "seed \(seed)")
    }
}
