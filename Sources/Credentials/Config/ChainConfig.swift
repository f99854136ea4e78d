import Settings

/// Several sources, of which the first that has a credential is taken.
package struct ChainConfig: Sendable, Equatable {
    package enum Member: String, Sendable, CaseIterable { case oidcAgency, environment, profile, metadata, podIdentity }
    /// Which, in this order.
    package var sources = Member.allCases
    package init() {}
    package init(reading section: Section) { sources = section.choices("sources", default: sources) }
}
