import Settings

/// The variables of the cloud's SDKs.
package struct EnvironmentConfig: Sendable, Equatable {
    /// Where IAM is, when `HUAWEICLOUD_SDK_IDP_ID` and `_ID_TOKEN_FILE` are set.
    package var iamEndpoint: String?
    package init() {}
    package init(reading section: Section) { iamEndpoint = section.endpoint("iamEndpoint") }
}
