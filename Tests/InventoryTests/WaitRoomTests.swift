import Testing

@testable import Inventory

@Suite struct WaitRoomTests {
    @Test func `equal waiters share links, and all are settled by the last of them`() {
        var room = WaitRoom()
        let key = WaitRoom.Key(table: 0, needs: (0..<2000).map { $0 * 2 })
        let added = (0..<10_000).map { room.add(waiter: $0, key: key, threshold: .zero, deadline: .seconds($0)) }
        #expect(added.filter(\.isNew).count == 1)
        #expect(Set(added.map(\.group)).count == 1)
        let settled = (0..<2000).map { _ in room.settleOne(of: added[0].group) }
        #expect(settled.dropLast().allSatisfy { $0.isEmpty })
        #expect(settled.last?.count == 10_000)
        #expect(room.waiters == 0 && room.groups.isEmpty)
        #expect(room.nextOverdue(now: .seconds(100_000)) == nil)
    }

    @Test func `who comes after an answer joins no group that has it already`() {
        var room = WaitRoom()
        let key = WaitRoom.Key(table: 0, needs: [0, 2])
        let first = room.add(waiter: 1, key: key, threshold: .zero, deadline: .seconds(9))
        _ = room.settleOne(of: first.group)
        let second = room.add(waiter: 2, key: key, threshold: .zero, deadline: .seconds(9))
        #expect(second.isNew && second.group != first.group)
    }

    @Test func `the last to leave takes the group along`() {
        var room = WaitRoom()
        let key = WaitRoom.Key(table: 0, needs: [4, 8])
        let group = room.add(waiter: 1, key: key, threshold: .zero, deadline: .seconds(9)).group
        _ = room.add(waiter: 2, key: key, threshold: .zero, deadline: .seconds(9))
        let first = room.remove(waiter: 1)
        #expect(first == nil)
        let last = room.remove(waiter: 2)
        #expect(last?.id == group)
        #expect(last?.group.slots == [2, 4])
        let again = room.remove(waiter: 2)
        #expect(again == nil)
    }

    @Test func `deadlines come in order and those of the settled do not come`() {
        var room = WaitRoom()
        for waiter in [5, 3, 9, 1] {
            _ = room.add(
                waiter: waiter, key: .init(table: 0, needs: [waiter * 2]), threshold: .zero,
                deadline: .seconds(waiter))
        }
        _ = room.remove(waiter: 3)
        var overdue: [Int] = []
        while let waiter = room.nextOverdue(now: .seconds(6)) {
            overdue.append(waiter)
            _ = room.remove(waiter: waiter)
        }
        #expect(overdue == [1, 5])
        #expect(room.nextDeadline == .seconds(9))
    }
}
