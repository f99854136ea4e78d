import Foundation
import Testing

@testable import Compression

@Suite struct ContentCodingTests {
    private static func text(_ count: Int) -> [UInt8] {
        Array((0..<count).flatMap { "row \($0 % 97) of \($0) rows\n".utf8 }.prefix(count))
    }
    /// What the system's own tool makes of it.
    private static func decoded(_ bytes: [UInt8], _ coding: ContentCoding) throws -> [UInt8] {
        let file = FileManager.default.temporaryDirectory.appending(path: "coding-\(UUID().uuidString)")
        defer { try? FileManager.default.removeItem(at: file) }
        try Data(bytes).write(to: file)
        let process = Process()
        process.executableURL = URL(filePath: "/usr/bin/env")
        process.arguments = [coding.rawValue, "-dc"]
        process.standardInput = try FileHandle(forReadingFrom: file)
        process.standardError = FileHandle.nullDevice
        let output = Pipe()
        process.standardOutput = output
        try process.run()
        let data = output.fileHandleForReading.readDataToEndOfFile()
        process.waitUntilExit()
        return Array(data)
    }

    @Test(arguments: ContentCoding.allCases, [1, 100, 20_000, 3_000_000])
    func `what was compressed whole is read back by others`(coding: ContentCoding, count: Int) throws {
        let text = Self.text(count)
        for _ in 0..<2 {
            let body = try #require(coding.compress(text))
            #expect(try Self.decoded(body, coding) == text)
            if count > 1000 { #expect(body.count < count / 2) }
        }
    }
    @Test(arguments: ContentCoding.allCases)
    func `each piece of a stream can be read before the next is made`(coding: ContentCoding) throws {
        let compressor = try #require(StreamCompressor(coding))
        var sent: [UInt8] = []
        var text: [UInt8] = []
        for size in [10, 1, 0, 300_000, 5000] {
            let piece = Self.text(size)
            text += piece
            sent += try #require(compressor.compress(piece, isLast: false))
            // The tools complain about the missing end, and give what they could read.
            #expect(try Self.decoded(sent, coding) == text, "\(size)")
        }
        sent += try #require(compressor.compress([], isLast: true))
        #expect(try Self.decoded(sent, coding) == text)
    }
    @Test(arguments: ContentCoding.allCases)
    func `bytes that do not shrink fit all the same`(coding: ContentCoding) throws {
        var generator = SystemRandomNumberGenerator()
        let noise = (0..<500_000).map { _ in UInt8.random(in: 0...255, using: &generator) }
        let compressor = try #require(StreamCompressor(coding))
        var sent: [UInt8] = []
        for start in stride(from: 0, to: noise.count, by: 100_000) {
            sent += try #require(compressor.compress(Array(noise[start..<(start + 100_000)]), isLast: false))
        }
        sent += try #require(compressor.compress([], isLast: true))
        #expect(try Self.decoded(sent, coding) == noise)
    }
}
