import Glibc
import Settings

/// How calls go out: section `upstream` of the configuration.
package struct UpstreamConfig: Sendable, Equatable {
    /// Lookup, TCP and TLS together. A region endpoint that takes longer is as good as down.
    package var connectTimeout = Duration.seconds(3)
    /// One attempt, from admission to the last byte. Waiting for admission does not count.
    package var timeout = Duration.seconds(10)
    /// One cluster's refresh, with its pauses and retries; enforced by the inventory.
    package var deadline = Duration.seconds(15)
    /// Attempts after the first, at most; made by the inventory.
    package var retries = 1
    /// Calls in flight over all origins. 256 stays clear of the usual 1024 file descriptors.
    package var maxInFlight = 256
    /// Calls in flight per origin: the cloud's gateways sit behind one address.
    package var maxInFlightPerHost = 64
    /// For each credential and region endpoint, at the most; 0 = no limit. At most one second's worth goes out at once.
    /// Kept by the inventory, which makes fewer calls while the cloud refuses some as too many.
    package var maxCallsPerSecond = 200
    /// One body, decoded.
    package var maxResponseBytes = 32 << 20
    /// All bodies in memory, until they are decoded. May be exceeded by one `maxResponseBytes`.
    package var maxBytesInFlight = 128 << 20
    /// PEM file of the authorities trusted *instead of* the system's.
    package var caFile: String?
    /// `http://host:port`; nil: none, whatever the environment says.
    package var proxy: String?

    // Not in the file:

    /// Calls waiting for admission. Four times the largest fleet foreseen; each is a suspended task.
    package var queueLimit = 8192
    /// Where `http` may be spoken: loopback endpoints, and regions with `insecure: true`.
    package var plainOrigins: Set<Origin> = []

    package init() {}

    package init(reading section: Section) {
        connectTimeout = section.duration(
            "connectTimeout", default: connectTimeout, in: .milliseconds(1)...(.seconds(60)))
        timeout = section.duration("timeout", default: timeout, in: .milliseconds(1)...(.seconds(600)))
        deadline = section.duration("deadline", default: deadline, in: .milliseconds(1)...(.seconds(1800)))
        retries = section.integer("retries", default: retries, in: 0...5)
        maxInFlight = section.integer("maxInFlight", default: maxInFlight, in: 1...4096)
        maxInFlightPerHost = section.integer("maxInFlightPerHost", default: maxInFlightPerHost, in: 1...4096)
        maxCallsPerSecond = section.integer("maxCallsPerSecond", default: maxCallsPerSecond, in: 0...100_000)
        maxResponseBytes = section.byteCount("maxResponseBytes", default: maxResponseBytes, in: 1024...(1 << 30))
        maxBytesInFlight = section.byteCount("maxBytesInFlight", default: maxBytesInFlight, in: 1024...(1 << 36))
        caFile = section.string("caFile")
        proxy = section.string("proxy")
        for (key, detail) in contradictions(descriptorLimit: Self.descriptorLimit) { section.report(detail, at: key) }
    }

    /// Keys whose values do not go together, each with what is expected.
    package func contradictions(descriptorLimit: Int) -> [(key: String, detail: String)] {
        var found: [(String, String)] = []
        if connectTimeout > timeout { found.append(("connectTimeout", "must not be longer than timeout")) }
        if deadline < timeout { found.append(("deadline", "must not be shorter than timeout")) }
        if maxInFlightPerHost > maxInFlight {
            found.append(("maxInFlightPerHost", "must not be larger than maxInFlight, \(maxInFlight)"))
        }
        if maxBytesInFlight < maxResponseBytes {
            found.append(("maxBytesInFlight", "must not be smaller than maxResponseBytes, \(maxResponseBytes)"))
        }
        if descriptorsNeeded > descriptorLimit {
            found.append(
                ("maxInFlight", "needs \(descriptorsNeeded) file descriptors, the process may have \(descriptorLimit)"))
        }
        if let caFile, access(caFile, R_OK) != 0 { found.append(("caFile", "is not a file that can be read")) }
        if let proxy, Origin.split(proxy).map({ $0.rest == "" || $0.rest == "/" }) != true {
            found.append(("proxy", "must be http://host:port or https://host:port, without user or path"))
        }
        return found
    }

    /// Sockets in flight, as many kept ones closing, and a few for the loop and its lookups.
    package var descriptorsNeeded: Int { maxInFlight + maxInFlight / 4 + 32 }

    /// The soft limit, which `ulimit -n` sets.
    package static var descriptorLimit: Int {
        var limit = rlimit()
        guard getrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit) == 0 else { return .max }
        return Int(clamping: limit.rlim_cur)
    }
}
