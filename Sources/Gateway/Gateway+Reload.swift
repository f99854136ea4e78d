import API
import Discovery
import Inbound
import Inventory
import Locking
import Logging
import Platform
import Settings

/// What changes while it runs: keys, API keys, regions, clusters and discovery. The rest waits for a restart.
extension Gateway {
    /// Reads on the watch's thread, since files may be slow; hands a good configuration to `next`.
    func watchFiles(
        _ credentials: CurrentCredentials, _ keys: CallerKeys, _ inventory: Inventory, _ reloads: ReloadMetrics,
        next: @escaping @Sendable (GatewayConfig) -> Void
    ) {
        let latest = Lock((taken: config, isLastRefused: false))
        let isWatching = watch.start { [self] look in
            var problems: [Problem]
            var isAboutKeysAlone = false
            let (taken, isLastRefused) = latest.withLock { $0 }
            // One that was refused is looked at again with every change: a key that it names may have come.
            if let source, look.wasTold || isLastRefused || look.changed.contains(source.path) {
                var config = taken
                problems = read(source, after: taken, credentials, keys) { config = $0 }
                latest.withLock { [config, isRefused = !problems.isEmpty] in $0 = (config, isRefused) }
                reloads.configRead(isGood: problems.isEmpty)
                if problems.isEmpty {
                    reloads.credentialsRead(isGood: true)
                    logControl.take(config.logging)
                    logger.info("configuration read again", metadata: ["file": "\(source.path)"])
                    next(config)
                } else {
                    // The keys of the one that stays may have changed as well.
                    let keyProblems = credentials.reload() + keys.reload()
                    reloads.credentialsRead(isGood: keyProblems.isEmpty)
                    problems += keyProblems.filter { !problems.contains($0) }
                }
            } else {
                problems = credentials.reload() + keys.reload()
                isAboutKeysAlone = true
                reloads.credentialsRead(isGood: problems.isEmpty)
                if problems.isEmpty { logger.info("keys read again") }
            }
            for problem in problems {
                logger.error(
                    isAboutKeysAlone
                        ? "key not taken, the old one stays" : "configuration not taken, the old one stays",
                    metadata: ["path": "\(problem.path)", "problem": "\(problem)"])
            }
            inventory.credentialsChanged()
        }
        if !isWatching { logger.error("files are not watched: there is no thread for it") }
    }

    /// Reads the configuration, and takes its keys and hands it to `take` when nothing is wrong with it.
    private func read(
        _ source: ConfigSource, after taken: GatewayConfig, _ credentials: CurrentCredentials, _ keys: CallerKeys,
        take: (GatewayConfig) -> Void
    ) -> [Problem] {
        let next: GatewayConfig
        var problems: [Problem]
        do throws(InvalidConfig) { (next, problems) = try source.read() } catch { return error.problems }
        // Before they are read: what changes in between is seen with the next look.
        watch.watch(next.namedFiles(source.secrets).union(taken.secretFiles(source.secrets)).union([source.path]))
        problems += next.secretProblems(source.secrets, known: problems)
        problems += next.problems(after: taken, listeningOn: config.server.listen)
        if problems.isEmpty { problems = credentials.replace(with: next) }
        if problems.isEmpty { problems = keys.replace(with: next.auth) }
        guard problems.isEmpty else { return problems }
        watch.watch(next.secretFiles(source.secrets).union([source.path]))
        take(next)
        return []
    }

    /// Runs discovery, anew for each configuration that says something else about clusters.
    func follow(
        _ configs: AsyncStream<GatewayConfig>, arm: WriteArm, handlers: Handlers, _ telemetry: GatewayTelemetry
    ) async {
        var discovery = arm.discovery(config, continuing: nil)
        var current = config
        while !Task.isCancelled {
            let running = discovery
            telemetry.follow(running)
            let next = await withTaskGroup(of: GatewayConfig?.self) { [current] group in
                group.addTask {
                    await running.run { arm.inventory.update($0.clusters, gaps: $0.gaps) }
                    return nil
                }
                group.addTask {
                    for await next in configs {
                        self.warnOfRestart(next)
                        handlers.replace(next)
                        if !next.hasSameClusters(as: current) { return next }
                    }
                    return nil
                }
                var next: GatewayConfig?
                for await result in group {
                    // A discovery without sources ends at once; a new configuration may still come.
                    guard let result else { continue }
                    next = result
                    group.cancelAll()
                }
                return next
            }
            guard let next else { return }
            arm.regions.replace(with: next.regionTable)
            discovery = arm.discovery(next, continuing: running)
            current = next
            logger.info(
                "clusters configured anew",
                metadata: ["clusters": "\(next.clusters.count)", "sources": "\(next.discovery.count)"])
        }
    }

    private func warnOfRestart(_ next: GatewayConfig) {
        let sections = config.sectionsNeedingRestart(comparedTo: next)
        guard !sections.isEmpty else { return }
        logger.warning(
            "changes that count after a restart", metadata: ["sections": "\(sections.joined(separator: ", "))"])
    }
}

extension GatewayConfig {
    func hasSameClusters(as other: GatewayConfig) -> Bool {
        regions == other.regions && regionOverrides == other.regionOverrides && clusters == other.clusters
            && discovery == other.discovery
    }

    /// Names of the sections that differ and that the running parts do not take.
    func sectionsNeedingRestart(comparedTo next: GatewayConfig) -> [String] {
        [
            ("server", server == next.server), ("upstream", upstream == next.upstream),
            ("inventory", inventory == next.inventory), ("pages", pages == next.pages),
            ("telemetry", telemetry == next.telemetry),
        ].filter { !$0.1 }.map(\.0)
    }
}
