import GatewayTestKit
import Inbound
import Settings
import Signing
import Simulation
import Testing
import Timing

@Suite struct AuthenticationTests {
    private let time = ManualTime()
    private let fleet: SimulatedFleet
    private let cluster: SimulatedCluster
    private let call: SignedCall

    init() throws {
        fleet = SimulatedFleet(SimulationOptions(clusters: 2, releases: 3), time: time)
        cluster = try #require(fleet.allClusters.first)
        call = SignedCall(fleet, time)
    }
    private var wrong: SignedCall {
        var wrong = call
        wrong.credential = Credential(
            accessKey: fleet.options.credential.accessKey, secretKey: Secret("SKEXAMPLEWRONG".utf8))
        return wrong
    }

    @Test func `six failures in a row lock the key for five minutes, for right signatures too`() async throws {
        for _ in 1...6 {
            let response = try await wrong.list(cluster)
            #expect(response.status == 401)
            #expect(response.text.contains("verify aksk signature fail"))
        }
        #expect(try await call.list(cluster).text.contains("AK access failed to reach the limit,forbidden"))
        time.advance(by: .seconds(299))
        #expect(try await call.list(cluster).status == 401)
        time.advance(by: .seconds(1))
        #expect(try await call.list(cluster).status == 200)
        #expect(fleet.calls.badSignatures == ["signature differs": 6])
        #expect(fleet.calls.refusedByLock == 2)
    }

    @Test func `a success in between starts the count anew`() async throws {
        for _ in 1...3 {
            for _ in 1...5 { #expect(try await wrong.list(cluster).status == 401) }
            #expect(try await call.list(cluster).status == 200)
        }
    }

    @Test func `calls that name no key of ours lock nothing`() async throws {
        var (unsigned, unknown) = (call, call)
        unsigned.credential = nil
        unknown.credential = Credential(accessKey: "AKEXAMPLEUNKNOWN", secretKey: Secret("SKEXAMPLE".utf8))
        for _ in 1...10 {
            #expect(try await unsigned.list(cluster).status == 401)
            #expect(try await unknown.list(cluster).text.contains("ak not exist"))
        }
        #expect(try await call.list(cluster).status == 200)
        #expect(fleet.calls.badSignatures == ["missing authorization": 10, "unknown access key": 10])
    }

    @Test(arguments: [(-901, 401), (-900, 200), (900, 200), (901, 401)])
    func `a clock more than fifteen minutes off is refused`(seconds: Int, status: Int) async throws {
        var call = call
        call.clockOffset = .seconds(seconds)
        #expect(try await call.list(cluster).status == status)
    }

    @Test func `without verification any call is taken`() async throws {
        var options = SimulationOptions(clusters: 1, releases: 1)
        options.verifiesSignatures = false
        let fleet = SimulatedFleet(options, time: time)
        var call = SignedCall(fleet, time)
        call.credential = nil
        #expect(try await call.list(try #require(fleet.allClusters.first)).status == 200)
    }
}
