import API
import CCE
import Credentials
import Cryptography
import Discovery
import Inbound
import Outbound
import Settings
import Signing
import Timing

/// What holds between modules. Each module checks its own part while it is read.
extension GatewayConfig {
    func check(_ root: Section) {
        checkReferences(root)
        let section = root.section("server")
        if auth.isOnlyForLoopback, !server.listen.isLoopback {
            section.report(
                "\(server.listen) can be reached from elsewhere: name auth.apiKeys, accessKeys or tokenIssuers, or write auth.anonymous: true",
                at: "listen")
        }
        if upstream.deadline >= server.requestTimeout {
            section.report(
                "must be longer than upstream.deadline, \(upstream.deadline.text): requests wait for refreshes",
                at: "requestTimeout")
        }
        if pages.pinnedBytes > server.memoryBudget {
            root.section("pages").report(
                "must not be larger than server.memoryBudget, \(ByteCount.text(server.memoryBudget))",
                at: "pinnedBytes")
        }
        if pages.sharedBytes > server.memoryBudget {
            root.section("pages").report(
                "must not be larger than server.memoryBudget, \(ByteCount.text(server.memoryBudget))",
                at: "sharedBytes")
        }
        if upstream.maxBytesInFlight > server.memoryBudget {
            root.section("upstream").report(
                "must not be larger than server.memoryBudget, \(ByteCount.text(server.memoryBudget))",
                at: "maxBytesInFlight")
        }
    }

    /// Clusters and discovery name regions and credentials.
    private func checkReferences(_ root: Section) {
        let table = regionTable
        // Also those whose entry has a problem of its own: it is told there, not at every cluster.
        let regionIDs = Set(root.sections("regions").compactMap { $0.string("id") })
        var names = Set(credentials.map(\.name))
        names.formUnion(root.sections("credentials").compactMap { $0.string("name") })
        let discovered = root.sections("discovery")
        for section in discovered where section.string("region") == DiscoveryConfig.everywhere {
            if table.iamOfAllRegions == nil {
                section.report("all: regions name several IAM endpoints, so name the regions one by one", at: "region")
            }
        }
        for section in root.sections("clusters") + discovered {
            let region = section.string("region")
            let isEverywhere = region == DiscoveryConfig.everywhere && discovered.contains { $0 === section }
            if let region, !region.isEmpty, table[region] == nil, !regionIDs.contains(region), !isEverywhere {
                section.report(Self.unknown(region: region, in: table), at: "region")
            }
            if let name = section.string("credential"), !name.isEmpty, !names.contains(name) {
                let shown = PrintableText.escaped(name, limit: 60)
                let hint = NearestName.of(name, among: names).map { "; did you mean \($0)?" } ?? ""
                section.report("\"\(shown)\" is none of credentials\(hint)", at: "credential")
            }
        }
    }

    /// What cannot be read of the keys that the configuration refers to. Blocks on files.
    ///
    /// - Parameter known: problems of the file; what they are about is not looked at again.
    func secretProblems(_ secrets: SecretReader, known: [Problem]) -> [Problem] {
        let readable = credentials.filter { config in !known.contains { $0.path.hasPrefix(config.path) } }
        var problems = CurrentCredentials.problems(of: readable, secrets: secrets)
        problems += CallerKeys.problems(of: auth, secrets: secrets).filter { problem in
            !known.contains { problem.path.hasPrefix($0.path) && !$0.path.isEmpty }
        }
        if let reference = pages.tokenKey {
            do throws(SecretUnreadable) {
                let key = try secrets.read(reference)
                if key.bytes.count < Self.tokenKeyByteMinimum {
                    problems.append(
                        Problem(
                            path: "pages.tokenKey",
                            detail: "\(reference) must hold \(Self.tokenKeyByteMinimum) bytes or more"))
                }
            } catch {
                problems.append(Problem(path: "pages.tokenKey", detail: error.description))
            }
        }
        return problems
    }
    /// 128 bits.
    private static let tokenKeyByteMinimum = 16

    /// Why this configuration cannot take the place of `before` in a gateway that runs.
    ///
    /// - Parameter listen: where that gateway listens, whatever the new configuration says of it.
    package func problems(after before: GatewayConfig, listeningOn listen: ListenAddress) -> [Problem] {
        var problems: [Problem] = []
        if auth.isOnlyForLoopback, !listen.isLoopback {
            problems.append(
                Problem(
                    path: "auth",
                    detail: "\(listen) is listened on until a restart and can be reached from elsewhere: "
                        + "keep its keys, or write anonymous: true"))
        }
        // One that is just being replaced, most likely; what arguments and environment say is no substitute.
        if before.hasFile, !hasFile { problems.append(Problem(path: "", detail: "the file is gone or empty")) }
        return problems
    }

    /// All files that are named besides the configuration's own.
    func namedFiles(_ secrets: SecretReader) -> Set<String> {
        let files = secretFiles(secrets)
        if case .file(let path)? = pages.tokenKey { return files.union([path]) }
        return files
    }
    /// Files whose change makes keys change.
    func secretFiles(_ secrets: SecretReader) -> Set<String> {
        auth.files.union(credentials.flatMap { $0.watchedFiles(secrets) })
    }
}
