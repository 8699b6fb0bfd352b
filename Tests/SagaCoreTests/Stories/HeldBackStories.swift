import SagaValues
import Testing

@testable import SagaCore

@Suite("When a command is held back")
struct HeldBackStories {
    @Test("it is no attempt: its number and its place in the budget are given back, however often")
    func costsNothing() {
        var run = Run(.undoable, attempts: 2)
        run.start()
        for _ in 0..<20 {
            #expect(run.heldBack(.do, "a", for: .seconds(7)) == "nothing")
            #expect((run["a"].phase, run["a"].attempt, run["a"].spent) == (.retrying, 0, 0))
            #expect(run["a"].due == run.now + .seconds(7))
            #expect(!run.saga.hasOpenIncident)
            #expect(run.due() == "do a")
        }
        #expect((run["a"].attempt, run["a"].spent) == (1, 1))
        run.retry("a", attempt: 1)
        #expect(run.due() == "do a #2")
        #expect(run.heldBack(.do, "a") == "nothing")
        #expect(run["a"].attempt == 1)
        #expect(run.due() == "do a #2")
        #expect(run.retry("a", attempt: 2) == "undo a", "the budget of two is spent by the two that went out")
    }

    @Test("no timeout runs: it is not in doubt, and is not asked about")
    func noTimeout() {
        var run = Run(.undoable(.probe), attempts: 1)
        run.start()
        run.heldBack(.do, "a", for: .seconds(3_600))
        #expect(run.wait(.seconds(1_000)) == "(early)")
        #expect(!run["a"].wentUnanswered)
        #expect(run.due() == "do a")
        #expect(run["a"].due == run.now + run.plan.steps[0].retry.timeout)
    }

    @Test("it goes as soon as it may, before its time, and only once")
    func released() {
        var run = Run(.sequence(.undoable, .undoable))
        run.start()
        #expect(run.released(.do, "a") == "(late)")
        run.heldBack(.do, "a")
        #expect(run.released(.undo, "a") == "(late)")
        #expect(run.released(.do, "a") == "do a")
        #expect(run.released(.do, "a") == "(late)")
        #expect(run.done("a") == "do b")
        run.retry("b")
        #expect(run.released(.do, "b") == "(late)", "a pause between attempts is no holding back")
    }

    @Test("an undo and a question wait in the same way, and are not forgotten")
    func otherDirections() {
        var run = Run(.sequence(.undoable(.probe), .undoable), attempts: 1, undoAttempts: 1)
        run.start()
        #expect(run.due() == "probe a #2")
        #expect(run.heldBack(.probe, "a") == "nothing")
        #expect((run["a"].phase, run["a"].attempt, run["a"].spent) == (.reprobing, 1, 0))
        #expect(run.due() == "probe a #2")
        #expect(run.probed("a", .done) == "do b")
        #expect(run.rejected("b") == "undo a")
        for _ in 0..<5 {
            #expect(run.heldBack(.undo, "a") == "nothing")
            #expect(run["a"].phase == .reundoing && run.saga.status == .compensating)
            #expect(run.due() == "undo a")
        }
        #expect(run.undone("a") == "compensated")
    }

    @Test("a deadline does not wait for a participant that was never asked: there is nothing to undo there")
    func deadline() {
        var run = Run(.sequence(.undoable, .undoable), deadline: .seconds(60))
        run.start()
        run.done("a")
        run.heldBack(.do, "b", for: .seconds(3_600))
        #expect(run.due() == "undo a")
        #expect(run["b"].phase == .skipped)
        #expect(run.undone("a") == "compensated")
    }

    @Test("of a step that was asked before, nobody knows: it is undone")
    func askedBefore() {
        var run = Run(.sequence(.undoable, .undoable), attempts: 5, deadline: .seconds(600))
        run.start()
        run.done("a")
        run.retry("b")
        #expect(run.due() == "do b #2")
        run.heldBack(.do, "b", for: .seconds(3_600))
        #expect(run.due() == "undo b")
    }

    @Test("holding back twice does not make it forget that it was asked before")
    func askedBeforeAndHeldTwice() {
        var run = Run(.undoable, attempts: 5)
        run.start()
        run.retry("a")
        run.due()
        run.heldBack(.do, "a")
        run.due()
        run.heldBack(.do, "a")
        #expect(run.cancel() == "undo a")
    }

    @Test("a step under a condition was not asked before either")
    func conditional() {
        var run = Run(.when)
        run.start()
        run.handle(.decided(step: 0, .proceed))
        run.heldBack(.do, "a")
        #expect(run.cancel() == "compensated")
        #expect(run["a"].phase == .skipped)
    }

    @Test("a pivot that was never asked is no reason to call a person")
    func pivot() {
        var run = Run(.sequence(.undoable, .pivot), deadline: .seconds(60))
        run.start()
        run.done("a")
        run.heldBack(.do, "b", for: .seconds(3_600))
        #expect(run.due() == "undo a")
    }

    @Test("a late answer to an earlier attempt counts")
    func lateAnswer() {
        var run = Run(.sequence(.undoable, .undoable), attempts: 5)
        run.start()
        run.due()
        run.due()
        run.heldBack(.do, "a")
        #expect(run.done("a", attempt: 1) == "do b")
        #expect(run["a"].heldBack == nil)
    }

    @Test("an answer to what was never asked is taken in as if it had been")
    func answerFromNowhere() {
        var run = Run(.sequence(.undoable, .undoable))
        run.start()
        run.heldBack(.do, "a")
        #expect(run.done("a", attempt: 1) == "do b")
        run.heldBack(.do, "b")
        #expect(run.rejected("b") == "undo a")
    }

    @Test("what a person has paused stays where it is until it is resumed")
    func paused() {
        var run = Run(.undoable)
        run.start()
        run.heldBack(.do, "a", for: .seconds(5))
        run.handle(.paused)
        #expect(run.released(.do, "a") == "(early)")
        #expect(run.wait(.seconds(10)) == "(early)")
        #expect(run.handle(.resumed) == "do a")
    }

    @Test("steps that the saga carries out by itself are not held back")
    func ownSteps() {
        var run = Run(.sequence(.emit, .undoable))
        run.start()
        #expect(run.heldBack(.do, "a") == "(illegal)")
    }

    @Test("it says so, and since when")
    func waits() {
        var run = Run(.undoable)
        run.start()
        run.heldBack(.do, "a", for: .seconds(5), .inFlight)
        #expect(
            run.saga.waits(run.plan)
                == [Wait(step: 0, reason: .turn(.do, .inFlight), until: run.now + .seconds(5))])
        let since = run.now
        for _ in 0..<3 {
            run.due()
            run.heldBack(.do, "a", for: .seconds(5))
        }
        let history = try? Narrative.tell(run.history, id: run.saga.id, plan: run.plan)
        let explanation = Explanation(run.saga, plan: run.plan, at: run.now, history: history ?? [])
        #expect(explanation.waits.first?.since == since)
        #expect(explanation.lines(run.plan).contains { $0.contains("'a' is held back: the circuit breaker of") })
        let timings = Narrative.timings(history ?? [], plan: run.plan)
        #expect(timings.first?.attempts == 0)
    }
}
