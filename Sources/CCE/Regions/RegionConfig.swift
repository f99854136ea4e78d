import Settings

/// Where the services of one region are: an entry of `regions`, or the built-in one.
package struct RegionConfig: Sendable, Equatable {
    /// Such as `cn-north-4`.
    package var id: String
    /// Where CCE is: `https://cce.REGION.myhuaweicloud.com` where the built-in table has the region.
    package var cce: Endpoint
    /// Where IAM is: the built-in table's.
    package var iam: Endpoint

    package init(id: String, cce: Endpoint, iam: Endpoint) {
        self.id = id
        self.cce = cce
        self.iam = iam
    }

    /// What is left out is as `table` has it. Nil after a problem that leaves no endpoint to use.
    package init?(reading section: Section, in table: RegionTable = RegionTable()) {
        let id = section.string("id") ?? ""
        let insecure = section.boolean("insecure", default: false)
        guard RegionTable.isRegionID(id) else {
            section.report("must be a region's id such as cn-north-4: lower-case letters, digits and -", at: "id")
            _ = (section.string("cceEndpoint"), section.string("iamEndpoint"))
            return nil
        }
        let known = table[id]
        func endpoint(_ key: String, _ known: Endpoint?) -> Endpoint? {
            guard let text = section.string(key) else {
                if known == nil { section.report("is required: \(id) is not in the built-in table", at: key) }
                return known
            }
            do throws(Endpoint.Invalid) {
                return try Endpoint(text, insecure: insecure)
            } catch {
                section.report(error.detail, at: key)
                return nil
            }
        }
        let cce = endpoint("cceEndpoint", known?.cce)
        let iam = endpoint("iamEndpoint", known?.iam)
        guard let cce, let iam else { return nil }
        self.init(id: id, cce: cce, iam: iam)
    }

    /// The list `regions` of the whole file, which adds to `table`. Two of the same id are a problem.
    package static func all(reading root: Section, in table: RegionTable = RegionTable()) -> [RegionConfig] {
        var ids: Set<String> = []
        return root.sections("regions").compactMap { section in
            guard let region = RegionConfig(reading: section, in: table) else { return nil }
            guard ids.insert(region.id).inserted else {
                section.report("\"\(region.id)\" is the id of an earlier region too", at: "id")
                return nil
            }
            return region
        }
    }
}
