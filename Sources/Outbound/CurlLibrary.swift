import CCurl

/// The library as a whole, for the life of the process.
package enum CurlLibrary {
    /// Call in `main` after SIGPIPE is ignored and libcrypto is initialised without its exit handler, before any
    /// thread starts: loading OpenSSL's configuration is not safe beside other threads. Later calls do nothing;
    /// `CurlTransport` calls it too, for tests.
    package static func start() throws(StartFailure) {
        if let failure = outcome { throw failure }
    }

    private static let outcome: StartFailure? = {
        let code = curl_global_init(Int(CURL_GLOBAL_SSL))
        guard code == CURLE_OK else {
            return StartFailure("initialise libcurl: \(String(cString: curl_easy_strerror(code)))")
        }
        guard let version = ccurl_version() else { return StartFailure("ask libcurl what it can") }
        // Without the last one a lookup blocks every transfer.
        let needs = [
            ("TLS", CURL_VERSION_SSL), ("gzip", CURL_VERSION_LIBZ), ("lookups in threads", CURL_VERSION_ASYNCHDNS),
        ]
        for (name, bit) in needs where version.pointee.features & Int32(bit) == 0 {
            return StartFailure("libcurl was built without \(name)")
        }
        return nil
    }()
}
