import SagaCore
import SagaValues
import Testing

@Suite("Optional steps")
struct OptionalStories {
    @Test("refused, the saga goes on without it")
    func rejected() {
        var run = Run(.sequence(.undoable, .optional, .undoable))
        run.start()
        run.done("a")
        #expect(run.rejected("b") == "do c")
        #expect(run.saga.failure == nil)
        #expect(run.done("c") == "completed")
        #expect(run["b"].phase == .failed)
    }

    @Test("out of attempts, the saga goes on without it, and undoes it if it must, since it may have happened")
    func givenUp() {
        var run = Run(.sequence(.optional, .undoable))
        run.start()
        run.due()
        run.due()
        #expect(run.due() == "do b")
        #expect(run["a"].phase == .unknown)
        #expect(run.rejected("b") == "undo a")
        #expect(run.undone("a") == "compensated")

        run = Run(.sequence(.optional, .undoable), attempts: 1)
        run.start()
        #expect(run.retry("a") == "do b")
        #expect(run.done("b") == "completed")
    }

    @Test("a late answer gives it its output, and nothing starts twice")
    func lateDone() {
        var run = Run(.sequence(.optional, .undoable), attempts: 1)
        run.start()
        #expect(run.due() == "do b")
        #expect(run.done("a", attempt: 1) == "nothing")
        #expect(run["a"].phase == .done)
        #expect(run["a"].outputRevision != nil)
        #expect(run.rejected("b") == "undo a")
    }

    @Test("done, it is undone like any other")
    func undone() {
        var run = Run(.sequence(.optional, .undoable))
        run.start()
        run.done("a")
        #expect(run.rejected("b") == "undo a")
    }

    @Test("last, its failure completes the saga", arguments: [true, false])
    func last(isRefused: Bool) {
        var run = Run(.sequence(.pivot, .optional), attempts: 1)
        run.start()
        run.done("a")
        #expect((isRefused ? run.rejected("b") : run.retry("b")) == "completed")
    }

    @Test("what to do about not knowing goes first: it is asked about where the plan says so")
    func probed() {
        var run = Run(.sequence(.step(StepKind(isOptional: true, onUnknown: .probe)), .undoable), attempts: 1)
        run.start()
        #expect(run.due() == "probe a #2")
        #expect(run.probed("a", .done) == "do b")

        run = Run(.sequence(.step(StepKind(isOptional: true, onUnknown: .probe)), .undoable), attempts: 1)
        run.start()
        run.due()
        #expect(run.probed("a", .rejected(.no)) == "do b", "it has not happened, so the saga goes on without it")
    }

    @Test("left to a person where the plan says so")
    func incident() {
        var run = Run(.sequence(.step(StepKind(isOptional: true, onUnknown: .incident)), .undoable), attempts: 1)
        run.start()
        #expect(run.due() == "incident a: unknown")
        #expect(run.retryRequested("a") == "resolved a: unknown, do a #2 round 2")
        #expect(run.retry("a") == "incident a: unknown")
    }

    @Test("asked about in vain, it is passed over: nobody is called for what the saga can do without")
    func probedInVain() {
        var run = Run(.sequence(.step(StepKind(isOptional: true, onUnknown: .probe)), .undoable), attempts: 1)
        run.start()
        #expect(run.due() == "probe a #2")
        #expect(run.due() == "do b")
        #expect(run["a"].phase == .unknown)
        #expect(run.rejected("b") == "undo a", "it may have happened")
    }

    @Test("its attempts end with the saga's failure")
    func siblingFails() {
        var run = Run(.parallel(.optional, .undoable), attempts: 3)
        run.start()
        run.retry("a", attempt: 1)
        #expect(run.rejected("b") == "undo a")
    }
}
