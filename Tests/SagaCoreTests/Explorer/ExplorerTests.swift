import Foundation
import SagaCore
import SagaValues
import Testing

@testable import Exploration

@Suite("Exploring everything that can happen")
struct ExplorerTests {
    /// `SAGA_EXPLORE=deep` explores far more, `SAGA_EXPLORE=quick` what every run does; both print what they saw.
    static let mode = ProcessInfo.processInfo.environment["SAGA_EXPLORE"]
    static let isDeep = mode == "deep"

    @Test("finds nothing wrong", arguments: isDeep ? Family.deep : Family.quick)
    func explore(family: Family) {
        var total = Explorer.Report()
        var cutShort = 0
        for plan in family.plans {
            let report = Explorer(plan, family.profile.bounds).explore()
            if let story = report.counterexample {
                // One story is enough: other plans mostly tell the same.
                Issue.record("\(story)")
                return
            }
            if !plan.steps.contains(where: \.pivot) { #expect(report.parked == 0) }
            total.add(report)
            cutShort += report.isCutShort ? 1 : 0
        }
        #expect(total.compensated > 0)
        #expect(Self.isDeep || cutShort == 0)
        if Self.mode != nil {
            print("\(family): \(family.plans.count) plans (\(cutShort) cut short), \(total)")
        }
    }

    @Test("covers every shape of up to four steps once")
    func shapes() {
        #expect((1...4).map { Tree.all(leaves: $0).count } == [1, 2, 5, 15])
        for count in 1...4 {
            let trees = Tree.all(leaves: count)
            #expect(Set(trees).count == trees.count)
            #expect(trees.allSatisfy { $0.leafCount == count })
        }
        #expect(
            Tree.all(leaves: 3).map(\.description) == ["a b c", "a (b | c)", "(a | b) c", "(a b | c)", "(a | b | c)"])
        #expect(Tree.sequence([.leaf, .parallel([.leaf, .leaf]), .leaf]).pivotPlaces == [0, 3])
    }

    @Test("lets everything happen that can happen to a command")
    func moves() {
        let plan = Plan(.undoable, deadline: .seconds(60))
        var world = World(
            plan,
            .of {
                $0.returns = 1; $0.retries = 1; $0.undoRequests = 1; $0.parentRequests = 1; $0.merging = .past
            })
        func play(_ move: Move) {
            _ = world.apply(move, plan)
            world.normalise(plan)
        }
        let always: Set<Move> = [.askForRetry(step: 0), .askForUndo, .cancel, .due(.step(0))]
        play(.start(queued: false))
        #expect(
            Set(world.moves(plan))
                == always.union([
                    .due(.deadline), .due(.all), .carryOut(step: 0), .refuse(step: 0, round: 1),
                    .reply(step: 0, .do, attempt: 1, .retry(.busy, after: nil)), .returnCommand(step: 0, .do),
                    .reply(step: 0, .do, attempt: 1, .unknown(.lost, after: nil)),
                ]))
        play(.carryOut(step: 0))
        #expect(world.moves(plan).contains(.reply(step: 0, .do, attempt: 1, .done)))
        play(.due(.deadline))
        play(.due(.step(0)))
        #expect(
            Set(world.moves(plan))
                == always.union([
                    .carryOutUndo(step: 0), .returnCommand(step: 0, .undo), .reply(step: 0, .do, attempt: 1, .done),
                    .reply(step: 0, .do, attempt: 1, .retry(.busy, after: nil)),
                    .reply(step: 0, .do, attempt: 1, .unknown(.lost, after: nil)),
                    .reply(step: 0, .undo, attempt: 1, .retry(.busy, after: nil)),
                ]))
        play(.carryOutUndo(step: 0))
        #expect(world.moves(plan).contains(.reply(step: 0, .undo, attempt: 1, .done)))
    }

    @Test("tells a counterexample as a short story")
    func story() {
        let plan = Plan(.sequence(.undoable, .pivot))
        let moves: [Move] = [
            .start(queued: false), .carryOut(step: 0), .reply(step: 0, .do, attempt: 1, .done),
            .refuse(step: 1, round: 1),
            .reply(step: 1, .do, attempt: 1, .rejected(.no)), .returnCommand(step: 0, .undo), .due(.step(0)),
        ]
        let story = Story(plan: plan, bounds: .of { $0.returns = 1 }, moves: moves, end: "it is only an example")
        #expect(
            story.description == """
                plan: a -> b(pivot)
                1. it starts -> do a
                2. a is carried out
                3. an answer arrives: do a #1 done -> do b
                4. b is refused
                5. an answer arrives: do b #1 rejected -> undo a
                6. undo a comes back: no queue -> incident a: unroutable
                7. a is due -> undo a #2
                Then: it is only an example. The saga is compensating; a undoing, b failed.
                """)
    }
}

extension Explorer.Report: CustomStringConvertible {
    mutating func add(_ other: Explorer.Report) {
        states += other.states
        moves += other.moves
        completed += other.completed
        compensated += other.compensated
        withIncident += other.withIncident
        parked += other.parked
    }

    var description: String {
        "\(states) states, \(moves) moves, \(completed) completed, \(compensated) compensated, "
            + "\(withIncident) with an incident, \(parked) parked"
    }
}
