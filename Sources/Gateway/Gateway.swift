import API
import CCE
import Cryptography
import Inbound
import Inventory
import Locking
import Logging
import Outbound
import Platform
import Settings
import Telemetry
import Timing

/// The whole server: settings → credentials → clusters → fan-out → inventory → API → listeners.
///
/// `run` starts it and returns when it has ended, after `stop` or when its task is cancelled.
package final class Gateway: Sendable {
    package struct Ports: Sendable, Equatable {
        package let main: UInt16
        package let admin: UInt16
    }
    let config: GatewayConfig
    let source: ConfigSource?
    private let secrets: SecretReader
    let time: any TimeSource
    private let givenTransport: (any HTTPTransport)?
    let logger: Logger
    let logControl: LogControl
    private let linesLost: @Sendable () -> Int
    private let standstills: @Sendable () -> Int
    private let residentBytes: @Sendable () -> Int?
    private let telemetry: GatewayTelemetry
    private let currentPorts = Lock<Ports?>(nil)
    private let counting = Lock<Counting?>(nil)
    private struct Counting: Sendable { let read: @Sendable () -> GatewayCounts }
    private let stops: AsyncStream<Void>
    private let stopped: AsyncStream<Void>.Continuation
    /// Looks at the files that the configuration names.
    let watch: FileWatch

    /// - Parameters:
    ///   - source: where `reload` reads the configuration again; nil: it is never read again.
    ///   - transport: in place of libcurl, for tests.
    ///   - logControl: of the log that `logger` writes to; a reload changes it.
    ///   - standstills: of the process so far.
    ///   - residentBytes: of the process; nil: nobody says, and memory is never short.
    ///   - linesLost: by that log, since the start.
    package init(
        _ config: GatewayConfig, source: ConfigSource? = nil, secrets: SecretReader = SecretReader(),
        time: any TimeSource = SystemTime(), transport: (any HTTPTransport)? = nil,
        logControl: LogControl = LogControl(), linesLost: @escaping @Sendable () -> Int = { 0 },
        standstills: @escaping @Sendable () -> Int = { Standstills.shared.count },
        residentBytes: @escaping @Sendable () -> Int? = { ProcessUsage.residentBytes }, logger: Logger
    ) {
        self.config = config
        self.source = source
        self.secrets = secrets
        self.time = time
        self.logger = logger
        self.logControl = logControl
        logControl.take(config.logging)
        self.linesLost = linesLost
        self.standstills = standstills
        self.residentBytes = residentBytes
        telemetry = GatewayTelemetry(config, time: time)
        givenTransport = transport
        (stops, stopped) = AsyncStream.makeStream(bufferingPolicy: .bufferingOldest(2))
        watch = FileWatch(config.secretFiles(secrets).union(source.map { [$0.path] } ?? []))
    }

    /// Where it listens; nil before it does.
    package var ports: Ports? { currentPorts.withLock { $0 } }

    /// What is going on now, in all parts; nil while it does not run.
    package var counts: GatewayCounts? { counting.withLock { $0 }?.read() }

    /// All metrics as they stand. Walks over the clusters: from a task.
    package var readings: MetricReadings { telemetry.readings }

    /// Begins the graceful end; the second time, ends it without waiting for anybody. From any thread.
    package func stop() { stopped.yield() }

    /// Reads the configuration and the keys again. A bad one keeps the old. From any thread.
    package func reload() { watch.tell() }

    /// Looks at the named files now, not only every two seconds. From any thread.
    package func lookAtFiles() { watch.poke() }

    /// Once. Throws before anything was answered; what was begun by then is undone.
    package func run() async throws(GatewayStartError) {
        let started = time.uptime
        try Self.prepareLibraries()
        let credentials = CurrentCredentials(
            config, secrets: secrets, time: time, given: givenTransport, logger: logger)
        // Named, and no reason not to start: the file may come, and the other credentials' clusters can be asked.
        let keys = CallerKeys(config.auth, secrets: secrets)
        for problem in credentials.reload() + keys.reload() {
            logger.error("a key cannot be read", metadata: ["path": "\(problem.path)", "detail": "\(problem.detail)"])
        }
        let pages = try makePages()
        let (transport, curl) = try Self.transport(config, time: time, given: givenTransport)
        let export = try telemetry.makeExport(config, time: time, logger: logger)
        let arm = WriteArm(
            config, credentials: credentials, transport: transport, time: time, metrics: telemetry.upstream,
            tracer: telemetry.tracer, logger: logger, standstills: standstills)
        let latch = ReadinessLatch(graceEnd: started + config.server.startupGrace)
        let work = LongWork()
        let memory = MemoryGuard(config, time: time, logger: logger, resident: residentBytes)
        let handlers = Handlers(
            config, arm: arm, pages: pages, work: work, latch: latch, telemetry: telemetry, memory: memory,
            keys: keys, time: time)
        let requests = RequestLog(logger) { [logControl] in logControl.requests }
        let admin = InboundServer(
            config: .admin(config.server), handler: handlers.admin, time: time, logger: logger,
            onCompleted: telemetry.watcher("admin", .admin, log: requests))
        let main = InboundServer(
            config: ListenerOptions(address: config.server.listen, config: fittingServer), handler: handlers.main,
            time: time, logger: logger, onCompleted: telemetry.watcher("main", .main, log: requests))
        do throws(InboundError) {
            try admin.start()
            try main.start()
        } catch {
            await admin.shutdown(drainTimeout: .zero)
            await curl?.shutdown()
            await export?.transport.shutdown()
            throw GatewayStartError("start listening", "\(error)")
        }
        currentPorts.withLock { $0 = Ports(main: main.port ?? 0, admin: admin.port ?? 0) }
        counting.withLock { [inventory = arm.inventory] in
            $0 = Counting {
                GatewayCounts(
                    server: main.counts, inventory: inventory.counts, transport: curl?.counts, work: work.counts,
                    pages: pages.counts)
            }
        }
        defer { counting.withLock { $0 = nil } }
        // What is included holds on to the listeners, which hold on to who includes it.
        defer { telemetry.include { _ in } }
        let (configs, nextConfig) = AsyncStream.makeStream(of: GatewayConfig.self, bufferingPolicy: .bufferingNewest(1))
        watchFiles(credentials, keys, arm.inventory, telemetry.reloads) { nextConfig.yield($0) }
        telemetry.include { [config, time, linesLost, telemetry] readings in
            telemetry.fleet.read(arm.inventory.current, into: &readings)
            UpstreamReadings.read(curl?.counts, config.upstream, arm.client.clocks, into: &readings)
            UpstreamReadings.read(arm.inventory.endpoints, arm.inventory.callRates, into: &readings)
            ReloadMetrics.read(arm.gates, names: credentials.names, now: time.uptime, into: &readings)
            CredentialReadings.read(credentials.readings, into: &readings)
            ServerReadings.read(main, "main", into: &readings)
            ServerReadings.read(admin, "admin", into: &readings)
            MemoryReadings.read(arm.inventory.counts, heavyLimit: config.heavyBytesBudget, into: &readings)
            MemoryReadings.read(work.counts, into: &readings)
            memory.read(into: &readings)
            MemoryReadings.read(pages.counts, pinnedLimit: config.pages.pinnedBytes, into: &readings)
            ProcessReadings.read(
                isReady: handlers.readiness().isReady, linesLost: linesLost(), telemetry.spanCounts, into: &readings)
        }

        await withTaskGroup(of: Void.self) { group in
            group.addTask { await admin.run() }
            group.addTask { await main.run() }
            group.addTask { await arm.inventory.run() }
            group.addTask { await credentials.run { arm.inventory.credentialsChanged() } }
            group.addTask { await self.follow(configs, arm: arm, handlers: handlers, self.telemetry) }
            if let export { group.addTask { await export.exporter.run() } }
            group.addTask { await self.letGoExpiredPages(pages, arm.inventory) }
            group.addTask { await memory.run(arm.inventory, pages) }
            for await _ in stops { break }
            await end(main: main, admin: admin, latch: latch)
            group.cancelAll()
        }
        nextConfig.finish()
        await watch.stop()
        await curl?.shutdown()
        await export?.exporter.flush()
        await export?.transport.shutdown()
        logger.info("stopped")
    }

    // MARK: - The end

    /// Not ready and `Connection: close` at once; accepting for `shutdownDelay`, since balancers hear of it late; then
    /// what runs has `drainTimeout`. A second `stop` takes the waiting away.
    private func end(main: InboundServer, admin: InboundServer, latch: ReadinessLatch) async {
        latch.stop()
        main.beginDraining()
        admin.beginDraining()
        logger.info("stopping", metadata: ["in_flight": "\(main.counts.inFlight)"])
        await withTaskGroup(of: Void.self) { group in
            group.addTask {
                guard (try? await self.time.sleep(for: self.config.server.shutdownDelay)) != nil else { return }
                await main.shutdown(drainTimeout: self.config.server.drainTimeout)
            }
            group.addTask { for await _ in self.stops { break } }
            await group.next()
            // Nothing is left to do unless the second stop came: then what waits is refused, and its answer still sent.
            await main.shutdown(drainTimeout: .zero)
            group.cancelAll()
        }
        // Last, so that the probes see how it stands.
        await admin.shutdown(drainTimeout: .seconds(1))
    }

    // MARK: - Parts

    /// Before the first thread of ours: what the libraries do at their first use is not safe among threads.
    package static func prepareLibraries() throws(GatewayStartError) {
        ProcessSetup.ignoreBrokenPipes()
        do throws(CryptographyError) { try startCryptography() } catch {
            throw GatewayStartError("start libcrypto", "\(error)")
        }
        do throws(StartFailure) { try CurlLibrary.start() } catch {
            throw GatewayStartError("start libcurl", "\(error)")
        }
    }

    /// The one given, or libcurl's, which is to be shut down.
    static func transport(
        _ config: GatewayConfig, time: any TimeSource, given: (any HTTPTransport)?
    ) throws(GatewayStartError) -> (any HTTPTransport, CurlTransport?) {
        if let given { return (given, nil) }
        do throws(StartFailure) {
            let curl = try CurlTransport(config.upstream, time: time)
            return (curl, curl)
        } catch {
            throw GatewayStartError("start libcurl", "\(error)")
        }
    }

    private func makePages() throws(GatewayStartError) -> Pages {
        var key: Secret?
        if let reference = config.pages.tokenKey {
            do throws(SecretUnreadable) { key = try secrets.read(reference) } catch {
                throw GatewayStartError("read pages.tokenKey", "\(error)")
            }
        }
        do throws(CryptographyError) { return try Pages(config.pages, tokenKey: key) } catch {
            throw GatewayStartError("make the key of page tokens", "\(error)")
        }
    }

    /// With as many connections as there can be descriptors for.
    private var fittingServer: ServerConfig {
        var server = config.server
        let limit = ProcessSetup.raiseDescriptorLimit()
        let others = config.upstream.descriptorsNeeded + ListenerOptions.adminConnections + 64
        if limit > 0, limit < server.maxConnections + others {
            server.maxConnections = max(16, limit - others)
            logger.warning(
                "fewer connections than configured, for lack of file descriptors",
                metadata: ["connections": "\(server.maxConnections)", "descriptors": "\(limit)"])
        }
        return server
    }

    /// Requests do it too; this is for when nobody asks.
    private func letGoExpiredPages(_ pages: Pages, _ inventory: Inventory) async {
        while (try? await time.sleep(for: .seconds(30))) != nil {
            pages.letGoExpired(newest: inventory.current, now: time.uptime)
        }
    }
}

extension ListenerOptions {
    /// Probes and a scraper or two.
    static let adminConnections = 64

    static func admin(_ config: ServerConfig) -> ListenerOptions {
        var options = ListenerOptions(address: config.adminListen, config: config)
        options.threads = 1
        options.maxConnections = adminConnections
        options.maxSuspended = adminConnections
        options.maxBodyBytes = 8 << 20
        return options
    }
}
