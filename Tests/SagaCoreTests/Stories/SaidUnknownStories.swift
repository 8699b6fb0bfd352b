import SagaCore
import SagaValues
import Testing

@Suite("When a participant says that it does not know")
struct SaidUnknownStories {
    /// Plays `b` until every attempt has been answered `unknown`.
    private func spent(_ onUnknown: Step.OnUnknown) -> (Run, String) {
        var run = Run(.sequence(.undoable, .undoable(onUnknown), .undoable))
        run.start()
        run.done("a")
        #expect(run.unknown("b", attempt: 1) == "nothing")
        #expect(run["b"].phase == .retrying)
        #expect(run.due() == "do b #2")
        let effects = run.unknown("b", attempt: 2)
        return (run, effects)
    }

    @Test("the next attempt follows after the pause, and not after the timeout")
    func atOnce() {
        var run = Run(.undoable(.probe), attempts: 3)
        run.start()
        let timeout = run["a"].due!
        run.now += .milliseconds(100)
        #expect(run.unknown("a", attempt: 1) == "nothing")
        #expect(run["a"].phase == .retrying)
        #expect(run["a"].due! < timeout)
        #expect(run["a"].error?.code == "answer-lost")
        #expect(run.due() == "do a #2")
        #expect(run.unknown("a", attempt: 2, after: .seconds(50)) == "nothing")
        #expect(run["a"].due! == run.now + .seconds(50))
        #expect(run.due() == "do a #3")
        #expect(run.done("a", attempt: 3) == "completed")
    }

    @Test("attempts spent, `onUnknown` decides, as for those that nobody answered")
    func attemptsSpent() {
        var (run, effects) = spent(.undo)
        #expect(effects == "undo b")
        #expect(run.saga.failure == Failure(.unknown, step: 1, error: .lost))
        #expect(run.undone("b") == "undo a")

        (run, effects) = spent(.probe)
        #expect(effects == "probe b #3")
        #expect(run.probed("b", .rejected(.no)) == "undo b")

        (run, effects) = spent(.incident)
        #expect(effects == "incident b: unknown")
        #expect(run.cancel() == "resolved b: unknown, undo b")
    }

    @Test("the pivot is not guessed at, and behind it nothing is given up")
    func pivot() {
        var run = Run(.sequence(.undoable, .pivot(.incident), .onward(.undo)), attempts: 1)
        run.start()
        run.done("a")
        #expect(run.unknown("b") == "incident b: unknown")
        #expect(run.done("b") == "resolved b: unknown, do c")
        #expect(run.unknown("c") == "incident c: unknown")
    }

    @Test(
        "that nothing was done by a later attempt does not settle it",
        arguments: [true, false])
    func retryAfterUnknown(isSaid: Bool) {
        var run = Run(.undoable(.probe), attempts: 3)
        run.start()
        if isSaid { run.unknown("a", attempt: 1) } else { run.due() }
        #expect(run["a"].wentUnanswered)
        run.due()
        #expect(run.retry("a", attempt: 2) == "nothing")
        run.due()
        #expect(run.retry("a", attempt: 3) == "probe a #4")
    }

    @Test("nor does a person's round, which has a fresh budget")
    func retryInALaterRound() {
        var run = Run(.undoable(.incident), attempts: 1)
        run.start()
        #expect(run.unknown("a") == "incident a: unknown")
        run.retryRequested("a")
        #expect(run.retry("a") == "incident a: unknown")
    }

    @Test("a refusal settles it: it is kept for all attempts", arguments: [true, false])
    func refusalAfterUnknown(isSaid: Bool) {
        var run = Run(.sequence(.undoable, .undoable(.probe)), attempts: 3)
        run.start()
        run.done("a")
        if isSaid { run.unknown("b", attempt: 1) } else { run.due() }
        run.due()
        #expect(run.rejected("b", attempt: 2) == "undo a")
        #expect(run["b"].phase == .failed)
    }

    @Test("a doubt about an older attempt counts, once, and does not spend the present one")
    func olderAttempt() {
        var run = Run(.undoable(.probe), attempts: 2)
        run.start()
        run.retry("a", attempt: 1)
        // It was delivered twice, and this is the other answer.
        #expect(run.unknown("a", attempt: 1) == "nothing")
        #expect(run["a"].phase == .retrying)
        #expect(run.unknown("a", attempt: 1) == "(duplicate)")
        run.due()
        #expect(run.retry("a", attempt: 2) == "probe a #3")

        run = Run(.undoable(.probe), attempts: 2)
        run.start()
        run.retry("a", attempt: 1)
        run.due()
        let due = run["a"].due
        #expect(run.unknown("a", attempt: 1) == "nothing")
        #expect(run["a"].phase == .doing)
        #expect(run["a"].due == due)
        #expect(run["a"].spent == 2)
        #expect(run.unknown("a", attempt: 1) == "(duplicate)")
        #expect(run.retry("a", attempt: 2) == "probe a #3")
    }

    @Test("a probe that does not know is asked again, and then a person")
    func probe() {
        var (run, _) = spent(.probe)
        #expect(run.probed("b", .unknown(.lost, after: .seconds(30)), attempt: 3) == "nothing")
        #expect(run["b"].phase == .reprobing)
        #expect(run["b"].due! == run.now + .seconds(30))
        #expect(run.due() == "probe b #4")
        #expect(run.probed("b", .unknown(.lost, after: nil)) == "incident b: unknown")
    }

    @Test("an undo of which nobody knows whether it happened is tried again, and then a person is called")
    func undo() {
        var run = Run(.sequence(.undoable, .undoable))
        run.start()
        run.done("a")
        #expect(run.rejected("b") == "undo a")
        #expect(run.undo("a", .unknown(.lost, after: .seconds(30))) == "nothing")
        #expect(run["a"].phase == .reundoing)
        #expect(run["a"].due! == run.now + .seconds(30))
        #expect(run.due() == "undo a #2")
        #expect(run.undo("a", .unknown(.lost, after: nil)) == "incident a: undo-failed")
        #expect(run.saga.status == .compensating)
        run.retryRequested("a")
        #expect(run.undone("a") == "compensated")
    }

    @Test("whoever does not know is there: the incident about a missing participant closes")
    func unroutable() {
        var run = Run(.undoable, attempts: 3)
        run.start()
        #expect(run.returned(.do, "a") == "incident a: unroutable")
        run.due()
        #expect(run.unknown("a") == "resolved a: unroutable")
    }

    @Test("once the saga has failed, the step is not tried again")
    func failed() {
        var run = Run(.parallel(.undoable, .undoable))
        run.start()
        #expect(run.rejected("b") == "nothing")
        #expect(run.unknown("a") == "undo a")
    }
}
