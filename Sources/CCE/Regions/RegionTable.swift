/// All regions: those of the configuration, and those that the cloud's SDKs know (cce-api §3.1).
package struct RegionTable: Sendable {
    private let configured: [String: RegionConfig]

    /// A configured region takes the built-in one's place.
    package init(configured: [RegionConfig] = []) {
        self.configured = Dictionary(configured.map { ($0.id, $0) }) { first, _ in first }
    }

    /// Nil when the id is neither configured nor built in.
    package subscript(id: String) -> RegionConfig? { configured[id] ?? Self.builtIn(id) }

    /// In the order of the bytes of their ids.
    package var ids: [String] { Set(configured.keys).union(Self.withOwnIAM).union(Self.withGlobalIAM).sorted() }

    package static func isRegionID(_ text: String) -> Bool {
        (1...64).contains(text.utf8.count)
            && text.utf8.allSatisfy {
                (0x61...0x7A).contains($0) || (0x30...0x39).contains($0) || $0 == UInt8(ascii: "-")
            }
    }

    // MARK: -

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
