/// Why the gateway did not come up. Holds no secret.
package struct GatewayStartError: Error, Equatable, CustomStringConvertible {
    /// `listen on 127.0.0.1:8080`
    package let doing: String
    package let detail: String
    package var description: String { "\(doing): \(detail)" }

    init(_ doing: String, _ detail: String) {
        self.doing = doing
        self.detail = detail
    }
}
