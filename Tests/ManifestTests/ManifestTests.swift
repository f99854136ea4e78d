import Foundation
import Testing

/// What `swift package dump-package` says of one target.
struct Manifest: Decodable {
    struct Target: Decodable {
        /// `[name, condition]` by package name, or `[product, package, …]`.
        struct Dependency: Decodable {
            var byName: [String?]?
            var target: [String?]?
            var product: [Wildcard]?
            var ours: String? { (byName ?? target)?.first.flatMap { $0 } }
        }
        /// A value of any kind, of which only text matters.
        struct Wildcard: Decodable {
            init(from decoder: any Decoder) {}
        }
        struct Setting: Decodable {
            struct Kind: Decodable {
                var strictMemorySafety: Wildcard?
                var treatAllWarnings: Wildcard?
                var treatWarning: Warning?
                struct Warning: Decodable {
                    var _0: String?
                }
            }
            var kind: Kind
            var tool: String
        }
        var name: String
        var type: String
        var dependencies: [Dependency]
        var settings: [Setting]
    }
    struct Package: Decodable {
        struct Source: Decodable {
            struct Requirement: Decodable {
                var exact: [String]?
            }
            var identity: String
            var requirement: Requirement
        }
        var sourceControl: [Source]?
    }
    var targets: [Target]
    var dependencies: [Package]

    static let root = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
        .deletingLastPathComponent()

    /// With a scratch path of its own: on the one of the running `swift test` both would wait for ever.
    static func load() throws -> Manifest {
        let scratch = FileManager.default.temporaryDirectory.appending(path: "manifest-\(UUID().uuidString)")
        defer { try? FileManager.default.removeItem(at: scratch) }
        let process = Process()
        process.executableURL = URL(filePath: "/usr/bin/env")
        process.arguments = [
            "swift", "package", "--package-path", root.path, "--scratch-path", scratch.path, "dump-package",
        ]
        let output = Pipe()
        process.standardOutput = output
        try process.run()
        let data = output.fileHandleForReading.readDataToEndOfFile()
        process.waitUntilExit()
        try #require(process.terminationStatus == 0)
        return try JSONDecoder().decode(Manifest.self, from: data)
    }
}

@Suite struct ManifestTests {
    /// Each stands before a C library or the system's own calls; the test kit plays peers on raw sockets, and the
    /// benchmarks measure.
    private static let withPointers: Set = [
        "Locking", "Timing", "Platform", "Cryptography", "JSON", "Compression", "Columns", "Settings", "Outbound",
        "Inbound",
        "GatewayTestKit", "gateway-bench",
    ]
    private static func hasSwift(_ target: Manifest.Target) -> Bool {
        let folder = Manifest.root.appending(path: "\(target.type == "test" ? "Tests" : "Sources")/\(target.name)")
        let files = FileManager.default.enumerator(at: folder, includingPropertiesForKeys: nil)
        return files?.contains { ($0 as? URL)?.pathExtension == "swift" } ?? false
    }

    @Test func `a target names only targets above it, and every Swift target is strict`() throws {
        let manifest = try Manifest.load()
        var above: Set<String> = []
        for target in manifest.targets {
            for name in target.dependencies.compactMap(\.ours) {
                #expect(above.contains(name), "\(target.name) imports \(name), which does not stand above it")
            }
            above.insert(target.name)
            guard Self.hasSwift(target) else { continue }
            let kinds = target.settings.filter { $0.tool == "swift" }.map(\.kind)
            #expect(kinds.contains { $0.treatAllWarnings != nil }, "\(target.name) lets warnings pass")
            if target.type == "test" { continue }
            let isSafe =
                kinds.contains { $0.strictMemorySafety != nil }
                && kinds.contains { $0.treatWarning?._0 == "StrictMemorySafety" }
            #expect(
                isSafe != Self.withPointers.contains(target.name),
                "\(target.name) is \(isSafe ? "" : "not ")under strict memory safety")
        }
        #expect(Self.withPointers.isSubset(of: above), "the list names a target that is gone")
    }

    @Test func `dependencies are pinned to one version`() throws {
        let sources = try Manifest.load().dependencies.flatMap { $0.sourceControl ?? [] }
        #expect(!sources.isEmpty)
        for source in sources { #expect(source.requirement.exact?.count == 1, "\(source.identity)") }
    }
}
