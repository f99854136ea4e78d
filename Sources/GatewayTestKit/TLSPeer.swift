/// Certificates made for one test, by the openssl program; gone with it.
package final class Certificates: Sendable {
    private let folder: Folder
    package init() throws {
        folder = try Folder()
        try Program.run(
            "openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-days",
            "2", "-subj", "/CN=Example_CA", "-addext", "basicConstraints=critical,CA:TRUE", "-keyout", path("ca.key"),
            "-out", authority)
    }
    package var authority: String { path("ca.pem") }
    package func path(_ name: String) -> String { folder.file(name) }

    /// A certificate of the authority's for an address or name, `IP:127.0.0.1`, valid for so many days from now.
    package func make(_ name: String, for subject: String, days: Int) throws {
        let extensions = path("\(name).ext")
        try folder.write(Array("subjectAltName=\(subject)\n".utf8), to: "\(name).ext")
        try Program.run(
            "openssl", "req", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-subj",
            "/CN=\(name)", "-keyout", path("\(name).key"), "-out", path("\(name).csr"))
        try Program.run(
            "openssl", "x509", "-req", "-in", path("\(name).csr"), "-CA", authority, "-CAkey", path("ca.key"),
            "-CAcreateserial", "-days", "\(days)", "-extfile", extensions, "-out", path("\(name).pem"))
    }
}

/// `openssl s_server` as a child: answers every request with a page about the connection.
package final class TLSPeer: @unchecked Sendable {  // once it listens its program is only ended
    package let port: Int
    private let program: Program

    package convenience init(_ certificates: Certificates, _ name: String, _ options: String...) throws {
        try self.init(certificates, name, options)
    }
    package init(_ certificates: Certificates, _ name: String, _ options: [String]) throws {
        program = try Program(
            [
                "openssl", "s_server", "-accept", "127.0.0.1:0", "-www", "-key", certificates.path("\(name).key"),
                "-cert", certificates.path("\(name).pem"),
            ] + options)
        // "ACCEPT 127.0.0.1:43211"
        while let line = program.line() {
            if line.hasPrefix("ACCEPT"), let port = line.split(separator: ":").last.flatMap({ Int($0) }) {
                self.port = port
                return
            }
        }
        throw ProgramFailed(what: "openssl s_server")
    }
    package var origin: String { "https://127.0.0.1:\(port)" }
}
