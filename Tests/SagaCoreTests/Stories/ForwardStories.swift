import SagaCore
import SagaValues
import Testing

@Suite("Going forward")
struct ForwardStories {
    @Test("the steps of a sequence follow one another to the end")
    func sequence() {
        var run = Run(.sequence(.readonly, .undoable, .undoable))
        #expect(run.start() == "do a")
        #expect(run.done("a") == "do b")
        #expect(run.done("b") == "do c")
        #expect(run.done("c") == "completed")
        #expect(run.saga.status == .completed)
        #expect(run.saga.nextDue == nil)
        #expect(run.saga.inFlight == [])
    }

    @Test("the branches of a parallel start together, and what follows waits for all of them")
    func parallel() {
        var run = Run(.sequence(.parallel(.undoable, .sequence(.undoable, .undoable)), .undoable))
        #expect(run.start() == "do a, do b")
        #expect(run.done("b") == "do c")
        #expect(run.done("c") == "nothing")
        #expect(run.done("a") == "do d")
        #expect(run.done("d") == "completed")
    }

    @Test("a plan without steps is complete at once")
    func empty() {
        var run = Run(.sequence([]))
        #expect(run.start() == "completed")
    }

    @Test("only the first start counts")
    func startedTwice() {
        var run = Run(.undoable)
        #expect(run.start() == "do a")
        #expect(run.start() == "(duplicate)")
        #expect(run.start(queued: true) == "(duplicate)")
    }

    @Test("a saga in line for its locks begins when its turn comes")
    func queued() {
        var run = Run(.undoable)
        #expect(run.start(queued: true) == "nothing")
        #expect(run.saga.status == .queued)
        #expect(run.start() == "(duplicate)")
        #expect(run.granted() == "do a")
        #expect(run.granted() == "(duplicate)")
        #expect(run.saga.status == .running)
    }

    @Test("an output is found under the revision that brought it")
    func outputs() {
        var run = Run(.sequence(.undoable, .undoable))
        run.start()
        run.working("a")
        run.done("a")
        #expect(run["a"].outputRevision == 3)
        #expect(run["b"].outputRevision == nil)
        run.done("b")
        #expect(run["b"].outputRevision == 4)
    }

    @Test("a step that is asked to be patient is tried again after a pause, and then goes on")
    func retried() {
        var run = Run(.sequence(.undoable, .undoable), attempts: 3)
        run.start()
        #expect(run.retry("a", attempt: 1) == "nothing")
        #expect(run["a"].phase == .retrying)
        #expect(run["a"].due == run.now + .seconds(1))
        #expect(run.due() == "do a #2")
        #expect(run.retry("a", attempt: 2) == "nothing")
        #expect(run["a"].due == run.now + .seconds(2))
        #expect(run.due() == "do a #3")
        #expect(run.done("a", attempt: 3) == "do b")
    }

    @Test("no event moves a saga that has ended", arguments: Column.allCases)
    func terminal(column: Column) {
        var run = Run(.sequence(.undoable, .undoable))
        run.start()
        run.rejected("a")
        #expect(run.saga.status == .compensated)
        #expect(run.handle(column.event(step: 1, attempt: 1)) == "(late)")
        #expect(run.handle(column.event(step: 0, attempt: 1)) == "(late)")
    }

    @Test("a step that does not exist is answered, not trapped on", arguments: [-1, 2, .max])
    func noSuchStep(index: Int) {
        var run = Run(.sequence(.undoable, .undoable))
        run.start()
        var saga = run.saga
        for direction in Direction.allCases {
            let reply = SagaEvent.replied(step: index, direction: direction, attempt: 1, reply: .done)
            #expect(saga.handle(reply, at: run.now, plan: run.plan) == .ignored(.illegal))
            let returned = SagaEvent.returned(step: index, direction: direction)
            #expect(saga.handle(returned, at: run.now, plan: run.plan) == .ignored(.illegal))
        }
        #expect(saga.handle(.retryRequested(step: index), at: run.now, plan: run.plan) == .ignored(.illegal))
    }
}
