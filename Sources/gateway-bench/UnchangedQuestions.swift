import CCE
import GatewayTestKit
import JSON
import Outbound
import ReleaseModel
import Settings
import Signing

/// What a refresh costs that brings the same bytes again, all in but the network, beside hashing those bytes.
enum UnchangedQuestions {
    private struct Keys: CredentialProvider {
        let credential: Credential
        func credential(named name: String) -> Credential? { credential }
    }
    /// Answers everything with one body.
    private struct SameAnswer: HTTPTransport {
        let body: ResponseBody
        func send(
            origin: String, timeout: Duration, makeRequest: @Sendable () throws(TransportError) -> OutboundRequest
        ) async throws(TransportError) -> OutboundResponse {
            _ = try makeRequest()
            return OutboundResponse(status: 200, body: body)
        }
    }

    static func ask(rounds: Int = 15, into report: inout Report) async throws {
        let body = ResponseBody(BenchBody.list(releases: 500))
        let credential = Credential(
            accessKey: Companion.accessKey, secretKey: Secret(Array(Companion.secretKey.utf8)))
        let client = CCEClient(
            transport: SameAnswer(body: body), credentials: Keys(credential: credential), time: ManualTime(),
            values: .drop, version: "bench")
        guard let id = ClusterID("a870253f-5dc7-11ee-bf71-0255ac100b03") else { return }
        let target = CallTarget(
            cluster: Cluster(id: id, name: "bench", region: "cn-north-4", projectID: "0f", credential: "bench"),
            endpoint: "https://cce.cn-north-4.myhuaweicloud.com",
            key: AdmittedKey(name: "bench", credential: credential))
        func refresh(_ hash: TextHash?) async throws -> ListedReleases {
            try await client.listReleases(of: target, chartID: nil, timeout: .seconds(1), unlessHashed: hash)
                .read { nil }
        }
        let hash = try await refresh(nil).bodyHash
        let key = TextHash.Key()
        var ratios: [Double] = []
        for _ in 0..<rounds {
            var (ours, bound) = (Double.infinity, Double.infinity)
            for _ in 0..<10 {
                let clock = ContinuousClock()
                let start = clock.now
                let listed = try await refresh(hash)
                let middle = clock.now
                let again = TextHash(body.bytes, key: key)
                let end = clock.now
                guard case .unchanged = listed.content, again != hash else {
                    throw Companion.Failure(description: "the same bytes were not taken for the same")
                }
                ours = min(ours, (middle - start) / .seconds(1))
                bound = min(bound, (end - middle) / .seconds(1))
            }
            ratios.append(ours / bound)
        }
        report.add(
            "refresh.unchanged", "unchanged refresh of 500 releases", against: "hashing the same bytes",
            Spread(ratios), reach: .atMost(1.3))
    }
}
