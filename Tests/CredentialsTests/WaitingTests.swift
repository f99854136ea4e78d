import Credentials
import GatewayTestKit
import Settings
import Signing
import Simulation
import Testing
import Timing

/// Credentials that are made of others, and files that change what is to be read.
@Suite struct WaitingTests {
    private static let agency = SimulatedIdentity.Accounts().agency

    @Test func `an agency waits for a credential that is still being fetched, and comes with it`() async throws {
        var accounts = SimulatedIdentity.Accounts()
        accounts.hasSessionTokens = false
        let bed = Bed(
            [
                CredentialSettings(name: "machine", source: .metadata(MetadataConfig())),
                CredentialSettings(name: "a", source: .agency(AgencyConfig(from: "machine", urn: Self.agency))),
                CredentialSettings(name: "b", source: .agency(AgencyConfig(from: "a", urn: Self.agency))),
            ], lifetime: .seconds(900), latency: .seconds(2), accounts: accounts)
        #expect(bed.store.reload() == [])
        try await bed.run {
            // The base's first answer takes two seconds for each call; all others wait for it.
            _ = try await eventually { try bed.reading("b").failure }
            _ = try await eventually { try bed.reading("a").failure?.reason == .waiting ? true : nil }
            #expect(bed.store.absence(of: "a") == .pending && bed.store.absence(of: "b") == .pending)
            _ = try await eventually { () -> Credential? in
                if bed.time.sleeping > 0 { bed.time.advance(by: .milliseconds(100)) }
                return bed.store.credential(named: "b")
            }
            #expect(bed.store.credential(named: "a").map(bed.identity.accepts) == true)
            #expect(bed.transport.peakInFlight == 1, "no call was made without the one it is made with")
        }
    }

    @Test func `a store that nobody holds any longer takes its sources and keys along`() {
        var bed: Bed? = Bed(Bed.settings(.agency(AgencyConfig(from: "base", urn: Self.agency))))
        // The sources hold it too.
        weak let transport = bed?.transport
        #expect(bed?.store.reload() == [] && transport != nil)
        bed = nil
        #expect(transport == nil)
    }

    @Test func `an agency whose credential cannot be had says so`() async throws {
        var accounts = SimulatedIdentity.Accounts()
        accounts.hasAgency = false
        let bed = Bed(
            [
                CredentialSettings(name: "machine", source: .metadata(MetadataConfig())),
                CredentialSettings(name: "a", source: .agency(AgencyConfig(from: "machine", urn: Self.agency))),
            ], accounts: accounts)
        try await bed.run {
            _ = try await eventually { () -> Bool? in
                if case .failed(let detail) = bed.store.absence(of: "a") { return detail.contains("machine") }
                return nil
            }
        }
    }

    /// The machine's service keeps what it has until five minutes before its end, so that renewals bring the same again.
    @Test func `a service that gives the same key until shortly before its end is not asked in a hurry`() async throws {
        let bed = Bed(Bed.settings(.metadata(MetadataConfig())), lifetime: .seconds(3600))
        bed.identity.setFault(.keeps(.seconds(300)))
        try await bed.run {
            _ = try await eventually { bed.store.credential(named: "a") }
            for _ in 0..<(86_400 / 5) {
                _ = try await eventually { bed.time.sleeping > 0 ? true : nil }
                bed.time.advance(by: .seconds(5))
                let credential = try #require(bed.store.credential(named: "a"))
                #expect(bed.identity.accepts(credential))
            }
            let counts = try bed.reading().counts
            #expect(counts.failures.isEmpty)
            // 55 minutes for each key, within which the rest is halved again and again.
            #expect((24...32).contains(counts.changes), "\(counts.changes) keys")
            #expect(counts.renewals < counts.changes * 5, "\(counts.renewals) answers for \(counts.changes) keys")
        }
    }

    @Test func `a profile that now names an identity provider is followed without a restart`() async throws {
        let folder = try Folder()
        var config = ProfileConfig()
        config.file = folder.file("credentials")
        try folder.write(Array("[basic]\nak = AKEXAMPLE\nsk = obviously-fake\n".utf8), to: "credentials")
        let bed = Bed(Bed.settings(.profile(config)), lifetime: .seconds(900))
        #expect(bed.store.reload() == [])
        #expect(bed.store.credential(named: "a")?.accessKey == "AKEXAMPLE")
        try await bed.run {
            _ = try await eventually { try bed.reading().counts.renewals >= 1 ? true : nil }
            let accounts = SimulatedIdentity.Accounts()
            try folder.write(Array(accounts.idToken.utf8), to: "token")
            let text = "[basic]\nidp_id = \(accounts.idp)\nid_token_file = \(folder.file("token"))\n"
            try folder.write(Array(text.utf8), to: "credentials")
            #expect(bed.store.reload() == [])
            #expect(bed.store.credential(named: "a")?.accessKey == "AKEXAMPLE", "used until the other one is there")
            _ = try await eventually { () -> Bool? in
                if bed.time.sleeping > 0 { bed.time.advance(by: .seconds(1)) }
                return bed.store.credential(named: "a")?.accessKey != "AKEXAMPLE" ? true : nil
            }
            #expect(bed.store.credential(named: "a").map(bed.identity.accepts) == true)
        }
    }

    @Test(
        arguments: [
            (nil, nil, [:], "https://iam.myhuaweicloud.com", "https://sts.cn-north-4.myhuaweicloud.com"),
            (nil, "cn-east-3", [:], "https://iam.cn-east-3.example", "https://sts.cn-east-3.myhuaweicloud.com"),
            // No STS of its own.
            (nil, "cn-north-1", [:], "https://iam.cn-north-1.example", "https://sts.cn-north-4.myhuaweicloud.com"),
            ("https://mine", "cn-east-3", ["IAM": "other", "STS": "other"], "https://mine", "https://mine"),
            (nil, nil, ["IAM": "iam.other", "STS": "http://127.0.0.1:1"], "https://iam.other", "http://127.0.0.1:1"),
            // What the variable says of regions is in the table already, behind what the configuration says.
            (
                nil, "cn-east-3", ["IAM": "iam.other"], "https://iam.cn-east-3.example",
                "https://sts.cn-east-3.myhuaweicloud.com"
            ),
        ] as [(String?, String?, [String: String], String, String)])
    func `what the configuration says of IAM and STS goes before the environment`(
        given: String?, region: String?, variables: [String: String], iam: String, sts: String
    ) {
        let environment = Dictionary(
            uniqueKeysWithValues: variables.map { ("HUAWEICLOUD_SDK_\($0.key)_ENDPOINT", $0.value) })
        let endpoints = IdentityEndpoints(secrets: SecretReader(environment: environment)) {
            "https://iam.\($0).example"
        }
        #expect(endpoints.iam(given, region: region) == iam)
        #expect(endpoints.sts(given, region: region) == sts)
    }
}
