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
    /// There was a file with something in it.
    var hasFile = false

    package init() {}

    /// What is wrong is in `root.problems` afterwards.
    ///
    /// - Parameters:
    ///   - region: what `--region` says.
    ///   - environment: the credential that the environment offers; used when the file names none.
    ///   - file: for the problem of a file that says nothing.
    package init(reading root: Section, region: String?, environment: EnvironmentCredential?, file: String) {
        hasFile = !root.isEmpty
        server = ServerConfig(reading: root.section("server"))
        upstream = UpstreamConfig(reading: root.section("upstream"))
        auth = AuthConfig(reading: root.section("auth"))
        inventory = InventoryConfig(reading: root.section("inventory"))
        pages = PagesConfig(reading: root.section("pages"))
        logging = LoggingConfig(reading: root.section("logging"))
        telemetry = TelemetryConfig(reading: root.section("telemetry"))
        credentials = CredentialSettings.all(reading: root)
        regions = RegionConfig.all(reading: root)
        clusters = ClusterConfig.all(reading: root)
        discovery = DiscoveryConfig.all(reading: root)

        // What the surroundings offer, where somebody asks for it.
        if !root.isPresent("credentials"), environment != nil || region != nil || Self.namesDefault(root) {
            credentials = [.surroundings]
        }
        addDiscovery(of: region, environment: environment, file: file, to: root)
        // The endpoints of `regions` were let through one by one; what is http among them, the transport may speak.
        let endpoints = regions.flatMap { [$0.cce, $0.iam] }
        upstream.plainOrigins = Set(endpoints.filter { !$0.isEncrypted }.compactMap { Origin(of: $0.origin) })
        check(root)
    }

    /// For people.
    package var summary: String {
        "clusters \(clusters.count), discovery \(discovery.count), credentials \(credentials.count)"
    }

    package var regionTable: RegionTable { RegionTable(configured: regions) }

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
        guard regionTable[region] != nil else {
            root.report(Self.unknown(region: region, in: regionTable, said: "--region"))
            return
        }
        guard let credential = credentials.first, credentials.count == 1 else {
            root.report(
                credentials.isEmpty
                    ? "--region needs CLOUD_SDK_AK and CLOUD_SDK_SK in the environment, or one of credentials"
                    : "--region works with one credential, here are \(credentials.count): write discovery instead")
            return
        }
        let isFromEnvironment = credential == .surroundings
        discovery = [
            DiscoveryConfig(
                region: region, credential: credential.name,
                projectID: isFromEnvironment ? environment?.projectID : nil)
        ]
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
