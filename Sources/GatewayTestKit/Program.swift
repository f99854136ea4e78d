import Glibc

package struct ProgramFailed: Error { package let what: String }

/// A child process whose standard output is read. By popen(3): Foundation's `Process` reads a directory entry past its
/// end when it starts one, and the address sanitizer stops there.
package final class Program {
    private let output: UnsafeMutablePointer<FILE>
    private let number: pid_t
    private var isOver = false

    /// - Parameter arguments: of the shell; nothing in them is quoted.
    package init(_ arguments: [String]) throws {
        let command = arguments.joined(separator: " ")
        guard let output = popen("echo $$; exec \(command) </dev/null 2>/dev/null", "re") else {
            throw ProgramFailed(what: command)
        }
        self.output = output
        var line: [CChar] = Array(repeating: 0, count: 64)
        number = fgets(&line, 64, output).map { pid_t(atoi($0)) } ?? 0
    }
    deinit {
        if !isOver {
            // It has inherited the blocked signals of this thread; this one cannot be blocked.
            if number > 0 { kill(number, SIGKILL) }
            pclose(output)
        }
    }
    /// The next line it writes; nil at the end.
    package func line() -> String? {
        var bytes: [UInt8] = []
        while case let byte = getc(output), byte != EOF {
            if byte == 0x0A { return String(decoding: bytes, as: UTF8.self) }
            bytes.append(UInt8(truncatingIfNeeded: byte))
        }
        return nil
    }
    /// All that it writes until it ends well.
    package func rest() throws -> [UInt8] {
        var bytes: [UInt8] = []
        while case let byte = getc(output), byte != EOF { bytes.append(UInt8(truncatingIfNeeded: byte)) }
        isOver = true
        guard pclose(output) == 0 else { throw ProgramFailed(what: "a program ended badly") }
        return bytes
    }
    /// Runs one to its end, which must be a good one.
    @discardableResult package static func run(_ arguments: String...) throws -> [UInt8] {
        try Program(arguments).rest()
    }
}

/// A folder of its own, removed with all that is in it.
package final class Folder: Sendable {
    package let path: String
    package init() throws {
        var template = Array("/tmp/gateway-test-XXXXXX".utf8CString)
        guard let made = mkdtemp(&template) else { throw ProgramFailed(what: "mkdtemp") }
        path = String(cString: made)
    }
    deinit { _ = try? Program.run("rm", "-rf", path) }
    package func file(_ name: String) -> String { "\(path)/\(name)" }
    package func write(_ bytes: [UInt8], to name: String) throws {
        guard let file = fopen(file(name), "we") else { throw ProgramFailed(what: "open \(name)") }
        let written = fwrite(bytes, 1, bytes.count, file)
        guard fclose(file) == 0, written == bytes.count else { throw ProgramFailed(what: "write \(name)") }
    }
}

/// `bytes` packed by the gzip program.
package func gzip(_ bytes: [UInt8]) throws -> [UInt8] {
    let folder = try Folder()
    try folder.write(bytes, to: "bytes")
    return try Program.run("gzip", "-9", "-c", folder.file("bytes"))
}
