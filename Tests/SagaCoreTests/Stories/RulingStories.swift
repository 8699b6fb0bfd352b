import SagaCore
import SagaValues
import Testing

@Suite("When a person speaks for a step")
struct RulingStories {
    /// `a`, then the pivot `b`, of which nobody knows whether it happened.
    private func doubtful() -> Run {
        var run = Run(.sequence(.undoable, .pivot(.incident), .onward))
        run.start()
        run.done("a")
        run.due("b", until: .held)
        return run
    }

    @Test("a pivot that has happened is the point of no return, and the saga goes on")
    func done() {
        var run = doubtful()
        #expect(run.resolved("b", .done) == "resolved b: unknown, do c")
        #expect(run["b"].phase == .done && run["b"].ruling == .resolved)
        #expect(run["b"].outputRevision == run.saga.revision)
        #expect(run.cancel() == "(illegal)")
        #expect(run.done("c") == "completed")
    }

    @Test("a pivot that has not happened leaves a way back")
    func notDone() {
        var run = doubtful()
        #expect(run.cancel() == "(illegal)", "nobody may guess")
        #expect(run.resolved("b", .notDone) == "resolved b: unknown, undo a")
        #expect(run["b"].phase == .failed)
        #expect(run.saga.failure?.kind == .rejected && run.saga.failure?.step == 1)
        #expect(run.undone("a") == "compensated")
    }

    @Test("of a saga that has failed already, either word of its pivot leads to an end")
    func failed() {
        for resolution in [SagaEvent.Resolution.done, .notDone] {
            var run = Run(.sequence(.undoable, .pivot(.incident)), deadline: .seconds(5))
            run.start()
            run.done("a")
            run.due("b", until: .held)
            #expect(run.saga.failure?.kind == .deadline)
            switch resolution {
            case .done: #expect(run.resolved("b", .done).hasSuffix("completed"))
            case .notDone:
                #expect(run.resolved("b", .notDone) == "resolved b: unknown, undo a")
                #expect(run.undone("a") == "compensated")
            case .undone: break
            }
        }
    }

    @Test("behind the point of no return nothing is left undone by a word")
    func afterPivot() {
        var run = Run(.sequence(.pivot, .onward))
        run.start()
        run.done("a")
        #expect(run.rejected("b") == "incident b: rejected")
        #expect(run.resolved("b", .notDone) == "(illegal)")
        #expect(run.resolved("b", .undone) == "(illegal)")
        #expect(run.resolved("b", .done) == "resolved b: rejected, completed")
    }

    @Test("a step that was given up is not undone if it has not happened")
    func givenUp() {
        var run = Run(.parallel(.optional, .undoable), attempts: 1)
        run.start()
        #expect(run.retry("a") == "nothing")
        #expect(run["a"].phase == .unknown)
        #expect(run.resolved("a", .notDone) == "nothing")
        #expect(run["a"].phase == .failed)
        #expect(run.rejected("b") == "compensated")
    }

    @Test("an undo that was done by hand lets the others be undone")
    func undone() {
        var run = Run(.sequence(.undoable, .undoable, .undoable))
        run.start()
        run.done("a")
        run.done("b")
        run.rejected("c")
        run.due("b", until: .undoHeld)
        #expect(run.resolved("b", .done) == "(illegal)")
        #expect(run.resolved("b", .undone) == "resolved b: undo-failed, undo a")
        #expect(run.undo("b", .done) == "(duplicate)", "the participant's own word comes too late")
        #expect(run.undone("a") == "compensated")
    }

    @Test("nobody speaks for what others may still answer, nor for child sagas")
    func others() {
        var run = Run(.sequence(.undoable, .run))
        run.start()
        for resolution in SagaEvent.Resolution.allCases {
            #expect(run.resolved("a", resolution) == "(illegal)", "it is under way")
            #expect(run.resolved("b", resolution) == "(illegal)", "it has not begun")
        }
        run.done("a")
        for resolution in SagaEvent.Resolution.allCases { #expect(run.resolved("b", resolution) == "(illegal)") }
        #expect(run.resolved("a", .done) == "(duplicate)")
    }
}

@Suite("When a person has a step skipped")
struct SkipStories {
    private func held(_ isSkippable: Bool = true) -> Run {
        var run = Run(.sequence(.pivot, .step(StepKind(role: .onward, isSkippable: isSkippable)), .onward))
        run.start()
        run.done("a")
        run.rejected("b")
        return run
    }

    @Test("the saga goes on, with the output that the person gives")
    func goesOn() {
        var run = held()
        #expect(run.skipped("b") == "resolved b: rejected, do c")
        #expect(run["b"].phase == .skipped && run["b"].ruling == .passedOver)
        #expect(run["b"].outputRevision == run.saga.revision)
        #expect(run.done("c") == "completed")
    }

    @Test("unless the workflow allows it, it has to be forced")
    func forced() {
        var run = held(false)
        #expect(run.skipped("b") == "(illegal)")
        #expect(run.skipped("b", isForced: true) == "resolved b: rejected, do c")
    }

    @Test("what may have happened all the same is undone if the saga unwinds later")
    func mayHaveHappened() {
        var run = Run(.sequence(.undoable(.incident), .undoable))
        run.start()
        run.due("a", until: .held)
        #expect(run.skipped("a", isForced: true) == "resolved a: unknown, do b")
        #expect(run["a"].phase == .unknown)
        #expect(run.rejected("b") == "undo a")
        #expect(run.undone("a") == "compensated")
    }

    @Test("a word that comes late after all counts, and the saga still goes on")
    func lateWord() {
        for isDone in [true, false] {
            var run = Run(.sequence(.undoable(.incident), .undoable))
            run.start()
            run.due("a", until: .held)
            run.skipped("a", isForced: true)
            if isDone {
                #expect(run.done("a") == "nothing")
                #expect(run["a"].phase == .done && run["a"].ruling == nil)
            } else {
                #expect(run.resolved("a", .notDone) == "nothing")
                #expect(run["a"].phase == .skipped)
            }
            #expect(run.done("b") == "completed")
        }
    }

    @Test("the point of no return is never skipped, nor what does not wait for a person, nor in a saga that is undone")
    func refused() {
        var run = Run(.sequence(.undoable, .pivot(.incident)), deadline: .seconds(500))
        run.start()
        #expect(run.skipped("a", isForced: true) == "(illegal)")
        run.done("a")
        run.due("b", until: .held)
        #expect(run.skipped("b", isForced: true) == "(illegal)")

        var failing = Run(.parallel(.undoable(.incident), .undoable))
        failing.start()
        failing.rejected("b")
        failing.due("a", until: .held)
        #expect(failing.skipped("a", isForced: true) == "(illegal)")
    }
}

@Suite("When a person halts a saga")
struct HaltStories {
    @Test("nothing is sent, answers are taken in, and with the resumption it goes on where it would be")
    func pause() {
        var run = Run(.sequence(.undoable, .undoable))
        run.start()
        #expect(run.handle(.paused) == "nothing")
        #expect(run.handle(.paused) == "(duplicate)")
        #expect(run.saga.nextDue == nil)
        #expect(run.done("a") == "nothing")
        #expect(run["b"].phase == .waiting)
        #expect(run.retryRequested("b") == "(illegal)")
        #expect(run.handle(.resumed) == "do b")
        #expect(run.handle(.resumed) == "(duplicate)")
        #expect(run.done("b") == "completed")
    }

    @Test("time does not count meanwhile, and what became due is acted on with the resumption")
    func time() {
        var run = Run(.undoable)
        run.start()
        run.handle(.paused)
        #expect(run.wait(.seconds(500)) == "(early)")
        #expect(run["a"].phase == .doing)
        #expect(run.handle(.resumed) == "nothing")
        #expect(run["a"].phase == .retrying)
        #expect(run.due() == "do a #2")
    }

    @Test("a doubt that is to be asked about is asked about later")
    func probe() {
        var run = Run(.undoable(.probe), attempts: 1)
        run.start()
        run.handle(.paused)
        #expect(run.unknown("a") == "nothing")
        #expect(run["a"].phase == .reprobing)
        #expect(run.handle(.resumed) == "probe a #2")
    }

    @Test("a saga that fails meanwhile is undone once it goes on, and a wish to undo it is kept")
    func failure() {
        for isWished in [true, false] {
            var run = Run(.sequence(.undoable, .undoable))
            run.start()
            run.done("a")
            run.handle(.paused)
            if isWished { #expect(run.cancel() == "nothing") }
            #expect(run.rejected("b") == "nothing")
            #expect(run.saga.status == .running)
            #expect(run.handle(.resumed) == "undo a")
            run.handle(.paused)
            #expect(run.undone("a") == "nothing")
            #expect(run.handle(.resumed) == "compensated")
        }
    }

    @Test("the items of a list wait as well, on the way there and back")
    func items() {
        var run = Run(.each(atOnce: 1))
        run.start()
        run.handle(.decided(step: 0, .items(2)))
        run.handle(.paused)
        run.handle(.replied(step: 0, item: 0, direction: .do, attempt: 1, reply: .done))
        #expect(run["a"].phase == .doing && run["a"].items?.phases == [.done, .waiting])
        run.handle(.resumed)
        #expect(run["a"].items?.phases == [.done, .doing])
        run.cancel()
        #expect(run["a"].items?.phases == [.done, .undoing])
        run.handle(.paused)
        run.handle(.replied(step: 0, item: 1, direction: .undo, attempt: 1, reply: .done))
        #expect(run["a"].items?.phases == [.done, .undone])
        run.handle(.resumed)
        #expect(run["a"].items?.phases == [.undoing, .undone])
    }

    @Test("one that is abandoned ends where it is: nothing is undone, nothing waited for")
    func abandon() {
        var run = Run(.sequence(.undoable, .parallel(.undoable(.incident), .listen())))
        run.start()
        run.done("a")
        run.due("b", until: .held)
        #expect(run.handle(.abandoned) == "resolved b: unknown, stop listening c, abandoned")
        #expect(run.saga.status == .abandoned)
        #expect(run.saga.inFlight.isEmpty && run.saga.listening.isEmpty && run.saga.nextDue == nil)
        #expect(!run.saga.hasOpenIncident)
        #expect(run["b"].phase == .held, "where it stood remains to be seen")
        #expect(run.done("b") == "(late)" && run.heard("c") == "(late)")
        #expect(run.handle(.resumed) == "(late)")
    }

    @Test("a paused one can be abandoned as well")
    func abandonPaused() {
        var run = Run(.undoable)
        run.start()
        run.handle(.paused)
        #expect(run.saga.inFlight.count == 1)
        #expect(run.handle(.abandoned) == "abandoned")
        #expect(!run.saga.isPaused && run.saga.inFlight.isEmpty)
    }
}
