import Foundation
import Testing

/// `Scripts/lint` in a small tree of its own.
@Suite struct LintTests {
    private static let clean = "/// Nothing.\nstruct Plain {}\n"

    /// The exit code, and what was printed, with a file of that text at that path besides a clean one.
    private func lint(_ path: String, _ text: String) throws -> (code: Int32, output: String) {
        let root = FileManager.default.temporaryDirectory.appending(path: "lint-\(UUID().uuidString)")
        defer { try? FileManager.default.removeItem(at: root) }
        func write(_ text: String, to path: String) throws {
            let file = root.appending(path: path)
            try FileManager.default.createDirectory(
                at: file.deletingLastPathComponent(), withIntermediateDirectories: true)
            try Data(text.utf8).write(to: file)
        }
        for path in ["Sources/Query/Plain.swift", "Tests/QueryTests/Plain.swift", "Package.swift"] {
            try write(Self.clean, to: path)
        }
        for name in ["Scripts/lint", ".swift-format"] {
            try write(String(contentsOf: Manifest.root.appending(path: name), encoding: .utf8), to: name)
        }
        try write(text, to: path)
        _ = try run(["git", "init", "--quiet"], in: root)
        return try run(["bash", "Scripts/lint"], in: root)
    }
    private func run(_ words: [String], in folder: URL) throws -> (code: Int32, output: String) {
        let process = Process()
        process.executableURL = URL(filePath: "/usr/bin/env")
        process.arguments = words
        process.currentDirectoryURL = folder
        let output = Pipe()
        process.standardOutput = output
        process.standardError = output
        try process.run()
        let text = String(decoding: output.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self)
        process.waitUntilExit()
        return (process.terminationStatus, text)
    }

    @Test func `a tree without findings passes`() throws {
        let (code, output) = try lint("Sources/Query/More.swift", Self.clean)
        #expect(code == 0 && output.isEmpty, "\(output)")
    }

    // The words are cut in two here, or this file would be a finding.
    @Test(arguments: [
        ("Sources/Query/Bad.swift", "struct  Bad {}\n", "warning|error"),
        ("Sources/Query/Bad.swift", "let bad = un" + "safe pointer()\n", "unsafe, in a target"),
        ("Sources/Query/Bad.swift", "import Found" + "ation\n", "Foundation, in what is shipped"),
        ("Sources/Query/Bad.swift", "let bad = try" + "! make()\n", "Traps on what may come"),
        ("Sources/Query/Bad.swift", "func bad() { Ta" + "sk { await go() } }\n", "Unstructured tasks"),
        ("Sources/Query/Bad.swift", "final class Bad: @unch" + "ecked Sendable {}\n", "Unchecked, without"),
        ("Tests/QueryTests/Bad.swift", "// TO" + "DO: test\n", "Left for later"),
        ("Tests/QueryTests/Bad.swift", "let bad = Test(.dis" + "abled())\n", "Skipped or sleeping"),
        ("Scripts/bad", "#!/bin/bash\nif\n", "Scripts:"),
    ])
    func `one finding of any kind fails it`(path: String, text: String, title: String) throws {
        let (code, output) = try lint(path, text)
        #expect(code == 1)
        let isNamed = title.split(separator: "|").contains { output.contains($0) }
        #expect(isNamed, "\(output)")
    }
}
