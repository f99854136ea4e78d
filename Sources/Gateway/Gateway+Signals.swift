import UnixSignals

/// SIGTERM, SIGINT and SIGHUP, which from `init` on are ours: none is lost, and none ends the process by itself. Those
/// that come before anybody asks for them wait.
///
/// Make it first of all. Before, the system's default holds: a pid 1 never hears of the signal, any other process dies.
package struct ProcessSignals: Sendable {
    let sequence: UnixSignalsSequence

    package init() async { sequence = await UnixSignalsSequence(trapping: .sigterm, .sigint, .sighup) }
}

extension Gateway {
    /// As `run`; SIGTERM and SIGINT stop it, a second one without waiting, SIGHUP reloads.
    package func runUntilSignalled(_ signals: ProcessSignals) async throws(GatewayStartError) {
        let outcome = await withTaskGroup(of: Result<Void, GatewayStartError>?.self) { group in
            group.addTask {
                for await signal in signals.sequence { if signal == .sighup { self.reload() } else { self.stop() } }
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
