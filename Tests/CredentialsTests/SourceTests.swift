import Credentials
import GatewayTestKit
import Settings
import Signing
import Simulation
import Testing
import Timing

@Suite struct SourceTests {
    @Test(arguments: Bed.asking.indices)
    func `each source that asks gets a credential that the cloud takes, and renews it`(index: Int) async throws {
        let bed = Bed(Bed.settings(Bed.asking[index]), lifetime: .seconds(900))
        #expect(bed.store.reload() == [])
        #expect(bed.store.credential(named: "a") == nil && bed.store.absence(of: "a") == .pending)
        try await bed.run {
            let first = try await eventually { bed.store.credential(named: "a") }
            #expect(bed.identity.accepts(first))
            #expect(try bed.reading().timeLeft.map { $0 > .seconds(898) && $0 <= .seconds(900) } == true)
            _ = try await eventually { bed.time.sleeping > 0 ? true : nil }
            bed.time.advance(by: .seconds(676))
            let second = try await eventually {
                bed.store.credential(named: "a").flatMap { $0 == first ? nil : $0 }
            }
            #expect(bed.identity.accepts(second))
            #expect(try bed.reading().counts.renewals == 2)
        }
    }

    /// What is wrong, and what is said of it.
    static let failures: [(SimulatedIdentity.Fault, SourceFailure.Reason)] = [
        (.status(400), .rejected), (.status(401), .refused), (.status(403), .refused), (.status(404), .notFound),
        (.status(429), .unavailable), (.status(500), .unavailable), (.status(503), .unavailable),
        (.status(302), .malformed), (.emptyBody, .malformed), (.html, .malformed), (.hang, .timeout),
        (.ended, .expired), (.garbledExpiry, .malformed),
        (.without("access"), .malformed), (.without("accessKeyId"), .malformed),
        (.without("access_key_id"), .malformed), (.without("secret"), .malformed),
        (.without("secretAccessKey"), .malformed), (.without("secret_access_key"), .malformed),
        (.without("securitytoken"), .malformed), (.without("securityToken"), .malformed),
        (.without("security_token"), .malformed), (.without("expires_at"), .malformed),
        (.without("expiration"), .malformed), (.without("X-Subject-Token"), .malformed),
    ]

    /// 7 sources and 25 failures; one that concerns a member the source does not have must do no harm.
    @Test(arguments: Bed.asking.indices, failures.indices)
    func `a failure has its reason, keeps what is held, and is tried again`(index: Int, row: Int) async throws {
        let (fault, reason) = Self.failures[row]
        let bed = Bed(Bed.settings(Bed.asking[index]), lifetime: .seconds(900))
        _ = bed.store.reload()
        try await bed.run {
            let first = try await eventually { bed.store.credential(named: "a") }
            _ = try await eventually { bed.time.sleeping > 0 ? true : nil }
            bed.identity.setFault(fault)
            bed.time.advance(by: .seconds(676))
            // One that hangs is ended by its time.
            let ends = try await eventually { () -> Bool? in
                let reading = try bed.reading()
                if fault == .hang, reading.failure == nil, bed.time.sleeping > 0 { bed.time.advance(by: .seconds(10)) }
                return reading.failure != nil ? true : reading.counts.renewals == 2 ? false : nil
            }
            if !ends {
                if case .without = fault { return }
                Issue.record("\(fault) was taken for a credential")
                return
            }
            let reading = try bed.reading()
            #expect(reading.failure?.reason == reason)
            #expect(bed.store.credential(named: "a") == first && reading.isHeld)
            bed.identity.setFault(nil)
            _ = try await eventually { () -> Bool? in
                if bed.time.sleeping > 0 { bed.time.advance(by: .seconds(1)) }
                return try bed.reading().failure == nil ? true : nil
            }
            #expect(bed.store.credential(named: "a").map(bed.identity.accepts) == true)
        }
    }

    @Test(arguments: Bed.asking.indices)
    func `past its end a credential is no longer handed out, and the failure is told`(index: Int) async throws {
        let bed = Bed(Bed.settings(Bed.asking[index]), lifetime: .seconds(900))
        _ = bed.store.reload()
        try await bed.run {
            _ = try await eventually { bed.store.credential(named: "a") }
            bed.identity.setFault(.status(503))
            _ = try await eventually { bed.time.sleeping > 0 ? true : nil }
            bed.time.advance(by: .seconds(896))
            _ = try await eventually { try bed.reading().failure }
            #expect(bed.store.credential(named: "a") == nil)
            guard case .failed(let detail) = bed.store.absence(of: "a") else {
                Issue.record("nothing is told")
                return
            }
            #expect(detail.contains("503"))
        }
    }

    @Test(arguments: [-86_400, -3600, -840, 840, 3600, 86_400])
    func `a clock that is wrong by any amount costs no credential and moves no end`(skew: Int) async throws {
        for source in Bed.asking {
            let bed = Bed(Bed.settings(source), lifetime: .seconds(900), skew: .seconds(skew))
            _ = bed.store.reload()
            try await bed.run {
                let credential = try await eventually { bed.store.credential(named: "a") }
                #expect(bed.identity.accepts(credential))
                let left = try #require(try bed.reading().timeLeft)
                #expect(left > .seconds(898) && left <= .seconds(901))
            }
        }
    }

    @Test(arguments: [20, 60, 900, 86_400])
    func `lives of any length are renewed in time, with or without a fraction in the expiry`(
        seconds: Int
    ) async throws {
        let bed = Bed(Bed.settings(.metadata(MetadataConfig())), lifetime: .seconds(seconds))
        bed.identity.setFault(.wholeSeconds)
        _ = bed.store.reload()
        try await bed.run {
            for round in 1...5 {
                _ = try await eventually { try bed.reading().counts.renewals == round ? true : nil }
                let credential = try await eventually { bed.store.credential(named: "a") }
                #expect(bed.identity.accepts(credential))
                _ = try await eventually { bed.time.sleeping > 0 ? true : nil }
                bed.time.advance(by: .seconds(Double(seconds) * 0.751))
            }
        }
    }

    @Test func `the metadata service is asked without a session token where it has none, and anew when one is refused`()
        async throws
    {
        var accounts = SimulatedIdentity.Accounts()
        accounts.hasSessionTokens = false
        let bed = Bed(Bed.settings(.metadata(MetadataConfig())), lifetime: .seconds(900), accounts: accounts)
        try await bed.run {
            _ = try await eventually { bed.store.credential(named: "a") }
            #expect(bed.identity.calls == ["PUT /meta-data/latest/api/token", "GET /openstack/latest/securitykey"])
            _ = try await eventually { bed.time.sleeping > 0 ? true : nil }
            bed.time.advance(by: .seconds(676))
            _ = try await eventually { try bed.reading().counts.renewals == 2 ? true : nil }
            #expect(bed.identity.calls.count == 3)
            // The service has learned it: its 401 is answered by a session token, a day later at the latest.
            bed.identity.change { $0.hasSessionTokens = true }
            _ = try await eventually { bed.time.sleeping > 0 ? true : nil }
            bed.time.advance(by: .seconds(676))
            _ = try await eventually { try bed.reading().counts.renewals == 3 ? true : nil }
            #expect(bed.identity.calls.suffix(3).first == "GET /openstack/latest/securitykey")
        }
    }

    @Test func `a machine without an agency has no credential, and says so`() async throws {
        var accounts = SimulatedIdentity.Accounts()
        accounts.hasAgency = false
        let bed = Bed(Bed.settings(.metadata(MetadataConfig())), accounts: accounts)
        try await bed.run {
            let failure = try await eventually { try bed.reading().failure }
            #expect(failure.reason == .absent && failure.detail.contains("no agency"))
        }
    }

    @Test(arguments: ["", "  \n", "two words"])
    func `an empty or broken token is a problem that names its place and not its content`(token: String) throws {
        let bed = Bed(
            Bed.settings(.federation(FederationConfig(idp: "i", idToken: .environment("ID_TOKEN")))),
            environment: ["ID_TOKEN": token])
        let problem = try #require(bed.store.reload().first)
        #expect(problem.detail.contains("ID_TOKEN") && !problem.detail.contains("two words"))
        #expect(try bed.reading().failure?.reason == .unreadable)
    }

    @Test func `a refused credential is fetched anew, not twice within half a minute`() async throws {
        let bed = Bed(Bed.settings(.metadata(MetadataConfig())), lifetime: .seconds(3600))
        try await bed.run {
            let first = try await eventually { bed.store.credential(named: "a") }
            _ = try await eventually { bed.time.sleeping > 0 ? true : nil }
            for _ in 0..<50 { bed.store.refused(first, named: "a") }
            bed.time.advance(by: .seconds(30))
            let second = try await eventually { bed.store.credential(named: "a").flatMap { $0 == first ? nil : $0 } }
            bed.store.refused(first, named: "a")  // an answer to a call with the old one
            #expect(bed.store.credential(named: "a") == second)
            #expect(try bed.reading().counts.renewals == 2)
        }
    }

    @Test func `a ready token goes along as X-Auth-Token, unsigned, with the project`() throws {
        let bed = Bed(Bed.settings(.token(.environment("READY_TOKEN"))))
        #expect(bed.store.reload() == [])
        let credential = try #require(bed.store.credential(named: "a"))
        let signed = try Signer(credential: credential, projectID: "p").sign(
            UnsignedRequest(host: "h", path: "/x"), at: bed.time.wall)
        #expect(signed.fields.contains { $0.name == "X-Auth-Token" && $0.value == "READY-EXAMPLE" })
        #expect(signed.fields.contains { $0.name == "X-Project-Id" && $0.value == "p" })
        #expect(!signed.fields.contains { $0.name == "Authorization" || $0.name == "X-Sdk-Date" })
    }
}
