import Compression
import Testing

@Suite struct ZstdTests {
    private static func text(_ count: Int) -> [UInt8] { (0..<count).map { UInt8(truncatingIfNeeded: $0 / 7 * 31) } }

    @Test(arguments: [0, 1, 100, 4096, 1_000_000])
    func `what was compressed comes back`(count: Int) throws {
        let text = Self.text(count)
        let frame = try Zstd.compress(text)
        #expect(try Zstd.decompress(frame, limit: count) == text)
    }
    @Test func `empty text costs no frame`() throws {
        #expect(try Zstd.compress([]).isEmpty)
        #expect(try Zstd.decompress([], limit: 0).isEmpty)
    }
    @Test func `compressing shrinks text that repeats itself`() throws {
        #expect(try Zstd.compress([UInt8](repeating: 97, count: 100_000)).count < 200)
    }
    @Test func `no more comes out than was allowed`() throws {
        let frame = try Zstd.compress([UInt8](repeating: 97, count: 100_000))
        #expect(throws: Zstd.Failure.tooLarge) { try Zstd.decompress(frame, limit: 99_999) }
        #expect(throws: Zstd.Failure.tooLarge) { try Zstd.decompress(frame, limit: -1) }
    }
    @Test func `a frame cut short at any byte is damaged`() throws {
        let frame = try Zstd.compress(Self.text(300))
        for count in 1..<frame.count {
            #expect(throws: Zstd.Failure.damaged) { try Zstd.decompress(Array(frame[..<count]), limit: 1000) }
        }
    }
    @Test func `a frame that tells a false size is refused and never believed`() throws {
        // Magic, a single segment with an eight-byte size of 2^62, then nothing.
        let lying: [UInt8] = [0x28, 0xB5, 0x2F, 0xFD, 0xE0, 0, 0, 0, 0, 0, 0, 0, 0x40]
        #expect(throws: Zstd.Failure.tooLarge) { try Zstd.decompress(lying, limit: 1 << 30) }
        #expect(throws: Zstd.Failure.damaged) { try Zstd.decompress([1, 2, 3, 4, 5], limit: 1000) }
    }
    @Test func `text behind the frame is damage, not a second text`() throws {
        let frame = try Zstd.compress(Self.text(300))
        #expect(throws: Zstd.Failure.damaged) { try Zstd.decompress(frame + frame, limit: 300) }
        #expect(throws: Zstd.Failure.damaged) { try Zstd.decompress(frame + [0], limit: 300) }
    }
    @Test func `many threads compress at once`() async throws {
        await withTaskGroup(of: Bool.self) { group in
            for count in 0..<64 {
                group.addTask {
                    let text = Self.text(count * 100)
                    guard let frame = try? Zstd.compress(text) else { return false }
                    return (try? Zstd.decompress(frame, limit: text.count)) == text
                }
            }
            for await isSame in group { #expect(isSame) }
        }
    }
}
