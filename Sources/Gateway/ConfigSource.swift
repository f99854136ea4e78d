import Discovery
import Platform
import Settings
import Signing

/// Where the configuration comes from: a file, and what arguments and environment add. Read again for every reload.
package struct ConfigSource: Sendable {
    package static let defaultPath = "/etc/release-gateway/config.yaml"
    /// The configuration of 2,000 clusters has 400 KiB.
    private static let byteLimit = 1 << 20

    /// What `--config` says; nil: the default path, which may be missing.
    private let givenPath: String?
    /// What `--region` says.
    private let region: String?
    private let variable: @Sendable (String) -> String?
    package let secrets: SecretReader

    /// Reads the environment of the process.
    package init(path: String? = nil, region: String? = nil) {
        givenPath = path
        self.region = region
        variable = { ProcessSetup.environment($0) }
        secrets = SecretReader()
    }
    /// For tests.
    package init(path: String? = nil, region: String? = nil, environment: [String: String]) {
        givenPath = path
        self.region = region
        variable = { environment[$0] }
        secrets = SecretReader(environment: environment)
    }

    package var path: String { givenPath ?? Self.defaultPath }

    /// Reads and checks all of it. Blocks on the file, and on those of keys.
    package func load() throws(InvalidConfig) -> GatewayConfig {
        var (config, problems) = try read()
        problems += config.secretProblems(secrets, known: problems)
        guard problems.isEmpty else { throw InvalidConfig(problems: problems) }
        return config
    }

    /// What is said, and what is wrong with it; keys are not read. Throws when nothing can be made of it at all. Blocks
    /// on the file.
    func read() throws(InvalidConfig) -> (config: GatewayConfig, problems: [Problem]) {
        let root = try section()
        let config = GatewayConfig(
            reading: root, region: region, environment: EnvironmentCredential(variable), file: path)
        return (config, root.problems)
    }

    private func section() throws(InvalidConfig) -> Section {
        let text: [UInt8]
        do throws(FileUnreadable) {
            text = try BoundedFile.read(path, limit: Self.byteLimit)
        } catch {
            // Nobody asked for the default file.
            if givenPath == nil, FileStamp(path: path) == nil { return Section() }
            throw InvalidConfig(problems: [Problem(path: "", detail: error.detail)])
        }
        return try Section(yaml: text)
    }
}
