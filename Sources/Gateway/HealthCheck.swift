import Inbound
import Outbound
import Timing

/// One question to a listener of a gateway that runs: what a container's HEALTHCHECK and the chart's test ask.
package struct HealthCheck: Sendable {
    /// Why the answer is no. Holds nothing of the body.
    package struct Failed: Error, Equatable, CustomStringConvertible {
        package let description: String
    }

    private let url: String
    private let timeout: Duration
    private let transport: (any HTTPTransport)?

    /// - Parameters:
    ///   - url: http or https; that address alone is asked, redirects are not followed.
    ///   - timeout: for all of it, lookup included.
    package init(url: String, timeout: Duration, transport: (any HTTPTransport)? = nil) {
        self.url = url
        self.timeout = timeout
        self.transport = transport
    }

    /// Returns after a 200; throws for anything else.
    package func run() async throws(Failed) {
        guard let origin = Origin(of: url) else { throw Failed(description: "the URL is not http://host:port/path") }
        var upstream = UpstreamConfig()
        upstream.connectTimeout = timeout
        upstream.timeout = timeout
        upstream.maxResponseBytes = 1 << 16
        // Probes hold nothing worth hiding, and stand where no certificate does.
        if !origin.isSecure { upstream.plainOrigins = [origin] }
        var config = GatewayConfig()
        config.upstream = upstream
        let (client, curl) = try client(config)
        let answer = await ask(client, origin)
        await curl?.shutdown()
        let status = try answer.get()
        guard status == 200 else { throw Failed(description: "the answer is \(status)") }
    }

    private func client(_ config: GatewayConfig) throws(Failed) -> (any HTTPTransport, CurlTransport?) {
        do throws(GatewayStartError) {
            try Gateway.prepareLibraries()
            return try Gateway.transport(config, time: SystemTime(), given: transport)
        } catch {
            throw Failed(description: "\(error)")
        }
    }

    private func ask(_ transport: any HTTPTransport, _ origin: Origin) async -> Result<Int, Failed> {
        let url = url
        do throws(TransportError) {
            let answer = try await transport.send(origin: origin.description, timeout: timeout) {
                OutboundRequest(url: url, fields: [HTTPField("User-Agent", "release-gateway-healthcheck")])
            }
            return .success(answer.status)
        } catch {
            return .failure(Failed(description: error.detail.isEmpty ? "\(error.reason)" : error.detail))
        }
    }
}

extension ConfigSource {
    /// `/livez` on the admin listener of the gateway that this configuration describes, asked from its own machine.
    /// Blocks on the file; one that cannot be read stands for its defaults, since an answer is what is asked for, not
    /// an opinion about the file.
    package var livenessURL: String {
        let listen = (try? read())?.config.server.adminListen ?? ServerConfig().adminListen
        return switch listen.host {
        case .ipv4(let bytes) where bytes.allSatisfy { $0 == 0 }: "http://127.0.0.1:\(listen.port)/livez"
        case .ipv6(let bytes) where bytes.allSatisfy { $0 == 0 }: "http://[::1]:\(listen.port)/livez"
        default: "http://\(listen)/livez"
        }
    }
}
