import Foundation

/// Certificates made for one test, by the openssl program; gone with it.
final class Certificates {
    let folder: URL
    init() throws {
        folder = FileManager.default.temporaryDirectory.appendingPathComponent("outbound-tls-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        try run(
            "openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-days",
            "2", "-subj", "/CN=Example CA", "-addext", "basicConstraints=critical,CA:TRUE", "-keyout", path("ca.key"),
            "-out", authority)
    }
    deinit { try? FileManager.default.removeItem(at: folder) }

    var authority: String { path("ca.pem") }
    func path(_ name: String) -> String { folder.appendingPathComponent(name).path }

    /// A certificate of the authority's for an address or name, `IP:127.0.0.1`, valid for so many days from now.
    func make(_ name: String, for subject: String, days: Int) throws {
        let extensions = path("\(name).ext")
        try Data("subjectAltName=\(subject)\n".utf8).write(to: URL(fileURLWithPath: extensions))
        try run(
            "openssl", "req", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-subj",
            "/CN=\(name)", "-keyout", path("\(name).key"), "-out", path("\(name).csr"))
        try run(
            "openssl", "x509", "-req", "-in", path("\(name).csr"), "-CA", authority, "-CAkey", path("ca.key"),
            "-CAcreateserial", "-days", "\(days)", "-extfile", extensions, "-out", path("\(name).pem"))
    }
}

/// `openssl s_server` as a child: answers every request with a page about the connection.
final class TLSPeer {
    let port: Int
    private let process = Process()
    private let input = Pipe()

    init(_ certificates: Certificates, _ name: String, _ options: String...) throws {
        process.executableURL = URL(fileURLWithPath: "/usr/bin/env")
        process.arguments =
            [
                "openssl", "s_server", "-accept", "127.0.0.1:0", "-www", "-key", certificates.path("\(name).key"),
                "-cert", certificates.path("\(name).pem"),
            ] + options
        let output = Pipe()
        process.standardOutput = output
        process.standardError = FileHandle.nullDevice
        process.standardInput = input
        try process.run()
        var text = ""
        // "ACCEPT 127.0.0.1:43211"
        while !text.contains("ACCEPT") || !text.hasSuffix("\n") {
            let bytes = output.fileHandleForReading.availableData
            guard !bytes.isEmpty else { throw ProgramFailed(what: ["openssl", "s_server", text]) }
            text += String(decoding: bytes, as: UTF8.self)
        }
        guard let line = text.split(separator: "\n").first(where: { $0.hasPrefix("ACCEPT") }),
            let port = line.split(separator: ":").last.flatMap({ Int($0) })
        else { throw ProgramFailed(what: ["openssl", "s_server", text]) }
        self.port = port
    }
    deinit { process.terminate() }
    var origin: String { "https://127.0.0.1:\(port)" }
}
