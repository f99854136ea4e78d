/// Why a source gave no credential. The detail holds what was asked and how it was answered, never what was sent or
/// received.
package struct SourceFailure: Error, Equatable, Sendable, CustomStringConvertible {
    package enum Reason: String, Sendable, CaseIterable {
        /// Nothing is set up there; a chain goes on to the next.
        case absent
        /// A file or variable cannot be read, is empty or holds what cannot be a key.
        case unreadable
        /// 401 or 403: whoever asked may not.
        case refused
        /// 404: no such agency, provider or address.
        case notFound = "not_found"
        /// Any other 4xx.
        case rejected
        /// 429, 5xx.
        case unavailable
        /// No answer: lookup, connection, TLS.
        case network
        case timeout
        /// An answer that is none, or lacks a part of the credential.
        case malformed
        /// A credential that is past its end already.
        case expired
        /// The credential that this one is made of is not there.
        case waiting
    }
    package let reason: Reason
    package let detail: String
    package init(_ reason: Reason, _ detail: String) {
        self.reason = reason
        self.detail = detail
    }
    package var description: String { "\(reason.rawValue): \(detail)" }
}
