import Credentials
import GatewayTestKit
import Settings
import Signing
import Simulation
import Testing
import Timing

@Suite struct ChainTests {
    private let keys = ["HUAWEICLOUD_SDK_AK": "AKEXAMPLEENV", "HUAWEICLOUD_SDK_SK": "obviously-fake"]
    private func oidc(_ accounts: SimulatedIdentity.Accounts) -> [String: String] {
        [
            "HUAWEICLOUD_OIDC_PROVIDER_URN": accounts.provider, "HUAWEICLOUD_OIDC_AGENCY_URN": accounts.agency,
            "HUAWEICLOUD_OIDC_ID_TOKEN": accounts.idToken,
        ]
    }

    @Test func `keys in the environment are there at once`() throws {
        let bed = Bed(Bed.settings(.chain(ChainConfig())), environment: keys)
        #expect(bed.store.reload() == [])
        #expect(bed.store.credential(named: "a")?.accessKey == "AKEXAMPLEENV")
        #expect(try bed.reading().kind == .environment)
        #expect(bed.identity.calls == [])
    }

    @Test func `a service account's token comes before keys, and keys before the machine's agency`() async throws {
        let accounts = SimulatedIdentity.Accounts()
        for (environment, kind) in [
            (oidc(accounts).merging(keys) { $1 }, CredentialKind.oidcAgency), (keys, .environment), ([:], .metadata),
        ] {
            let bed = Bed(Bed.settings(.chain(ChainConfig())), environment: environment)
            _ = bed.store.reload()
            try await bed.run {
                _ = try await eventually { bed.store.credential(named: "a") }
                #expect(try bed.reading().kind == kind)
            }
        }
    }

    @Test func `the next one is taken when one fails, and kept to while it is valid`() async throws {
        var accounts = SimulatedIdentity.Accounts()
        var environment = oidc(accounts)
        environment["HUAWEICLOUD_OIDC_AGENCY_URN"] = "iam::d1:agency:nobody"
        accounts.hasSessionTokens = false
        let bed = Bed(
            Bed.settings(.chain(ChainConfig())), environment: environment, lifetime: .seconds(900), accounts: accounts)
        try await bed.run {
            _ = try await eventually { bed.store.credential(named: "a") }
            #expect(try bed.reading().kind == .metadata)
            bed.identity.change { $0.agency = "iam::d1:agency:nobody" }
            _ = try await eventually { bed.time.sleeping > 0 ? true : nil }
            bed.time.advance(by: .seconds(676))
            _ = try await eventually { try bed.reading().counts.renewals == 2 ? true : nil }
            #expect(try bed.reading().kind == .metadata)
        }
    }

    @Test func `where no source has one, all of them are named`() async throws {
        var accounts = SimulatedIdentity.Accounts()
        accounts.hasAgency = false
        let bed = Bed(Bed.settings(.chain(ChainConfig())), accounts: accounts)
        try await bed.run {
            let failure = try await eventually { try bed.reading().failure }
            for text in ["environment", "home folder", "agency", "HC_CONTAINER_CREDENTIALS_FULL_URI"] {
                #expect(failure.detail.contains(text))
            }
        }
    }
}
