import API
import CCE
import Credentials
import Discovery
import Inbound
import Inventory
import Outbound
import Settings
import Signing
import Telemetry

/// The whole configuration, checked: every module's own, and what holds between them.
package struct GatewayConfig: Sendable {
    package var server = ServerConfig()
    package var upstream = UpstreamConfig()
    package var auth = AuthConfig()
    package var inventory = InventoryConfig()
    package var pages = PagesConfig()
    package var logging = LoggingConfig()
    package var telemetry = TelemetryConfig()
    package var credentials: [CredentialSettings] = []
    package var regions: [RegionConfig] = []
    package var clusters: [ClusterConfig] = []
    package var discovery: [DiscoveryConfig] = []
    /// What the environment says of regions.
    package var regionOverrides = RegionOverrides()
    /// There was a file with something in it.
    var hasFile = false

    package init() {}

    /// What is wrong is in `root.problems` afterwards.
    ///
    /// - Parameters:
    ///   - region: what `--region` says: one, several with commas between them, or `all`.
    ///   - environment: the credential that the environment offers; used when the file names none.
    ///   - overrides: what the environment says of regions; `regions` of the file go before it.
    ///   - file: for the problem of a file that says nothing.
    package init(
        reading root: Section, region: String?, environment: EnvironmentCredential?,
        overrides: RegionOverrides = RegionOverrides(), file: String
    ) {
        hasFile = !root.isEmpty
        server = ServerConfig(reading: root.section("server"))
        upstream = UpstreamConfig(reading: root.section("upstream"))
        auth = AuthConfig(reading: root.section("auth"))
        inventory = InventoryConfig(reading: root.section("inventory"))
        pages = PagesConfig(reading: root.section("pages"))
        logging = LoggingConfig(reading: root.section("logging"))
        telemetry = TelemetryConfig(reading: root.section("telemetry"))
        credentials = CredentialSettings.all(reading: root)
        regionOverrides = overrides
        regions = RegionConfig.all(reading: root, in: RegionTable(overrides: overrides))
        clusters = ClusterConfig.all(reading: root)
        discovery = DiscoveryConfig.all(reading: root)

        // What the surroundings offer, where somebody asks for it.
        if !root.isPresent("credentials"), environment != nil || region != nil || Self.namesDefault(root) {
            credentials = [.surroundings]
        }
        addDiscovery(of: region, environment: environment, file: file, to: root)
        // The endpoints of `regions` and the environment were let through one by one; what is http among them, the
        // transport may speak.
        let table = regionTable
        let endpoints = table.ids.compactMap { table[$0] }.flatMap { [$0.cce, $0.iam] }
        upstream.plainOrigins = Set(endpoints.filter { !$0.isEncrypted }.compactMap { Origin(of: $0.origin) })
        check(root)
    }

    /// For people.
    package var summary: String {
        "clusters \(clusters.count), discovery \(discovery.count), credentials \(credentials.count)"
    }

    package var regionTable: RegionTable { RegionTable(configured: regions, overrides: regionOverrides) }

    /// The regions that `--region` names.
    static func regionIDs(_ text: String) -> [String] {
        var ids: [String] = []
        for id in text.split(separator: ",").map(String.init) where !ids.contains(id) { ids.append(id) }
        return ids
    }

    private static func namesDefault(_ root: Section) -> Bool {
        (root.sections("clusters") + root.sections("discovery")).contains {
            $0.string("credential") == CredentialSettings.surroundings.name
        }
    }

    /// Without any cluster named, `--region` says where to look for all of them.
    private mutating func addDiscovery(
        of region: String?, environment: EnvironmentCredential?, file: String, to root: Section
    ) {
        let isNamed = root.isPresent("clusters") || root.isPresent("discovery")
        guard let region else {
            if !isNamed { root.report(Self.nothingToDo(root, file: file, hasKeys: !credentials.isEmpty)) }
            return
        }
        guard !isNamed else {
            root.report("--region is for a configuration that names neither clusters nor discovery; this one does")
            return
        }
        let ids = Self.regionIDs(region)
        let (table, isEverywhere) = (regionTable, ids == [DiscoveryConfig.everywhere])
        let unknown = isEverywhere ? nil : ids.first { table[$0] == nil }
        if ids.isEmpty || unknown != nil {
            root.report(Self.unknown(region: unknown ?? "", in: table, said: "--region"))
            return
        }
        guard let credential = credentials.first, credentials.count == 1 else {
            root.report(
                credentials.isEmpty
                    ? "--region needs CLOUD_SDK_AK and CLOUD_SDK_SK in the environment, or one of credentials"
                    : "--region works with one credential, here are \(credentials.count): write discovery instead")
            return
        }
        let projectID = credential == .surroundings ? environment?.projectID : nil
        if projectID != nil, isEverywhere || ids.count > 1 {
            root.report("HUAWEICLOUD_SDK_PROJECT_ID names a project of one region: unset it, or give one --region")
            return
        }
        discovery = ids.map { id in
            var config = DiscoveryConfig(region: id, credential: credential.name, projectID: projectID)
            // Everything that the account can see.
            if projectID == nil { config.projects = .all }
            return config
        }
    }

    private static func nothingToDo(_ root: Section, file: String, hasKeys: Bool) -> String {
        let ways =
            hasKeys
            ? "--region to discover what the account can see there"
            : "--region with CLOUD_SDK_AK and CLOUD_SDK_SK in the environment"
        return root.position == nil
            ? "\(file) is missing or empty: give --config, or \(ways)"
            : "names neither clusters nor discovery: write one of them, or give \(ways)"
    }

    static func unknown(region: String, in table: RegionTable, said: String = "") -> String {
        let shown = PrintableText.escaped(region, limit: 60)
        let hint = NearestName.of(region, among: table.ids).map { "; did you mean \($0)?" } ?? ", nor under regions"
        return "\(said.isEmpty ? "" : said + ": ")\"\(shown)\" is not in the built-in table\(hint)"
    }
}
