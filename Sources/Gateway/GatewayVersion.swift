package enum GatewayVersion {
    /// As in CHANGELOG.md.
    package static let current = "0.1.0"
}
