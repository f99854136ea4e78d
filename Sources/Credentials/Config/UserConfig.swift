import Settings

/// An IAM user's password for a token.
package struct UserConfig: Sendable, Equatable {
    /// The user's name.
    package var name: String
    /// The name of the account that the user belongs to.
    package var domain: String
    /// The user's password.
    package var password: SecretReference
    /// The project that the token is for, which is the region's main project when it is called as the region is.
    package var project: String?
    /// Whose IAM is asked, and whose main project the token is for when `project` is left out.
    package var region: String?
    /// Where IAM is, instead.
    package var iamEndpoint: String?

    var scope: String { project ?? region ?? "" }

    package init(name: String, domain: String, password: SecretReference, project: String) {
        self.name = name
        self.domain = domain
        self.password = password
        self.project = project
    }
    init?(reading section: Section) {
        let (name, domain) = (section.requiredString("name"), section.requiredString("domain"))
        let password = section.requiredSecret("password")
        let (project, region) = (section.string("project"), section.string("region"))
        let iamEndpoint = section.endpoint("iamEndpoint")
        if project == nil, region == nil { section.report("needs project or region: tokens are for one project") }
        guard let name, let domain, let password, let scope = project ?? region else { return nil }
        self.init(name: name, domain: domain, password: password, project: scope)
        (self.region, self.iamEndpoint) = (region, iamEndpoint)
    }
}
