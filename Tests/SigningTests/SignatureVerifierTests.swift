import Settings
import Signing
import Testing
import Timing

@Suite struct SignatureVerifierTests {
    private let now = Instant(seconds: 1_730_880_930)
    private let credential = Credential(accessKey: "AKEXAMPLE", secretKey: Secret("SKEXAMPLE".utf8))

    private func signed(by credential: Credential? = nil, at instant: Instant? = nil) throws -> SignedRequest {
        try Signer(credential: credential ?? self.credential, projectID: "p1").sign(
            UnsignedRequest(
                host: "cce.example.com", path: "/cce/cam/v3/clusters/a/releases", query: [("namespace", "x y")]),
            at: instant ?? now)
    }
    private func verdict(
        on signed: SignedRequest, method: String = "GET", path: String? = nil,
        query: [(name: String, value: String)] = [("namespace", "x y")], body: [UInt8] = [],
        fields change: ([(name: String, value: String)]) -> [(name: String, value: String)] = { $0 }
    ) -> SignatureVerifier.Verdict {
        SignatureVerifier().verify(
            method: method, path: path ?? signed.path, query: query,
            fields: change(signed.fields + [("host", "cce.example.com")]), body: body, at: now
        ) { $0 == "AKEXAMPLE" ? credential : nil }
    }
    private func replacing(_ name: String, _ value: String?)
        -> ([(name: String, value: String)]) -> [(name: String, value: String)]
    {
        { fields in
            let rest = fields.filter { $0.name.lowercased() != name }
            guard let value else { return rest }
            return rest + [(name, value)]
        }
    }

    @Test func `a signed request is accepted, whatever the letter case of its fields`() throws {
        #expect(try verdict(on: signed()) == .accepted(accessKey: "AKEXAMPLE"))
        let lower: ([(name: String, value: String)]) -> [(name: String, value: String)] = { fields in
            fields.map { ($0.name.lowercased(), $0.value) }
        }
        #expect(try verdict(on: signed(), fields: lower) == .accepted(accessKey: "AKEXAMPLE"))
    }

    @Test(arguments: ["authorization", "x-sdk-date", "x-project-id", "host"])
    func `a missing field is named`(name: String) throws {
        #expect(try verdict(on: signed(), fields: replacing(name, nil)) == .refused(.missingField(name)))
    }

    @Test func `any change of what was signed is a signature that differs`() throws {
        let differs = SignatureVerifier.Verdict.refused(.signatureDiffers(accessKey: "AKEXAMPLE"))
        let signed = try signed()
        #expect(verdict(on: signed, method: "HEAD") == differs)
        #expect(verdict(on: signed, path: "/cce/cam/v3/clusters/b/releases") == differs)
        #expect(verdict(on: signed, query: []) == differs)
        #expect(verdict(on: signed, query: [("namespace", "x")]) == differs)
        #expect(verdict(on: signed, body: [1]) == differs)
        #expect(verdict(on: signed, fields: replacing("x-project-id", "p2")) == differs)
        #expect(verdict(on: signed, fields: replacing("host", "cce.example.com:8443")) == differs)
        #expect(verdict(on: signed, fields: replacing("x-sdk-date", "20241106T081531Z")) == differs)
        #expect(verdict(on: signed, fields: replacing("authorization", signed.authorization + "0")) == differs)
    }

    @Test func `another secret differs, another access key is unknown`() throws {
        let wrong = Credential(accessKey: "AKEXAMPLE", secretKey: Secret("SKOTHER".utf8))
        #expect(try verdict(on: signed(by: wrong)) == .refused(.signatureDiffers(accessKey: "AKEXAMPLE")))
        let other = Credential(accessKey: "AKOTHER", secretKey: Secret("SKEXAMPLE".utf8))
        #expect(try verdict(on: signed(by: other)) == .refused(.unknownKey("AKOTHER")))
    }

    @Test(arguments: [(900, true), (901, false), (-900, true), (-901, false)])
    func `fifteen minutes off are accepted either way, a second more is not`(seconds: Int, isAccepted: Bool) throws {
        let found = try verdict(on: signed(at: now + .seconds(seconds)))
        #expect(found == (isAccepted ? .accepted(accessKey: "AKEXAMPLE") : .refused(.clockOff(by: .seconds(seconds)))))
    }

    @Test(arguments: [
        "", "Bearer AKEXAMPLE", "SDK-HMAC-SHA256 ", "SDK-HMAC-SHA256 Access=AKEXAMPLE",
        "SDK-HMAC-SHA256 Access=AKEXAMPLE, SignedHeaders=x-sdk-date",
        "SDK-HMAC-SHA256 Access=AKEXAMPLE, Access=AKEXAMPLE, SignedHeaders=x-sdk-date, Signature=00",
        "V11-HMAC-SHA256 Access=AKEXAMPLE, SignedHeaders=x-sdk-date, Signature=00",
        "SDK-HMAC-SHA256 Access=, SignedHeaders=x-sdk-date, Signature=00",
    ])
    func `another form of authorization is malformed`(text: String) throws {
        #expect(
            try verdict(on: signed(), fields: replacing("authorization", text)) == .refused(.malformedAuthorization))
    }
    @Test func `a date that is not signed, and one that is none, are refused`() throws {
        let unsigned = "SDK-HMAC-SHA256 Access=AKEXAMPLE, SignedHeaders=host, Signature=00"
        #expect(try verdict(on: signed(), fields: replacing("authorization", unsigned)) == .refused(.dateNotSigned))
        for date in [
            "", "20241106T081530", "20241306T081530Z", "2024-11-06T08:15Z", "20241106 081530Z", "2024１106T081Z",
        ] {
            #expect(try verdict(on: signed(), fields: replacing("x-sdk-date", date)) == .refused(.malformedDate))
        }
    }
}
