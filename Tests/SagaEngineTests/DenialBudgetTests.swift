import SagaValues
import Testing

@testable import SagaEngine

@Suite("Lines for what is denied") struct DenialBudgetTests {
    private let start = ContinuousClock.now

    private func requester(_ credential: String, _ subject: String = "s") -> Requester {
        Requester(subject: subject, credential: credential, role: .viewer)
    }

    @Test("a credential has twenty and one more each minute, and is told how many are missing before it")
    func own() {
        let budget = DenialBudget()
        for _ in 0..<DenialBudget.ownLines { #expect(budget.take(requester("a"), at: start) == 0) }
        for _ in 0..<30 { #expect(budget.take(requester("a"), at: start) == nil) }
        #expect(budget.take(requester("a"), at: start + .seconds(59)) == nil)
        #expect(budget.take(requester("a"), at: start + .seconds(60)) == 31)
        #expect(budget.take(requester("a"), at: start + .seconds(60)) == nil)
        #expect(budget.take(requester("a"), at: start) == nil, "a clock that goes back gives nothing")
        // No more than the twenty are saved up.
        let later = start + .seconds(100_000)
        #expect(budget.take(requester("a"), at: later) == 2)
        for _ in 1..<DenialBudget.ownLines { #expect(budget.take(requester("a"), at: later) == 0) }
        #expect(budget.take(requester("a"), at: later) == nil)
        #expect(budget.take(requester("a", "another subject"), at: later) == 0)
    }

    @Test("all together have two hundred and one more each second, and who has none of their own takes none of these")
    func all() {
        let budget = DenialBudget()
        for _ in 0..<1_000 { _ = budget.take(requester("flood"), at: start) }
        var taken = 0
        for number in 0..<1_000 where budget.take(requester("\(number)"), at: start) != nil { taken += 1 }
        #expect(taken == DenialBudget.allLines - DenialBudget.ownLines)
        #expect(budget.take(requester("new"), at: start) == nil)
        #expect(budget.take(requester("new"), at: start + .seconds(1)) == 1)
        #expect(budget.take(requester("newer"), at: start + .seconds(1)) == nil)
    }
}
