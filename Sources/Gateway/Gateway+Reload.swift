import Discovery
import Inventory
import Logging
import Platform
import Settings

/// What changes while it runs: keys, API keys, regions, clusters and discovery. The rest waits for a restart.
extension Gateway {
    /// Reads on the watch's thread, since files may be slow; hands a good configuration to `next`.
    func watchFiles(
        _ credentials: CurrentCredentials, _ inventory: Inventory, next: @escaping @Sendable (GatewayConfig) -> Void
    ) {
        let configPath = source?.path
        let isWatching = watch.start { [self] look in
            var problems: [Problem] = []
            if let source, look.wasTold || configPath.map(look.changed.contains) ?? false {
                do throws(InvalidConfig) {
                    let config = try source.load()
                    // Before they are read: what changes in between is seen with the next look.
                    watch.watch(config.secretFiles.union([source.path]))
                    problems = credentials.replace(with: config.credentials)
                    if problems.isEmpty {
                        logger.info("configuration read again", metadata: ["file": "\(source.path)"])
                        next(config)
                    }
                } catch {
                    problems = error.problems
                }
            } else {
                problems = credentials.reload()
                if problems.isEmpty { logger.info("keys read again") }
            }
            for problem in problems {
                logger.error(
                    "configuration not taken, the old one stays",
                    metadata: ["path": "\(problem.path)", "problem": "\(problem)"])
            }
            inventory.credentialsChanged()
        }
        if !isWatching { logger.error("files are not watched: there is no thread for it") }
    }

    /// Runs discovery, anew for each configuration that says something else about clusters.
    func follow(_ configs: AsyncStream<GatewayConfig>, arm: WriteArm, handlers: Handlers) async {
        var discovery = arm.discovery(config, continuing: nil)
        var current = config
        while !Task.isCancelled {
            let running = discovery
            let next = await withTaskGroup(of: GatewayConfig?.self) { [current] group in
                group.addTask {
                    await running.run { arm.inventory.update($0) }
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
        regions == other.regions && clusters == other.clusters && discovery == other.discovery
    }

    /// Names of the sections that differ and that the running parts do not take.
    func sectionsNeedingRestart(comparedTo next: GatewayConfig) -> [String] {
        [
            ("server", server == next.server), ("upstream", upstream == next.upstream),
            ("inventory", inventory == next.inventory), ("pages", pages == next.pages),
        ].filter { !$0.1 }.map(\.0)
    }
}
