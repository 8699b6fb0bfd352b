import SagaCore
import SagaValues
import Testing

@Suite("When a participant is missing")
struct UnroutableStories {
    @Test("it is an incident at once, is tried every few seconds, and closes by itself")
    func closesByItself() {
        var run = Run(.sequence(.undoable, .undoable))
        run.start()
        #expect(run.returned(.do, "a") == "incident a: unroutable")
        #expect(run["a"].due == run.now + .seconds(5))
        #expect(run.returned(.do, "a") == "(late)")
        for attempt in 2...20 {
            #expect(run.due() == "do a #\(attempt)")
            #expect(run.returned(.do, "a") == "nothing")
            #expect(run.saga.hasOpenIncident)
        }
        #expect(run.due() == "do a #21")
        #expect(run.done("a") == "resolved a: unroutable, do b")
    }

    @Test(
        "any answer closes it: whoever answers is there",
        arguments: [SagaEvent.Reply.working, .retry(.busy, after: nil)])
    func anyAnswer(reply: SagaEvent.Reply) {
        var run = Run(.sequence(.undoable, .undoable), attempts: 3)
        run.start()
        run.returned(.do, "a")
        run.due()
        #expect(run.handle(.replied(step: 0, direction: .do, attempt: 2, reply: reply)) == "resolved a: unroutable")
        #expect(!run.saga.hasOpenIncident)
    }

    @Test("a command that nobody saw does not count against the budget")
    func doesNotCount() {
        var run = Run(.undoable, attempts: 2)
        run.start()
        run.returned(.do, "a")
        run.due()
        #expect(run["a"].spent == 1)
        run.retry("a", attempt: 2)
        #expect(run.due() == "do a #3")
        #expect(run["a"].spent == 2)
        #expect(run.retry("a", attempt: 3) == "undo a")
    }

    @Test("a person need not wait for the next try")
    func retryNow() {
        var run = Run(.undoable)
        run.start()
        run.returned(.do, "a")
        #expect(run.retryRequested("a") == "resolved a: unroutable, do a #2 round 2")
    }

    @Test("an undo waits for its participant as well, and so do the steps before it")
    func undo() {
        var run = Run(.sequence(.undoable, .undoable, .undoable))
        run.start()
        run.done("a")
        run.done("b")
        run.rejected("c")
        #expect(run.returned(.undo, "b") == "incident b: unroutable")
        #expect(run["b"].phase == .reundoing)
        #expect(run.due() == "undo b #2")
        #expect(run.undo("b", .working, attempt: 2) == "resolved b: unroutable")
        #expect(run.undone("b") == "undo a")
    }

    @Test("a probe waits for its participant as well")
    func probe() {
        var run = Run(.sequence(.undoable(.probe), .undoable), attempts: 1)
        run.start()
        #expect(run.due() == "probe a #2")
        #expect(run.returned(.probe, "a") == "incident a: unroutable")
        #expect(run["a"].phase == .reprobing)
        #expect(run.due() == "probe a #3")
        #expect(run.probed("a", .done) == "resolved a: unroutable, do b")
    }

    @Test("only the command that is out can come back")
    func otherDirection() {
        var run = Run(.undoable)
        run.start()
        #expect(run.returned(.undo, "a") == "(late)")
        #expect(run.returned(.probe, "a") == "(late)")
    }

    @Test("once the saga has failed, a step without a participant is not tried again, nor an incident")
    func afterFailure() {
        var run = Run(.parallel(.undoable, .undoable))
        run.start()
        run.rejected("b")
        #expect(run.returned(.do, "a") == "undo a")
        #expect(!run.saga.hasOpenIncident)
        #expect(run.returned(.undo, "a") == "incident a: unroutable")
    }

    @Test("once the saga has failed, a pivot that came back is one incident, not two")
    func pivotAfterFailure() {
        var run = Run(.sequence(.undoable, .pivot), deadline: .seconds(5))
        run.start()
        run.done("a")
        run.due()
        #expect(run.returned(.do, "b") == "incident b: exhausted")
        #expect(run["b"].phase == .held)
    }
}
