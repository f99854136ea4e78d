import Cryptography

/// What tells this process from others of the same service: chosen when it starts.
enum ProcessIdentity {
    // Only a name: without randomness spans still go out.
    static let text = (try? randomBytes(8)).map { hex($0) } ?? "unnamed"
}
