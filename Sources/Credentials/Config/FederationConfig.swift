import Settings

/// An identity provider's token for a temporary key of the account that trusts it.
package struct FederationConfig: Sendable, Equatable {
    /// The provider's name in IAM.
    package var idp: String
    /// Its token, a JWT.
    package var idToken: SecretReference
    /// How long the key is to live.
    package var duration = Duration.seconds(21_600)
    /// Whose IAM is asked; left out: the global one.
    package var region: String?
    /// Where IAM is, instead.
    package var iamEndpoint: String?

    package init(idp: String, idToken: SecretReference, iamEndpoint: String? = nil) {
        self.idp = idp
        self.idToken = idToken
        self.iamEndpoint = iamEndpoint
    }
    init?(reading section: Section) {
        let idp = section.requiredString("idp")
        let idToken = section.requiredSecret("idToken")
        let (duration, region) = (section.lifetime(default: .seconds(21_600)), section.string("region"))
        let iamEndpoint = section.endpoint("iamEndpoint")
        guard let idp, let idToken else { return nil }
        self.init(idp: idp, idToken: idToken, iamEndpoint: iamEndpoint)
        (self.duration, self.region) = (duration, region)
    }
}
