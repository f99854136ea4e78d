import Foundation
import Platform
import Testing

@Suite struct LineSinkTests {
    /// Both ends of a pipe, which takes 64 KiB.
    private func pipe() -> (reading: FileHandle, writing: Int32) {
        var ends: [Int32] = [0, 0]
        #expect(Glibc.pipe(&ends) == 0)
        return (FileHandle(fileDescriptor: ends[0], closeOnDealloc: true), ends[1])
    }

    @Test func `lines are written in order, and flushed returns when they are out`() async {
        let (reading, writing) = pipe()
        let sink = LineSink(descriptor: writing)
        for number in 0..<100 { sink.write(Array("line \(number)\n".utf8)) }
        await sink.flushed()
        sink.close()
        await sink.flushed()
        close(writing)
        let text = String(decoding: reading.readDataToEndOfFile(), as: UTF8.self)
        #expect(text == (0..<100).map { "line \($0)\n" }.joined())
        #expect(sink.dropped == 0)
    }

    @Test func `a reader that does not read stops nobody, and what is lost is told`() async {
        let (reading, writing) = pipe()
        let sink = LineSink(descriptor: writing, byteLimit: 10_000)
        let line = Array((String(repeating: "x", count: 99) + "\n").utf8)
        for _ in 0..<1000 { sink.write(line) }  // 100,000 bytes; pipe, batch and queue take 86,000
        let lost = sink.dropped
        #expect(lost > 0 && lost < 1000)
        let received = await withCheckedContinuation { continuation in
            Thread.detachNewThread {
                continuation.resume(returning: String(decoding: reading.readDataToEndOfFile(), as: UTF8.self))
            }
            Thread.detachNewThread { Self.finish(sink, writing, line) }
        }
        let lines = received.split(separator: "\n")
        let told = lines.compactMap { line in line.split(separator: "=").last.flatMap { Int($0) } }.reduce(0, +)
        #expect(told >= lost)
        #expect(lines.count { $0.count == 99 } + told == 1001, "each line came or is told as lost")
    }
    /// Once the reader reads: one more line, then the end.
    private static func finish(_ sink: LineSink, _ writing: Int32, _ line: [UInt8]) {
        let flushed = DispatchSemaphore(value: 0)
        Task {
            await sink.flushed()
            sink.write(line)
            await sink.flushed()
            sink.close()
            flushed.signal()
        }
        flushed.wait()
        close(writing)
    }

    @Test func `a cancelled wait for a reader that does not read is over`() async {
        let (reading, writing) = pipe()
        let sink = LineSink(descriptor: writing)
        sink.write([UInt8](repeating: 0x78, count: 100_000))
        let waiting = Task { await sink.flushed() }
        waiting.cancel()
        await waiting.value
        let drained = Task.detached { reading.readDataToEndOfFile().count }
        await sink.flushed()
        close(writing)
        #expect(await drained.value == 100_000)
        sink.close()
    }

    @Test func `a reader that has gone costs the lines and nothing else`() async throws {
        ProcessSetup.ignoreBrokenPipes()
        let (reading, writing) = pipe()
        defer { close(writing) }
        let sink = LineSink(descriptor: writing)
        try reading.close()
        sink.write(Array("lost\n".utf8))
        await sink.flushed()
        #expect(sink.dropped == 1)
        sink.close()
    }
}
