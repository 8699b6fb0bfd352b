import SagaCore
import SagaValues
import Testing

@Suite("When an undo fails")
struct UndoFailureStories {
    private func failing(_ onUndoFailure: Step.OnUndoFailure) -> Run {
        var run = Run(.sequence(.undoable, .undoable(.undo, undo: onUndoFailure), .undoable))
        run.start()
        run.done("a")
        run.done("b")
        #expect(run.rejected("c") == "undo b")
        #expect(run.due() == "nothing")
        #expect(run.due() == "undo b #2")
        return run
    }

    @Test("the steps before it wait, and a person's retry goes on to the end")
    func stop() {
        var run = failing(.stop)
        #expect(run.undo("b", .retry(.busy, after: nil), attempt: 2) == "incident b: undo-failed")
        #expect(run["b"].phase == .undoHeld)
        #expect(run.saga.status == .compensating)
        #expect(run.saga.hasOpenIncident)
        #expect(run.saga.nextDue == nil)
        #expect(run["a"].phase == .done)
        #expect(run.retryRequested("b") == "resolved b: undo-failed, undo b #3 round 2")
        #expect(!run.saga.hasOpenIncident)
        #expect(run.undone("b") == "undo a")
        #expect(run.undone("a") == "compensated")
    }

    @Test("a retry has a fresh budget, and may fail again")
    func freshBudget() {
        var run = failing(.stop)
        run.due()
        #expect(run.retryRequested("b") == "resolved b: undo-failed, undo b #3 round 2")
        #expect(run.due() == "nothing")
        #expect(run.due() == "undo b #4 round 2")
        #expect(run.due() == "incident b: undo-failed")
        #expect(run.retryRequested("b") == "resolved b: undo-failed, undo b #5 round 3")
    }

    @Test("the steps before it are undone when the plan says so, but the saga is not compensated before it is")
    func continues() {
        var run = failing(.continue)
        #expect(run.due() == "incident b: undo-failed, undo a")
        #expect(run.undone("a") == "nothing")
        #expect(run.saga.status == .compensating)
        #expect(run.saga.hasOpenIncident)
        #expect(run.retryRequested("b") == "resolved b: undo-failed, undo b #3 round 2")
        #expect(run.undone("b") == "compensated")
    }

    @Test("a late answer closes the incident")
    func lateAnswer() {
        var run = failing(.stop)
        run.due()
        #expect(run.undone("b") == "resolved b: undo-failed, undo a")
        #expect(run.undone("a") == "compensated")
    }

    @Test("a person need not wait for the next attempt")
    func retryWhileWaiting() {
        var run = Run(.sequence(.undoable, .undoable))
        run.start()
        run.done("a")
        run.rejected("b")
        run.undo("a", .retry(.busy, after: nil), attempt: 1)
        #expect(run.retryRequested("a") == "undo a #2 round 2")
        #expect(run.retryRequested("a") == "(illegal)")
    }

    @Test("two undos that fail at once are two incidents")
    func two() {
        var run = Run(.sequence(.parallel(.undoable, .undoable), .undoable), undoAttempts: 1)
        run.start()
        run.done("a")
        run.done("b")
        #expect(run.rejected("c") == "undo a, undo b")
        #expect(run.due() == "incident a: undo-failed, incident b: undo-failed")
        #expect(run.retryRequested("a") == "resolved a: undo-failed, undo a #2 round 2")
        #expect(run.undone("a") == "nothing")
        #expect(run.saga.hasOpenIncident)
        #expect(run.retryRequested("b") == "resolved b: undo-failed, undo b #2 round 2")
        #expect(run.undone("b") == "compensated")
    }
}
