import Foundation
import Settings
import Signing
import Testing
import Timing

/// One input with the three texts that the official Python SDK made of it.
struct SigningVector: Decodable, CustomTestStringConvertible {
    let name: String
    let algorithm: String
    let method: String
    let host: String
    let path: String
    let query: [[String]]
    let headers: [String: String]
    let body: String?
    let ak: String
    let sk: String
    let securityToken: String?
    let projectID: String?
    let date: String
    let quirk: String?
    let canonicalRequest: String
    let stringToSign: String
    let authorization: String

    private enum CodingKeys: String, CodingKey {
        case name, algorithm, method, host, path, query, headers, body, ak, sk, date, quirk, authorization
        case securityToken = "security_token"
        case projectID = "project_id"
        case canonicalRequest = "canonical_request"
        case stringToSign = "string_to_sign"
    }
    var testDescription: String { name }

    var credential: Credential {
        Credential(
            accessKey: ak, secretKey: Secret(sk.utf8), securityToken: securityToken.map { Secret($0.utf8) })
    }
    var request: UnsignedRequest {
        UnsignedRequest(
            method: method, host: host, path: path, query: query.map { ($0[0], $0[1]) },
            fields: headers.map { ($0.key, $0.value) }, body: Array((body ?? "").utf8))
    }

    static let all: [SigningVector] = {
        struct File: Decodable { let vectors: [SigningVector] }
        guard let url = Bundle.module.url(forResource: "signing-vectors", withExtension: "json"),
            let data = try? Data(contentsOf: url), let file = try? JSONDecoder().decode(File.self, from: data)
        else { return [] }
        return file.vectors
    }()
    /// The algorithm that CCE takes. The others are for services that we do not call.
    static let ours = all.filter { $0.algorithm == "SDK-HMAC-SHA256" }
    static let derived = all.filter { $0.algorithm == "V11-HMAC-SHA256" }
}
