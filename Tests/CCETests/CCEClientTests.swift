import CCE
import GatewayTestKit
import JSON
import Outbound
import ReleaseModel
import Settings
import Signing
import Testing
import Timing

@Suite struct CCEClientTests {
    private let time = ManualTime(wall: Instant(seconds: 1_700_000_000))

    private func client(
        _ transport: ScriptedTransport, values: ValuesPolicy = .redact, credentials: FixedCredentials = .init()
    ) -> CCEClient {
        CCEClient(transport: transport, credentials: credentials, time: time, values: values, version: "1.2.3")
    }
    private func list(
        _ client: CCEClient, _ target: CallTarget, unless hash: TextHash? = nil
    ) async throws(CallFailure) -> ListedReleases {
        try await client.listReleases(of: target, chartID: nil, timeout: .seconds(10), unlessHashed: hash).read { nil }
    }

    @Test(arguments: [(Cluster.Kind.cce, "cce"), (.autopilot, "autopilot")])
    func `a list asks the path of its family, signed, with its project`(kind: Cluster.Kind, family: String) async throws
    {
        let transport = ScriptedTransport([answer(200, "[\(seedRow)]")])
        let listed = try await list(client(transport), makeTarget(kind: kind))
        guard case .part(let part) = listed.content else {
            Issue.record("no part")
            return
        }
        #expect(part.rows.map(\.name) == ["testwww"])
        #expect(listed.sentAt == time.wall && listed.sentUptime == time.uptime)
        let sent = try #require(transport.sent.first)
        #expect(
            sent.request.url == "https://cce.cn-north-4.myhuaweicloud.com/\(family)/cam/v3/clusters/"
                + "a870253f-5dc7-11ee-bf71-0255ac100b03/releases")
        #expect(sent.origin == "https://cce.cn-north-4.myhuaweicloud.com" && sent.timeout == .seconds(10))
        #expect(sent.request.method == .get && sent.request.body.isEmpty)
        #expect(sent.field("X-Project-Id") == "0f0f" && sent.field("Content-Type") == "application/json")
        #expect(sent.field("User-Agent") == "release-gateway/1.2.3" && sent.field("X-Sdk-Date") == "20231114T221320Z")
        #expect(
            sent.field("Authorization")?.hasPrefix(
                "SDK-HMAC-SHA256 Access=AKEXAMPLE0123456789X, "
                    + "SignedHeaders=content-type;host;user-agent;x-project-id;x-sdk-date, Signature=") == true)
    }

    @Test func `a chart id is passed on, encoded, and a missing project is not sent`() async throws {
        let transport = ScriptedTransport([answer(200, "[]")])
        _ = try await client(transport).listReleases(
            of: makeTarget(projectID: nil), chartID: "a b&c=/é", timeout: .seconds(1), unlessHashed: nil)
        let sent = try #require(transport.sent.first)
        #expect(sent.request.url.hasSuffix("/releases?chart_id=a%20b%26c%3D%2F%C3%A9"))
        #expect(sent.field("X-Project-Id") == nil)
    }
    @Test func `temporary credentials send their token`() async throws {
        let credential = Credential(
            accessKey: "AKEXAMPLE", secretKey: Secret(Array("s".utf8)), securityToken: Secret(Array("tok".utf8)))
        let transport = ScriptedTransport([answer(200, "[]")])
        let target = try makeTarget(key: AdmittedKey(name: "prod", credential: credential))
        _ = try await list(client(transport, credentials: FixedCredentials(credential: credential)), target)
        #expect(transport.sent.first?.field("X-Security-Token") == "tok")
    }

    @Test func `a body that hashes like the one before is not decoded again`() async throws {
        let transport = ScriptedTransport([answer(200, "[\(seedRow)]"), answer(200, "[\(seedRow)]"), answer(200, "[]")])
        let client = client(transport)
        let first = try await list(client, makeTarget())
        let second = try await list(client, makeTarget(), unless: first.bodyHash)
        let third = try await list(client, makeTarget(), unless: first.bodyHash)
        guard case .unchanged = second.content, case .part = third.content else {
            Issue.record("\(second.content), \(third.content)")
            return
        }
        #expect(second.bodyHash == first.bodyHash && third.bodyHash != first.bodyHash)
    }

    @Test(arguments: [
        (200, ""), (204, ""), (201, "[]"), (206, "[]"), (200, "null"), (200, "{}"), (200, "<html></html>"),
        (200, "[1]"),
        (200, #"{"error_code":"CCE.01400001","error_msg":"x"}"#), (302, "[]"), (304, ""), (100, ""), (600, "[]"),
        (0, "[]"),
    ])
    func `an answer that is no release list is never an empty one`(status: Int, body: String) async throws {
        let failure = await #expect(throws: CallFailure.self) {
            try await list(client(ScriptedTransport([answer(status, body)])), makeTarget())
        }
        #expect(failure?.reason == .invalidResponse && failure?.status == status && failure?.action.retry == .never)
    }

    @Test(arguments: [
        (TransportError.Reason.resolve, Reason.network, true, false), (.connect, .network, true, false),
        (.network, .network, true, false), (.tls, .tls, false, false), (.timeout, .timeout, false, false),
        (.tooLarge, .tooLarge, false, false), (.invalidResponse, .invalidResponse, false, false),
        (.invalidRequest, .rejected, false, false), (.overloaded, .throttled, false, false),
        (.cancelled, .pending, false, true), (.stopped, .pending, false, true),
    ])
    func `every transport error has its reason`(
        error: TransportError.Reason, reason: Reason, isRetryable: Bool, isCancelled: Bool
    ) async throws {
        let failure = await #expect(throws: CallFailure.self) {
            try await list(client(ScriptedTransport([.failure(TransportError(error))])), makeTarget())
        }
        #expect(failure?.reason == reason && failure?.isCancelled == isCancelled)
        #expect((failure?.action.retry != .never) == isRetryable)
        #expect(failure?.status == nil)
    }

    @Test(arguments: [
        nil, Credential(accessKey: "AKEXAMPLE0123456789X", secretKey: Secret("another".utf8)),
        Credential(accessKey: "AKEXAMPLE-NEXT", secretKey: Secret("example-secret".utf8)),
    ])
    func `a call whose key is in use no more is not sent`(current: Credential?) async throws {
        let transport = ScriptedTransport([])
        let failure = await #expect(throws: CallFailure.self) {
            try await list(client(transport, credentials: FixedCredentials(credential: current)), makeTarget())
        }
        #expect(failure?.isKeyReplaced == true && failure?.status == nil && transport.sent.isEmpty)
    }
    @Test func `the same key read again is the same key`() async throws {
        let again = Credential(accessKey: "AKEXAMPLE0123456789X", secretKey: Secret("example-secret".utf8))
        let transport = ScriptedTransport([answer(200, "[]")])
        _ = try await list(client(transport, credentials: FixedCredentials(credential: again)), makeTarget())
        #expect(transport.sent.count == 1)
    }
    @Test(arguments: ["a\r\nX-Evil: 1", "", "a b"])
    func `a project id that is none is not sent`(projectID: String) async throws {
        let transport = ScriptedTransport([])
        let failure = await #expect(throws: CallFailure.self) {
            try await list(client(transport), makeTarget(projectID: projectID))
        }
        #expect(failure?.reason == .rejected && transport.sent.isEmpty)
    }

    // MARK: - One release

    @Test func `one release is asked at its own path`() async throws {
        let transport = ScriptedTransport([answer(200, seedRow)])
        let release = try await client(transport, values: .drop).release(
            of: makeTarget(), namespace: "monitoring", name: "testwww", timeout: .seconds(3))
        #expect(transport.sent.first?.request.url.hasSuffix("/namespace/monitoring/releases/testwww") == true)
        #expect(try text(release.heavy.values) == #"{"basic":{"admin_password":"***","app_name":"magento"}}"#)
    }
    @Test(arguments: [
        (#"{"errorCode":"CCE.01404001","errorMessage":"not found"}"#, Reason.notFound),
        (#"{"error_code":"APIGW.0101","error_msg":"x"}"#, .rejected), ("", .invalidResponse),
        ("<html>", .invalidResponse),
    ])
    func `a release is unknown only where the cloud itself says so`(body: String, reason: Reason) async throws {
        let client = client(ScriptedTransport([answer(404, body)]))
        let failure = await #expect(throws: CallFailure.self) {
            try await client.release(of: makeTarget(), namespace: "a", name: "b", timeout: .seconds(1))
        }
        #expect(failure?.reason == reason && failure?.status == 404)
    }
    @Test func `another release than the one asked for is an invalid answer`() async throws {
        let failure = await #expect(throws: CallFailure.self) {
            try await client(ScriptedTransport([answer(200, seedRow)])).release(
                of: makeTarget(), namespace: "monitoring", name: "other", timeout: .seconds(1))
        }
        #expect(failure?.reason == .invalidResponse)
    }
    @Test(arguments: [
        ("a b", "%2e%2E", "/namespace/a%20b/releases/%252e%252E"),
        ("é", "x?y#z", "/namespace/%C3%A9/releases/x%3Fy%23z"),
    ])
    func `names are percent-encoded`(namespace: String, name: String, suffix: String) async throws {
        let transport = ScriptedTransport([answer(404, #"{"errorCode":"CCE.01404001"}"#)])
        let client = client(transport)
        await #expect(throws: CallFailure.self) {
            try await client.release(of: makeTarget(), namespace: namespace, name: name, timeout: .seconds(1))
        }
        #expect(transport.sent.first?.request.url.hasSuffix(suffix) == true)
    }
    @Test(arguments: ["", ".", "..", "a/b", "/"])
    func `a name that would be another path is not sent`(name: String) async throws {
        let transport = ScriptedTransport([])
        let failure = await #expect(throws: CallFailure.self) {
            try await client(transport).release(of: makeTarget(), namespace: "a", name: name, timeout: .seconds(1))
        }
        #expect(failure?.reason == .rejected && transport.sent.isEmpty)
    }
}
