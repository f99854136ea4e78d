import Foundation
import Gateway
import GatewayTestKit
import Logging
import Platform
import Testing
import Timing

@Suite struct LogLineTests {
    private func line(_ message: String, _ metadata: Logger.Metadata = [:]) -> String {
        String(
            decoding: LogLine.bytes(
                at: Instant(seconds: 0), level: .info, label: "gateway", message: message, metadata: metadata),
            as: UTF8.self)
    }

    @Test func `a line has time, level, message and the metadata by key`() {
        #expect(
            line("cluster fails", ["reason": "timeout", "cluster": "a1"])
                == "1970-01-01T00:00:00Z info cluster fails from=gateway cluster=a1 reason=timeout\n")
    }

    @Test(arguments: [
        ("a b", #""a b""#), ("", #""""#), ("a\"b", #""a\"b""#), ("a=b", #""a=b""#), ("a\nb", #""a\nb""#),
        ("\r\n\t", #""\r\n\t""#), ("\u{1B}[2J", #""\u{1b}[2J""#), ("\u{2028}", #""\u{2028}""#),
        ("\u{202E}x", #""\u{202e}x""#), ("é", #""é""#), ("\u{0}", #""\u{0}""#), ("\u{85}", #""\u{85}""#),
        ("\\n", #""\\n""#),
    ])
    func `a value cannot begin a line, move the cursor or pass for another key`(value: String, shown: String) {
        let text = line("m", ["key": "\(value)"])
        #expect(text == "1970-01-01T00:00:00Z info m from=gateway key=\(shown)\n")
    }

    @Test func `a long value is cut`() {
        let text = line("m", ["key": "\(String(repeating: "x", count: 100_000))"])
        #expect(text.utf8.count < 1200)
        #expect(text.hasSuffix("…\"\n"))
    }

    @Test func `the handler writes what its level lets through, and of an error its kind alone`() async throws {
        struct Leaky: Error { let secret = "AKEXAMPLE" }
        let pipe = Pipe()
        let sink = LineSink(descriptor: pipe.fileHandleForWriting.fileDescriptor)
        let logger = Logger(label: "test") {
            LineLogHandler(
                label: $0, control: LogControl(level: .warning), sink: sink, time: ManualTime(wall: Instant(seconds: 1))
            )
        }
        logger.info("too quiet")
        logger.error("happened", error: Leaky(), metadata: ["n": "1"])
        await sink.flushed()
        sink.close()
        try pipe.fileHandleForWriting.close()
        let text = String(decoding: pipe.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self)
        #expect(text == "1970-01-01T00:00:01Z error happened from=test error=Leaky n=1\n")
    }
}
