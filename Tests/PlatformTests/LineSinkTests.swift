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

    @Test func `a full disk costs the lines, and what follows is logged when there is room`() async throws {
        let disk = open("/dev/full", O_WRONLY | O_CLOEXEC)
        try #require(disk >= 0)
        let sink = LineSink(descriptor: disk)
        for number in 1...3 {
            sink.write(Array("lost\n".utf8))
            await sink.flushed()
            #expect(sink.dropped == number, "each is tried once")
        }
        let (reading, writing) = pipe()
        #expect(dup2(writing, disk) == disk)
        close(writing)
        sink.write(Array("kept\n".utf8))
        sink.write(Array("last\n".utf8))
        await sink.flushed()
        sink.close()
        close(disk)
        let text = String(decoding: reading.readDataToEndOfFile(), as: UTF8.self)
        #expect(text == "log lines dropped, not written count=3\nkept\nlast\n")
        #expect(sink.dropped == 3)
    }

    @Test func `a line cut off by the end of the room is ended before the next one`() async throws {
        ProcessSetup.ignoreBrokenPipes()
        let (first, writing) = pipe()
        let sink = LineSink(descriptor: writing)
        // The pipe takes 65,536 bytes of it: its reader goes when it is full.
        sink.write(Array((String(repeating: "a", count: 100_000) + "\n").utf8))
        var waiting: Int32 = 0
        while waiting < 65_536, !Task.isCancelled {
            #expect(ioctl(first.fileDescriptor, UInt(FIONREAD), &waiting) == 0)
            await Task.yield()
        }
        try first.close()
        await sink.flushed()
        #expect(sink.dropped == 1)
        let (second, other) = pipe()
        #expect(dup2(other, writing) == writing)
        close(other)
        sink.write(Array("next\n".utf8))
        await sink.flushed()
        sink.close()
        close(writing)
        let text = String(decoding: second.readDataToEndOfFile(), as: UTF8.self)
        #expect(text == "\nlog lines dropped, not written count=1\nnext\n")
    }
}
