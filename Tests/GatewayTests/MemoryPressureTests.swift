import Testing

@testable import Gateway

@Suite struct MemoryPressureTests {
    private static let full = MemoryPressure.Allowed(caches: 320 << 20, heavy: 256 << 20)
    private func held(_ percent: Double, caches: Int = 0, heavy: Int = 0) -> MemoryPressure.Held {
        MemoryPressure.Held(resident: Int(percent * 1e7), caches: caches << 20, heavy: heavy << 20)
    }
    private func look(_ pressure: inout MemoryPressure, _ held: MemoryPressure.Held) {
        pressure.look(held, ceiling: 1_000_000_000)
    }

    @Test func `caches go first, then heavy fields, then live reads`() {
        var pressure = MemoryPressure(full: Self.full)
        look(&pressure, held(84.9, caches: 100, heavy: 100))
        #expect(pressure.allowed == Self.full && pressure.level == .none)
        var steps: [MemoryPressure.Allowed] = []
        var (caches, heavy) = (100, 100)
        // Nothing that is let go of helps: whatever fills the memory is something else.
        for _ in 0..<40 {
            look(&pressure, held(88, caches: caches, heavy: heavy))
            (caches, heavy) = (min(caches, pressure.allowed.caches >> 20), min(heavy, pressure.allowed.heavy >> 20))
            if steps.last != pressure.allowed { steps.append(pressure.allowed) }
        }
        let firstHeavy = steps.firstIndex { $0.heavy < Self.full.heavy } ?? 0
        let firstRefusal = steps.firstIndex { !$0.takesLiveReads } ?? 0
        #expect(steps[0] == MemoryPressure.Allowed(caches: 50 << 20, heavy: Self.full.heavy))
        #expect(firstHeavy > 1 && firstRefusal > firstHeavy + 1)
        #expect(steps[..<firstHeavy].allSatisfy { $0.heavy == Self.full.heavy && $0.takesLiveReads })
        #expect(steps[firstHeavy..<firstRefusal].allSatisfy { $0.caches == 0 && $0.takesLiveReads })
        #expect(steps.last == MemoryPressure.Allowed(caches: 0, heavy: 0, takesLiveReads: false))
        #expect(pressure.level == .shedding)
    }
    @Test func `from 92 percent on all goes at once`() {
        var pressure = MemoryPressure(full: Self.full)
        look(&pressure, held(92, caches: 100, heavy: 100))
        #expect(pressure.allowed == MemoryPressure.Allowed(caches: 0, heavy: 0, takesLiveReads: false))
        #expect(pressure.level == .dropping)
    }
    @Test func `live reads come back below 80 percent, caches below 75, slowly, and all of it in the end`() {
        var pressure = MemoryPressure(full: Self.full)
        look(&pressure, held(95))
        look(&pressure, held(82))
        #expect(!pressure.allowed.takesLiveReads && pressure.level == .dropping)
        look(&pressure, held(79))
        #expect(pressure.allowed == MemoryPressure.Allowed(caches: 0, heavy: 0))
        look(&pressure, held(74))
        #expect(pressure.allowed == MemoryPressure.Allowed(caches: 0, heavy: Self.full.heavy / 16))
        for _ in 0..<40 { look(&pressure, held(50)) }
        #expect(pressure.allowed == Self.full && pressure.level == .none)
    }
    @Test func `what was let go of does not come back while memory is neither short nor plenty`() {
        var pressure = MemoryPressure(full: Self.full)
        look(&pressure, held(86, caches: 100))
        let allowed = pressure.allowed
        for _ in 0..<20 { look(&pressure, held(83, caches: 50)) }
        #expect(pressure.allowed == allowed)
    }
}
