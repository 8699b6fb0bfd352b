import SagaValues
import Testing
import Workflows

@testable import Comparing
@testable import SagaCore

/// Each rule by itself: what may differ, and what may not, with the sentence that a person reads.
@Suite("Whether a saga can move")
struct MigrationTests {
    private static func step(
        _ name: String, undo: Bool = true, input: Template = .literal([:]), condition: String? = nil,
        pivot: Bool = false, optional: Bool = false
    ) -> Step {
        Step(
            name: name, action: "a.\(name)", undo: undo ? "a.undo-\(name)" : nil, input: input,
            condition: condition.map { Formula($0) }, pivot: pivot, optional: optional,
            retry: RetryPolicy(attempts: 1), onUnknown: pivot ? .incident : .undo)
    }

    private static func plan(
        _ steps: [Step], _ root: PlanNode? = nil, workflow: String = "w", version: Int = 1, locks: [Template] = [],
        deadline: Duration? = nil
    ) -> Plan {
        Plan(
            workflow: workflow, version: version, deadline: deadline, locks: locks,
            root: root ?? .sequence(steps.indices.map { .step($0) }), steps: steps)
    }

    private static let abc = plan([step("a"), step("b"), step("c")])

    private static func saga(_ plan: Plan, _ events: [SagaEvent]) -> Saga {
        var saga = Saga(id: UUID(high: 1, low: 2), plan: plan, at: Timestamp(microseconds: 0))
        for event in [.started(queued: false)] + events {
            #expect(saga.handle(event, at: Timestamp(microseconds: 0), plan: plan).isApplied)
        }
        return saga
    }

    private static func done(_ step: Int) -> SagaEvent {
        .replied(step: step, direction: .do, attempt: nil, reply: .done)
    }

    private static func refused(_ step: Int) -> SagaEvent {
        .replied(step: step, direction: .do, attempt: nil, reply: .rejected(.no))
    }

    private func obstacles(
        _ old: Plan, _ events: [SagaEvent], _ new: Plan, values: [String: JSON] = [:]
    ) -> [String] {
        Migration(Self.saga(old, events), from: old, to: new, values: values).obstacles.map {
            "\($0.kind.rawValue): \($0.sentence)"
        }
    }

    /// One step done, one in flight.
    private func obstacles(to new: Plan) -> [String] { obstacles(Self.abc, [Self.done(0)], new) }

    @Test("what was not reached may be what it likes, and the numbers of steps follow")
    func free() throws {
        let new = Self.plan(
            [Self.step("x"), Self.step("b"), Self.step("d"), Self.step("a"), Self.step("e")],
            .sequence([.step(3), .step(1), .parallel(name: "p", branches: [.step(0), .step(2)]), .step(4)]), version: 2)
        let saga = Self.saga(Self.abc, [Self.done(0)])
        let migration = Migration(saga, from: Self.abc, to: new, values: ["input": [:]])
        #expect(migration.mapped.map(\.to) == [3, 1])
        var moved = try #require(migration.move.flatMap { saga.moved(by: $0, to: new) })
        #expect(moved.steps.map(\.phase) == [.waiting, .doing, .waiting, .done, .waiting])
        #expect(moved.steps[1] == saga.steps[1] && moved.revision == 2 && moved.decoded(new) == moved)
        #expect(migration.lines == ["It can move.", "'a' stays done.", "'b' stays doing."])
        #expect(moved.handle(Self.done(1), at: .init(microseconds: 1), plan: new).text(new) == "do x, do d")
    }

    @Test("what was reached must be there, and do the same")
    func same() {
        let (a, b, c) = (Self.step("a"), Self.step("b"), Self.step("c"))
        #expect(
            obstacles(to: Self.plan([b, c], version: 2)) == ["missing: 'a' is done, and version 2 does not have it"])
        let other = Step(name: "a", action: "a.other", undo: "a.undo-a")
        #expect(obstacles(to: Self.plan([other, b])) == ["changed: 'a' is done, and version 1 does a.other instead"])
        #expect(
            obstacles(to: Self.plan([Self.step("a", undo: false), b]))
                == ["changed: 'a' is done, and version 1 does not undo it"])
        let wait = Step(name: "b", kind: .pause(.fixed(.seconds(1))))
        #expect(
            obstacles(to: Self.plan([a, wait])) == [
                "changed: 'b' is doing, and version 1 has a step of another kind there",
                "changed: 'b' is doing, and version 1 does not undo it",
            ])
        let each = Each(items: Formula("input.l"), variable: "i", atOnce: 1, onFailure: .undoAll, body: Self.plan([a]))
        #expect(
            obstacles(to: Self.plan([Step(name: "e", kind: .each(each)), b])).first
                == "missing: 'a' is done, and version 1 has it in the body of an 'each' only")
    }

    @Test("reached steps keep their order, and none stands before them that has not run")
    func order() {
        let steps = [Self.step("a"), Self.step("b"), Self.step("c"), Self.step("x", condition: "input.x")]
        let swapped = Self.plan(steps, .sequence([.step(1), .step(0), .step(2)]))
        #expect(obstacles(to: swapped) == ["order: 'a' comes before 'b', and does not in version 1"])
        let beside = Self.plan(steps, .parallel(name: "p", branches: [.step(0), .step(1), .step(2)]))
        #expect(obstacles(to: beside) == ["order: 'a' comes before 'b', and does not in version 1"])
        let between = Self.plan(steps, .sequence([.step(0), .step(2), .step(1)]))
        #expect(
            obstacles(to: between) == ["gap: 'b' has been reached, and version 1 has 'c' before it, which has not run"])
        let condition = Self.plan(steps, .sequence([.step(3), .step(0), .step(1)]))
        #expect(
            obstacles(to: condition) == [
                "gap: 'a' has been reached, and version 1 has 'x' before it, which has not run; "
                    + "whether its condition holds is not known"
            ])
    }

    @Test("the point of no return stays where it is, once it has been reached")
    func region() {
        let old = Self.plan([Self.step("a"), Self.step("p", undo: false, pivot: true), Self.step("c", undo: false)])
        let without = Self.plan([Self.step("a"), Self.step("p", undo: false), Self.step("c", undo: false)])
        #expect(obstacles(old, [], without) == [])
        #expect(
            obstacles(old, [Self.done(0)], without)
                == ["region: 'p' is doing, and is no longer the point of no return"])
        #expect(
            obstacles(without, [Self.done(0)], old)
                == ["region: 'p' is doing, and is the point of no return in the other"])
        // It was behind it, and cannot be undone.
        let later = Self.plan([Self.step("a"), Self.step("c", undo: false), Self.step("p", undo: false, pivot: true)])
        #expect(
            obstacles(old, [Self.done(0), Self.done(1)], later)
                == ["order: 'p' comes before 'c', and does not in version 1"])
    }

    @Test("a reached step stands in no case that was not chosen")
    func choice() {
        let steps = [Self.step("a"), Self.step("b"), Step(name: "k", kind: .choice([Formula("input.x"), nil]))]
        let chosen = Self.plan(steps, .choice(step: 2, cases: [.step(0), .step(1)]))
        let other = Self.plan(steps, .choice(step: 2, cases: [.step(1), .step(0)]))
        let events: [SagaEvent] = [.decided(step: 2, .chosen(0)), Self.done(0)]
        #expect(obstacles(chosen, [events[0]], chosen) == [])
        #expect(
            obstacles(chosen, [events[0]], other)
                == ["choice: 'a' stands in another case of 'k' than the one that was chosen"])
        #expect(
            obstacles(Self.abc, [], chosen) == ["choice: 'a' depends on 'k', which has not been decided"])
    }

    @Test("what was passed over may be done without")
    func passedOver() {
        let old = Self.plan([Self.step("a", optional: true), Self.step("b"), Self.step("c", condition: "input.x")])
        let required = Self.plan([Self.step("a"), Self.step("b")])
        #expect(
            obstacles(old, [Self.refused(0)], required)
                == ["required: 'a' is failed, and version 1 cannot do without it"])
        #expect(obstacles(old, [Self.refused(0)], Self.plan([Self.step("b")])) == [])

        // It may have happened, so it may have to be undone.
        var unknown = Self.saga(old, [])
        _ = unknown.handle(.timerFired, at: .init(microseconds: 60_000_000), plan: old)
        #expect(unknown.steps[0].phase == .unknown)
        #expect(
            Migration(unknown, from: old, to: Self.plan([Self.step("b")])).obstacles.map(\.sentence)
                == ["'a' is unknown, and version 1 does not have it"])

        let skipping = Self.plan([Self.step("a", condition: "input.x"), Self.step("b")])
        let skipped: [SagaEvent] = [.decided(step: 0, .skip)]
        #expect(obstacles(skipping, skipped, skipping) == [])
        #expect(obstacles(skipping, skipped, Self.plan([Self.step("b")])) == [])
        #expect(
            obstacles(skipping, skipped, required)
                == ["gap: 'b' has been reached, and version 1 has 'a' before it, which has not run"])
    }

    @Test("what was sent is said again, and more only if it is there for certain")
    func inputs() {
        func plan(_ members: [TemplateMember]) -> Plan {
            Self.plan([Self.step("a", input: .object(members)), Self.step("b")])
        }
        func member(_ name: String, _ path: String) -> TemplateMember {
            TemplateMember(name, .reference(Reference(.input, [.member(path)])))
        }
        let old = plan([member("user", "userId")])
        let more = plan([member("user", "userId"), member("plan", "planId")])
        #expect(
            obstacles(old, [], plan([member("user", "id")]))
                == ["changed: 'a' has been sent its input, and version 1 sends another"])
        #expect(
            obstacles(old, [], more) == ["unreadable: 'a' would be undone with ${input.planId}, which may not be there"]
        )
        #expect(obstacles(old, [], more, values: ["input": ["planId": "p1"]]) == [])
        #expect(obstacles(old, [], plan([member("user", "userId"), member("who", "userId")])) == [])
        #expect(obstacles(old, [], plan([])) == ["changed: 'a' has been sent its input, and version 1 sends another"])
        let text = TemplateMember("t", .text([.literal("x:"), .reference(Reference(.input, [.member("o")]))]))
        #expect(
            obstacles(old, [], plan([member("user", "userId"), text]), values: ["input": ["o": [:]]]).count == 1)
    }

    @Test("the input has to be one of the other version's, the saga's own where it is known")
    func schemas() throws {
        func workflow(_ version: Int, _ price: String) throws -> Workflow {
            try Workflow.compile(
                "workflow: w\nversion: \(version)\ninput: { type: object, properties: { price: \(price) } }\n"
                    + "steps: [{ a: { do: a.a, readonly: true } }]\n")
        }
        let (old, new) = (try workflow(1, "{ type: integer }"), try workflow(2, "{ type: integer, minimum: 5 }"))
        let saga = Self.saga(old.plan, [])
        func told(_ values: [String: JSON]) -> [String] {
            Migration(saga, from: old, to: new, values: values).obstacles.map(\.description)
        }
        #expect(told([:]) == ["The input may not be one of version 2: /price must keep minimum 5"])
        #expect(told(["input": ["price": 3]]).count == 1)
        #expect(told(["input": ["price": 7]]) == [])
        #expect(Migration(saga, from: old, to: new).move == nil)
        let back = try #require(Migration(saga, from: new, to: old).move)
        #expect(saga.moved(by: back, to: old.plan) == saga)
    }

    @Test("an ended saga stays, and so does one that would need other locks")
    func whole() {
        let one = Self.plan([Self.step("a")])
        #expect(obstacles(one, [Self.done(0)], one) == ["saga: The saga is completed, which is final"])
        let other = Self.plan([Self.step("a")], workflow: "v")
        #expect(obstacles(one, [], other) == ["saga: 'v' is another workflow than 'w'"])
        let locked = Self.plan([Self.step("a")], version: 2, locks: [.literal("all")])
        #expect(obstacles(one, [], locked) == ["locks: Version 2 locks \"all\", which the saga does not hold"])
        #expect(obstacles(locked, [], one) == [])
        let saga = Self.saga(locked, [])
        let timed = Self.plan([Self.step("a")], deadline: .seconds(60))
        let late = Migration(saga, from: locked, to: timed)
        #expect(late.move.flatMap { saga.moved(by: $0, to: timed) }?.deadline == saga.startedAt + .seconds(60))
        #expect(late.remarks == ["Its deadline is another: 1m after its start.", "Its input was not looked at."])
    }

    @Test("a saga that unwinds moves with its reason")
    func unwinding() throws {
        let new = Self.plan(
            [Self.step("z"), Self.step("a"), Self.step("b")], .sequence([.step(1), .step(2), .step(0)]))
        let saga = Self.saga(Self.abc, [Self.done(0), Self.refused(1)])
        let move = try #require(Migration(saga, from: Self.abc, to: new).move)
        var moved = try #require(saga.moved(by: move, to: new))
        #expect(moved.failure == Failure(.rejected, step: 2, error: .no))
        #expect(moved.status == .compensating)
        let undone = SagaEvent.replied(step: 1, direction: .undo, attempt: nil, reply: .done)
        #expect(moved.handle(undone, at: .init(microseconds: 1), plan: new).text(new) == "compensated")
    }
}
