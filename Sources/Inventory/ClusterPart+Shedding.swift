import ReleaseModel

extension ClusterPart {
    /// Compressed bytes of the heavy fields held.
    var heavyByteCount: Int { heavy.frameByteCount }

    /// The same rows without the texts of their heavy fields.
    func withoutHeavyFields() -> ClusterPart { ClusterPart(withoutHeavyFieldsOf: self) }
}
