import Settings
import Signing
import Testing
import Timing

@Suite struct SignerTests {
    private static let example = Credential(accessKey: "AKEXAMPLE", secretKey: Secret("SKEXAMPLE".utf8))
    private let noon = Instant(seconds: 1_730_880_930)  // 20241106T081530Z

    @Test func `the file holds 65 vectors of our algorithm and 6 of the derived one`() {
        #expect(SigningVector.all.count == 71)
        #expect(SigningVector.ours.count == 65)
        #expect(SigningVector.derived.count == 6)
        #expect(SigningVector.ours.count { $0.quirk != nil } == 7)
    }

    @Test(arguments: SigningVector.ours)
    func `every vector of the Python SDK is reproduced byte for byte`(vector: SigningVector) throws {
        let instant = try #require(SignatureVerifier.instant(ofDate: vector.date))
        let signed = try Signer(credential: vector.credential, projectID: vector.projectID)
            .sign(vector.request, at: instant)
        #expect(Array(signed.canonicalRequest.utf8) == Array(vector.canonicalRequest.utf8))
        #expect(Array(signed.stringToSign.utf8) == Array(vector.stringToSign.utf8))
        #expect(Array(signed.authorization.utf8) == Array(vector.authorization.utf8))
    }

    @Test func `the fields to send are the caller's, then ours, the signature last`() throws {
        let credential = Credential(
            accessKey: "AKEXAMPLE", secretKey: Secret("SKEXAMPLE".utf8), securityToken: Secret("TOKENEXAMPLE".utf8))
        let signed = try Signer(credential: credential, projectID: "p1").sign(
            UnsignedRequest(
                host: "cce.example.com", path: "/a", fields: [("Accept", "*/*"), ("x-sdk-date", "yesterday")]),
            at: noon)
        #expect(
            signed.fields.map(\.name) == ["Accept", "X-Sdk-Date", "X-Project-Id", "X-Security-Token", "Authorization"])
        #expect(signed.fields.dropLast().map(\.value) == ["*/*", "20241106T081530Z", "p1", "TOKENEXAMPLE"])
        #expect(signed.fields.last?.value == signed.authorization)
        #expect(signed.authorization.contains("SignedHeaders=accept;host;x-project-id;x-sdk-date;x-security-token,"))
    }

    @Test(arguments: [
        ("/cce/cam/v3/clusters/a/releases", "/cce/cam/v3/clusters/a/releases"),
        ("/a/", "/a/"), ("", "/"), ("/", "/"), ("/my ns/%e4%b8%ad/100%", "/my%20ns/%E4%B8%AD/100%25"),
    ])
    func `the path on the wire is the signed one without the slash added at its end`(path: String, wire: String) throws
    {
        let signed = try Signer(credential: Self.example)
            .sign(UnsignedRequest(host: "h", path: path, query: [("b", "x y"), ("a", "")]), at: noon)
        #expect(signed.path == wire)
        #expect(signed.query == "a=&b=x%20y")
        #expect(signed.target == "\(wire)?a=&b=x%20y")
    }

    @Test func `nothing printed of a credential holds a key`() {
        let text = "\(Self.example) \(String(reflecting: Self.example))" + String(describing: [Self.example])
        var dumped = ""
        dump(Self.example, to: &dumped)
        for text in [text, dumped] {
            #expect(!text.contains("AKEXAMPLE"))
            #expect(!text.contains("SKEXAMPLE"))
        }
    }

    @Test func `credentials are equal when all three parts are`() {
        func credential(_ secret: String, token: String?) -> Credential {
            Credential(
                accessKey: "AKEXAMPLE", secretKey: Secret(secret.utf8), securityToken: token.map { Secret($0.utf8) })
        }
        #expect(credential("a", token: "t") == credential("a", token: "t"))
        #expect(credential("a", token: "t") != credential("b", token: "t"))
        #expect(credential("a", token: "t") != credential("a", token: nil))
    }
}
