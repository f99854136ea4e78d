/// All regions: those of the configuration, and those that the cloud's SDKs know (cce-api §3.1), as the environment has
/// them.
package struct RegionTable: Sendable {
    private let configured: [String: RegionConfig]
    private let overrides: RegionOverrides

    /// A configured region takes the place of the environment's, and that one the built-in's.
    package init(configured: [RegionConfig] = [], overrides: RegionOverrides = RegionOverrides()) {
        self.configured = Dictionary(configured.map { ($0.id, $0) }) { first, _ in first }
        self.overrides = overrides
    }

    /// Nil when the id is not configured, and the built-in table and the environment do not say both endpoints.
    package subscript(id: String) -> RegionConfig? {
        if let configured = configured[id] { return configured }
        let known = Self.builtIn(id)
        // A new region's IAM is the global one until something else is said, as for those without one of their own.
        guard let cce = overrides.cce[id] ?? known?.cce,
            let iam = overrides.iam[id] ?? overrides.iamForAll ?? known?.iam ?? Self.globalIAM
        else { return nil }
        return RegionConfig(id: id, cce: cce, iam: iam)
    }

    /// In the order of the bytes of their ids.
    package var ids: [String] {
        Set(configured.keys).union(overrides.cce.keys).union(Self.withOwnIAM).union(Self.withGlobalIAM).sorted()
    }

    /// The IAM that knows the projects of all regions: the one that all configured regions name, else the
    /// environment's, else the cloud's global one. Nil when configured regions name several: their accounts are not
    /// the same, and a key that one does not know is locked by asking it.
    package var iamOfAllRegions: Endpoint? {
        let named = Set(configured.values.map(\.iam))
        if named.count > 1 { return nil }
        return named.first ?? overrides.iamForAll ?? Self.globalIAM
    }

    /// The region that a project is in, by its name: that of the region, or the region's with `_` and more. Also one
    /// that no table knows, if it is called as regions are, such as `cn-north-44`: its clusters must not be passed over
    /// in silence. Nil for others, such as the object storage's own project.
    package func region(ofProject name: String) -> String? {
        let region = String(name.prefix { $0 != "_" })
        return self[region] != nil || Self.isCalledLikeRegions(region) ? region : nil
    }
    private static func isCalledLikeRegions(_ name: String) -> Bool {
        let parts = name.split(separator: "-", omittingEmptySubsequences: false).map(\.utf8)
        guard parts.count == 3, parts.allSatisfy({ !$0.isEmpty }) else { return false }
        return parts[0].count >= 2 && parts[0].allSatisfy { (0x61...0x7A).contains($0) }
            && parts[1].allSatisfy { (0x61...0x7A).contains($0) || (0x30...0x39).contains($0) }
            && parts[2].allSatisfy { (0x30...0x39).contains($0) }
    }

    package static func isRegionID(_ text: String) -> Bool {
        (1...64).contains(text.utf8.count)
            && text.utf8.allSatisfy {
                (0x61...0x7A).contains($0) || (0x30...0x39).contains($0) || $0 == UInt8(ascii: "-")
            }
    }

    // MARK: -

    private static let globalIAM = try? Endpoint("https://iam.myhuaweicloud.com")

    private static let withOwnIAM: Set<String> = [
        "cn-north-1", "cn-north-2", "cn-north-4", "cn-north-9", "cn-north-12", "cn-east-2", "cn-east-3", "cn-east-4",
        "cn-east-5", "cn-south-1", "cn-south-2", "cn-southwest-2", "eu-west-0", "eu-west-101", "ap-southeast-1",
        "ap-southeast-2", "ap-southeast-3", "ap-southeast-4", "af-south-1", "la-north-2", "la-south-2", "na-mexico-1",
        "sa-brazil-1", "tr-west-1", "ae-ad-1", "me-east-1", "my-kualalumpur-1", "ru-moscow-1",
    ]
    /// The SDKs know no IAM host of these and ask the global one.
    private static let withGlobalIAM: Set<String> = [
        "cn-north-11", "cn-south-4", "ap-southeast-5", "af-north-1", "ru-northwest-2",
    ]

    static func builtIn(_ id: String) -> RegionConfig? {
        guard withOwnIAM.contains(id) || withGlobalIAM.contains(id) else { return nil }
        // The one region of the European partition: the SDKs' fall-back to the global host would ask the wrong one.
        let domain = id == "eu-west-101" ? "myhuaweicloud.eu" : "myhuaweicloud.com"
        let iam = withOwnIAM.contains(id) ? "https://iam.\(id).\(domain)" : "https://iam.\(domain)"
        guard let cce = try? Endpoint("https://cce.\(id).\(domain)"), let iam = try? Endpoint(iam) else { return nil }
        return RegionConfig(id: id, cce: cce, iam: iam)
    }
}
