import CCE
import ReleaseModel

/// Rows are published before their heavy fields are masked and compressed, as far as memory for raw texts allows.
extension InventoryState {
    /// Raw bytes of one part: what a reader of values who comes too early takes on himself, some 20 ms of work.
    static let rawLimitOfPart = 4 << 20
    /// Of all parts; less where heavy fields may take little.
    static let rawLimit = 32 << 20

    /// A published part whose heavy fields are still to be masked and compressed.
    struct Unmade: Sendable {
        let part: ClusterPart
        let rawBytes: Int
        let order: Order
    }

    /// True: a part with so many raw bytes may be published; it is put into `unmade`, and `made` follows. False: it has to
    /// be made first.
    mutating func admit(rawBytes bytes: Int) -> Bool {
        guard bytes <= Self.rawLimitOfPart, rawBytes + bytes <= min(Self.rawLimit, limits.heavyBytesBudget / 4)
        else { return false }
        rawBytes += bytes
        return true
    }

    /// While somebody waits for calls, nothing is handed over: between two answers there is time to begin such work, and
    /// none to do it.
    mutating func handOverUnmade(_ effects: inout Effects) {
        guard waiters.isEmpty, !unmade.isEmpty else { return }
        effects.unmade = unmade
        unmade = []
    }

    /// The heavy fields are masked and compressed.
    mutating func made(_ made: Unmade, _ effects: inout Effects) {
        rawBytes -= made.rawBytes
        let order = made.order
        guard let (table, slot) = place(table: order.table, serial: order.serial, order.target.cluster.id, order.epoch)
        else { return }
        tables[table].weigh(slot, made.part)
        shedIfOverBudget(&effects)
    }
}
