import Testing

@testable import Platform

@Suite struct StandstillsTests {
    @Test(arguments: [
        ([0, 200, 400, 600], 0), ([0, 200, 1200], 0), ([0, 200, 1201], 1), ([0, 30_000, 30_200, 30_400], 1),
        ([0, 2000, 4000, 4200], 2), ([500, 400, 300, 1400], 0), ([], 0), ([90_000_000], 0),
    ])
    func `a beat that comes more than a second late is a standstill`(milliseconds: [Int], count: Int) {
        var pulse = Pulse()
        for moment in milliseconds { _ = pulse.beat(at: .milliseconds(moment)) }
        #expect(pulse.count == count)
    }
    @Test func `whoever asks notices it himself`() {
        var pulse = Pulse()
        #expect(pulse.beat(at: .seconds(1)) == 0)
        #expect(pulse.beat(at: .seconds(31)) == 1)
        #expect(pulse.beat(at: .seconds(31)) == 1)
    }
}
