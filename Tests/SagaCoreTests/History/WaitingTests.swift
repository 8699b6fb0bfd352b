import Expressions
import SagaValues
import Testing

@testable import SagaCore

/// Every shape that waiting has, in the words that a person reads.
@Suite("Explaining what a saga waits for")
struct WaitingTests {
    private func lines(
        _ run: Run, after pause: Duration = .zero, _ surroundings: [Int?: Surroundings] = [:]
    ) throws -> [String] {
        Explanation(
            run.saga, plan: run.plan, at: run.now + pause,
            history: try Narrative.tell(run.history, id: .test, plan: run.plan), surroundings: surroundings
        ).lines(run.plan)
    }

    @Test("a command in flight, a pause before the next attempt, and one that is asked about")
    func attempts() throws {
        var run = Run(.sequence(.undoable(.probe), .undoable), attempts: 2)
        run.start()
        run.retry("a", after: .seconds(30))
        var told = try lines(run, after: .seconds(10))
        #expect(told[1] == "'a' pauses after attempt 1, for 10s, for 20s more at most.")
        #expect(told.contains("If nothing comes, in 20s: 'a' is tried."))
        #expect(told.contains("Possible: retry 'a': 'a' is tried."))
        run.due()
        told = try lines(run, after: .seconds(1))
        #expect(told[1] == "'a' waits for test's answer to attempt 2, for 1s, for 9s more at most.")
        run.due()
        #expect(run["a"].phase == .probing)
        told = try lines(run)
        #expect(told[1].hasPrefix("'a' waits for test to say whether it happened, asking 1"))
        #expect(told[2].hasPrefix("  If it has happened: ") && told[3].hasPrefix("  If it has not happened: "))
        run.due("a", until: .reprobing)
        #expect(try lines(run)[1].hasPrefix("'a' pauses after asking 1"))
    }

    @Test("an undo in flight, and the pause before the next one")
    func undoing() throws {
        var run = Run(.sequence(.undoable, .undoable))
        run.start()
        run.done("a")
        run.rejected("b")
        #expect(try lines(run)[0] == "It is compensating: rejected at 'b': no.")
        #expect(try lines(run)[1].hasPrefix("'a' waits for test to undo it, attempt 1, for 0s"))
        #expect(try lines(run)[2] == "  Once it is undone: the saga is compensated.")
        run.undo("a", .retry(.busy, after: .seconds(5)))
        #expect(try lines(run)[1] == "'a' pauses after attempt to undo 1, for 0s, for 5s more at most.")
    }

    @Test("a participant that is not there, and a person")
    func stuck() throws {
        var run = Run(.sequence(.pivot(.incident), .onward), attempts: 1)
        run.start()
        run.returned(.do, "a")
        #expect(try lines(run)[1].hasPrefix("'a' waits for test, which takes no commands at present"))
        run.due()
        run.due()
        #expect(run["a"].phase == .held)
        let told = try lines(run, after: .seconds(90))
        #expect(told[1] == "'a' waits for a person: nobody knows whether it happened, for 1m30s.")
        #expect(!told.contains { $0.hasPrefix("If nothing comes") }, "nothing comes by itself: \(told)")
        #expect(told.contains("Possible: retry 'a': 'a' is tried."))
    }

    @Test("time")
    func time() throws {
        var run = Run(.sequence(.pause, .undoable))
        run.start()
        let told = try lines(run, after: .seconds(20))
        #expect(told[1] == "'a' lets time pass, for 20s, for 40s more at most.")
        #expect(told.contains("If nothing comes, in 40s: 'b' is tried."))
    }

    @Test("events, each with where which value stands in it and what it does to the step")
    func events() throws {
        var run = Run(.sequence(.listen(timeout: .seconds(60)), .undoable))
        run.start()
        let around = Surroundings(events: [
            ExpectedEvent(
                event: "test.paid", path: "order.id", value: "o-1", source: "input.order",
                condition: "event.amount > 3", rejection: nil),
            ExpectedEvent(
                event: "test.failed", path: "id", value: nil, source: "input.order", condition: nil,
                rejection: "test-failed"),
        ])
        let told = try lines(run, after: .seconds(1), [0: around])
        #expect(
            Array(told[1...5]) == [
                "'a' waits for test.paid or test.failed, for 1s, for 59s more at most.",
                #"  test.paid, where order.id is input.order ("o-1"), and event.amount > 3."#,
                "  test.failed, where id is input.order; it fails the step: test-failed.",
                "  If it comes: 'b' is tried.",
                "  If it is refused: the saga fails (rejected at 'a': refused), the saga is compensated.",
            ])
    }

    @Test("what an event is found by comes from the saga's own data, and hides what nobody may see")
    func ownData() throws {
        func formula(_ member: String) throws -> Formula {
            Formula(try Expression("input.\(member)"), roots: [Reference(.input)])
        }
        let listen = Listen(alternatives: [
            .init(event: "paid", path: [.member("order"), .element(0), .member("id")], value: try formula("order")),
            .init(event: "called", path: [.member("phone")], value: try formula("phone")),
            .init(event: "lost", path: [.member("x")], value: try formula("nothing")),
        ])
        let approval = Approval(
            role: "boss", title: .text([.literal("Call "), .reference(Reference(.input, [.member("phone")]))]))
        let plan = Plan(
            workflow: "w", version: 1, root: .parallel(name: "both", branches: [.step(0), .step(1)]),
            steps: [
                Step(name: "hear", kind: .listen(listen), readonly: true),
                Step(name: "ask", kind: .approval(approval), readonly: true),
            ], sensitive: [Reference(.input, [.member("phone")])])
        var process = SagaProcess(id: .test, plan: plan, at: .zero)
        _ = process.take(.started(queued: false), Array(#"{"order":"o-1","phone":"0123","nothing":1}"#.utf8), at: .zero)
        let found = process.surroundings()
        #expect(found[0]?.events.map(\.path) == ["order[0].id", "phone", "x"])
        #expect(found[0]?.events.map(\.value) == ["o-1", "***", 1])
        #expect(found[0]?.events.map(\.source) == ["input.order", "input.phone", "input.nothing"])
        #expect(found[1]?.question == "Call ***")
    }

    @Test("a person's consent: whose, what is asked, and that it can be given or refused now and not later")
    func approval() throws {
        var run = Run(.sequence(.undoable, .approval(timeout: .seconds(3600)), .approval(), .pivot))
        run.start()
        func verbs(_ isLegal: Bool) -> [Explanation.Verb.Kind] {
            Explanation(run.saga, plan: run.plan, at: run.now).verbs.filter { $0.isLegal == isLegal }.map(\.kind)
        }
        #expect(verbs(true) == [.compensate, .pause, .abandon])
        #expect(verbs(false).filter { $0.step == 1 } == [.retry(step: 1), .approve(step: 1), .refuse(step: 1)])
        run.done("a")
        #expect(verbs(true) == [.compensate, .approve(step: 1), .refuse(step: 1), .pause, .abandon])
        let told = try lines(run, after: .seconds(60), [1: Surroundings(question: "Pay 12?")])
        #expect(
            Array(told[1...4]) == [
                "'b' waits for the consent of finance, for 1m, for 59m more at most.", "  It asks: \"Pay 12?\".",
                "  If it comes: it goes on waiting.",
                "  If it is refused: the saga fails (rejected at 'b': refused), 'a' is undone.",
            ])
        #expect(told.contains("Possible: approve 'b' (for finance): it goes on waiting."))
        #expect(
            told.contains(
                "Possible: refuse 'b' (for finance): the saga fails (rejected at 'b': not-approved), 'a' is undone."))
        #expect(!told.contains { $0.contains("approve 'c'") }, "nobody asks about what is not there yet: \(told)")
        run.handle(.signalled(step: 1, .accepted))
        #expect(verbs(true) == [.compensate, .approve(step: 2), .refuse(step: 2), .pause, .abandon])
        let answered = Explanation(run.saga, plan: run.plan, at: run.now).verbs.first { $0.kind == .approve(step: 1) }
        #expect(answered?.objection == "'b' is done, and does not wait for consent")
        #expect(answered?.kind.role(run.plan) == "finance")
    }

    @Test("child sagas, with their ids as far as a person would read them")
    func children() throws {
        let ids = (0..<7).map { UUID(high: 7, low: UInt64($0)) }
        var run = Run(.sequence(.run, .undoable))
        run.start()
        var told = try lines(run, [0: Surroundings(children: [ids[0]])])
        #expect(told[1] == "'a' waits for its child saga, for 0s." && told[2] == "  It is saga \(ids[0]).")
        #expect(told[3].hasPrefix("  If it is done: "))
        run = Run(.sequence(.each(atOnce: 7), .undoable))
        run.start()
        run.handle(.decided(step: 0, .items(9)))
        told = try lines(run, [0: Surroundings(children: ids)])
        #expect(told[1] == "'a' waits for 7 of 9 child sagas, for 0s.")
        #expect(
            told[2] == "  They are the sagas \(ids[..<5].map(\.description).joined(separator: ", ")) and 2 more.")
    }

    @Test("its turn for lock keys: who holds each, and which place it has")
    func locks() throws {
        var run = Run(.sequence(.undoable, .undoable), deadline: .seconds(300))
        run.start(queued: true)
        let holder = UUID(high: 7, low: 8)
        let told = try lines(
            run, after: .seconds(2),
            [
                nil: Surroundings(locks: [
                    LockPlace(key: "user-1", holder: holder, ahead: 2),
                    LockPlace(key: "plan", holder: holder, ahead: 1),
                    LockPlace(key: "all", holder: nil, ahead: 0),
                ])
            ])
        #expect(
            told == [
                "It is queued.",
                "It waits for its turn for its lock keys, for 2s, for 4m58s more at most.",
                "  Of user-1: saga \(holder) holds it, and 2 are before it in line.",
                "  Of plan: saga \(holder) holds it, and one is before it in line.",
                "  Of all: nobody holds it, and it is the first in line.",
                "  When its turn comes: 'a' is tried.",
                "If nothing comes, in 4m58s: the saga fails (deadline), the saga is compensated.",
                "Its deadline is in 4m58s.",
                "Possible: compensate: the saga fails (cancelled: asked), the saga is compensated.",
                "Possible: pause: nothing is sent, and no time counts, until it is resumed.",
                "Possible: abandon: the saga is abandoned.",
            ])
    }

    @Test("its deadline: how long it is, that it has passed, and nothing once that does not matter")
    func deadline() throws {
        var run = Run(.sequence(.undoable, .pivot, .onward), deadline: .seconds(5))
        run.start()
        #expect(try lines(run, after: .seconds(1)).contains("Its deadline is in 4s."))
        run.done("a")
        run.done("b")
        run.wait(.seconds(6))
        #expect(
            try lines(run, after: .seconds(1)).contains(
                "Its deadline passed 2s ago; behind the point of no return it goes on."))
        run.done("c")
        #expect(
            try lines(run) == [
                "It is completed.", "Not possible: compensate, since the saga is completed, which is final.",
            ])
        run = Run(.sequence(.undoable, .undoable), deadline: .seconds(5))
        run.start()
        run.done("a")
        run.rejected("b")
        #expect(try !lines(run).contains { $0.contains("deadline") })
    }
}
