import CCurl
import Glibc

/// The transport could not be started.
package struct StartFailure: Error, Equatable, CustomStringConvertible {
    package let description: String

    init(_ description: String) { self.description = description }
    init(doing what: String, errno code: Int32) {
        description = "\(what): \(String(cString: strerror(code)))"
    }
    init(doing what: String, _ code: CURLMcode) {
        description = "\(what): \(String(cString: curl_multi_strerror(code)))"
    }
}

extension TransportError {
    /// What libcurl's verdict means to a caller. The text is libcurl's constant one for that code: its error buffer
    /// may quote URLs and fields.
    init(_ code: CURLcode, hadConnection: Bool) {
        let reason: Reason
        switch code {
        case CURLE_COULDNT_RESOLVE_HOST, CURLE_COULDNT_RESOLVE_PROXY:
            reason = .resolve
        case CURLE_COULDNT_CONNECT, CURLE_INTERFACE_FAILED, CURLE_PROXY, CURLE_NO_CONNECTION_AVAILABLE:
            reason = .connect
        case CURLE_OPERATION_TIMEDOUT:
            reason = .timeout
        case CURLE_SSL_CONNECT_ERROR, CURLE_PEER_FAILED_VERIFICATION, CURLE_SSL_CACERT_BADFILE, CURLE_SSL_CERTPROBLEM,
            CURLE_SSL_CIPHER, CURLE_SSL_ISSUER_ERROR, CURLE_SSL_INVALIDCERTSTATUS, CURLE_SSL_ENGINE_NOTFOUND,
            CURLE_SSL_ENGINE_SETFAILED, CURLE_SSL_ENGINE_INITFAILED, CURLE_SSL_PINNEDPUBKEYNOTMATCH,
            CURLE_SSL_CRL_BADFILE, CURLE_USE_SSL_FAILED:
            reason = .tls
        case CURLE_UNSUPPORTED_PROTOCOL, CURLE_WEIRD_SERVER_REPLY, CURLE_BAD_CONTENT_ENCODING:
            // The scheme was checked before: "unsupported protocol" is an answer in HTTP/0.9, or none in HTTP at all.
            reason = .invalidResponse
        case CURLE_FILESIZE_EXCEEDED:
            reason = .tooLarge
        case CURLE_URL_MALFORMAT, CURLE_BAD_FUNCTION_ARGUMENT, CURLE_UNKNOWN_OPTION:
            reason = .invalidRequest
        case CURLE_OUT_OF_MEMORY:
            // Of a connection it is what libcurl says of a line of the head longer than 100 KiB.
            reason = hadConnection ? .tooLarge : .overloaded
        default:
            reason = hadConnection ? .network : .connect
        }
        self.init(reason, detail: String(cString: curl_easy_strerror(code)))
    }
}
