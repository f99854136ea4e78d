import Signing

/// Counts failed signatures as the cloud does: more than five in a row lock an access key for five minutes, and every
/// call is refused meanwhile, rightly signed ones too (cce-api §7.2). Plain data; the fleet holds the lock.
struct KeyGuard: Sendable {
    enum Judgement: Equatable {
        case accepted
        case refused(SignatureVerifier.Failure)
        case locked
    }

    private var failuresInARow = 0
    private var lockedUntil: Duration?

    mutating func judge(_ verdict: SignatureVerifier.Verdict, uptime: Duration) -> Judgement {
        if case .refused(let failure) = verdict, !Self.concernsOurKey(failure) { return .refused(failure) }
        if let lockedUntil {
            if uptime < lockedUntil { return .locked }
            (self.lockedUntil, failuresInARow) = (nil, 0)
        }
        switch verdict {
        case .accepted:
            failuresInARow = 0
            return .accepted
        case .refused(let failure):
            failuresInARow += 1
            if failuresInARow > 5 { lockedUntil = uptime + .seconds(300) }
            return .refused(failure)
        }
    }

    /// A key that does not exist cannot be locked, nor can a call that names none.
    private static func concernsOurKey(_ failure: SignatureVerifier.Failure) -> Bool {
        switch failure {
        case .signatureDiffers, .clockOff, .malformedDate: true
        case .missingField(let name): name != "authorization" && name != "x-sdk-date"
        case .malformedAuthorization, .dateNotSigned, .unknownKey: false
        }
    }
}
