import Locking
import Settings
import Signing
import Testing

@Suite struct StaticCredentialsTests {
    /// What stands behind the references, to be changed by a test.
    private final class Files: Sendable {
        let contents: Lock<[SecretReference: String]>
        init(_ contents: [SecretReference: String]) { self.contents = Lock(contents) }
        func set(_ reference: SecretReference, _ text: String?) { contents.withLock { $0[reference] = text } }
        func read(_ reference: SecretReference) throws(SecretUnreadable) -> Secret {
            guard let text = contents.withLock({ $0[reference] }) else {
                throw SecretUnreadable(reference: reference, detail: "is not there")
            }
            return Secret(text.utf8)
        }
    }
    private let accessKey = SecretReference.environment("CLOUD_SDK_AK")
    private let secretKey = SecretReference.file("/run/secrets/sk")
    private let token = SecretReference.file("/run/secrets/token")

    private func credentials(_ files: Files, withToken: Bool = false) -> StaticCredentials {
        let config = CredentialConfig(
            name: "prod", accessKey: accessKey, secretKey: secretKey, securityToken: withToken ? token : nil,
            path: "credentials[0]")
        return StaticCredentials([config]) { reference throws(SecretUnreadable) in try files.read(reference) }
    }
    private func credential(_ accessKey: String, _ secretKey: String, token: String? = nil) -> Credential {
        Credential(
            accessKey: accessKey, secretKey: Secret(secretKey.utf8), securityToken: token.map { Secret($0.utf8) })
    }

    @Test func `references are read, with the settings' reader without line breaks at their ends`() {
        let config = CredentialConfig(
            name: "prod", accessKey: accessKey, secretKey: .environment("SK"), securityToken: .environment("TOKEN"))
        let reader = SecretReader(
            environment: ["CLOUD_SDK_AK": "AKEXAMPLE\n", "SK": "SKEXAMPLE\r\n\n", "TOKEN": "TOKENEXAMPLE"])
        let credentials = StaticCredentials([config], read: reader.read)
        #expect(credentials.credential(named: "prod") == nil)
        #expect(credentials.reload() == [])
        #expect(credentials.credential(named: "prod") == credential("AKEXAMPLE", "SKEXAMPLE", token: "TOKENEXAMPLE"))
        #expect(credentials.credential(named: "other") == nil)
    }

    @Test func `a rotated key shows after a reload`() {
        let files = Files([accessKey: "AKEXAMPLE", secretKey: "SKEXAMPLE"])
        let credentials = credentials(files)
        _ = credentials.reload()
        files.set(accessKey, "AKEXAMPLE2")
        files.set(secretKey, "SKEXAMPLE2")
        #expect(credentials.credential(named: "prod") == credential("AKEXAMPLE", "SKEXAMPLE"))
        #expect(credentials.reload() == [])
        #expect(credentials.credential(named: "prod") == credential("AKEXAMPLE2", "SKEXAMPLE2"))
    }

    /// Of two files of one key. `change` comes before each read, with its number from 0.
    private func credentialsRead(_ change: @escaping @Sendable (Files, Int) -> Void) -> StaticCredentials {
        let files = Files([accessKey: "AKEXAMPLE", secretKey: "SKEXAMPLE"])
        let reads = Lock(0)
        let config = CredentialConfig(name: "prod", accessKey: accessKey, secretKey: secretKey, path: "credentials[0]")
        return StaticCredentials([config]) { reference throws(SecretUnreadable) in
            let number = reads.withLock { reads in
                defer { reads += 1 }
                return reads
            }
            change(files, number)
            return try files.read(reference)
        }
    }

    @Test(arguments: 0..<8)
    func `whenever both files of a key are replaced while they are read, no mixture is taken`(after count: Int) {
        let credentials = credentialsRead { files, number in
            guard number == count else { return }
            files.set(accessKey, "AKEXAMPLE2")
            files.set(secretKey, "SKEXAMPLE2")
        }
        #expect(credentials.reload() == [])
        let pairs = [credential("AKEXAMPLE", "SKEXAMPLE"), credential("AKEXAMPLE2", "SKEXAMPLE2")]
        #expect(pairs.contains { credentials.credential(named: "prod") == $0 })
    }

    @Test func `a key that is another one each time is a problem, and the old one stays`() {
        let credentials = credentialsRead { files, number in
            if number >= 4 { files.set(secretKey, "SKEXAMPLE\(number)") }
        }
        #expect(credentials.reload() == [])
        #expect(
            credentials.reload() == [Problem(path: "credentials[0]", detail: "changes while it is read")])
        #expect(credentials.credential(named: "prod") == credential("AKEXAMPLE", "SKEXAMPLE"))
    }

    @Test func `when one part cannot be read the whole credential stays, and the problem says where`() {
        let files = Files([accessKey: "AKEXAMPLE", secretKey: "SKEXAMPLE"])
        let credentials = credentials(files)
        _ = credentials.reload()
        files.set(accessKey, "AKEXAMPLE2")
        files.set(secretKey, nil)
        #expect(
            credentials.reload() == [
                Problem(path: "credentials[0].secretKey", detail: "the file /run/secrets/sk is not there")
            ])
        #expect(credentials.credential(named: "prod") == credential("AKEXAMPLE", "SKEXAMPLE"))
    }

    @Test(arguments: [
        "", "SK EXAMPLE", "SKEXAMPLE\n", " SKEXAMPLE", "SKEXAMPLE ", "SKEX\nAMPLE", "SKEX\tAMPLE", "SKEX\u{0}AMPLE",
        "SKEX\u{7F}AMPLE", "SKEXÄMPLE", String(repeating: "SKEXAMPLE", count: 30),
    ])
    func `a key that no field can carry is a problem whose text does not show it`(text: String) {
        let files = Files([accessKey: "AKEXAMPLE", secretKey: text])
        let credentials = credentials(files)
        let problems = credentials.reload()
        #expect(problems.map(\.path) == ["credentials[0].secretKey"])
        #expect(problems.allSatisfy { !$0.description.contains("SK") && !$0.description.contains("MPLE") })
        #expect(credentials.credential(named: "prod") == nil)
    }

    @Test func `every problem of a reload is told at once`() {
        let credentials = credentials(Files([:]), withToken: true)
        #expect(
            Set(credentials.reload().map(\.path)) == [
                "credentials[0].accessKey", "credentials[0].secretKey", "credentials[0].securityToken",
            ])
    }
}

@Suite struct CredentialConfigTests {
    @Test func `an entry is read from the file`() throws {
        let root = try Section(
            yaml: """
                credentials:
                  - { name: prod, accessKey: {env: CLOUD_SDK_AK}, secretKey: {file: /run/secrets/sk} }
                  - { name: temporary, accessKey: {env: A}, secretKey: {env: B}, securityToken: {env: C} }
                """.utf8)
        #expect(
            CredentialConfig.all(reading: root) == [
                CredentialConfig(
                    name: "prod", accessKey: .environment("CLOUD_SDK_AK"), secretKey: .file("/run/secrets/sk"),
                    path: "credentials[0]"),
                CredentialConfig(
                    name: "temporary", accessKey: .environment("A"), secretKey: .environment("B"),
                    securityToken: .environment("C"), path: "credentials[1]"),
            ])
        #expect(root.problems == [])
    }
    @Test func `what is missing, doubled or unknown is told with its path`() throws {
        let root = try Section(
            yaml: """
                credentials:
                  - { name: prod, accessKey: {env: A}, secretKey: {env: B} }
                  - { name: prod, accessKey: {env: A}, secretkey: {env: B} }
                  - { accessKey: AKEXAMPLE, secretKey: {env: B} }
                """.utf8)
        _ = CredentialConfig.all(reading: root)
        #expect(
            Set(root.problems.map(\.path)) == [
                "credentials[1].name", "credentials[1].secretKey", "credentials[1].secretkey", "credentials[2].name",
                "credentials[2].accessKey",
            ])
        #expect(root.problems.count == 5)
        #expect(root.problems.allSatisfy { !$0.description.contains("AKEXAMPLE") })
    }
}

@Suite struct EnvironmentCredentialTests {
    private static let own = ["CLOUD_SDK_AK": "a", "CLOUD_SDK_SK": "s"]
    private static let official = [
        "HUAWEICLOUD_SDK_AK": "a", "HUAWEICLOUD_SDK_SK": "s", "HUAWEICLOUD_SDK_SECURITY_TOKEN": "t",
        "HUAWEICLOUD_SDK_PROJECT_ID": "p",
    ]

    @Test(arguments: [
        (own, "CLOUD_SDK", false, nil),
        (official, "HUAWEICLOUD_SDK", true, "p"),
        (own.merging(official) { $1 }, "CLOUD_SDK", false, "p"),
        (official.merging(["CLOUD_SDK_AK": "a"]) { $1 }, "HUAWEICLOUD_SDK", true, "p"),
        (["CLOUD_SDK_AK": "a"], "CLOUD_SDK", false, nil),
        (["CLOUD_SDK_AK": "", "HUAWEICLOUD_SDK_SK": "s"], "HUAWEICLOUD_SDK", false, nil),
    ])
    func `the first family that is whole is taken`(
        variables: [String: String], prefix: String, hasToken: Bool, projectID: String?
    ) throws {
        let found = try #require(EnvironmentCredential { variables[$0] })
        #expect(found.config.name == "environment")
        #expect(found.config.accessKey == .environment("\(prefix)_AK"))
        #expect(found.config.secretKey == .environment("\(prefix)_SK"))
        #expect(found.config.securityToken == (hasToken ? .environment("HUAWEICLOUD_SDK_SECURITY_TOKEN") : nil))
        #expect(found.projectID == projectID)
    }
    @Test func `an environment without keys offers nothing`() {
        #expect(EnvironmentCredential { ["CLOUD_SDK_AK": "", "HUAWEICLOUD_SDK_PROJECT_ID": "p"][$0] } == nil)
    }
}
