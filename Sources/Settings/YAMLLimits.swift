/// How much one document may hold. What is beyond is refused with its place, before it costs memory.
package struct YAMLLimits: Sendable {
    /// The configuration of 2,000 clusters has 400 KiB.
    package var byteCount = 1 << 20
    package var depth = 32
    /// Scalars, sequences and mappings, keys included.
    package var nodeCount = 100_000
    /// Further problems are left out: nobody reads them.
    package var problemCount = 100
    package init() {}
}
