import Signing
import Testing
import Timing

@Suite struct ReplayWindowTests {
    private let start = Instant(seconds: 1_800_000_000)
    private func signature(_ number: Int) -> String {
        let digits = String(number, radix: 16)
        return String(repeating: "0", count: 32 - digits.count) + digits + String(repeating: "f", count: 32)
    }

    @Test func `a signature is accepted once, and again only by requests of the same second`() {
        var window = ReplayWindow(tolerance: .seconds(900))
        func admit(_ number: Int, _ arrival: Duration) -> ReplayWindow.Verdict {
            window.admit(signature(number), dated: start, arrivedAt: arrival, now: start + arrival)
        }
        #expect(admit(1, .zero) == .fresh)
        #expect(admit(1, .milliseconds(999)) == .fresh)
        #expect(admit(1, .seconds(1)) == .replayed)
        // Grace is counted from the first, not the last.
        #expect(admit(1, .milliseconds(1998)) == .replayed)
        #expect(admit(2, .seconds(2)) == .fresh)
        #expect(admit(1, .seconds(899)) == .replayed)
        #expect(window.count == 2)
    }

    @Test func `what a date of the past or the future allowed is known as long as the date is accepted`() {
        for offset in [-899, 0, 899] {
            var window = ReplayWindow(tolerance: .seconds(900))
            let date = start + .seconds(offset)
            #expect(window.admit(signature(1), dated: date, arrivedAt: .zero, now: start) == .fresh)
            // The last second in which a verifier lets the date through.
            let last = Duration.seconds(offset + 900)
            #expect(
                window.admit(signature(1), dated: date, arrivedAt: last + .seconds(1), now: start + last) == .replayed)
            let after = last + .seconds(2)
            #expect(
                window.admit(signature(2), dated: start + after, arrivedAt: after, now: start + after) == .fresh)
            #expect(window.count == 1)
        }
    }

    @Test func `a clock that is set back opens nothing that was let go of`() {
        var window = ReplayWindow(tolerance: .seconds(900))
        #expect(window.admit(signature(1), dated: start, arrivedAt: .zero, now: start) == .fresh)
        let later = start + .seconds(2000)
        #expect(window.admit(signature(2), dated: later, arrivedAt: .seconds(2000), now: later) == .fresh)
        #expect(window.count == 1)
        #expect(window.admit(signature(1), dated: start, arrivedAt: .seconds(2001), now: start) == .forgotten)
    }

    @Test func `a full window forgets the oldest dates and accepts nothing of them`() {
        var window = ReplayWindow(tolerance: .seconds(900), limit: 100)
        for number in 0..<1000 {
            let date = start + .seconds(number / 10)
            #expect(window.admit(signature(number), dated: date, arrivedAt: .seconds(number / 10), now: date) == .fresh)
            #expect(window.count <= 100)
        }
        let now = start + .seconds(102)
        for number in 0..<1000 {
            let date = start + .seconds(number / 10)
            let verdict = window.admit(signature(number), dated: date, arrivedAt: .seconds(102), now: now)
            #expect(verdict == (number < 900 ? .forgotten : .replayed))
        }
    }

    @Test func `more than fit in one second close that second`() {
        var window = ReplayWindow(tolerance: .seconds(900), limit: 10)
        for number in 0..<10 {
            #expect(window.admit(signature(number), dated: start, arrivedAt: .zero, now: start) == .fresh)
        }
        #expect(window.admit(signature(10), dated: start, arrivedAt: .zero, now: start) == .fresh)
        #expect(window.count == 0)
        #expect(window.admit(signature(0), dated: start, arrivedAt: .zero, now: start) == .forgotten)
        let next = start + .seconds(1)
        #expect(window.admit(signature(11), dated: next, arrivedAt: .seconds(1), now: next) == .fresh)
    }
}
