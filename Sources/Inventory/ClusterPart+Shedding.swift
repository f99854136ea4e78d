import ReleaseModel

extension ClusterPart {
    /// Compressed bytes of the heavy fields held; none while they are still to be compressed.
    var heavyByteCount: Int { isHeavyMade ? heavy.frameByteCount : 0 }

    /// The same rows without the texts of their heavy fields.
    func withoutHeavyFields() -> ClusterPart { ClusterPart(withoutHeavyFieldsOf: self) }
}
