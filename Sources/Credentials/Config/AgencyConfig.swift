import Settings

/// An agency, taken on with another credential.
package struct AgencyConfig: Sendable, Equatable {
    /// The name of the credential that may take it on.
    package var from: String
    /// `iam::{domain_id}:agency:{name}`: STS is asked. Either this, or `agency` with an account.
    package var urn: String?
    /// The agency's name: IAM is asked.
    package var agency: String?
    /// The name of the account that has the agency.
    package var domain: String?
    /// Its id, instead of its name.
    package var domainID: String?
    /// What the cloud's audit log calls the session; with `urn`.
    package var sessionName = "release-gateway"
    /// How long the key is to live.
    package var duration = Duration.seconds(3600)
    /// Whose IAM or STS is asked; left out: IAM's global one, the STS of cn-north-4.
    package var region: String?
    /// Where IAM is, instead.
    package var iamEndpoint: String?
    /// Where STS is, instead.
    package var stsEndpoint: String?

    package init(from: String, urn: String) {
        self.from = from
        self.urn = urn
    }
    package init(from: String, agency: String, domain: String) {
        self.from = from
        self.agency = agency
        self.domain = domain
    }
    init?(reading section: Section) {
        let from = section.requiredString("from")
        (urn, agency) = (section.string("urn"), section.string("agency"))
        (domain, domainID) = (section.string("domain"), section.string("domainId"))
        sessionName = section.string("sessionName", default: sessionName)
        duration = section.lifetime(default: duration)
        region = section.string("region")
        (iamEndpoint, stsEndpoint) = (section.endpoint("iamEndpoint"), section.endpoint("stsEndpoint"))
        let isByName = urn == nil && agency != nil && (domain == nil) != (domainID == nil)
        let isByURN = urn != nil && agency == nil && domain == nil && domainID == nil
        if !isByName, !isByURN { section.report("needs urn, or agency with one of domain and domainId") }
        guard let from, isByName || isByURN else { return nil }
        self.from = from
    }
}
