import SagaValues
import Testing

@testable import SagaCore

@Suite("Explaining a saga")
struct ExplanationTests {
    private func explain(_ run: Run, after pause: Duration = .zero) throws -> Explanation {
        Explanation(
            run.saga, plan: run.plan, at: run.now + pause,
            history: try Narrative.tell(run.history, id: .test, plan: run.plan))
    }

    private func text(_ outlook: Explanation.Outlook?, _ run: Run) -> String? { outlook?.text(run.plan) }

    @Test("says what is waited for, since when, and what each answer leads to")
    func reply() throws {
        var run = Run(.sequence(.undoable, .undoable))
        run.start()
        run.now += .seconds(3)
        run.done("a")
        let told = try explain(run, after: .seconds(4))
        let waiting = try #require(told.waits.first)
        #expect(waiting.wait.step == 1 && waiting.since == run.now)
        #expect(
            waiting.answers.map { $0.text(run.plan) } == [
                "the saga is completed", "the saga fails (rejected at 'b': refused), 'a' is undone",
            ])
        #expect(told.next?.at == run.now + .seconds(10))
        #expect(text(told.next, run) == "'b' is tried again 1s later")
        #expect(
            told.lines(run.plan) == [
                "It is running.", "'b' waits for test's answer to attempt 1, for 4s, for 6s more at most.",
                "  If it is done: the saga is completed.",
                "  If it is refused: the saga fails (rejected at 'b': refused), 'a' is undone.",
                "If nothing comes, in 6s: 'b' is tried again 1s later.",
                "Possible: compensate: the saga fails (cancelled: asked).",
                "Possible: pause: nothing is sent, and no time counts, until it is resumed.",
                "Possible: abandon: the saga is abandoned, what 'a', 'b' did or may have done stays.",
                "Not possible: retry 'b', since 'b' is doing, and waits neither for a person nor for its next attempt.",
            ])
    }

    @Test("says when the last attempt is out, and what its silence leads to")
    func lastAttempt() throws {
        var run = Run(.sequence(.undoable, .undoable), attempts: 1)
        run.start()
        run.done("a")
        #expect(
            text(try explain(run).next, run)
                == "the saga fails (unknown at 'b': no-reply), 'b' is undone")
    }

    @Test("tells the deadline, where that comes first")
    func deadline() throws {
        var run = Run(.sequence(.undoable, .pivot, .onward), deadline: .seconds(5))
        run.start()
        #expect(text(try explain(run).next, run) == "the saga fails (deadline)")
        run.done("a")
        run.done("b")
        let next = try #require(try explain(run).next)
        #expect(next.at == run.saga.deadline)
        #expect(text(next, run) == "people are told that it is late, and it goes on")
    }

    @Test("says which verbs are possible, and why the others are not")
    func verbs() throws {
        var run = Run(.sequence(.undoable, .pivot(.incident), .onward), attempts: 1)
        run.start()
        func verb(_ kind: Explanation.Verb.Kind) throws -> Explanation.Verb {
            try #require(try explain(run).verbs.first { $0.kind == kind })
        }
        #expect(try verb(.compensate).isLegal)
        run.done("a")
        run.due()
        #expect(run["b"].phase == .held)
        #expect(try verb(.retry(step: 1)).outlook.text(run.plan) == "'b' is tried")
        #expect(try verb(.compensate).objection?.hasPrefix("nobody may guess whether 'b' happened") == true)
        #expect(try verb(.retry(step: 0)).objection?.hasPrefix("'a' is done") == true)
        run.done("b")
        #expect(try verb(.compensate).objection == "'b' is done, and behind that point there is no way back")
        run.done("c")
        #expect(try verb(.retry(step: 1)).objection == "the saga is completed, which is final")

        run = Run(.sequence(.undoable, .undoable))
        run.start()
        run.done("a")
        run.rejected("b")
        #expect(try verb(.compensate).objection == "it is being undone already: rejected at 'b': no")
    }

    @Test("since when is told from where the wait began, not from the last event")
    func since() throws {
        var run = Run(.parallel(.undoable, .each(atOnce: 2)))
        run.start()
        run.handle(.decided(step: 1, .items(3)))
        let start = run.now
        run.now += .seconds(5)
        run.handle(.replied(step: 1, item: 0, direction: .do, attempt: 1, reply: .done))
        run.working("a")
        #expect(try explain(run).waits.map(\.since) == [start, start])
        #expect(Explanation(run.saga, plan: run.plan, at: run.now).waits.map(\.since) == [nil, nil])
        // A history that is not its own tells nothing: one that ends too soon, one of another item.
        let swapped = SagaEvent.replied(step: 1, item: 1, direction: .do, attempt: 1, reply: .done)
        let changed = run.history.map { entry in
            entry.item == nil
                ? entry
                : HistoryEntry(swapped, revision: entry.revision, at: entry.at, data: entry.data, plan: run.plan)
        }
        for other in [run.history.dropLast(), changed[...]] {
            let told = try Narrative.tell(Array(other), id: .test, plan: run.plan)
            #expect(Explanation(run.saga, plan: run.plan, at: run.now, history: told).waits.map(\.since) == [nil, nil])
        }
    }

    @Test("is what the machine does: whatever is foretold happens, in any state", arguments: 0..<200 as Range<UInt64>)
    func foretold(seed: UInt64) {
        var run = RandomRun(seed: seed)
        for _ in 0..<30 {
            _ = run.next()
            let saga = run.saga
            let told = Explanation(saga, plan: run.plan, at: run.now)
            #expect(told.waits.map(\.wait) == saga.waits(run.plan))
            let outlooks = told.waits.flatMap(\.answers) + told.verbs.map(\.outlook) + (told.next.map { [$0] } ?? [])
            for outlook in outlooks {
                var copy = saga
                let transition = copy.handle(outlook.event, at: outlook.at, plan: run.plan)
                #expect(transition.effects == outlook.effects && transition.isApplied == (outlook.ignored == nil))
                #expect(copy.status == outlook.status)
            }
            // The awaited answers count, except where another node's work is in between.
            for answer in told.waits.flatMap(\.answers) { #expect(answer.ignored == nil) }
            #expect((told.next == nil) == (saga.nextDue == nil))
            if let next = told.next { #expect(next.ignored == nil) }
            for verb in told.verbs {
                #expect((verb.objection == nil) == (verb.outlook.ignored == nil))
                if case .retry(let step) = verb.kind, verb.isLegal, saga.steps[step].items == nil {
                    #expect(saga.steps[step].phase.waitsForAttempt)
                }
            }
            #expect(told.lines(run.plan).allSatisfy { $0.hasSuffix(".") })
        }
    }
}
