import Foundation
import Gateway
import GatewayTestKit
import JSON
import Logging
import Platform
import Settings
import Testing
import Timing

@Suite struct LogObjectTests {
    private func line(_ message: String, _ metadata: Logger.Metadata = [:]) -> [UInt8] {
        LogObject.bytes(at: Instant(seconds: 0), level: .info, label: "gateway", message: message, metadata: metadata)
    }

    @Test func `a line is one object with time, level, message, origin and metadata`() {
        #expect(
            String(decoding: line("cluster fails", ["reason": "timeout", "cluster": "a1"]), as: UTF8.self)
                == #"{"time":"1970-01-01T00:00:00Z","level":"info","message":"cluster fails","from":"gateway","#
                + #""cluster":"a1","reason":"timeout"}"# + "\n")
    }

    @Test(arguments: [
        "a\nb", "\r\n{\"level\":\"error\"}", "\u{1B}[2J", "\u{0}", "\u{85}", "\u{2028}", "\u{2029}", "\u{202E}x",
        "\u{200B}",
        "\u{FEFF}", "\u{E000}", "\u{10FFFF}", "\"", "\\", "\\u000a", "é😀", "\u{FFFD}", "\u{7F}", "\u{E0001}",
    ])
    func `no text begins a line, ends its quotes or moves a cursor, and all of it can be read back`(text: String) throws
    {
        for bytes in [line("m", ["key": "\(text)"]), line("m", [text: "v"]), line(text)] {
            #expect(bytes.count { $0 == 0x0A } == 1 && bytes.last == 0x0A)
            #expect(bytes.dropLast().allSatisfy { $0 >= 0x20 && $0 != 0x7F })
            let shown = String(decoding: bytes, as: UTF8.self).unicodeScalars
            #expect(
                !shown.dropLast().contains {
                    [.control, .format, .lineSeparator].contains($0.properties.generalCategory)
                })
            let object = try JSONValue.parse(Array(bytes.dropLast()))
            #expect(object["key"]?.string == text || object[text]?.string == "v" || object["message"]?.string == text)
        }
    }

    @Test func `bytes that are no UTF-8 cannot break the line`() throws {
        let text = String(decoding: [0x61, 0xFF, 0xC0, 0x0A, 0xED, 0xA0, 0x80, 0x62], as: UTF8.self)
        let bytes = line("m", ["key": "\(text)"])
        #expect(String(validating: bytes, as: UTF8.self) != nil)
        #expect(try JSONValue.parse(Array(bytes.dropLast()))["key"]?.string == text)
    }

    @Test func `metadata cannot pass for what is ours`() throws {
        let object = try JSONValue.parse(Array(line("m", ["level": "debug", "time": "x", "message": "y"]).dropLast()))
        #expect(object["level"]?.string == "info" && object["metadata.level"]?.string == "debug")
        #expect(object["message"]?.string == "m" && object["metadata.message"]?.string == "y")
    }

    @Test func `a long value is cut`() {
        #expect(line("m", ["key": "\(String(repeating: "x", count: 100_000))"]).count < 1300)
    }

    @Test func `format and level follow the control, and the command line's level goes before the file's`() async throws
    {
        let pipe = Pipe()
        let sink = LineSink(descriptor: pipe.fileHandleForWriting.fileDescriptor)
        let control = LogControl()
        let logger = Logger(label: "test") {
            LineLogHandler(label: $0, control: control, sink: sink, time: ManualTime(wall: Instant(seconds: 1)))
        }
        logger.debug("too quiet")
        var config = LoggingConfig()
        config.level = .debug
        config.format = .json
        control.take(config)
        logger.debug("heard")
        config.level = .error
        control.take(config)
        logger.warning("too quiet")
        await sink.flushed()
        sink.close()
        try pipe.fileHandleForWriting.close()
        let text = String(decoding: pipe.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self)
        #expect(text == #"{"time":"1970-01-01T00:00:01Z","level":"debug","message":"heard","from":"test"}"# + "\n")
        let fixed = LogControl(level: .warning)
        fixed.take(config)
        #expect(fixed.level == .warning)
    }

    @Test func `the section is read, and what is wrong in it has its path`() throws {
        let text = "logging: { format: json, level: warning, slowRequests: 500ms, requestRatio: 0.5 }"
        let config = LoggingConfig(reading: try Section(yaml: Array(text.utf8)).section("logging"))
        #expect(config.format == .json && config.level == .warning)
        #expect(config.slowRequests == .milliseconds(500) && config.requestRatio == 0.5)
        let root = try Section(yaml: Array("logging: { format: xml, level: loud, requestRatio: 2 }".utf8))
        _ = LoggingConfig(reading: root.section("logging"))
        #expect(Set(root.problems.map(\.path)) == ["logging.format", "logging.level", "logging.requestRatio"])
    }
}
