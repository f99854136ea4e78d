import Settings

/// Where the environment says that regions' services are: what the cloud's SDKs obey too (cce-api §3.1).
///
/// `HUAWEICLOUD_SDK_REGION_CCE_CN_NORTH_4` and `…_IAM_…` name one region's endpoint, `HUAWEICLOUD_SDK_IAM_ENDPOINT` the
/// IAM of all regions, and the SDKs' file `regions.yaml` any of them. Variables go before the file.
package struct RegionOverrides: Sendable, Equatable {
    /// By region.
    package var cce: [String: Endpoint] = [:]
    package var iam: [String: Endpoint] = [:]
    package var iamForAll: Endpoint?

    package static let regionsFileVariable = "HUAWEICLOUD_SDK_REGIONS_FILE"

    package init() {}

    /// - Parameters:
    ///   - ids: the regions whose variables are looked for; those of the file are added.
    ///   - file: what `regions.yaml` holds; nil: there is none.
    ///   - variable: the environment's.
    ///   - problems: what cannot be used is added, by the name of the variable or the key of the file.
    package init(
        of ids: some Sequence<String>, file: Section?, problems: inout [Problem], variable: (String) -> String?
    ) {
        if let file {
            cce = Self.endpoints(of: "CCE", in: file)
            iam = Self.endpoints(of: "IAM", in: file)
            // The file is the SDKs': services and keys that are not ours are none of our business.
            problems += file.problems.filter { !$0.detail.hasPrefix("unknown key") }.map {
                Problem(path: "regions.yaml.\($0.path)", detail: $0.detail, position: $0.position)
            }
        }
        func endpoint(_ name: String) -> Endpoint? {
            guard let text = variable(name), !text.isEmpty else { return nil }
            do throws(Endpoint.Invalid) { return try Self.endpoint(text) } catch {
                problems.append(Problem(path: "environment.\(name)", detail: error.detail))
                return nil
            }
        }
        for id in Set(ids).union(cce.keys).union(iam.keys).sorted() {
            let suffix = id.uppercased().split(separator: "-", omittingEmptySubsequences: false).joined(separator: "_")
            if let found = endpoint("HUAWEICLOUD_SDK_REGION_CCE_\(suffix)") { cce[id] = found }
            if let found = endpoint("HUAWEICLOUD_SDK_REGION_IAM_\(suffix)") { iam[id] = found }
        }
        iamForAll = endpoint("HUAWEICLOUD_SDK_IAM_ENDPOINT")
    }

    // MARK: -

    /// `CCE: [{id: cn-north-4, endpoint: https://…}]`; several endpoints are a list `endpoints`.
    private static func endpoints(of service: String, in file: Section) -> [String: Endpoint] {
        var found: [String: Endpoint] = [:]
        for section in file.sections(service) {
            guard let id = section.requiredString("id") else { continue }
            let key = section.isPresent("endpoint") ? "endpoint" : "endpoints"
            let text = key == "endpoint" ? section.string(key) : section.strings(key).first
            guard let text, !text.isEmpty else {
                section.report("is missing", at: key)
                continue
            }
            do throws(Endpoint.Invalid) { found[id] = try endpoint(text) } catch {
                section.report(error.detail, at: key)
            }
        }
        return found
    }

    /// Of several the first: the SDKs turn to the others only when its name or its certificate is wrong.
    private static func endpoint(_ text: String) throws(Endpoint.Invalid) -> Endpoint {
        let first = text.split(separator: ",").first ?? ""
        return try Endpoint(String(first.drop { $0 == " " }.reversed().drop { $0 == " " }.reversed()))
    }
}
