import ReleaseModel

extension ClusterPart {
    /// Compressed bytes of the heavy fields held.
    var heavyByteCount: Int { rows.reduce(0) { $0 + $1.heavy.byteCount } }

    /// The same rows without their heavy fields. Hashes stay: what the cluster holds did not change, only what we do.
    func withoutHeavyFields() -> ClusterPart {
        let light = rows.map { row in
            var row = row
            row.heavy = row.heavy.withheld
            return row
        }
        return ClusterPart(
            rows: light, rowHashes: rowHashes, contentHash: contentHash, dropped: dropped, repaired: repaired)
    }
}

extension HeavyFields {
    fileprivate var byteCount: Int { values.byteCount + parameters.byteCount + resources.byteCount }
    fileprivate var withheld: HeavyFields {
        HeavyFields(values: values.withheld, parameters: parameters.withheld, resources: resources.withheld)
    }
}

extension HeavyFields.Field {
    fileprivate var byteCount: Int {
        if case .held(let compressed) = self { compressed.count } else { 0 }
    }
    fileprivate var withheld: HeavyFields.Field {
        if case .held = self { .withheld } else { self }
    }
}
