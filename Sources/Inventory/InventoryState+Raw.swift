import CCE
import ReleaseModel

/// Rows are published before their heavy fields are masked and compressed, as far as memory for raw texts allows.
extension InventoryState {
    /// Raw bytes of one part: what a reader of values who comes too early takes on himself, some 20 ms of work.
    static let rawLimitOfPart = 4 << 20
    /// Of all parts; less where heavy fields may take little.
    static let rawLimit = 32 << 20

    /// True: a part with so many raw bytes may be published; `made` follows. False: it has to be made first.
    mutating func admit(rawBytes bytes: Int) -> Bool {
        guard bytes <= Self.rawLimitOfPart, rawBytes + bytes <= min(Self.rawLimit, limits.heavyBytesBudget / 4)
        else { return false }
        rawBytes += bytes
        return true
    }

    /// The heavy fields of a part that was admitted with so many raw bytes are masked and compressed.
    mutating func made(_ part: ClusterPart, rawBytes bytes: Int, for order: Order, _ effects: inout Effects) {
        rawBytes -= bytes
        guard let (table, slot) = place(table: order.table, serial: order.serial, order.target.cluster.id, order.epoch)
        else { return }
        tables[table].weigh(slot, part)
        shedIfOverBudget(&effects)
    }
}
