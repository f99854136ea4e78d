import Foundation
import Gateway
import GatewayTestKit
import Settings
import Simulation
import Testing

/// README.md says what the code does: its commands are run, its table is read.
@Suite struct ReadmeTests {
    private static let folder = URL(filePath: #filePath).deletingLastPathComponent()
    private static let lines: [Substring] = {
        let file = folder.deletingLastPathComponent().deletingLastPathComponent().appending(path: "README.md")
        return (fileText(file.path) ?? "").split(separator: "\n")
    }()

    @Test func `every question in it is answered`() async throws {
        let commands = Self.lines.filter { $0.hasPrefix("curl ") }
        #expect(commands.count >= 8)
        try await TestBed.withRunning(SimulationOptions(clusters: 4, releases: 6)) { bed in
            try await bed.ready()
            let cluster = try #require(bed.fleet.allClusters.first).name
            for command in commands {
                let text = command.replacing("127.0.0.1:8080", with: "127.0.0.1:\(bed.ports.main)")
                    .replacing("payments-prod", with: cluster)
                let (code, output) = try await Self.run(String(text))
                #expect(code == 0, "\(command): \(output)")
            }
        }
    }

    private struct Row {
        let keys: [String]
        let defaults: [String]
        let what: String
    }
    /// Keys with their section, `server.listen`; a row for a list has one, `clusters[]`.
    private static func table() throws -> [Row] {
        let start = try #require(lines.firstIndex { $0.hasPrefix("| key | default | what |") })
        return lines[(start + 2)...].prefix { $0.hasPrefix("| `") }.map { line in
            let cells = line.split(separator: "|", omittingEmptySubsequences: false).dropFirst().map {
                $0.trimmingCharacters(in: .whitespaces)
            }
            let keys = cells[0].components(separatedBy: ", ").map { $0.replacing("`", with: "") }
            let section = keys[0].prefix { $0 != "." }
            return Row(
                keys: [keys[0]] + keys.dropFirst().map { "\(section).\($0)" },
                defaults: cells[1].components(separatedBy: ", ").map { $0.replacing("`", with: "") },
                what: cells[2...].joined(separator: "|"))
        }
    }
    /// What a key is without, in words.
    private static let inWords: Set = ["none", "made at start", "chain", "built-in table", ""]

    @Test func `the table has every key once`() throws {
        let file = Self.folder.appending(path: "Fixtures/whole.good.yaml")
        let root = try #require(YAMLDocument(parsing: try Data(contentsOf: file)).root)
        guard case .mapping(let sections) = root.content else { throw CancellationError() }
        var keys: [String] = []
        var listed: [String: Set<String>] = [:]
        for section in sections {
            switch section.value.content {
            case .mapping(let members): keys += members.map { "\(section.key).\($0.key)" }
            case .sequence(let items):
                keys.append("\(section.key)[]")
                for case .mapping(let members) in items.map(\.content) {
                    listed["\(section.key)[]", default: []].formUnion(members.map(\.key))
                }
            case .scalar: Issue.record("\(section.key) is no section")
            }
        }
        let table = try Self.table()
        #expect(table.flatMap(\.keys).sorted() == keys.sorted())
        for row in table {
            guard let expected = listed[row.keys[0]] else { continue }
            let named = row.what.split(separator: "`", omittingEmptySubsequences: false).enumerated()
                .filter { $0.offset % 2 == 1 }.map { String($0.element) }
            #expect(Set(named) == expected, "\(row.keys[0])")
        }
    }

    @Test func `the defaults in the table are the code's`() throws {
        var sections: [String: [String]] = [:]
        for row in try Self.table() {
            for (key, value) in zip(row.keys, row.defaults) where !Self.inWords.contains(value) {
                let parts = key.split(separator: ".").map(String.init)
                let text = value.contains(":") ? "\"\(value)\"" : value
                sections[parts[0], default: []].append("\(parts[1]): \(text)")
            }
        }
        #expect(sections.values.joined().count >= 24)
        let text = sections.map { "\($0.key): { \($0.value.joined(separator: ", ")) }\n" }.joined()
        let root = try Section(yaml: Array(text.utf8))
        let config = GatewayConfig(reading: root, region: nil, environment: nil, file: "README.md")
        #expect(root.problems.count == 1, "\(root.problems)")  // that no cluster is named
        let same = GatewayConfig()
        #expect(config.server == same.server)
        #expect(config.upstream == same.upstream)
        #expect(config.auth == same.auth)
        #expect(config.inventory == same.inventory)
        #expect(config.pages == same.pages)
        #expect(config.logging == same.logging)
        #expect(config.telemetry == same.telemetry)
    }

    /// Runs a line of the page as it stands, in a folder of its own.
    private static func run(_ line: String) async throws -> (code: Int32, output: String) {
        let folder = FileManager.default.temporaryDirectory.appending(path: "readme-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: folder) }
        return try await onThread {
            let process = Process()
            process.executableURL = URL(filePath: "/bin/bash")
            process.arguments = ["-c", "curl() { command curl --no-progress-meter --fail-with-body \"$@\"; }\n\(line)"]
            process.currentDirectoryURL = folder
            let output = Pipe()
            process.standardOutput = output
            process.standardError = output
            try process.run()
            let text = String(decoding: output.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self)
            process.waitUntilExit()
            return (process.terminationStatus, text)
        }
    }
}
