import Settings

/// Where one credential's parts are read from: an entry of `credentials`.
package struct CredentialConfig: Sendable, Equatable {
    /// What clusters and discovery refer to.
    package var name: String
    /// The access key id.
    package var accessKey: SecretReference
    /// The secret access key.
    package var secretKey: SecretReference
    /// Of temporary credentials alone.
    package var securityToken: SecretReference?
    /// Where problems say that they are; `credentials[0]`.
    package var path: String

    package init(
        name: String, accessKey: SecretReference, secretKey: SecretReference, securityToken: SecretReference? = nil,
        path: String? = nil
    ) {
        self.name = name
        self.accessKey = accessKey
        self.secretKey = secretKey
        self.securityToken = securityToken
        self.path = path ?? "credentials.\(name)"
    }

    package init(reading section: Section) {
        let name = section.string("name")
        let accessKey = section.secret("accessKey")
        let secretKey = section.secret("secretKey")
        if name?.isEmpty ?? true { section.report("is required", at: "name") }
        if accessKey == nil { section.report("is required: {env: NAME} or {file: PATH}", at: "accessKey") }
        if secretKey == nil { section.report("is required: {env: NAME} or {file: PATH}", at: "secretKey") }
        self.init(
            name: name ?? "", accessKey: accessKey ?? .environment("CLOUD_SDK_AK"),
            secretKey: secretKey ?? .environment("CLOUD_SDK_SK"), securityToken: section.secret("securityToken"),
            path: section.path)
    }

    /// The list `credentials` of the whole file. Two of the same name are a problem.
    package static func all(reading root: Section) -> [CredentialConfig] {
        var names: Set<String> = []
        return root.sections("credentials").map { section in
            let config = CredentialConfig(reading: section)
            if !config.name.isEmpty, !names.insert(config.name).inserted {
                section.report("\"\(config.name)\" is the name of an earlier credential too", at: "name")
            }
            return config
        }
    }
}

/// What the environment offers when the configuration names no credential.
package struct EnvironmentCredential: Sendable, Equatable {
    /// Called `environment`.
    package let config: CredentialConfig
    /// `HUAWEICLOUD_SDK_PROJECT_ID`.
    package let projectID: String?

    /// The name that stands for it where clusters name their credential.
    package static let name = "environment"

    /// Looks for `CLOUD_SDK_AK` with `CLOUD_SDK_SK`, then for the SDK's own `HUAWEICLOUD_SDK_AK` and `_SK`, the latter
    /// with `_SECURITY_TOKEN`. Nil when none of the four is set. A key without its secret is given too, if there is
    /// nothing better: reading it then names the variable that is missing.
    package init?(_ variable: (String) -> String?) {
        func isSet(_ name: String) -> Bool { !(variable(name) ?? "").isEmpty }
        let prefixes = ["CLOUD_SDK", "HUAWEICLOUD_SDK"]
        let whole = prefixes.first { isSet("\($0)_AK") && isSet("\($0)_SK") }
        guard let prefix = whole ?? prefixes.first(where: { isSet("\($0)_AK") || isSet("\($0)_SK") }) else {
            return nil
        }
        let token = "HUAWEICLOUD_SDK_SECURITY_TOKEN"
        config = CredentialConfig(
            name: Self.name, accessKey: .environment("\(prefix)_AK"), secretKey: .environment("\(prefix)_SK"),
            securityToken: prefix == "HUAWEICLOUD_SDK" && isSet(token) ? .environment(token) : nil, path: "environment")
        projectID = isSet("HUAWEICLOUD_SDK_PROJECT_ID") ? variable("HUAWEICLOUD_SDK_PROJECT_ID") : nil
    }
}
