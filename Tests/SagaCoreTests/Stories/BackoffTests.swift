import SagaValues
import Testing

@testable import SagaCore

@Suite("Pauses between attempts")
struct BackoffTests {
    private let policy = RetryPolicy(attempts: nil, initial: .seconds(1), factorPermille: 2000, max: .seconds(30))

    private func steady(_ factorPermille: Int, max: Duration = .seconds(30)) -> RetryPolicy {
        RetryPolicy(initial: .seconds(1), factorPermille: factorPermille, max: max, jitter: false)
    }

    @Test("without jitter the pause grows by its factor up to its maximum")
    func growth() {
        let pauses = (1...8).map { steady(2000).backoff(after: $0, seed: .test, step: 0) }
        #expect(pauses == [1, 2, 4, 8, 16, 30, 30, 30].map { .seconds($0) })
        #expect(
            (1...4).map { steady(1500).backoff(after: $0, seed: .test, step: 0) }
                == [1000, 1500, 2250, 3375].map { .milliseconds($0) })
        #expect(
            (1...4).map { steady(1000).backoff(after: $0, seed: .test, step: 0) } == [1, 1, 1, 1].map { .seconds($0) })
    }

    @Test("no number of attempts overflows", arguments: [0, 1, 63, 64, 65, 1000, .max])
    func bounds(spent: Int) {
        let huge = RetryPolicy(
            initial: .microseconds(Int64.max), factorPermille: .max, max: .seconds(Int64.max), jitter: true)
        #expect(huge.backoff(after: spent, seed: .test, step: .max) >= .zero)
        #expect(steady(.max).backoff(after: spent, seed: .test, step: 0) <= .seconds(30))
        #expect(RetryPolicy(initial: .zero).backoff(after: spent, seed: .test, step: 0) == .zero)
    }

    @Test("with jitter the pause lies between nothing and the bound, spread evenly")
    func jitter() {
        var sum = Duration.zero
        for low in UInt64(0)..<2000 {
            let pause = policy.backoff(after: 3, seed: UUID(high: 0, low: low), step: 1)
            #expect(pause >= .zero && pause <= .seconds(4))
            sum += pause
        }
        #expect(sum / 2000 > .milliseconds(1900) && sum / 2000 < .milliseconds(2100))
    }

    @Test("the same saga, step and attempt always draw the same, and others draw differently")
    func determinism() {
        let drawn = policy.backoff(after: 4, seed: .test, step: 1)
        #expect(policy.backoff(after: 4, seed: .test, step: 1) == drawn)
        #expect(policy.backoff(after: 4, seed: .test, step: 2) != drawn)
        #expect(policy.backoff(after: 5, seed: .test, step: 1) != drawn)
        #expect(policy.backoff(after: 4, seed: UUID(high: UUID.test.high, low: 1), step: 1) != drawn)
    }

    @Test(
        "a participant may ask for a longer pause, up to an hour, never for a shorter one",
        arguments: [(nil, 2), (0, 2), (1, 2), (60, 60), (3600, 3600), (3601, 3600), (86_400, 3600)] as [(Int64?, Int64)]
    )
    func retryAfter(asked: Int64?, given: Int64) {
        var run = Run(.undoable, attempts: 3)
        run.start()
        run.retry("a", attempt: 1)
        run.due()
        run.retry("a", attempt: 2, after: asked.map { .seconds($0) })
        #expect(run["a"].due == run.now + .seconds(given))
    }

    @Test("an undo keeps to its own policy")
    func undo() {
        let plan = Plan(
            workflow: "test", version: 1, root: .sequence([.step(0), .step(1)]),
            steps: [
                Step(name: "a", action: "t.a", undo: "t.undo", retry: .exact(9), undoRetry: steady(3000)),
                Step(name: "b", action: "t.b"),
            ])
        var run = Run(plan)
        run.start()
        run.done("a")
        run.rejected("b")
        #expect(run["a"].due == run.now + .seconds(30))
        run.undo("a", .retry(.busy, after: nil))
        run.due()
        run.undo("a", .retry(.busy, after: nil))
        #expect(run["a"].due == run.now + .seconds(3))
    }

    @Test("what a participant says is cut to what may be written with every transition")
    func boundedErrors() {
        let long = StepError(code: String(repeating: "c", count: 100), message: String(repeating: "m", count: 1000))
        #expect(long.code.utf8.count <= 64)
        #expect(long.message.utf8.count <= 256)
        let heavy = String(repeating: "e" + String(repeating: "\u{301}", count: 500), count: 300)
        #expect(StepError(code: heavy, message: heavy).message.utf8.count <= 1024)
        #expect(StepError(code: heavy, message: heavy).code.utf8.count <= 256)
    }
}
