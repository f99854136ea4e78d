/// A field of releases as questions name it, and what a question can do with it.
///
/// `all` is the one table: `order_by`, `facets` and `group_by` are read by it, and `GET /v1/fields` shows it.
package struct QueryField: Sendable {
    package enum Kind: String, Sendable, CaseIterable { case string, integer, boolean, timestamp, version }

    /// As it is written; `label.<key>` stands for one field for each key.
    package let name: String
    package let kind: Kind
    /// A release may have no value: it sorts last, is counted under null, and no filter but a negated one finds it.
    package let isNullable: Bool
    /// What `filter` can ask of it. A label's key is the question's.
    package let filtered: FilterField
    /// Other parameters that filter by it.
    package let parameters: [ListParameter]
    /// How `order_by` sorts by it; nil when it does not.
    package let sort: SortField?
    /// How rows are counted by it, in `group_by` and `/v1/fields/{field}/values`; nil when they are not. A label's key is
    /// the question's.
    package let counted: CountedField?
    /// `facets` counts by it too.
    package let isFacet: Bool
    package let description: String
    /// A value that the field's parameter takes; of a field without one, a value it has.
    package let example: String

    /// What `/v1/fields` shows for labels, and hints name.
    package static let labelName = "label.\(LabelKey.placeholder)"

    package static let all: [QueryField] = [
        QueryField(
            "cluster_id", .string, .text(.clusterID), parameters: [.cluster, .clusterID], sort: .clusterID,
            counted: .clusterID,
            isFacet: true,
            "Identity of the cluster.", example: "a870253f-5dc7-11ee-bf71-0255ac100b03"),
        QueryField(
            "cluster_name", .string, .text(.clusterName), parameters: [.cluster, .clusterName], sort: .clusterName,
            counted: .clusterName,
            "Name of the cluster; names may change and repeat.", example: "sfs-turbo-test"),
        QueryField(
            "region", .string, .text(.region), parameters: [.region], sort: .region, counted: .region, isFacet: true,
            "Region of the cluster.",
            example: "cn-north-4"),
        QueryField(
            "project_id", .string, .text(.projectID), isNullable: true, parameters: [.projectID], sort: .projectID,
            counted: .projectID,
            "Project of the cluster.", example: "0f1e2d3c4b5a69788796a5b4c3d2e1f0"),
        QueryField(
            labelName, .string, .text(.label(LabelKey.placeholder)), isNullable: true,
            counted: .label(LabelKey.placeholder), isFacet: true,
            "Value of a label of the cluster: label.env.",
            example: "prod"),
        QueryField(
            "namespace", .string, .text(.namespace), parameters: [.namespace], sort: .namespace, counted: .namespace,
            isFacet: true,
            "Kubernetes namespace.",
            example: "monitoring"),
        QueryField(
            "name", .string, .text(.name), parameters: [.name], sort: .name, counted: .name, "Name of the release.",
            example: "testwww"),
        QueryField(
            "version", .integer, .number(.version), isNullable: true, parameters: [.version], sort: .version,
            counted: .version,
            "Revision of the release.", example: "3"),
        QueryField(
            "chart_name", .string, .text(.chartName), isNullable: true, parameters: [.chartName], sort: .chartName,
            counted: .chartName,
            isFacet: true,
            "Name of the chart.", example: "magento-mysql"),
        QueryField(
            "chart_version", .version, .chartVersion, isNullable: true, parameters: [.chartVersion],
            sort: .chartVersion,
            counted: .chartVersion, isFacet: true,
            "Version of the chart, compared by SemVer precedence.", example: "1.0.0"),
        QueryField(
            "chart_public", .boolean, .chartPublic, isNullable: true, parameters: [.chartPublic], sort: .chartPublic,
            counted: .chartPublic,
            "Whether the chart is a public one.", example: "false"),
        QueryField(
            "status", .string, .text(.status), isNullable: true, parameters: [.status, .stuckFor], sort: .status,
            counted: .status,
            isFacet: true,
            "The cloud's word for how the release stands.", example: "PENDING_INSTALL"),
        QueryField(
            "status_description", .string, .text(.statusDescription), isNullable: true,
            "What the cloud says of the status.", example: "Initial install underway"),
        QueryField(
            "severity", .integer, .number(.severity), sort: .severity, "How bad the status is: 0 DEPLOYED to 5 FAILED.",
            example: "5"),
        QueryField(
            "create_at", .timestamp, .time(.createAt), isNullable: true, parameters: [.createdAfter, .createdBefore],
            sort: .createAt,
            "When the release was created.", example: "2023-11-14T12:30:57Z"),
        QueryField(
            "update_at", .timestamp, .time(.updateAt), isNullable: true,
            parameters: [.updatedAfter, .updatedBefore, .stuckFor],
            sort: .updateAt, "When the release was last updated.", example: "2023-11-14T12:30:57Z"),
        QueryField(
            "description", .string, .text(.description), isNullable: true, parameters: [.q],
            "What Helm said of the last change; `q` looks into it.", example: "complete"),
    ]

    private init(
        _ name: String, _ kind: Kind, _ filtered: FilterField, isNullable: Bool = false,
        parameters: [ListParameter] = [],
        sort: SortField? = nil, counted: CountedField? = nil, isFacet: Bool = false, _ description: String,
        example: String
    ) {
        self.name = name
        self.kind = kind
        self.filtered = filtered
        self.isNullable = isNullable
        self.parameters = parameters
        self.sort = sort
        self.counted = counted
        self.isFacet = isFacet
        self.description = description
        self.example = example
    }

    /// Names of the parameters that filter by it.
    package var parameterNames: [String] {
        name == Self.labelName ? [name] : parameters.map(\.rawValue)
    }

    /// The field of that name; any label's.
    package static func named(_ name: String) -> QueryField? {
        let known = LabelKey(field: name) == nil ? name : labelName
        return all.first { $0.name == known }
    }
}

/// The key in `label.env`.
struct LabelKey {
    let text: String
    /// What stands for any key where none is meant.
    static let placeholder = "<key>"
    /// A key of a Kubernetes label has at most 253 + 1 + 63 bytes.
    static let byteLimit = 317

    /// Nil when the name is not one of a label; the key may still be empty or too long.
    init?(field name: String) {
        guard name.utf8.starts(with: "label.".utf8) else { return nil }
        text = String(decoding: name.utf8.dropFirst("label.".utf8.count), as: UTF8.self)
    }
    init(_ key: String) { text = key }
    var isSound: Bool { (1...Self.byteLimit).contains(text.utf8.count) }
}

extension CountedField {
    /// Nil for what is not counted, whatever the reason.
    package init?(_ name: String) {
        if let key = LabelKey(field: name) {
            guard key.isSound else { return nil }
            self = .label(key.text)
            return
        }
        guard let counted = QueryField.named(name)?.counted else { return nil }
        self = counted
    }
}
