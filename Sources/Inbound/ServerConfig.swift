import Settings

/// The `server` section.
package struct ServerConfig: Sendable, Equatable {
    /// Where the API is served. Loopback until someone decides otherwise: the answers name a whole fleet.
    package var listen = ListenAddress.loopback(port: 8080)
    /// Where `/livez`, `/readyz` and `/metrics` are served.
    package var adminListen = ListenAddress.loopback(port: 9090)
    /// Connections of one listener. Each kept one holds 32 KiB: 128 MiB when all are in use.
    package var maxConnections = 4096
    /// What snapshots, pinned snapshots and bodies may take together, in bytes.
    package var memoryBudget = 512 << 20
    /// From the whole head of a request to its answer; also what a peer gets at least to take an answer.
    package var requestTimeout = Duration.seconds(30)
    /// From the opening of a connection to the whole head of its first request.
    package var headerTimeout = Duration.seconds(10)
    /// How long `/readyz` may wait for the first coverage.
    package var startupGrace = Duration.seconds(30)
    /// How long we go on accepting after being told to stop: endpoints take seconds to move away.
    package var shutdownDelay = Duration.seconds(5)
    /// How long requests in flight may take to end after that.
    package var drainTimeout = Duration.seconds(20)

    package init() {}

    package init(reading section: Section) {
        listen = Self.address("listen", default: listen, in: section)
        adminListen = Self.address("adminListen", default: adminListen, in: section)
        maxConnections = section.integer("maxConnections", default: maxConnections, in: 16...100_000)
        memoryBudget = section.byteCount("memoryBudget", default: memoryBudget, in: (64 << 20)...(1 << 40))
        requestTimeout = section.duration(
            "requestTimeout", default: requestTimeout, in: .seconds(2)...Duration.seconds(600))
        headerTimeout = section.duration(
            "headerTimeout", default: headerTimeout, in: .seconds(1)...Duration.seconds(60))
        startupGrace = section.duration("startupGrace", default: startupGrace, in: .zero...Duration.seconds(600))
        shutdownDelay = section.duration("shutdownDelay", default: shutdownDelay, in: .zero...Duration.seconds(300))
        drainTimeout = section.duration("drainTimeout", default: drainTimeout, in: .zero...Duration.seconds(600))
        if listen == adminListen, listen.port != 0 {
            section.report("must differ from listen, is \(adminListen) too", at: "adminListen")
        }
    }

    private static func address(
        _ key: String, default value: ListenAddress, in section: Section
    ) -> ListenAddress {
        guard let text = section.string(key, shownDefault: value.description) else { return value }
        if let address = ListenAddress(parsing: text) { return address }
        section.report("must be an address and a port such as 127.0.0.1:8080 or [::]:8080", at: key)
        return value
    }
}
