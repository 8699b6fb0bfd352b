import SagaCore
import SagaValues
import Testing

@Suite("At the pivot")
struct PivotStories {
    private func atPivot(_ onUnknown: Step.OnUnknown = .incident, deadline: Duration? = nil) -> Run {
        var run = Run(.sequence(.undoable, .pivot(onUnknown), .onward), deadline: deadline)
        run.start()
        #expect(run.done("a") == "do b")
        return run
    }

    @Test("once it is done the saga only goes forward")
    func done() {
        var run = atPivot()
        #expect(run.done("b") == "do c")
        #expect(run.cancel() == "(illegal)")
        #expect(run.done("c") == "completed")
    }

    @Test("refused, it fails the saga like any other step")
    func rejected() {
        var run = atPivot()
        #expect(run.rejected("b") == "undo a")
        #expect(run.undone("a") == "compensated")
    }

    @Test("out of attempts, it is left to a person, who may try again")
    func exhausted() {
        var run = atPivot()
        run.retry("b", attempt: 1)
        run.due()
        #expect(run.retry("b", attempt: 2) == "incident b: exhausted")
        #expect(run.saga.failure == nil)
        #expect(run.cancel() == "(illegal)")
        #expect(run.retryRequested("b") == "resolved b: exhausted, do b #3 round 2")
        #expect(run.done("b") == "do c")
    }

    @Test("without an answer, nobody guesses", arguments: [Step.OnUnknown.undo, .incident])
    func unknown(onUnknown: Step.OnUnknown) {
        var run = atPivot(onUnknown)
        run.due()
        run.due()
        #expect(run.due() == "incident b: unknown")
        #expect(run.saga.failure == nil)
        #expect(run.done("b", attempt: 1) == "resolved b: unknown, do c")
    }

    @Test("without an answer, it is asked about where the plan says so")
    func probed() {
        var run = atPivot(.probe)
        run.due()
        run.due()
        #expect(run.due() == "probe b #3")
        #expect(run.probed("b", .done) == "do c")

        run = atPivot(.probe)
        run.due()
        run.due()
        run.due()
        #expect(run.probed("b", .rejected(.no)) == "incident b: exhausted")
        #expect(run.retryRequested("b") == "resolved b: exhausted, do b #4 round 2")
    }

    @Test("the deadline passes while it is in flight, and it is done: there is no way back")
    func deadlineThenDone() {
        var run = atPivot(deadline: .seconds(5))
        #expect(run.due() == "nothing")
        #expect(run.saga.failure?.kind == .deadline)
        #expect(run.saga.status == .running)
        #expect(!run.saga.isOverdue)
        #expect(run.done("b") == "late, do c")
        #expect(run.saga.failure == nil)
        #expect(run.saga.isLate)
        #expect(run.saga.isOverdue)
        #expect(run.done("c") == "completed")
    }

    @Test("the deadline passes while it is in flight, and it is the last step")
    func deadlineThenDoneAtTheEnd() {
        var run = Run(.sequence(.undoable, .pivot), deadline: .seconds(5))
        run.start()
        run.done("a")
        run.due()
        #expect(run.done("b") == "late, completed")
    }

    @Test("the deadline passes while it is in flight, and it is refused")
    func deadlineThenRejected() {
        var run = atPivot(deadline: .seconds(5))
        run.due()
        #expect(run.rejected("b") == "undo a")
        #expect(run.saga.failure?.kind == .deadline)
        #expect(run.undone("a") == "compensated")
    }

    @Test("the deadline passes while it is in flight, and nobody answers: it is not tried again")
    func deadlineThenUnknown() {
        var run = atPivot(.probe, deadline: .seconds(5))
        run.due()
        #expect(run.due() == "probe b #2")
        #expect(run.probed("b", .done) == "late, do c")

        run = atPivot(.incident, deadline: .seconds(5))
        run.due()
        #expect(run.due() == "incident b: unknown")
        #expect(run["a"].phase == .done)
        #expect(run.done("b") == "resolved b: unknown, late, do c")
    }

    @Test("a request to undo waits for it, and comes too late if it is done")
    func cancelledInFlight() {
        var run = atPivot()
        #expect(run.cancel() == "nothing")
        #expect(run.done("b") == "do c")
        #expect(run.saga.failure == nil)
    }
}

@Suite("At a pivot that is an event")
struct EventAsPivotStories {
    /// Something was asked for, and its outcome is told by an event.
    private func atPivot(timeout: Duration? = nil, deadline: Duration? = nil) -> Run {
        var run = Run(
            .sequence(.undoable, .listen(timeout: timeout, StepKind(role: .pivot)), .onward), deadline: deadline)
        run.start()
        #expect(run.done("a") == "listen b")
        return run
    }

    @Test("once it has come the saga only goes forward, from that very event on")
    func taken() {
        var run = atPivot()
        #expect(run.heard("b") == "stop listening b, do c")
        #expect(run.cancel() == "(illegal)")
        #expect(run.heard("b", .refused(.no)) == "(duplicate)")
        #expect(run.saga.failure == nil)
        #expect(run.rejected("c") == "incident c: rejected")
        #expect(run.cancel() == "(illegal)")
        #expect(run.retryRequested("c") == "resolved c: rejected, do c #2 round 2")
        #expect(run.done("c") == "completed")
    }

    @Test("an event that is a refusal does not pass it: what was done is undone")
    func refused() {
        var run = atPivot()
        #expect(run.heard("b", .refused(.no)) == "stop listening b, undo a")
        #expect(run.saga.failure == Failure(.rejected, step: 1, error: .no))
        #expect(run.heard("b") == "(duplicate)")
        #expect(run.undone("a") == "compensated")
    }

    @Test("no event in time does not pass it either, and one that is late changes nothing")
    func expired() {
        var run = atPivot(timeout: .seconds(60))
        #expect(run.due() == "stop listening b, undo a")
        #expect(run.saga.failure?.error?.code == "expired")
        #expect(run.heard("b") == "(duplicate)")
        #expect(run["b"].phase == .failed)
        #expect(run.undo("a", .retry(.busy, after: nil)) == "nothing")
        #expect(run.heard("b") == "(duplicate)")
        run.due("a", until: .undoHeld)
        #expect(run.saga.hasOpenIncident)
    }

    @Test("nothing is in flight while it is waited for, so a deadline or a person ends the wait at once")
    func ended() {
        var run = atPivot(deadline: .seconds(60))
        #expect(run.due() == "stop listening b, undo a")
        #expect(run.saga.failure?.kind == .deadline)
        #expect(run["b"].phase == .skipped)
        #expect(run.heard("b") == "(duplicate)")

        run = atPivot()
        #expect(run.cancel() == "stop listening b, undo a")
        #expect(run.heard("b") == "(duplicate)")
        #expect(run.undone("a") == "compensated")
    }

    @Test("the deadline passes behind it: somebody is told, and the saga goes on")
    func late() {
        var run = atPivot(deadline: .seconds(60))
        run.heard("b")
        run.working("c")
        run.due("c", until: .retrying)
        run.now += .seconds(60)
        #expect(run.handle(.timerFired).hasPrefix("late"))
        #expect(run.saga.failure == nil)
        #expect(run.done("c") == "completed")
    }
}

@Suite("After the pivot")
struct AfterPivotStories {
    private func afterPivot(attempts: Int? = nil, _ onUnknown: Step.OnUnknown = .undo) -> Run {
        var run = Run(.sequence(.undoable, .pivot, .onward(onUnknown), .onward), attempts: attempts)
        run.start()
        run.done("a")
        #expect(run.done("b") == "do c")
        return run
    }

    @Test("a step is tried without end")
    func withoutEnd() {
        var run = afterPivot()
        for attempt in 2...50 {
            #expect(run.due() == "nothing")
            #expect(run.due() == "do c #\(attempt)")
        }
        #expect(run.done("c") == "do d")
    }

    @Test("a refusal is an incident; a person mends the cause and has it tried again")
    func rejected() {
        var run = afterPivot()
        #expect(run.rejected("c") == "incident c: rejected")
        #expect(run.saga.failure == nil)
        #expect(run.cancel() == "(illegal)")
        #expect(run.retryRequested("c") == "resolved c: rejected, do c #2 round 2")
        #expect(run.done("c") == "do d")
        #expect(run.done("d") == "completed")
    }

    @Test("a step that gives up is an incident, never an undo", arguments: [Step.OnUnknown.undo, .incident])
    func exhausted(onUnknown: Step.OnUnknown) {
        var run = afterPivot(attempts: 1, onUnknown)
        #expect(run.due() == "incident c: unknown")
        #expect(run.retryRequested("c") == "resolved c: unknown, do c #2 round 2")
        #expect(run.retry("c", attempt: 2).hasPrefix("incident c:"))
        #expect(run["a"].phase == .done)
    }

    @Test("what was asked about and has not happened is an incident")
    func probedNotDone() {
        var run = afterPivot(attempts: 1, .probe)
        #expect(run.due() == "probe c #2")
        #expect(run.probed("c", .rejected(.no)) == "incident c: exhausted")
    }

    @Test("the deadline passes: somebody is told, and the saga goes on")
    func deadline() {
        var run = Run(.sequence(.pivot, .onward), deadline: .seconds(5))
        run.start()
        run.done("a")
        #expect(run.due() == "late")
        #expect(run.saga.isLate)
        #expect(run.saga.failure == nil)
        #expect(run.handle(.timerFired) == "(early)")
        #expect(run.done("b") == "completed")
    }

    @Test("a late refusal of an earlier round says nothing about the round that is in flight")
    func refusalOfAnEarlierRound() {
        var run = afterPivot(attempts: 1)
        run.rejected("c", attempt: 1)
        run.retryRequested("c")
        #expect(run.rejected("c", attempt: 1) == "(late)")
        #expect(run["c"].phase == .doing)
        #expect(run.rejected("c", attempt: 2) == "incident c: rejected")
    }
}
