import Settings

/// The agent that gives pods their identity.
package struct PodIdentityConfig: Sendable, Equatable {
    /// Its address; left out: `HC_CONTAINER_CREDENTIALS_FULL_URI`.
    package var uri: String?
    /// The pod's own token; left out: the file that `HC_CONTAINER_AUTHORIZATION_TOKEN_FILE` names.
    package var token: SecretReference?
    package init() {}
    package init(reading section: Section) {
        uri = section.string("uri")
        token = section.secret("token")
    }
}
