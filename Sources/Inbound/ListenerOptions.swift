import Platform

/// What one listener is told. The gateway has two: the API's and the admin's.
package struct ListenerOptions: Sendable {
    package var address: ListenAddress
    /// Threads that libmicrohttpd runs, each with an epoll set of its own: one for each processor the container may use,
    /// and two at least, so that one that copies a large answer holds up nobody.
    package var threads = min(max(ProcessorShare.count, 2), 8)
    /// Connections beyond this are closed as soon as they are accepted.
    package var maxConnections: Int
    /// Requests that wait for an answer of `RequestHandler.answer`; the next one is refused as overloaded.
    package var maxSuspended: Int
    package var requestTimeout: Duration
    package var headerTimeout: Duration
    /// How long a kept connection may stay without a request. Short, since each holds its 32 KiB all the while.
    package var idleTimeout = Duration.seconds(30)
    /// Bytes of bodies that are being sent, each shared one counted once; a larger answer is refused as overloaded.
    package var maxBodyBytes: Int
    /// A peer that reads slower than this, after `requestTimeout` as a start, is cut off. 16 KiB/s is a bad
    /// phone line; it bounds how long a large body can be held: 60 MB for little more than an hour.
    package var minimumBytesPerSecond = 16 << 10

    package init(address: ListenAddress, config: ServerConfig) {
        self.address = address
        maxConnections = config.maxConnections
        maxSuspended = config.maxConnections
        requestTimeout = config.requestTimeout
        headerTimeout = config.headerTimeout
        maxBodyBytes = config.memoryBudget / 4  // the rest is for snapshots
    }
}
