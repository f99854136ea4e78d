import CCE
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
        var problems: [Problem] = []
        let overrides = regionOverrides(root, &problems)
        let config = GatewayConfig(
            reading: root, region: region, environment: EnvironmentCredential(variable), overrides: overrides,
            file: path)
        return (config, root.problems + problems)
    }

    /// What the environment says of regions: of all that are built in or that the configuration names.
    private func regionOverrides(_ root: Section, _ problems: inout [Problem]) -> RegionOverrides {
        let named = ["regions", "clusters", "discovery"].flatMap { key in
            root.sections(key).compactMap { $0.string(key == "regions" ? "id" : "region") }
        }
        let asked = region.map(GatewayConfig.regionIDs) ?? []
        return RegionOverrides(
            of: (RegionTable().ids + named + asked).filter {
                $0 != DiscoveryConfig.everywhere && RegionTable.isRegionID($0)
            }, file: regionsFile(&problems), problems: &problems,
            variable: variable)
    }

    /// The SDKs' `regions.yaml`, where there is one.
    private func regionsFile(_ problems: inout [Problem]) -> Section? {
        let named = variable(RegionOverrides.regionsFileVariable).flatMap { $0.isEmpty ? nil : $0 }
        let home = variable("HOME").flatMap { $0.isEmpty ? nil : "\($0)/.huaweicloud/regions.yaml" }
        guard let path = named ?? home, named != nil || FileStamp(path: path) != nil else { return nil }
        do throws(FileUnreadable) {
            let text = try BoundedFile.read(path, limit: Self.byteLimit)
            do throws(InvalidConfig) { return try Section(yaml: text) } catch { problems += error.problems }
        } catch {
            problems.append(Problem(path: path, detail: error.detail))
        }
        return nil
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
