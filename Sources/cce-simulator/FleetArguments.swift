import ArgumentParser
import Cryptography
import Inbound
import Settings
import Signing
import Simulation
import Timing

/// What both commands know of the fleet: equal arguments give equal clusters, whichever command makes them.
struct FleetArguments: ParsableArguments {
    @Option(help: "How many clusters each project has.") var clusters = 50
    @Option(help: "How many releases each of them has at the start.") var releases = 40
    @Option(help: "About how many bytes of values each release has.") var valuesBytes = 1500
    @Option(help: "What the fleet is made from: equal seeds make equal fleets.") var seed: UInt64 = 1
    @Option(help: "The share of Autopilot clusters, 0 through 1.") var autopilotShare = 0.1
    @Option(help: "The share of hibernated clusters, 0 through 1.") var hibernatedShare = 0.0
    @Option(help: "The regions, separated by commas; all behind the one port.") var regions = "cn-north-4"
    @Option(help: "How many projects each region has: the main one, and others.") var projects = 1
    @Option(help: "Address and port to listen on; port 0 lets the system choose.", transform: Self.address)
    var listen = ListenAddress.loopback(port: 18080)

    func validate() throws {
        try Self.check((1...100).contains(projects), "--projects must be 1 through 100")
        try Self.check(!regionIDs.isEmpty, "--regions must name one at least")
        try Self.check(Set(regionIDs).count == regionIDs.count, "--regions must name each region once")
        let total = clusters.multipliedReportingOverflow(by: projects * regionIDs.count)
        try Self.check(
            clusters >= 0 && !total.overflow && total.partialValue <= 100_000,
            "--clusters must be 0 or more, and no more than 100000 in all projects")
        try Self.check((0...100_000).contains(releases), "--releases must be 0 through 100000")
        try Self.check((0...(16 << 20)).contains(valuesBytes), "--values-bytes must be 0 through 16777216")
        try Self.check((0...1).contains(autopilotShare), "--autopilot-share must be 0 through 1")
        try Self.check((0...1).contains(hibernatedShare), "--hibernated-share must be 0 through 1")
    }

    var options: SimulationOptions {
        var options = SimulationOptions(clusters: clusters, releases: releases, valuesBytes: valuesBytes, seed: seed)
        options.autopilotShare = autopilotShare
        options.hibernatedShare = hibernatedShare
        options.regions = regionIDs
        options.projects = projects
        return options
    }

    private var regionIDs: [String] { regions.split(separator: ",").map(String.init) }

    static func check(_ isRight: Bool, _ rule: String) throws {
        if !isRight { throw ValidationError(rule) }
    }
    static func duration(_ text: String) throws -> Duration {
        guard let duration = Duration(text: text) else { throw ValidationError("expected 50ms, 2s or 1m, not \(text)") }
        return duration
    }
    private static func address(_ text: String) throws -> ListenAddress {
        guard let address = ListenAddress(parsing: text) else {
            throw ValidationError("expected an address and a port such as 127.0.0.1:18080, not \(text)")
        }
        return address
    }
}

/// Whose calls are taken.
struct AccountArguments: ParsableArguments {
    @Option(help: "The access key to accept. Without: CLOUD_SDK_AK with CLOUD_SDK_SK, else a fake one, printed.")
    var accessKey: String?
    @Option(help: "The file that holds its secret key. Without: CLOUD_SDK_SK.") var secretKeyFile: String?
    @Flag(name: .customLong("no-verify"), help: "Take any call, signed or not.") var isOpen = false

    /// The credential to verify with; nil for the fake one.
    func credential() throws -> Credential? {
        let reader = SecretReader()
        let (accessReference, secretReference) = (
            SecretReference.environment("CLOUD_SDK_AK"), SecretReference.environment("CLOUD_SDK_SK")
        )
        guard accessKey != nil || secretKeyFile != nil || (try? reader.read(accessReference)) != nil else { return nil }
        do {
            let key = try accessKey ?? reader.read(accessReference).bytes.revealed()
            let secret = try reader.read(secretKeyFile.map { .file($0) } ?? secretReference)
            return Credential(accessKey: key, secretKey: secret)
        } catch let error as SecretUnreadable { throw ValidationError(error.description) }
    }
}
