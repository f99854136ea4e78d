import Settings
import Signing

/// What a simulated fleet is made of. Equal options make equal fleets (times are relative to the start).
package struct SimulationOptions: Sendable {
    /// In each project.
    package var clusters = 50
    /// In each cluster, at the start.
    package var releases = 40
    /// About this many bytes of `values` in each release; 0 leaves them empty. Real charts have 500 bytes to 60 KB.
    package var valuesBytes = 1500
    package var seed: UInt64 = 1
    /// The share of clusters that are of the Autopilot family, 0 through 1.
    package var autopilotShare = 0.1
    /// The share of clusters that hibernate, 0 through 1; they are listed but do not answer.
    package var hibernatedShare = 0.0
    /// All behind the one port.
    package var regions = ["cn-north-4"]
    /// In each region: its main project, and others.
    package var projects = 1

    /// Added to each answer.
    package var latency = Duration.zero
    /// Scale of a long tail added besides: half the calls get less than 0.42 of it, one in a hundred more than 9 times
    /// as much, none more than 60 times.
    package var latencyTail = Duration.zero
    /// Upgrades, installs and uninstalls a second in the whole fleet. They happen as time passes, always the same ones
    /// in the same order.
    package var churnPerSecond = 0.0

    /// False: any request is taken, signed or not.
    package var verifiesSignatures = true
    /// The one account that may call. Fake on purpose.
    package var credential = Credential(
        accessKey: "AKEXAMPLESIMULATOR", secretKey: Secret("SKEXAMPLE0simulator0not0a0real0key0000000".utf8))

    package init() {}
    package init(clusters: Int, releases: Int, valuesBytes: Int = 1500, seed: UInt64 = 1) {
        self.clusters = clusters
        self.releases = releases
        self.valuesBytes = valuesBytes
        self.seed = seed
    }
}
