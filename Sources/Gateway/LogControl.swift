import API
import Locking
import Logging

/// How the log is written now; a reload changes it for every logger at once.
package final class LogControl: Sendable {
    private struct State {
        var config = LoggingConfig()
        /// From the command line: goes before the configuration.
        let level: Logger.Level?
    }
    private let state: Lock<State>

    /// - Parameter level: what `--log-level` says; nil: the configuration's counts.
    package init(level: Logger.Level? = nil) { state = Lock(State(level: level)) }

    package func take(_ config: LoggingConfig) { state.withLock { $0.config = config } }

    package var level: Logger.Level { state.withLock { $0.level ?? $0.config.level.level } }
    package var format: LoggingConfig.Format { state.withLock { $0.config.format } }
    package var requests: RequestLog.Rule { state.withLock { $0.config.requests } }
}
