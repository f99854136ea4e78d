import Settings

/// How long a walk over pages may take, and what it may cost. Section `pages`.
package struct PagesConfig: Sendable, Equatable {
    /// Seals page tokens; at least 16 bytes. Left out, a key is made at start and tokens do not outlive the process.
    package var tokenKey: SecretReference?
    /// How long a token is good for. Ten minutes: a person reading pages, not a bookmark.
    package var tokenLifetime: Duration = .seconds(600)
    /// Memory for what only tokens still name. A fleet's own rows are not counted, only what has since changed.
    package var pinnedBytes = 256 << 20
    /// Memory for answers that are shared by all who ask the same of the newest snapshot: some thousand pages of 50. 0:
    /// every answer is made anew.
    package var sharedBytes = 32 << 20

    package init() {}

    package init(reading section: Section) {
        tokenKey = section.secret("tokenKey")
        tokenLifetime = section.duration(
            "tokenLifetime", default: tokenLifetime, in: .seconds(10)...Duration.seconds(86_400))
        sharedBytes = section.byteCount("sharedBytes", default: sharedBytes, in: 0...(1 << 40))
        pinnedBytes = section.byteCount("pinnedBytes", default: pinnedBytes, in: 0...(1 << 40))
    }
}
