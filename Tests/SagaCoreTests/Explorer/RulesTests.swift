import SagaCore
import SagaValues
import Testing

@testable import Exploration

/// A machine that takes another plan for the one that the rules know does what a faulty machine would do.
@Suite("The rules of the exploration")
struct RulesTests {
    private let pivot = StepKind(role: .pivot)

    private func violation(machine: Shape, rules: Shape, _ moves: [Move]) -> String? {
        let plan = Plan(machine)
        let rules = Rules(Plan(rules))
        // As in a proof.
        var world = World(plan, .of { $0.merging = .past })
        for move in moves {
            let (before, sent) = (world.saga, world.participants)
            if let transition = world.apply(move, plan),
                let wrong = rules.violation(from: before, to: world, transition, sent: sent)
            {
                return wrong
            }
            world.normalise(plan)
            if let wrong = rules.violation(world) { return wrong }
        }
        return nil
    }

    private static let refusedBehindTheEvent: [Move] = [
        .start(queued: false), .carryOut(step: 0), .reply(step: 0, .do, attempt: 1, .done),
        .signal(step: 1, .accepted), .refuse(step: 2, round: 1), .reply(step: 2, .do, attempt: 1, .rejected(.no)),
    ]

    @Test("see that something is undone behind an event that is the pivot")
    func undoneBehindEvent() {
        let plain = Shape.sequence(.undoable, .listen(), .onward)
        let shape = Shape.sequence(.undoable, .listen(pivot), .onward)
        #expect(
            violation(machine: plain, rules: shape, Self.refusedBehindTheEvent)
                == "a step is undone though the pivot b is or may be done")
        #expect(violation(machine: shape, rules: shape, Self.refusedBehindTheEvent) == nil)
        #expect(violation(machine: plain, rules: plain, Self.refusedBehindTheEvent) == nil)
    }

    @Test("see that a saga is called undone behind an event that is the pivot, though there is nothing to undo")
    func calledUndone() {
        let moves: [Move] = [
            .start(queued: false), .signal(step: 0, .accepted), .refuse(step: 1, round: 1),
            .reply(step: 1, .do, attempt: 1, .rejected(.no)),
        ]
        let shape = Shape.sequence(.listen(pivot), .onward)
        #expect(
            violation(machine: .sequence(.listen(), .onward), rules: shape, moves)
                == "compensated, but a is or may yet be done")
        #expect(violation(machine: shape, rules: shape, moves) == nil)
    }

    @Test("see that a step is done without the event that it waits for")
    func doneWithoutEvent() {
        #expect(
            violation(
                machine: .sequence(.pause, .onward), rules: .sequence(.listen(timeout: .seconds(60), pivot), .onward),
                [.start(queued: false), .due(.step(0))]) == "a is done, but what it waits for has not come")
    }
}
