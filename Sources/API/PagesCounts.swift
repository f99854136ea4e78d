/// What is held for page tokens and for those who ask the same, for metrics.
package struct PagesCounts: Sendable, Equatable {
    package struct Shared: Sendable, Equatable {
        /// Answers kept, and the bytes counted for them.
        package var answers = 0
        package var bytes = 0
        /// Since the start: requests answered with one that was there, and answers made and kept.
        package var hits = 0
        package var made = 0
        package init() {}
        mutating func add(_ other: Shared) {
            answers += other.answers
            bytes += other.bytes
            hits += other.hits
            made += other.made
        }
    }
    /// Bytes held for tokens alone, and in how many snapshots.
    package var pinnedBytes = 0
    package var pinnedSnapshots = 0
    package var shared = Shared()
    package init() {}
}
