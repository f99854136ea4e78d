import Credentials
import Testing

@Suite struct RenewalPlanTests {
    @Test(
        arguments: [30, 900, 3600, 86_400] as [Double], [0, 0.5, 0.999_999])
    func `a credential is renewed after 60 to 75 % of its life`(seconds: Double, random: Double) throws {
        var plan = RenewalPlan(now: .seconds(7))
        #expect(plan.nextAttempt == .seconds(7))
        plan.succeed(lifetime: .seconds(seconds), now: .seconds(100), random: random)
        let part = (try #require(plan.nextAttempt) - .seconds(100)) / .seconds(seconds)
        #expect((0.6...0.75).contains(part))
        #expect(plan.expiry == .seconds(100 + seconds))
    }

    @Test func `failures are retried ever later, up to a minute, and a success ends that`() throws {
        var plan = RenewalPlan(now: .zero)
        var longest = Duration.zero
        for count in 1...12 {
            plan.fail(now: .zero, random: 0.999_999)
            let pause = try #require(plan.nextAttempt)
            #expect(pause >= longest && pause <= RenewalPlan.longestPause)
            #expect(plan.failuresInRow == count)
            longest = pause
        }
        #expect(longest > RenewalPlan.longestPause * 0.99)
        plan.succeed(lifetime: .seconds(900), now: .zero, random: 0)
        #expect(plan.failuresInRow == 0 && plan.nextAttempt == .seconds(540))
    }

    @Test func `one without an end is fetched again when somebody asks, twice a minute at most`() {
        var plan = RenewalPlan(now: .zero)
        plan.succeed(lifetime: nil, now: .seconds(100), random: 0)
        #expect(plan.nextAttempt == nil && plan.expiry == nil)
        plan.demand(now: .seconds(110))
        #expect(plan.nextAttempt == .seconds(130))
        plan.demand(now: .seconds(120))
        #expect(plan.nextAttempt == .seconds(130))
        plan.succeed(lifetime: .seconds(900), now: .seconds(130), random: 0)
        plan.demand(now: .seconds(400))
        #expect(plan.nextAttempt == .seconds(400))
    }

    @Test func `a failed renewal does not move the end of what is held`() {
        var plan = RenewalPlan(now: .zero)
        plan.succeed(lifetime: .seconds(900), now: .zero, random: 0)
        plan.fail(now: .seconds(540), random: 0)
        #expect(plan.expiry == .seconds(900))
    }
}
