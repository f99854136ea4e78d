import JSON
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

    /// Of the body that need not be read again; nil where all of it is wanted, also because there is memory now for the
    /// heavy fields that were let go of.
    func knownHash(of record: ClusterRecord) -> TextHash? {
        guard record.shedByteCount > 0 else { return record.bodyHash }
        let held = tables.reduce(0) { $0 + $1.heavyByteCount }
        return held + record.shedByteCount > limits.heavyBytesBudget ? record.bodyHash : nil
    }

    /// Chooses the parts with the most heavy bytes until the rest fits the budget.
    mutating func shedIfOverBudget(_ effects: inout Effects) {
        var excess = tables.reduce(0) { $0 + $1.heavyByteCount } - limits.heavyBytesBudget
        guard excess > 0 else { return }
        var holders: [(table: Int, slot: Int, bytes: Int)] = []
        for (table, cells) in tables.enumerated() {
            for (slot, record) in cells.records.enumerated() where record.heavyByteCount > 0 {
                holders.append((table, slot, record.heavyByteCount))
            }
        }
        for holder in holders.sorted(by: { $0.bytes > $1.bytes }) {
            guard excess > 0 else { return }
            let record = tables[holder.table].records[holder.slot]
            guard let part = record.part else { continue }
            excess -= holder.bytes
            effects.sheds.append(
                Shed(
                    part: part, cluster: record.cluster.id, table: holder.table,
                    serial: tables[holder.table].serial, epoch: record.epoch))
        }
    }
}
