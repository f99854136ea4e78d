/// Where a credential comes from: the values of `source` in metrics, and what `check --probe` shows.
package enum CredentialKind: String, Sendable, CaseIterable {
    /// Files or variables that the configuration names.
    case fixed = "static"
    /// The variables that the cloud's SDKs read.
    case environment
    /// The SDKs' file of profiles.
    case profile
    /// The metadata service of a virtual machine with an agency.
    case metadata
    /// An identity provider's token for a token of IAM, that for a temporary key.
    case federation
    /// An identity provider's token for an agency's temporary key.
    case oidcAgency = "oidc-agency"
    /// The agent that gives the pods of a cluster their identity.
    case podIdentity = "pod-identity"
    /// An agency, taken on with another credential.
    case agency
    /// An IAM user's password for a token.
    case user
    /// A token that somebody else fetches.
    case token
    /// The first of several that has one.
    case chain
}
