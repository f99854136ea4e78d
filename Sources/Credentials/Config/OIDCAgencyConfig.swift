import Settings

/// An identity provider's token for an agency's temporary key.
package struct OIDCAgencyConfig: Sendable, Equatable {
    /// The provider's URN, `iam::{domain_id}:oidcProvider:{name}`.
    package var provider: String
    /// The agency's URN, `iam::{domain_id}:agency:{name}`.
    package var agency: String
    /// The provider's token, such as the service account's that Kubernetes projects into the pod.
    package var idToken: SecretReference
    /// What the cloud's audit log calls the session.
    package var sessionName = "oidc-sts-session"
    /// How long the key is to live.
    package var duration = Duration.seconds(3600)
    /// A policy that narrows what the session may do, JSON.
    package var policy: String?
    /// Policies that narrow it.
    package var policyIDs: [String] = []
    /// Whose STS is asked; left out: that of cn-north-4.
    package var region: String?
    /// Where STS is, instead.
    package var stsEndpoint: String?

    package init(provider: String, agency: String, idToken: SecretReference) {
        self.provider = provider
        self.agency = agency
        self.idToken = idToken
    }
    init?(reading section: Section) {
        let (provider, agency) = (section.requiredString("provider"), section.requiredString("agency"))
        let idToken = section.requiredSecret("idToken")
        let sessionName = section.string("sessionName", default: "oidc-sts-session")
        let duration = section.lifetime(default: .seconds(3600))
        let (policy, policyIDs) = (section.string("policy"), section.strings("policyIds"))
        let (region, endpoint) = (section.string("region"), section.endpoint("stsEndpoint"))
        guard let provider, let agency, let idToken else { return nil }
        self.init(provider: provider, agency: agency, idToken: idToken)
        (self.sessionName, self.duration, self.policy) = (sessionName, duration, policy)
        (self.policyIDs, self.region, stsEndpoint) = (policyIDs, region, endpoint)
    }
}
