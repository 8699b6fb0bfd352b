import SagaCore
import SagaValues
import Testing

@Suite("When nobody answers")
struct UnknownStories {
    /// Plays `b` until its attempts are spent without an answer.
    private func unanswered(_ onUnknown: Step.OnUnknown) -> (Run, String) {
        var run = Run(.sequence(.undoable, .undoable(onUnknown), .undoable))
        run.start()
        run.done("a")
        #expect(run.due() == "nothing")
        #expect(run["b"].phase == .retrying)
        #expect(run.due() == "do b #2")
        let effects = run.due()
        return (run, effects)
    }

    @Test("by default the step is undone, since it may have happened")
    func undo() {
        var (run, effects) = unanswered(.undo)
        #expect(effects == "undo b")
        #expect(run.saga.failure?.kind == .unknown)
        #expect(run.saga.failure?.step == 1)
        #expect(run.saga.failure?.error?.code == "no-reply")
        #expect(run.undone("b") == "undo a")
        #expect(run.undone("a") == "compensated")
    }

    @Test("one attempt without an answer is doubt enough, whatever the others said")
    func oneUnanswered() {
        var run = Run(.undoable(.probe), attempts: 3)
        run.start()
        run.retry("a", attempt: 1)
        run.due()
        run.due()
        run.due()
        #expect(run.retry("a", attempt: 3) == "probe a #4")
    }

    @Test("attempts that were all answered leave no doubt, but the step is undone all the same")
    func exhausted() {
        var run = Run(.sequence(.undoable, .undoable(.probe)), attempts: 2)
        run.start()
        run.done("a")
        run.retry("b", attempt: 1)
        run.due()
        #expect(run.retry("b", attempt: 2) == "undo b")
        #expect(run.saga.failure?.kind == .exhausted)
        #expect(run.undone("b") == "undo a")
    }

    @Test("a probe that finds it done goes on as if nothing had been")
    func probedDone() {
        var (run, effects) = unanswered(.probe)
        #expect(effects == "probe b #3")
        #expect(run.probed("b", .done) == "do c")
        #expect(run["b"].outputRevision == run.saga.revision)
        #expect(run.saga.failure == nil)
        #expect(run.done("c") == "completed")
    }

    @Test("a probe that finds it not done still undoes it: a command may be under way")
    func probedNotDone() {
        var (run, effects) = unanswered(.probe)
        #expect(effects == "probe b #3")
        #expect(run.probed("b", .rejected(.no)) == "undo b")
        #expect(run.undone("b") == "undo a")
        #expect(run.undone("a") == "compensated")
    }

    @Test("a probe is asked again, and when nobody answers a person must look")
    func probeUnanswered() {
        var (run, effects) = unanswered(.probe)
        #expect(effects == "probe b #3")
        #expect(run.due() == "nothing")
        #expect(run["b"].phase == .reprobing)
        #expect(run.handle(.timerFired) == "(early)")
        #expect(run.due() == "probe b #4")
        #expect(run.due() == "incident b: unknown")
        #expect(run["b"].phase == .held)
        #expect(run.retryRequested("b") == "resolved b: unknown, do b #5 round 2")
        #expect(run.done("b") == "do c")
    }

    @Test("a probe that is temporarily unable or busy is waited for")
    func probePatience() {
        var (run, _) = unanswered(.probe)
        let due = run["b"].due!
        run.now += .seconds(5)
        #expect(run.probed("b", .working) == "nothing")
        #expect(run["b"].due == due + .seconds(5))
        #expect(run.probed("b", .retry(.busy, after: .seconds(30))) == "nothing")
        #expect(run["b"].due == run.now + .seconds(30))
        #expect(run.due() == "probe b #4")
        #expect(run.probed("b", .done) == "do c")
    }

    @Test("a late answer to the do settles what is being asked about")
    func lateWhileProbing() {
        var (run, _) = unanswered(.probe)
        #expect(run.done("b", attempt: 1) == "do c")
        #expect(run.probed("b", .rejected(.no)) == "(late)")

        (run, _) = unanswered(.probe)
        #expect(run.rejected("b", attempt: 2) == "undo a")
        #expect(run["b"].phase == .failed)
    }

    @Test("a person is asked where the plan says so, and a late answer closes the incident")
    func incident() {
        var (run, effects) = unanswered(.incident)
        #expect(effects == "incident b: unknown")
        #expect(run.saga.status == .running)
        #expect(run.saga.failure == nil)
        #expect(run.done("b", attempt: 2) == "resolved b: unknown, do c")
        #expect(!run.saga.hasOpenIncident)
    }

    @Test("a person who has the saga undone settles the doubt: the step is undone as well")
    func incidentCancelled() {
        var (run, _) = unanswered(.incident)
        #expect(run.cancel() == "resolved b: unknown, undo b")
        #expect(run.undone("b") == "undo a")
        #expect(run.undone("a") == "compensated")
    }

    @Test("a late answer counts while the next attempt is waited for, and none is made")
    func lateWhileRetrying() {
        var run = Run(.sequence(.undoable, .undoable))
        run.start()
        run.due()
        #expect(run["a"].phase == .retrying)
        #expect(run.done("a", attempt: 1) == "do b")
        #expect(run.done("a", attempt: 1) == "(duplicate)")

        run = Run(.sequence(.undoable, .undoable))
        run.start()
        run.due()
        #expect(run.rejected("a", attempt: 1) == "compensated")
    }

    @Test("once a doubtful step is being undone, a late answer to its do changes nothing")
    func lateWhileUndoing() {
        var (run, _) = unanswered(.undo)
        #expect(run.done("b", attempt: 1) == "(late)")
        #expect(run["b"].phase == .undoing)
        run.undone("b")
        #expect(run.done("b", attempt: 1) == "(late)")
        #expect(run["b"].phase == .undone)
    }

    @Test("a late answer settles a doubtful step that waits to be undone, and it is undone with its output")
    func lateWhileUnknown() {
        var run = Run(.parallel(.undoable, .undoable, .undoable))
        run.start()
        run.rejected("b")
        #expect(run.retry("a") == "nothing")
        #expect(run["a"].phase == .unknown)
        #expect(run.done("a") == "nothing")
        #expect(run["a"].phase == .done)
        #expect(run.done("c") == "undo a, undo c")
    }

    @Test("only an answer to the present attempt counts against it")
    func oldAttempts() {
        var run = Run(.undoable, attempts: 3)
        run.start()
        run.due()
        run.due()
        #expect(run["a"].attempt == 2)
        #expect(run.retry("a", attempt: 1) == "(late)")
        #expect(run.working("a", attempt: 1) == "(late)")
        #expect(run["a"].phase == .doing)
        #expect(run.retry("a") == "nothing")
        #expect(run["a"].phase == .retrying)
    }

    @Test("an attempt's number is never used again, so that an old answer is told from a new one")
    func numbersAreUsedOnce() {
        var run = Run(.sequence(.undoable(.probe), .undoable), attempts: 3)
        run.start()
        run.due("a", until: .probing)
        run.due("a", until: .held)
        run.retryRequested("a")
        #expect(run["a"].phase == .doing)
        #expect(run["a"].attempt > 3)
        #expect(run.retry("a", attempt: 3) == "(late)")
    }
}
