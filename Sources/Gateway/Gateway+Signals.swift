import UnixSignals

extension Gateway {
    /// As `run`; SIGTERM and SIGINT stop it, a second one without waiting, SIGHUP reloads.
    package func runUntilSignalled() async throws(GatewayStartError) {
        // Before anything else is started: from here on a signal is ours, also as pid 1, where the system's default is
        // to ignore it.
        let signals = await UnixSignalsSequence(trapping: .sigterm, .sigint, .sighup)
        let outcome = await withTaskGroup(of: Result<Void, GatewayStartError>?.self) { group in
            group.addTask {
                for await signal in signals { if signal == .sighup { self.reload() } else { self.stop() } }
                return nil
            }
            group.addTask {
                do throws(GatewayStartError) {
                    try await self.run()
                    return .success(())
                } catch {
                    return .failure(error)
                }
            }
            var outcome: Result<Void, GatewayStartError> = .success(())
            for await result in group {
                guard let result else { continue }
                outcome = result
                group.cancelAll()
            }
            return outcome
        }
        try outcome.get()
    }
}
