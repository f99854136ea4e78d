package enum GatewayVersion {
    /// The one that `Unreleased` in CHANGELOG.md becomes.
    package static let current = "0.1.0"
}
