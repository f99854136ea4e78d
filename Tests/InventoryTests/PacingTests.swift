import GatewayTestKit
import Testing

@testable import Inventory

@Suite struct PacingTests {
    private let pacing = Pacing(refreshInterval: .seconds(60), minRefreshInterval: .seconds(5))

    @Test func `the first refreshes spread over the interval, later ones vary by a tenth`() {
        var random = SeededGenerator(seed: 1)
        let first = (0..<1000).map { _ in pacing.afterSuccess(isFirst: true, sooner: 2, using: &random) }
        #expect(first.allSatisfy { (.seconds(6)...(.seconds(60))).contains($0) })
        #expect(
            (1...9).allSatisfy { tenth in first.contains { $0 < .seconds(6 + 6 * tenth) && $0 >= .seconds(6 * tenth) } }
        )
        let later = (0..<1000).map { _ in pacing.afterSuccess(isFirst: false, sooner: 0, using: &random) }
        #expect(later.allSatisfy { (.seconds(54)...(.seconds(66))).contains($0) })
        #expect(later.contains { $0 < .seconds(56) } && later.contains { $0 > .seconds(64) })
    }

    @Test(arguments: [(0, 54.0, 66.0), (1, 27, 33), (2, 13.5, 16.5), (9, 13.5, 16.5)])
    func `what changed is asked sooner`(sooner: Int, least: Double, most: Double) {
        var random = SeededGenerator(seed: 3)
        let pauses = (0..<500).map { _ in pacing.afterSuccess(isFirst: false, sooner: sooner, using: &random) }
        #expect(pauses.allSatisfy { (.seconds(least)...(.seconds(most))).contains($0) })
        let floored = Pacing(refreshInterval: .seconds(60), minRefreshInterval: .seconds(40))
        #expect(floored.afterSuccess(isFirst: false, sooner: 2, using: &random) == .seconds(40))
    }

    @Test(arguments: [(1, 5.0, 20.0), (2, 5, 35), (3, 5, 65), (4, 5, 125), (5, 5, 125), (1_000_000, 5, 125)])
    func `failures back off with full jitter up to twice the interval`(count: Int, least: Double, most: Double) {
        var random = SeededGenerator(seed: 2)
        let pauses = (0..<500).map { _ in pacing.afterFailure(count: count, retryAfter: nil, using: &random) }
        #expect(pauses.allSatisfy { (.seconds(least)...(.seconds(most))).contains($0) })
        #expect(pauses.contains { $0 < .seconds(least + (most - least) * 0.1) })
        #expect(pauses.contains { $0 > .seconds(least + (most - least) * 0.9) })
    }

    @Test(arguments: [(nil, 5), (Duration.seconds(2), 5), (.seconds(40), 40), (.seconds(3600), 300)])
    func `the cloud's Retry-After holds readers back, within reason`(retryAfter: Duration?, seconds: Int) {
        #expect(pacing.onDemandAfterFailure(retryAfter: retryAfter) == .seconds(seconds))
    }

    @Test func `a failure is shared for a second even when nothing else limits`() {
        let pacing = Pacing(refreshInterval: .seconds(60), minRefreshInterval: .zero)
        #expect(pacing.onDemandAfterFailure(retryAfter: nil) == .seconds(1))
    }
}
