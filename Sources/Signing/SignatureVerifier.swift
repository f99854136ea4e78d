import Cryptography
import Timing

/// Judges received requests as the cloud's gateway does: those of our callers, and those that the simulator gets.
package struct SignatureVerifier: Sendable {
    package enum Verdict: Sendable, Equatable {
        case accepted(accessKey: String)
        case refused(Failure)
    }
    /// The first rule that did not hold, in the order in which they are looked at.
    package enum Failure: Error, Sendable, Equatable {
        /// `authorization`, `x-sdk-date`, or a name listed as signed that was not sent.
        case missingField(String)
        /// Not of the form `SDK-HMAC-SHA256 Access=…, SignedHeaders=…, Signature=…`.
        case malformedAuthorization
        /// `x-sdk-date` is not among the signed names.
        case dateNotSigned
        case unknownKey(String)
        case malformedDate
        /// The request's date minus our time.
        case clockOff(by: Duration)
        case signatureDiffers(accessKey: String)
    }

    /// How far a date may be from our time, either way.
    package let tolerance: Duration

    package init(tolerance: Duration = .seconds(15 * 60)) { self.tolerance = tolerance }

    /// - Parameters:
    ///   - path: as received.
    ///   - query: decoded.
    ///   - fields: names in any case.
    ///   - credential: the one with that access key, nil when there is none.
    package func verify(
        method: String, path: String, query: [(name: String, value: String)], fields: [(name: String, value: String)],
        body: [UInt8] = [], at now: Instant, credential: (String) -> Credential?
    ) -> Verdict {
        do {
            return .accepted(
                accessKey: try check(
                    method: method, path: path, query: query, fields: fields, body: body, at: now,
                    credential: credential))
        } catch { return .refused(error) }
    }

    /// The date of a signed request, `20241106T081530Z`; nil for any other form.
    package static func instant(ofDate text: String) -> Instant? {
        let digits = Array(text.utf8)
        guard digits.count == 16, digits[8] == UInt8(ascii: "T"), digits[15] == UInt8(ascii: "Z") else { return nil }
        func part(_ range: Range<Int>) -> String { String(decoding: digits[range], as: UTF8.self) }
        return Instant(
            rfc3339: "\(part(0..<4))-\(part(4..<6))-\(part(6..<8))T\(part(9..<11)):\(part(11..<13)):\(part(13..<15))Z")
    }

    // MARK: -

    private func check(
        method: String, path: String, query: [(name: String, value: String)], fields: [(name: String, value: String)],
        body: [UInt8], at now: Instant, credential: (String) -> Credential?
    ) throws(Failure) -> String {
        func field(_ name: String) throws(Failure) -> String {
            guard let found = fields.first(where: { CanonicalRequest.isEqual($0.name, name) }) else {
                throw .missingField(name)
            }
            return found.value
        }
        guard let claim = SignatureClaim(try field("authorization")) else { throw .malformedAuthorization }
        let date = try field("x-sdk-date")
        guard claim.signedNames.contains("x-sdk-date") else { throw .dateNotSigned }
        guard let credential = credential(claim.accessKey) else { throw .unknownKey(claim.accessKey) }
        guard let sent = Self.instant(ofDate: date) else { throw .malformedDate }
        let offset = sent - now
        guard offset <= tolerance, offset >= .zero - tolerance else { throw .clockOff(by: offset) }

        var signed: [(name: String, value: String)] = []
        for name in claim.signedNames { signed.append((name, try field(name))) }
        let declared = signed.last { $0.name == "x-sdk-content-sha256" }?.value
        let canonical = CanonicalRequest(
            method: method, path: path, query: query, fields: signed,
            payloadHash: CanonicalRequest.payloadHash(of: body, declared: declared))
        let expected = (try? credential.signingKey?.authenticate(Array(canonical.stringToSign(date: date).utf8))) ?? []
        guard constantTimeEqual(Array(hex(expected).utf8), Array(claim.signature.utf8)), !expected.isEmpty else {
            throw .signatureDiffers(accessKey: claim.accessKey)
        }
        return claim.accessKey
    }
}
