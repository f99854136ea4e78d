import Cryptography
import Foundation
import Settings
import Testing

@Suite struct SecretReaderTests {
    private func withFile(_ content: [UInt8], _ body: (String) throws -> Void) throws {
        let url = FileManager.default.temporaryDirectory.appending(path: "settings-\(UUID().uuidString)")
        try Data(content).write(to: url)
        defer { try? FileManager.default.removeItem(at: url) }
        try body(url.path)
    }
    private func detail(_ reference: SecretReference, _ reader: SecretReader) -> String? {
        do throws(SecretUnreadable) {
            _ = try reader.read(reference)
            return nil
        } catch {
            return error.detail
        }
    }

    @Test(arguments: [("s3cret", "s3cret"), ("s3cret\n", "s3cret"), ("s3cret\r\n", "s3cret"), (" a b \n\n", " a b ")])
    func `a secret is what the file or variable holds, without line ends after it`(content: String, secret: String)
        throws
    {
        let reader = SecretReader(environment: ["KEY": content])
        #expect(try reader.read(.environment("KEY")) == Secret(secret.utf8))
        try withFile(Array(content.utf8)) { path in
            let read = try reader.read(.file(path))
            #expect(read == Secret(secret.utf8))
        }
    }

    @Test func `the environment of the process is read`() throws {
        #expect(try SecretReader().read(.environment("PATH")).bytes.count > 0)
    }

    @Test func `what cannot be read is named without its content`() throws {
        let big = String(repeating: "x", count: SecretReader.byteLimit + 1)
        let reader = SecretReader(environment: ["EMPTY": "\n", "BIG": big])
        #expect(detail(.environment("NONE"), reader) == "is not set")
        #expect(detail(.environment("EMPTY"), reader) == "is empty")
        #expect(detail(.environment("BIG"), reader) == "is larger than 64KiB")
        #expect(detail(.file("/nowhere/at/all"), reader) == "cannot be read: No such file or directory")
        #expect(detail(.file("/"), reader) == "cannot be read: is not a regular file")
        try withFile([]) { #expect(detail(.file($0), reader) == "is empty") }
        try withFile(Array(big.utf8)) { #expect(detail(.file($0), reader) == "cannot be read: is larger than 64KiB") }
        try withFile(Array(big.utf8.dropLast())) { #expect(detail(.file($0), reader) == nil) }
        #expect("\(SecretUnreadable(reference: .file("/a"), detail: "is empty"))" == "the file /a is empty")
    }

    @Test func `a file is read whole up to its bound`() throws {
        try withFile([1, 2, 3]) { path in
            let read = try BoundedFile.read(path, limit: 3)
            #expect(read == [1, 2, 3])
            #expect(throws: FileUnreadable(path: path, detail: "is larger than 2")) {
                try BoundedFile.read(path, limit: 2)
            }
        }
    }
}
