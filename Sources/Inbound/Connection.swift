import Locking

/// One accepted connection, from libmicrohttpd's "started" to its "closed".
///
/// The descriptor is safe to use while the connection is in `ConnectionTable` and the table's lock is held: it is
/// taken out in the "closed" callback, which libmicrohttpd 0.9.75 makes before it closes the descriptor. So a
/// descriptor that the system has given to someone else meanwhile can never be reached through here.
final class Connection: Sendable {
    let descriptor: Int32
    let peer: String
    let watch: Lock<Watch>

    init(descriptor: Int32, peer: String, now: Duration) {
        self.descriptor = descriptor
        self.peer = peer
        watch = Lock(Watch(now: now))
    }
}

final class ConnectionTable: Sendable {
    private let connections = Lock<[ObjectIdentifier: Connection]>([:])

    func insert(_ connection: Connection) {
        connections.withLock { $0[ObjectIdentifier(connection)] = connection }
    }
    func remove(_ connection: Connection) {
        connections.withLock { _ = $0.removeValue(forKey: ObjectIdentifier(connection)) }
    }
    /// While `body` runs no connection of the table is closed; nothing in it may block.
    func withAll<Result: Sendable>(_ body: (Dictionary<ObjectIdentifier, Connection>.Values) -> Result) -> Result {
        connections.withLock { body($0.values) }
    }
}
