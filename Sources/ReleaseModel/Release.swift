import Timing

/// One Helm release as the cloud's row told it, decoded and checked. Nil is the cloud's null, absent or unusable value.
///
/// Its cluster is not a field: it is the one that was asked. Text is compared by UTF-8 bytes, which is code point order.
package struct Release: Sendable, Equatable {
    package var namespace: String
    package var name: String
    /// The Helm revision.
    package var version: Int64?
    package var chartName: String?
    package var chartVersion: String?
    package var chartPublic: Bool?
    /// The cloud's word, kept verbatim even when unknown.
    package var status: String?
    package var statusDescription: String?
    package var description: String?
    package var createAt: Instant?
    package var updateAt: Instant?
    /// `values`, `parameters` and `resources`, as far as they are held.
    package var heavy: HeavyFields

    package init(
        namespace: String, name: String, version: Int64? = nil, chartName: String? = nil, chartVersion: String? = nil,
        chartPublic: Bool? = nil, status: String? = nil, statusDescription: String? = nil, description: String? = nil,
        createAt: Instant? = nil, updateAt: Instant? = nil, heavy: HeavyFields = HeavyFields()
    ) {
        self.namespace = namespace
        self.name = name
        self.version = version
        self.chartName = chartName
        self.chartVersion = chartVersion
        self.chartPublic = chartPublic
        self.status = status
        self.statusDescription = statusDescription
        self.description = description
        self.createAt = createAt
        self.updateAt = updateAt
        self.heavy = heavy
    }
}
