import CCE
import Credentials
import Discovery
import Inventory
import JSON
import Locking
import Logging
import Outbound
import ReleaseModel
import Settings
import Timing

/// Asks every cluster of a configuration once, under the limits that a running gateway keeps.
package struct Probe: Sendable {
    private let config: GatewayConfig
    private let secrets: SecretReader
    private let time: any TimeSource
    private let givenTransport: (any HTTPTransport)?
    private let logger: Logger

    package init(
        _ config: GatewayConfig, secrets: SecretReader, time: any TimeSource = SystemTime(),
        transport: (any HTTPTransport)? = nil, logger: Logger
    ) {
        self.config = config
        self.secrets = secrets
        self.time = time
        self.logger = logger
        givenTransport = transport
    }

    package func run() async throws(GatewayStartError) -> ProbeResult {
        try Gateway.prepareLibraries()
        let credentials = CurrentCredentials(
            config, secrets: secrets, time: time, given: givenTransport, logger: logger)
        _ = credentials.reload()  // its problems were the configuration's already
        let (transport, curl) = try Gateway.transport(config, time: time, given: givenTransport)
        let durations = CallDurations(time: time)
        // No retries, and nobody asks a second time.
        var once = config
        once.upstream.retries = 0
        let arm = WriteArm(once, credentials: credentials, transport: transport, time: time, logger: logger) {
            durations.watching($0)
        }
        let discovery = arm.discovery(once, continuing: nil)
        let result = await ask(arm, discovery, durations, credentials)
        await curl?.shutdown()
        return result
    }

    private func ask(
        _ arm: WriteArm, _ discovery: Discovery, _ durations: CallDurations, _ credentials: CurrentCredentials
    ) async -> ProbeResult {
        let limit = time.uptime + config.upstream.deadline * 4  // many clusters, and the wait for a first verdict
        return await withTaskGroup(of: Void.self) { group in
            group.addTask { await discovery.run { arm.inventory.update($0.clusters, gaps: $0.gaps) } }
            group.addTask { await arm.inventory.run() }
            group.addTask { await credentials.run { arm.inventory.credentialsChanged() } }
            // Each source tried once, or the time is up. One that finds nothing publishes nothing, hence the looking.
            while time.uptime < limit, arm.inventory.current == nil || !discovery.hasTriedAll {
                guard (try? await time.sleep(for: .milliseconds(20))) != nil else { break }
                let lists = discovery.sources.filter { $0.kind != nil }
                if discovery.hasTriedAll, lists.allSatisfy({ $0.lastSuccess == nil }), config.clusters.isEmpty { break }
            }
            let clusters = arm.inventory.current?.entries.map(\.cluster.id) ?? []
            await arm.inventory.refresh(
                clusters, maxAge: config.upstream.deadline * 4, askedAt: time.uptime, deadline: limit)
            let accounts = await accounts(arm, credentials)
            group.cancelAll()
            return ProbeResult(
                entries: arm.inventory.current?.entries ?? [], sources: discovery.sources, durations: durations.all,
                credentials: credentials.readings.map { one in
                    ProbeResult.CredentialLine(
                        reading: one, account: accounts[one.name],
                        identity: config.credentials.first { $0.name == one.name }?.identity)
                })
        }
    }

    /// Whose each credential is, as IAM says; nothing of those that are not there.
    private func accounts(
        _ arm: WriteArm, _ credentials: CurrentCredentials
    ) async -> [String: Result<CloudAccount?, CallFailure>] {
        typealias Answer = (name: String, account: Result<CloudAccount?, CallFailure>)
        let timeout = config.upstream.timeout
        return await withTaskGroup(of: Answer.self) { group in
            for one in credentials.readings where one.isHeld {
                guard let iam = config.iam(for: one.name) else { continue }
                group.addTask {
                    do throws(CallFailure) {
                        let account = try await arm.inventory.call(
                            iam.origin, credential: one.name
                        ) { key throws(CallFailure) in
                            try await arm.client.account(at: iam, key: key, timeout: timeout)
                        }
                        return (one.name, .success(account))
                    } catch {
                        return (one.name, .failure(error))
                    }
                }
            }
            return await group.reduce(into: [:]) { $0[$1.name] = $1.account }
        }
    }
}

extension GatewayConfig {
    /// The IAM that knows a credential: that of the first region that it is used in.
    fileprivate func iam(for credential: String) -> Endpoint? {
        let table = regionTable
        let used =
            clusters.filter { $0.credential == credential }.map(\.region)
            + discovery.filter { $0.credential == credential }.compactMap(\.regionID)
        return used.lazy.compactMap { table[$0]?.iam }.first ?? table.iamOfAllRegions
    }
}

/// Measures the calls of the inventory.
final class CallDurations: Sendable {
    private let time: any TimeSource
    private let durations = Lock<[ClusterID: Duration]>([:])

    init(time: any TimeSource) { self.time = time }

    var all: [ClusterID: Duration] { durations.withLock { $0 } }

    func watching(_ lister: any ReleaseLister) -> any ReleaseLister { Watched(lister: lister, durations: self) }

    private struct Watched: ReleaseLister {
        let lister: any ReleaseLister
        let durations: CallDurations

        func listReleases(
            of target: CallTarget, chartID: String?, timeout: Duration, unlessHashed bodyHash: TextHash?
        ) async throws(CallFailure) -> UnreadReleases {
            let start = durations.time.uptime
            defer {
                let duration = durations.time.uptime - start
                durations.durations.withLock { $0[target.cluster.id] = duration }
            }
            return try await lister.listReleases(
                of: target, chartID: chartID, timeout: timeout, unlessHashed: bodyHash)
        }
    }
}
