import CCE
import Locking
import Outbound
import ReleaseModel
import Settings
import Signing
import Testing
import Timing

/// Answers from a list, in order, and keeps what was asked.
final class ScriptedTransport: HTTPTransport {
    typealias Answer = Result<OutboundResponse, TransportError>
    struct Sent: Sendable {
        let origin: String
        let timeout: Duration
        let request: OutboundRequest
        func field(_ name: String) -> String? { request.fields.first { $0.name == name }?.value }
    }
    private let answers: Lock<[Answer]>
    private let log = Lock<[Sent]>([])
    /// Runs while the call is under way, between sending and answering.
    private let meanwhile: @Sendable () -> Void

    init(_ answers: [Answer], meanwhile: @escaping @Sendable () -> Void = {}) {
        self.answers = Lock(answers)
        self.meanwhile = meanwhile
    }
    var sent: [Sent] { log.withLock { $0 } }

    func send(
        origin: String, timeout: Duration, makeRequest: @Sendable () throws(TransportError) -> OutboundRequest
    ) async throws(TransportError) -> OutboundResponse {
        let request = try makeRequest()
        log.withLock { $0.append(Sent(origin: origin, timeout: timeout, request: request)) }
        meanwhile()
        let answer = answers.withLock { $0.isEmpty ? nil : $0.removeFirst() }
        guard let answer else { throw TransportError(.stopped, detail: "the script is over") }
        return try answer.get()
    }
}

struct FixedCredentials: CredentialProvider {
    var credential: Credential? = prodKey.credential
    func credential(named name: String) -> Credential? { name == "prod" ? credential : nil }
}

func answer(_ status: Int, _ body: String, fields: [HTTPField] = []) -> ScriptedTransport.Answer {
    .success(OutboundResponse(status: status, fields: fields, body: ResponseBody(body.utf8)))
}

let prodKey = AdmittedKey(
    name: "prod",
    credential: Credential(accessKey: "AKEXAMPLE0123456789X", secretKey: Secret(Array("example-secret".utf8))))

func makeTarget(
    kind: Cluster.Kind = .cce, projectID: String? = "0f0f", key: AdmittedKey = prodKey
) throws -> CallTarget {
    let id = try #require(ClusterID("a870253f-5dc7-11ee-bf71-0255ac100b03"))
    return CallTarget(
        cluster: Cluster(
            id: id, name: "demo", region: "cn-north-4", projectID: projectID, kind: kind, credential: key.name),
        endpoint: "https://cce.cn-north-4.myhuaweicloud.com", key: key)
}
