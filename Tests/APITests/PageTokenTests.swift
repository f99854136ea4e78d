import Cryptography
import Query
import ReleaseModel
import Settings
import Testing
import Timing

@testable import API

@Suite struct PageTokenTests {
    private func token(keyBytes: Int = 40) -> PageToken {
        PageToken(
            kind: .next, snapshot: ContentHash(words: (1, 2, .max, 4)), coverage: CoverageID(high: 5, low: .max),
            question: QuestionHash(kind: "releases", ["text"]), caller: .keyHolder,
            clock: Instant(seconds: -7, nanoseconds: 999_999_999), expires: Instant(seconds: 1_790_000_600),
            leavesRowsOut: true, key: PageKey(bytes: (0..<keyBytes).map { UInt8(truncatingIfNeeded: $0) }))
    }

    @Test(arguments: [0, 1, 40, 600])
    func `a token opens to what was sealed, is safe in URLs and at most 1 KiB`(keyBytes: Int) throws {
        let seal = try PageTokenSeal(secret: Secret("FAKE-TOKEN-KEY-0123".utf8))
        let text = try seal.seal(token(keyBytes: keyBytes))
        #expect(seal.open(text) == token(keyBytes: keyBytes))
        #expect(text.utf8.count <= 1024)
        #expect(text.allSatisfy { $0.isASCII && ($0.isLetter || $0.isNumber || $0 == "-" || $0 == "_") })
    }
    @Test func `a token with any bit changed, cut or lengthened does not open`() throws {
        let seal = try PageTokenSeal()
        let text = try seal.seal(token(keyBytes: 3))
        let bytes = try #require(Base64URL.decode(text))
        for bit in 0..<bytes.count * 8 {
            var changed = bytes
            changed[bit / 8] ^= 1 << UInt8(bit % 8)
            #expect(seal.open(Base64URL.encode(changed)) == nil, "bit \(bit)")
        }
        for count in 0..<bytes.count { #expect(seal.open(Base64URL.encode(bytes.prefix(count))) == nil) }
        #expect(seal.open(Base64URL.encode(bytes + [0])) == nil)
        #expect(seal.open(text + "=") == nil)
        #expect(seal.open(String(repeating: "A", count: 100_000)) == nil)
    }
    @Test func `the same secret opens tokens in another process, another secret does not`() throws {
        let text = try PageTokenSeal(secret: Secret("FAKE-TOKEN-KEY-0123".utf8)).seal(token())
        #expect(try PageTokenSeal(secret: Secret("FAKE-TOKEN-KEY-0123".utf8)).open(text) == token())
        #expect(try PageTokenSeal(secret: Secret("FAKE-TOKEN-KEY-0124".utf8)).open(text) == nil)
        #expect(try PageTokenSeal().open(text) == nil)
    }
    @Test func `two tokens of equal content do not look alike`() throws {
        let seal = try PageTokenSeal()
        #expect(try seal.seal(token()) != seal.seal(token()))
    }
    @Test func `every prefix of an encoding but those that end in the key is refused`() {
        let bytes = token(keyBytes: 0).encoded
        for count in 0..<bytes.count { #expect(PageToken(encoded: Array(bytes.prefix(count))) == nil) }
        #expect(PageToken(encoded: bytes) == token(keyBytes: 0))
        for (position, wrong) in [(0, 0), (0, 3), (1, 2), (1, 255)] as [(Int, UInt8)] {
            var changed = bytes
            changed[position] = wrong
            #expect(PageToken(encoded: changed) == nil)
        }
    }
}
