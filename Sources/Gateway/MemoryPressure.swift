/// What may be held while memory is short. Plain data; `look` is told how things stand, now and then.
///
/// Let go of in this order, from 85 % of the ceiling on, half at each look, since what is freed shows late: older
/// snapshots and answers kept for others; then heavy fields, which a single release is asked for live; then new live
/// reads are refused. From 92 % on all of it at once. Rows that lists show are never let go of: an answer would lack them.
struct MemoryPressure: Sendable, Equatable {
    struct Held: Sendable, Equatable {
        /// Of the process.
        var resident = 0
        /// Older snapshots and answers kept.
        var caches = 0
        /// Compressed heavy fields.
        var heavy = 0
    }
    struct Allowed: Sendable, Equatable {
        var caches: Int
        var heavy: Int
        var takesLiveReads = true
    }
    enum Level: Int, Sendable { case none, shedding, dropping }

    /// Less than this is not worth a step of its own.
    static let least = 1 << 20

    private(set) var allowed: Allowed
    private(set) var level = Level.none
    private let full: Allowed

    init(full: Allowed) {
        self.full = full
        allowed = full
    }

    /// - Parameter ceiling: resident bytes at which the process would be in danger.
    mutating func look(_ held: Held, ceiling: Int) {
        let share = Double(held.resident) / Double(max(1, ceiling))
        switch share {
        case 0.92...:
            level = .dropping
            allowed = Allowed(caches: 0, heavy: 0, takesLiveReads: false)
        case 0.85...:
            level = .shedding
            if held.caches > Self.least {
                allowed.caches = min(allowed.caches, held.caches / 2)
            } else if held.heavy > Self.least {
                allowed = Allowed(caches: 0, heavy: min(allowed.heavy, held.heavy / 2))
            } else {
                allowed = Allowed(caches: 0, heavy: 0, takesLiveReads: false)
            }
        case ..<0.75:
            // Slowly: it is seen late what it costs.
            level = .none
            allowed.takesLiveReads = true
            allowed.heavy = min(full.heavy, allowed.heavy + full.heavy / 16)
            if allowed.heavy == full.heavy { allowed.caches = min(full.caches, allowed.caches + full.caches / 16) }
        case ..<0.8:
            level = .none
            allowed.takesLiveReads = true
        default: break  // as it was decided below or above
        }
    }
}
