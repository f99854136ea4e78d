import Credentials
import Foundation
import GatewayTestKit
import Settings
import Signing
import Simulation
import Testing

/// Each example in README.md's table of sources works as it stands there, with its files somewhere else.
@Suite struct ReadmeSourceTests {
    /// What stands between backticks and begins as an entry of `credentials` does.
    private static let examples: [String] = {
        let root = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
            .deletingLastPathComponent()
        let lines = (fileText(root.appending(path: "README.md").path) ?? "").split(separator: "\n")
        guard let start = lines.firstIndex(where: { $0.hasPrefix("| source | for example |") }) else { return [] }
        return lines[(start + 2)...].prefix { $0.hasPrefix("| ") }.flatMap { line in
            line.split(separator: "`").map(String.init).filter { $0.hasPrefix("{name:") }
        }
    }()

    @Test func `every source has an example`() throws {
        let kinds = try Self.examples.map { example in
            let root = try Section(yaml: Array("credentials: [\(example)]".utf8))
            return try #require(CredentialSettings.all(reading: root).first).kind
        }
        #expect(Set(kinds) == Set(CredentialKind.allCases))
    }

    @Test(arguments: examples)
    func `the example gets a credential that the cloud takes`(example: String) async throws {
        let folder = try Folder()
        var accounts = SimulatedIdentity.Accounts()
        accounts.idp = "my-idp"
        accounts.provider = "iam::D:oidcProvider:P"
        accounts.agency = "iam::D:agency:A"
        accounts.user = "me"
        let (access, secret) = ("AKEXAMPLEBASE", "SKEXAMPLE0base0not0a0real0key")
        let files = [
            "keys/ak": access, "keys/sk": secret, "keys/password": accounts.password, "keys/token": "READY-EXAMPLE",
            "idp/token": accounts.idToken, "sa/token": accounts.idToken, "pod-token": accounts.podToken,
            ".huaweicloud/credentials": "[basic]\nak = \(access)\nsk = \(secret)\n",
        ]
        for name in ["keys", "idp", "sa", ".huaweicloud"] {
            try FileManager.default.createDirectory(atPath: folder.file(name), withIntermediateDirectories: true)
        }
        for (name, text) in files { try folder.write(Array("\(text)\n".utf8), to: name) }
        let environment = [
            "HOME": folder.path, "HUAWEICLOUD_SDK_AK": access, "HUAWEICLOUD_SDK_SK": secret,
            "HC_CONTAINER_CREDENTIALS_FULL_URI": "http://169.254.170.23/v1/pod-credentials",
            "HC_CONTAINER_AUTHORIZATION_TOKEN_FILE": folder.file("pod-token"),
        ]
        let base = "{name: a, accessKey: {env: BASE_AK}, secretKey: {env: BASE_SK}}"
        let list = example.contains("from: a") ? "\(base), \(example)" : example
        let text = "credentials: [\(list.replacing("/run/", with: "\(folder.path)/"))]"
        let root = try Section(yaml: Array(text.utf8))
        let settings = CredentialSettings.all(reading: root)
        #expect(root.problems == [])
        let name = try #require(settings.last?.name)
        let bed = Bed(settings, environment: environment, accounts: accounts)
        #expect(bed.store.reload() == [])
        try await bed.run {
            let credential = try await eventually { bed.store.credential(named: name) }
            let isReady = credential == Credential(authToken: Secret("READY-EXAMPLE".utf8))
            #expect(bed.identity.accepts(credential) || isReady)
        }
    }
}
