import SagaCore
import SagaValues
import Testing

@Suite("Unwinding")
struct UnwindingStories {
    @Test("a refusal undoes what is done in reverse order, one after the other", arguments: 0..<4)
    func refusedAt(step: Int) {
        var run = Run(.sequence(.undoable, .undoable, .undoable, .undoable))
        run.start()
        for index in 0..<step { run.done(Plan.stepName(index)) }
        var effects = run.rejected(Plan.stepName(step))
        #expect(run.saga.failure?.kind == .rejected)
        #expect(run.saga.failure?.step == step)
        #expect(run.saga.failure?.error == .no)
        for index in (0..<step).reversed() {
            #expect(effects == "undo \(Plan.stepName(index))")
            #expect(run.saga.status == .compensating)
            effects = run.undone(Plan.stepName(index))
        }
        #expect(effects == "compensated")
        #expect(run.saga.status == .compensated)
    }

    @Test("what only reads, and what was refused, is not undone")
    func nothingToUndo() {
        var run = Run(.sequence(.readonly, .undoable, .readonly, .undoable))
        run.start()
        run.done("a")
        run.done("b")
        run.done("c")
        #expect(run.rejected("d") == "undo b")
        #expect(run.undone("b") == "compensated")
        #expect(run["a"].phase == .done)
        #expect(run["d"].phase == .failed)
    }

    @Test("a branch that fails lets its sibling come to an end first, and starts nothing more")
    func siblingsAreWaitedFor() {
        var run = Run(.sequence(.undoable, .parallel(.undoable, .sequence(.undoable, .undoable))))
        run.start()
        run.done("a")
        #expect(run.rejected("b") == "nothing")
        #expect(run.saga.status == .running)
        #expect(run.done("c") == "undo c")
        #expect(run["d"].phase == .waiting)
        #expect(run.undone("c") == "undo a")
        #expect(run.undone("a") == "compensated")
    }

    @Test("what ran in parallel is undone in parallel, what came before it only when all of it is undone")
    func parallelUndo() {
        var run = Run(.sequence(.undoable, .parallel(.undoable, .sequence(.undoable, .undoable)), .undoable))
        run.start()
        for step in ["a", "b", "c", "d"] { run.done(step) }
        #expect(run.rejected("e") == "undo b, undo d")
        #expect(run.undone("d") == "undo c")
        #expect(run.undone("c") == "nothing")
        #expect(run.undone("b") == "undo a")
        #expect(run.undone("a") == "compensated")
    }

    @Test("a sibling that waits for its next attempt is not tried again, but undone, since it may have happened")
    func retryingSibling() {
        var run = Run(.parallel(.undoable, .undoable), attempts: 3)
        run.start()
        run.retry("a", attempt: 1)
        #expect(run.rejected("b") == "undo a")
        #expect(run["a"].phase == .undoing)
        #expect(run.undone("a") == "compensated")
    }

    @Test("a sibling in flight is not tried again when it asks for patience after the failure")
    func siblingAsksForPatience() {
        var run = Run(.parallel(.undoable, .undoable), attempts: 3)
        run.start()
        run.rejected("b")
        #expect(run.retry("a", attempt: 1) == "undo a")
        #expect(run.undone("a") == "compensated")
    }

    @Test("the first reason stays")
    func firstReason() {
        var run = Run(.parallel(.undoable, .undoable, .undoable))
        run.start()
        run.rejected("b")
        run.rejected("a")
        #expect(run.cancel() == "(duplicate)")
        run.done("c")
        #expect(run.saga.failure?.step == 1)
        #expect(run.saga.failure?.kind == .rejected)
    }

    @Test("attempts to undo are counted anew, and a late answer to the do does not disturb them")
    func undoCountsAnew() {
        var run = Run(.sequence(.undoable, .undoable), attempts: 3)
        run.start()
        run.retry("a", attempt: 1)
        run.due()
        run.done("a", attempt: 2)
        #expect(run.rejected("b") == "undo a")
        #expect(run["a"].attempt == 1)
        #expect(run.done("a", attempt: 1) == "(late)")
        #expect(run.rejected("a", attempt: 1) == "(late)")
        #expect(run.undone("a") == "compensated")
    }

    @Test("an undo may be slow, temporarily unable or even refuse: it is asked again")
    func undoIsAskedAgain() {
        var run = Run(.sequence(.undoable, .undoable), undoAttempts: 4)
        run.start()
        run.done("a")
        run.rejected("b")
        #expect(run.undo("a", .retry(.busy, after: nil), attempt: 1) == "nothing")
        #expect(run["a"].phase == .reundoing)
        #expect(run.due() == "undo a #2")
        #expect(run.undo("a", .rejected(.no), attempt: 2) == "nothing")
        #expect(run.due() == "undo a #3")
        #expect(run.due() == "nothing")
        #expect(run["a"].error?.code == "no-reply")
        #expect(run.due() == "undo a #4")
        #expect(run.undone("a") == "compensated")
    }

    @Test("a late answer to an undo counts while the next one is waited for")
    func lateUndo() {
        var run = Run(.sequence(.undoable, .undoable))
        run.start()
        run.done("a")
        run.rejected("b")
        run.due()
        #expect(run["a"].phase == .reundoing)
        #expect(run.undone("a") == "compensated")
    }
}
