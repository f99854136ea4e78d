import Testing

@testable import Inventory

@Suite struct RetryBudgetTests {
    @Test(arguments: [1, 2, 29, 30, 39, 40, 99, 100, 500, 1000, 12_345])
    func `of n calls that all fail a tenth is repeated, or the three lent`(calls: Int) {
        var budget = RetryBudget()
        var repeated = 0
        for _ in 0..<calls {
            budget.noteCall()
            while budget.take() { repeated += 1 }
        }
        #expect(repeated == max(RetryBudget.loan, calls / 10))
    }

    @Test func `what is saved is bounded`() {
        var budget = RetryBudget()
        for _ in 0..<100_000 { budget.noteCall() }
        #expect(budget.left == RetryBudget.limit)
        let taken = (0..<100).filter { _ in budget.take() }.count
        #expect(taken == RetryBudget.limit)
    }
}
