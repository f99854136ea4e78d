import API
import Logging
import Settings

/// What is written to the log, and how: `logging:`. All of it is taken by a reload.
package struct LoggingConfig: Sendable, Equatable {
    package enum Format: String, Sendable, CaseIterable {
        /// `time level message key=value …`
        case text
        /// One object a line.
        case json
    }
    package enum Level: String, Sendable, CaseIterable {
        case debug, info, warning, error

        package var level: Logger.Level {
            switch self {
            case .debug: .debug
            case .info: .info
            case .warning: .warning
            case .error: .error
            }
        }
    }
    /// Lines of text, or JSON objects, one a line.
    package var format = Format.text
    /// The least that is written; `--log-level` goes before it.
    package var level = Level.info
    /// Requests that take longer are logged, each with one line.
    package var slowRequests = Duration.seconds(2)
    /// Of the other requests, how many are logged: 0 none, 1 all.
    package var requestRatio = 0.0

    package init() {}

    package init(reading section: Section) {
        format = section.choice("format", default: format)
        level = section.choice("level", default: level)
        slowRequests = section.duration("slowRequests", default: slowRequests, in: .milliseconds(1)...(.seconds(3600)))
        requestRatio = section.fraction("requestRatio", default: requestRatio)
    }

    var requests: RequestLog.Rule { RequestLog.Rule(slow: slowRequests, ratio: requestRatio) }
}
