import Cryptography
import Foundation
import Testing

@Suite struct SecretBytesTests {
    @Test(arguments: [
        ("", "", true), ("a", "a", true), ("a", "b", false), ("a", "aa", false), ("", "a", false),
    ])
    func `secrets are equal when their bytes are`(left: String, right: String, areEqual: Bool) {
        #expect((SecretBytes(left.utf8) == SecretBytes(right.utf8)) == areEqual)
        #expect(constantTimeEqual(Array(left.utf8), Array(right.utf8)) == areEqual)
    }
    @Test func `wiping empties the array that was read`() {
        var read = Array("AKEXAMPLE".utf8)
        let secret = SecretBytes(wiping: &read)
        #expect(read.isEmpty)
        #expect(secret.revealed() == "AKEXAMPLE")
    }
    @Test func `random keys have their length and differ`() throws {
        let key = try SecretBytes(randomByteCount: 32)
        #expect(key.count == 32)
        #expect(try SecretBytes(randomByteCount: 32) != key)
    }
    /// What the kernel says of the mapping that holds the address (proc(5), `VmFlags`).
    private static func flags(at address: UInt) throws -> Set<Substring> {
        // By another program: Foundation takes files of the kernel, which have no size, for empty.
        let process = Process()
        let output = Pipe()
        process.executableURL = URL(filePath: "/bin/cat")
        process.arguments = ["/proc/\(ProcessInfo.processInfo.processIdentifier)/smaps"]
        process.standardOutput = output
        try process.run()
        let smaps = String(decoding: output.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self)
        process.waitUntilExit()
        var isIt = false
        for line in smaps.split(separator: "\n") {
            let bounds = line.prefix { $0 != " " }.split(separator: "-").compactMap { UInt($0, radix: 16) }
            if bounds.count == 2 { isIt = bounds[0] <= address && address < bounds[1] }
            if isIt, line.hasPrefix("VmFlags:") { return Set(line.dropFirst(8).split(separator: " ")) }
        }
        return []
    }
    @Test(arguments: [0, 1, 40, 32 << 10])
    func `secrets lie where no core dump takes them, locked where the system allows it`(count: Int) throws {
        let secret = SecretBytes([UInt8](repeating: 7, count: count))
        let flags = try Self.flags(at: secret.address)
        #expect(SecretMemory.standing != .common)
        #expect(flags.contains("dd"))
        #expect(flags.contains("lo") == (SecretMemory.standing == .locked))
        let plain = try Self.flags(at: UInt(bitPattern: ObjectIdentifier(secret)))
        #expect(!plain.contains("dd"), "the test sees the difference")
    }
    @Test func `more secrets than fit are kept all the same`() {
        let secrets = (0..<100).map { SecretBytes([UInt8](repeating: UInt8($0), count: 32 << 10)) }
        for (number, secret) in secrets.enumerated() {
            #expect(secret.count == 32 << 10 && secret.allSatisfy { $0 == UInt8(number) })
        }
    }
    @Test func `libcrypto starts, also a second time`() throws {
        try startCryptography()
        try startCryptography()
    }
}
