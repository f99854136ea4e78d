import GatewayTestKit
import ReleaseModel
import Settings
import Signing
import Simulation
import Testing
import Timing

@Suite struct FleetTests {
    private static func fleet(_ change: (inout SimulationOptions) -> Void = { _ in }) -> SimulatedFleet {
        var options = SimulationOptions(clusters: 20, releases: 30)
        change(&options)
        return SimulatedFleet(options, time: ManualTime())
    }

    @Test func `equal options make equal fleets, another seed another one`() {
        let (first, second) = (Self.fleet(), Self.fleet())
        let other = Self.fleet { $0.seed = 2 }
        #expect(first.allClusters == second.allClusters)
        #expect(first.projectID == second.projectID)
        for cluster in first.allClusters {
            #expect(first.releases(of: cluster.id) == second.releases(of: cluster.id))
        }
        #expect(first.allClusters.map(\.id) != other.allClusters.map(\.id))
    }

    @Test func `a larger fleet holds the smaller one`() {
        let small = Self.fleet()
        let large = Self.fleet { $0.clusters = 25 }
        #expect(large.allClusters.prefix(20).map(\.id) == small.allClusters.map(\.id))
        #expect(large.allKeys.isSuperset(of: small.allKeys))
    }

    @Test func `clusters and releases come in the number asked for, each with an identity of its own`() {
        let fleet = Self.fleet()
        #expect(fleet.allClusters.count == 20)
        #expect(Set(fleet.allClusters.map(\.id)).count == 20)
        #expect(fleet.allKeys.count == 600)
        #expect(fleet.allClusters.allSatisfy { fleet.releases(of: $0.id).count == 30 })
    }

    @Test(arguments: [(0.0, 0), (0.25, 5), (1.0, 20), (7.0, 20)])
    func `the share of Autopilot clusters is kept exactly`(share: Double, count: Int) {
        let fleet = Self.fleet { $0.autopilotShare = share }
        #expect(fleet.allClusters.count { $0.kind == .autopilot } == count)
    }

    @Test func `a fleet looks like a real one`() {
        let fleet = Self.fleet { $0.releases = 100 }
        let releases = fleet.allClusters.flatMap { fleet.releases(of: $0.id) }
        let deployed = Double(releases.count { $0.status == "DEPLOYED" }) / Double(releases.count)
        #expect((0.85...0.97).contains(deployed))
        #expect(Set(releases.map(\.status)).isSuperset(of: ["FAILED", "PENDING_UPGRADE", "UNKNOWN"]))
        #expect(Set(releases.map(\.chart.name)).count > 15)
        #expect(Set(releases.map(\.namespace)).count > 10)
        #expect(releases.allSatisfy { $0.version >= 1 && $0.createdAt <= $0.updatedAt })
        let start = ManualTime().wall
        #expect(releases.allSatisfy { $0.updatedAt <= start })
    }

    @Test func `steps are the same for the same seed, change something each time and keep identities apart`() {
        let (first, second) = (Self.fleet(), Self.fleet())
        var happened: Set<String> = []
        for step in 1...400 {
            let before = first.allClusters.map { first.releases(of: $0.id) }
            first.step()
            second.step()
            let after = first.allClusters.map { first.releases(of: $0.id) }
            #expect(before != after, "step \(step)")
            let changed = zip(before, after).first { $0 != $1 }
            if let (old, new) = changed {
                happened.insert(new.count > old.count ? "install" : new.count < old.count ? "uninstall" : "upgrade")
                #expect(Set(new.map(\.key)).count == new.count)
            }
            #expect(first.generation == step)
        }
        #expect(happened == ["install", "uninstall", "upgrade"])
        #expect(first.allKeys == second.allKeys)
        for cluster in first.allClusters {
            #expect(first.releases(of: cluster.id) == second.releases(of: cluster.id))
            #expect((10...60).contains(first.releases(of: cluster.id).count))
        }
    }

    @Test func `churn follows the clock, whoever looks how often`() {
        let (oftenTime, onceTime) = (ManualTime(), ManualTime())
        var options = SimulationOptions(clusters: 5, releases: 10)
        options.churnPerSecond = 2.5
        let (often, once) = (SimulatedFleet(options, time: oftenTime), SimulatedFleet(options, time: onceTime))
        for _ in 0..<40 {
            oftenTime.advance(by: .seconds(1))
            _ = often.allKeys
        }
        onceTime.advance(by: .seconds(40))
        #expect(once.generation == 100)
        #expect(often.generation == 100)
        for cluster in once.allClusters {
            #expect(once.releases(of: cluster.id) == often.releases(of: cluster.id))
        }
    }

    @Test func `clusters come and go`() throws {
        let fleet = Self.fleet()
        let added = fleet.addCluster()
        #expect(fleet.allClusters.count == 21)
        #expect(fleet.releases(of: added.id).count == 30)
        let gone = try #require(fleet.allClusters.first)
        fleet.removeCluster(gone.id)
        #expect(!fleet.allClusters.contains { $0.id == gone.id })
        #expect(fleet.releases(of: gone.id) == [])
        #expect(fleet.addCluster().id != added.id)
    }

    @Test func `the gateway's configuration names every cluster and no key`() throws {
        let fleet = Self.fleet()
        let text = fleet.gatewayConfig(endpoint: "http://127.0.0.1:18080")
        for cluster in fleet.allClusters { #expect(text.contains("id: \(cluster.id), name: \(cluster.name)")) }
        #expect(text.contains(#"cceEndpoint: "http://127.0.0.1:18080""#))
        #expect(!text.contains(fleet.options.credential.accessKey))
        let file = try Section(yaml: text.utf8)
        #expect(
            CredentialConfig.all(reading: file) == [
                CredentialConfig(
                    name: "simulated", accessKey: .environment("CLOUD_SDK_AK"),
                    secretKey: .environment("CLOUD_SDK_SK"), path: "credentials[0]")
            ])
        #expect(file.sections("clusters").map { $0.string("id") } == fleet.allClusters.map(\.id.text))
        #expect(file.sections("clusters").map { $0.map("labels") } == fleet.allClusters.map(\.labels))
        let discovered = fleet.gatewayConfig(endpoint: "http://127.0.0.1:18080", usesDiscovery: true)
        #expect(!discovered.contains("clusters:"))
        #expect(discovered.contains("kinds: [cce, autopilot]"))
    }
}
