import ReleaseModel

extension InventoryState {
    /// A part whose heavy fields must go; made lighter outside the lock.
    struct Shed: Sendable {
        let part: ClusterPart
        fileprivate let cluster: ClusterID
        fileprivate let table: Int
        fileprivate let serial: Int
        fileprivate let epoch: Int
    }

    /// Puts a lighter part in the place of the one it was made of, if that is still held.
    mutating func replace(_ shed: Shed, with part: ClusterPart) {
        guard let (table, slot) = place(table: shed.table, serial: shed.serial, shed.cluster, shed.epoch)
        else { return }
        _ = tables[table].change(slot) { $0.replace(shed.part, withLighter: part) }
    }

    /// Chooses the parts with the most heavy bytes until the rest fits the budget.
    mutating func shedIfOverBudget(_ effects: inout Effects) {
        var excess = tables.reduce(0) { $0 + $1.heavyByteCount } - limits.heavyBytesBudget
        guard excess > 0 else { return }
        var chosen: Set<Int> = []  // by epoch, which differs in all tables
        while excess > 0 {
            var best: (table: Int, slot: Int, bytes: Int)?
            for table in tables.indices {
                for (slot, record) in tables[table].records.enumerated()
                where record.heavyByteCount > best?.bytes ?? 0 && !chosen.contains(record.epoch) {
                    best = (table, slot, record.heavyByteCount)
                }
            }
            guard let best, let part = tables[best.table].records[best.slot].part else { return }
            let record = tables[best.table].records[best.slot]
            chosen.insert(record.epoch)
            excess -= best.bytes
            effects.sheds.append(
                Shed(
                    part: part, cluster: record.cluster.id, table: best.table, serial: tables[best.table].serial,
                    epoch: record.epoch))
        }
    }
}
