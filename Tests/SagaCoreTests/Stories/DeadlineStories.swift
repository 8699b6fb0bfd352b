import SagaCore
import SagaValues
import Testing

@Suite("The deadline")
struct DeadlineStories {
    @Test("in line for its locks, the saga ends without having done anything")
    func queued() {
        var run = Run(.undoable, deadline: .seconds(60))
        run.start(queued: true)
        #expect(run.saga.nextDue == run.now + .seconds(60))
        #expect(run.due() == "compensated")
        #expect(run.saga.failure?.kind == .deadline)
        #expect(run.granted() == "(late)")
    }

    @Test("running, the step in flight is waited for, then everything is undone")
    func running() {
        var run = Run(.sequence(.undoable, .undoable), deadline: .seconds(5))
        run.start()
        run.done("a")
        #expect(run.due() == "nothing")
        #expect(run.saga.failure == Failure(.deadline))
        #expect(run.saga.status == .running)
        #expect(run.done("b") == "undo b")
        #expect(run.undone("b") == "undo a")
        #expect(run.undone("a") == "compensated")
    }

    @Test("while a step waits for its next attempt, that attempt is not made")
    func retrying() {
        var run = Run(.sequence(.undoable, .undoable), attempts: 3, deadline: .seconds(5))
        run.start()
        run.done("a")
        run.retry("b", attempt: 1, after: .seconds(60))
        #expect(run.due() == "undo b")
    }

    @Test("at the same instant as the next attempt, it comes first")
    func sameInstant() {
        var run = Run(.undoable, attempts: 3, deadline: .seconds(5))
        run.start()
        run.retry("a", attempt: 1, after: .seconds(5))
        #expect(run.due() == "undo a")
    }

    @Test("it passes once, and an early look does nothing")
    func once() {
        var run = Run(.undoable, deadline: .seconds(60))
        run.start()
        #expect(run.wait(.seconds(5)) == "(early)")
        run.working("a")
        run.wait(.seconds(9))
        run.now = run.saga.deadline!
        run.handle(.timerFired)
        #expect(run.saga.isLate)
        #expect(run.saga.deadline == Timestamp.zero + .seconds(60))
        #expect(run.handle(.timerFired) == "(early)")
    }

    @Test("it passes while the saga is being undone, which goes on")
    func compensating() {
        var run = Run(.sequence(.undoable, .undoable), deadline: .seconds(5))
        run.start()
        run.done("a")
        run.rejected("b")
        #expect(run.due() == "nothing")
        #expect(run.saga.failure?.kind == .rejected)
        #expect(run.undone("a") == "compensated")
    }

    @Test("an answer extends an attempt, not the saga")
    func working() {
        var run = Run(.undoable, attempts: 1, deadline: .seconds(25))
        run.start()
        for _ in 0..<2 {
            run.now += .seconds(9)
            #expect(run.working("a", attempt: 1) == "nothing")
            #expect(run["a"].due == run.now + .seconds(10))
        }
        #expect(run.saga.nextDue == run.saga.deadline)
    }
}

@Suite("A person asks for a saga to be undone")
struct CancelStories {
    @Test("in line for its locks: it ends")
    func queued() {
        var run = Run(.undoable)
        run.start(queued: true)
        #expect(run.cancel() == "compensated")
        #expect(run.saga.failure == Failure(.cancelled, error: .no))
    }

    @Test("with a step in flight: it is waited for")
    func running() {
        var run = Run(.sequence(.undoable, .undoable))
        run.start()
        run.done("a")
        #expect(run.cancel() == "nothing")
        #expect(run.done("b") == "undo b")
        #expect(run.cancel() == "(duplicate)")
    }

    @Test("with a step waiting for its next attempt: it is undone at once")
    func retrying() {
        var run = Run(.sequence(.undoable, .undoable))
        run.start()
        run.done("a")
        run.retry("b", attempt: 1)
        #expect(run.cancel() == "undo b")
    }

    @Test("with a step being asked about: its answer is waited for")
    func probing() {
        var run = Run(.sequence(.undoable(.probe), .undoable), attempts: 1)
        run.start()
        run.due()
        #expect(run.cancel() == "nothing")
        #expect(run.probed("a", .done) == "undo a")
    }

    @Test("while it is being undone already: nothing new")
    func compensating() {
        var run = Run(.sequence(.undoable, .undoable))
        run.start()
        run.done("a")
        run.rejected("b")
        #expect(run.cancel() == "(duplicate)")
    }

    @Test("after the pivot, or with the pivot in doubt: refused")
    func pivot() {
        var run = Run(.sequence(.undoable, .pivot, .onward), attempts: 1)
        run.start()
        run.done("a")
        run.due()
        #expect(run["b"].phase == .held)
        #expect(run.cancel() == "(illegal)")
        #expect(run.saga.hasOpenIncident)
        run.done("b")
        #expect(run.cancel() == "(illegal)")
    }

    @Test("two steps wait for a person: both incidents are resolved")
    func held() {
        var run = Run(.parallel(.undoable(.incident), .undoable(.incident)), attempts: 1)
        run.start()
        #expect(run.due() == "incident a: unknown, incident b: unknown")
        #expect(run.cancel() == "resolved a: unknown, resolved b: unknown, undo a, undo b")
    }
}

@Suite("A person asks for an attempt")
struct RetryStories {
    @Test("once the saga has failed, a step is not done any more, only asked about")
    func probesAfterFailure() {
        var run = Run(.parallel(.undoable(.incident), .undoable), attempts: 1)
        run.start()
        run.rejected("b")
        #expect(run.due() == "incident a: unknown")
        #expect(run.retryRequested("a") == "resolved a: unknown, probe a #2 round 2")
        #expect(run.probed("a", .rejected(.no)) == "undo a round 2")
    }

    @Test("before its time: the next attempt is made now, with a fresh budget")
    func whileWaiting() {
        var run = Run(.undoable, attempts: 2)
        run.start()
        run.retry("a", attempt: 1)
        #expect(run.retryRequested("a") == "do a #2 round 2")
        #expect(run["a"].spent == 1)
        run.retry("a", attempt: 2)
        #expect(run.due() == "do a #3 round 2")
    }

    @Test("a refusal of an earlier round does not end a step whose present round may still do it")
    func refusalOfAnEarlierRound() {
        var run = Run(.sequence(.undoable(.incident), .undoable), attempts: 1)
        run.start()
        run.due()
        #expect(run.retryRequested("a") == "resolved a: unknown, do a #2 round 2")
        #expect(run.rejected("a", attempt: 1) == "(late)")
        #expect(run.done("a", attempt: 2) == "do b")
    }
}
