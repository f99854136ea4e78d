import Foundation
import GatewayTestKit
import Settings
import Signing
import Simulation
import Testing
import Timing

/// Everything that the process writes while credentials of all sources are in use; not its core dump, of which builds for use have none.
@Suite struct SecretScanTests {
    @Test(arguments: [Array("PLANTED/secret+of=nobody".utf8), Array(UInt8(1)...30)])
    func `a secret is found in each of its forms, wherever it stands`(surroundings: [UInt8]) {
        let secret = "another/secret+with=signs"
        let forms = SecretForms([("it", secret)])
        #expect(forms.found(in: surroundings) == [])
        for (name, form) in SecretForms.forms(of: secret) {
            #expect(forms.found(in: surroundings + Array(form.utf8) + surroundings).contains("it, \(name)"))
        }
        for before in 0..<5 {
            for after in 0..<5 {
                let text = String(repeating: "x", count: before) + secret + String(repeating: "y", count: after)
                let encoded = Array(Data(text.utf8).base64EncodedString().utf8)
                #expect(forms.found(in: encoded).contains { $0.contains("base64 at") })
            }
        }
    }

    private static func planted(_ name: String) -> String { "PLANTED/\(name)+secret=obviously~fake" }

    private struct Surroundings {
        let folder: Folder
        let accounts: SimulatedIdentity.Accounts
        let environment: [String: String]
        /// What must show nowhere.
        let secrets: [(name: String, text: String)]

        init() throws {
            let planted = SecretScanTests.planted
            folder = try Folder()
            var accounts = SimulatedIdentity.Accounts()
            accounts.base = Credential(
                accessKey: "AKEXAMPLEBASE", secretKey: Secret(planted("file").utf8))
            (accounts.idToken, accounts.password) = (planted("id-token"), planted("password"))
            accounts.podToken = planted("pod-token")
            self.accounts = accounts
            let files = [
                "sk": planted("file"), "st": planted("file-token"), "id-token": accounts.idToken,
                "password": accounts.password, "pod-token": accounts.podToken, "ready": planted("ready"),
                "profile": "[basic]\nak = AKEXAMPLEPROFILE\nsk = \(planted("profile"))\n"
                    + "security_token = \(planted("profile-token"))\n",
            ]
            for (name, text) in files { try folder.write(Array("\(text)\n".utf8), to: name) }
            environment = [
                // No helper that prints the stack: it would keep the output open after the end.
                "SWIFT_BACKTRACE": "enable=no",
                "BASE_AK": "AKEXAMPLEBASE", "TEMPORARY_SK": planted("variable"),
                "HUAWEICLOUD_SDK_AK": "AKEXAMPLESDK", "HUAWEICLOUD_SDK_SK": planted("sdk"),
                "HUAWEICLOUD_SDK_SECURITY_TOKEN": planted("sdk-token"),
            ]
            let names = [
                "file", "file-token", "id-token", "password", "pod-token", "ready", "profile", "profile-token",
                "variable", "sdk", "sdk-token", "half-written",
            ]
            secrets = names.map { ($0, planted($0)) }
        }

        func config(cloud: String, issuer: String, clusters: [SimulatedCluster]) -> String {
            func file(_ name: String) -> String { "{file: \"\(folder.file(name))\"}" }
            let sources = [
                "accessKey: {env: BASE_AK}, secretKey: \(file("sk"))",
                "accessKey: {env: BASE_AK}, secretKey: {env: TEMPORARY_SK}, securityToken: \(file("st"))",
                "environment: {}", "profile: {file: \"\(folder.file("profile"))\"}",
                "metadata: {endpoint: \"\(issuer)\"}",
                "federation: {idp: \(accounts.idp), idToken: \(file("id-token")), region: cn-north-4}",
                "oidcAgency: {provider: \"\(accounts.provider)\", agency: \"\(accounts.agency)\", "
                    + "idToken: \(file("id-token")), stsEndpoint: \"\(issuer)\"}",
                "podIdentity: {uri: \"\(issuer)/v1/pod-credentials\", token: \(file("pod-token"))}",
                "agency: {from: c0, urn: \"\(accounts.agency)\", stsEndpoint: \"\(issuer)\"}",
                "agency: {from: c0, agency: a1, domain: d1, region: cn-north-4}",
                "user: {name: \(accounts.user), domain: d1, password: \(file("password")), region: cn-north-4}",
                "token: \(file("ready"))", "chain: {}",
            ]
            var text = """
                server: { listen: "127.0.0.1:0", adminListen: "127.0.0.1:0", shutdownDelay: 0s }
                inventory: { minRefreshInterval: 0s }
                logging: { level: debug, requestRatio: 1 }
                regions: [{ id: cn-north-4, cceEndpoint: "\(cloud)", iamEndpoint: "\(issuer)" }]
                credentials:

                """
            for (index, source) in sources.enumerated() { text += "  - { name: c\(index), \(source) }\n" }
            text += "clusters:\n"
            for (index, cluster) in clusters.enumerated() {
                text += "  - { id: \(cluster.id), name: \(cluster.name), region: cn-north-4, "
                text += "projectId: \(cluster.projectID), credential: c\(index % sources.count) }\n"
            }
            return text
        }
    }

    @Test func `no secret is in anything the process writes`() async throws {
        let around = try Surroundings()
        var options = SimulationOptions(clusters: 26, releases: 2, valuesBytes: 100)
        options.autopilotShare = 0
        options.verifiesSignatures = false
        let fleet = SimulatedFleet(options, time: SystemTime())
        let identity = SimulatedIdentity(around.accounts, lifetime: .seconds(900), time: SystemTime())
        let issuer = try RawPeer(playing: identity)
        defer { issuer.stop() }
        try await SimulatorServer.withRunning(fleet) { simulator in
            let clusters = fleet.allClusters
            let text = around.config(cloud: simulator.endpoint, issuer: issuer.origin, clusters: clusters)
            try around.folder.write(Array(text.utf8), to: "config.yaml")
            // A core dump, where the system writes one, goes with the folder.
            let launcher = ["/bin/sh", "-c", "cd \(around.folder.path); exec \"$0\" \"$@\""]
            let path = around.folder.file("config.yaml")
            let command = try Command(
                ["serve", "--config", path], environment: around.environment, launcher: launcher)
            let main = try await command.port()
            let admin = try #require(command.adminPort)
            var written: [UInt8] = []
            @Sendable func get(_ target: String, _ port: UInt16) async throws -> RawAnswer {
                try await RawClient.ask("GET \(target) HTTP/1.1\r\nHost: t\r\nConnection: close\r\n\r\n", port: port)
            }
            // All sources have given what the cloud takes.
            _ = try await eventually {
                try await get("/releases?page_size=1&require=all", main).status == 200 ? true : nil
            }
            // One cluster fails in each way; one key's file is broken.
            fleet.setFault(.status(401), on: clusters[3].id)
            fleet.setFault(.status(403), on: clusters[4].id)
            fleet.setFault(.status(500), on: clusters[5].id)
            try around.folder.write(
                Array("[basic]\nak = AKEXAMPLE\nsk \(Self.planted("half-written"))\n".utf8), to: "profile")
            kill(command.process.processIdentifier, SIGHUP)
            _ = try await eventually { command.log.contains("not taken, the old one stays") ? true : nil }
            let targets = [
                "/releases?page_size=500&max_age=0&wait=10s", "/releases", "/releases.csv", "/v1/clusters",
                "/v1/clusters/\(clusters[3].id)", "/v1/clusters/nobody", "/nowhere", "/releases?filter=%28",
                "/releases?credential=c1", "/openapi.json", "/openapi.yaml",
            ]
            for (targets, port) in [(targets, main), (["/metrics", "/readyz?verbose", "/livez"], admin)] {
                for target in targets {
                    let answer = try await get(target, port)
                    written += Array("\(answer.fields)".utf8) + answer.body
                }
            }
            for arguments in [["check", "--probe", "--config", path], ["describe-config"]] {
                let run = try await Command(arguments, environment: around.environment).finish(
                    patience: .seconds(60))
                written += Array((run.output + run.errors).utf8)
            }
            let forms = SecretForms(
                around.secrets + identity.secrets.filter { $0.utf8.count >= 8 }.map { ("issued", $0) })
            // It can fail: the process does hold them.
            let number = command.process.processIdentifier
            #expect(SecretForms([("one", Self.planted("sdk"))]).areHeld(by: number))
            #expect(SecretForms([("one", Self.planted("file"))]).areHeld(by: number))
            kill(number, SIGABRT)
            let ending = try await command.finish(patience: .seconds(30))
            // By that signal; under a sanitizer by what its own handler makes of it.
            #expect(ending.code < 0)
            written += Array((ending.output + ending.errors).utf8)
            #expect(written.count > 20_000 && ending.errors.contains(" debug "))
            #expect(identity.secrets.count >= 8)
            #expect(forms.found(in: written) == [])
        }
    }
}
