import Logging
import Platform
import Timing

/// swift-log's backend: lines of text into a `LineSink`, which never makes a request wait.
package struct LineLogHandler: LogHandler {
    package var metadata: Logger.Metadata = [:]
    package var metadataProvider: Logger.MetadataProvider?
    /// What the control says, unless this logger was given a level of its own.
    package var logLevel: Logger.Level {
        get { ownLevel ?? control.level }
        set { ownLevel = newValue }
    }
    private var ownLevel: Logger.Level?
    private let control: LogControl
    private let label: String
    private let sink: LineSink
    private let time: any TimeSource

    package init(label: String, control: LogControl, sink: LineSink, time: any TimeSource = SystemTime()) {
        self.label = label
        self.control = control
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
        let (wall, message) = (time.wall, event.message.description)
        switch control.format {
        case .text:
            sink.write(LogLine.bytes(at: wall, level: event.level, label: label, message: message, metadata: all))
        case .json:
            sink.write(LogObject.bytes(at: wall, level: event.level, label: label, message: message, metadata: all))
        }
    }
}
