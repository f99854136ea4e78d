import Logging
import Platform
import Timing

/// swift-log's backend: lines of text into a `LineSink`, which never makes a request wait.
package struct LineLogHandler: LogHandler {
    package var metadata: Logger.Metadata = [:]
    package var metadataProvider: Logger.MetadataProvider?
    package var logLevel: Logger.Level
    private let label: String
    private let sink: LineSink
    private let time: any TimeSource

    package init(label: String, level: Logger.Level = .info, sink: LineSink, time: any TimeSource = SystemTime()) {
        self.label = label
        self.logLevel = level
        self.sink = sink
        self.time = time
    }

    package subscript(metadataKey key: String) -> Logger.Metadata.Value? {
        get { metadata[key] }
        set { metadata[key] = newValue }
    }

    package func log(event: LogEvent) {
        var all = metadata
        if let provided = metadataProvider?.get() { all.merge(provided) { $1 } }
        if let given = event.metadata { all.merge(given) { $1 } }
        // The kind alone: an error's text may repeat what came from outside.
        if let error = event.error { all["error"] = "\(type(of: error))" }
        sink.write(
            LogLine.bytes(
                at: time.wall, level: event.level, label: label, message: event.message.description, metadata: all))
    }
}
