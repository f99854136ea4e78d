import ArgumentParser
import Cryptography
import Inbound
import Logging
import Platform
import Settings
import Signing
import Simulation
import Timing
import UnixSignals

struct Serve: AsyncParsableCommand {
    static let configuration = CommandConfiguration(abstract: "Runs the fleet until SIGTERM or SIGINT.")

    @OptionGroup var fleet: FleetArguments
    @OptionGroup var account: AccountArguments
    @Option(help: "Added to each answer: 50ms, 2s.", transform: FleetArguments.duration) var latency = Duration.zero
    @Option(
        help: "Scale of a long tail added besides: half the calls get up to 0.4 of it, one in 100 more than 9 times.",
        transform: FleetArguments.duration) var latencyTail = Duration.zero
    @Option(help: "Upgrades, installs and uninstalls a second in the whole fleet.") var churn = 0.0

    func validate() throws {
        try FleetArguments.check((0...100_000).contains(churn), "--churn must be 0 through 100000")
    }

    func run() async throws {
        ProcessSetup.ignoreBrokenPipes()
        _ = ProcessSetup.raiseDescriptorLimit()
        try startCryptography()
        var options = fleet.options
        options.latency = latency
        options.latencyTail = latencyTail
        options.churnPerSecond = churn
        options.verifiesSignatures = !account.isOpen
        let credential = try account.credential()
        if let credential { options.credential = credential }

        let simulated = SimulatedFleet(options, time: SystemTime())
        let logger = Logger(label: "cce-simulator") { StreamLogHandler.standardError(label: $0) }
        let server = SimulatorServer(simulated, address: fleet.listen, logger: logger)
        try server.start()
        announce(server, options, showsKey: credential == nil, logger)
        await withTaskGroup(of: Void.self) { group in
            group.addTask { await server.run() }
            for await _ in await UnixSignalsSequence(trapping: .sigterm, .sigint) { break }
            await server.shutdown(drainTimeout: .seconds(1))
        }
    }

    /// To the log, which is written line by line; standard output would wait for more when it is a pipe.
    private func announce(_ server: SimulatorServer, _ options: SimulationOptions, showsKey: Bool, _ logger: Logger) {
        logger.info(
            "simulating",
            metadata: [
                "clusters": "\(server.fleet.allClusters.count)", "releases": "\(options.releases)",
                "endpoint": "\(server.endpoint)",
                "projects": "\(server.fleet.projects.map { "\($0.name)=\($0.id)" }.joined(separator: " "))",
            ])
        guard options.verifiesSignatures else {
            logger.warning("any call is taken, signed or not")
            return
        }
        guard showsKey else { return }
        let key = options.credential
        logger.info(
            "calls must be signed with this made-up key",
            metadata: [
                "CLOUD_SDK_AK": "\(key.accessKey)", "CLOUD_SDK_SK": "\(key.secretKey.bytes.revealed())",
            ])
    }
}
