import Settings

/// The metadata service of the virtual machine.
package struct MetadataConfig: Sendable, Equatable {
    /// Where it is; `http://` for loopback and 169.254.0.0/16 alone.
    package var endpoint = "http://169.254.169.254"
    package init() {}
    package init(reading section: Section) {
        endpoint = section.endpoint("endpoint", shownDefault: endpoint) ?? endpoint
    }
}
