import Foundation
import SagaValues
import TestSupport
import Testing

@testable import Comparing
@testable import SagaCore

/// Random workflows, runs and edits. Where the answer is yes, the saga goes on by the other plan, whatever happens, and
/// ends as a saga must.
@Suite("A saga that moves")
struct MigrationSafetyTests {
    /// Of each part; with `SAGA_EXPLORE=deep` many more.
    private static let count: UInt64 = ProcessInfo.processInfo.environment["SAGA_EXPLORE"] == "deep" ? 5000 : 300

    /// The simulation itself finds nothing wrong with the machine, or all below would prove nothing.
    @Test("sagas that do not move end as they must", arguments: 0..<4 as Range<UInt64>)
    func unmoved(part: UInt64) {
        for seed in 0..<Self.count {
            var maker = SpecMaker(seed: part * 10_000 + seed)
            let plan = maker.whole().plan
            var simulation = Simulation(plan, seed: seed)
            for _ in 0..<60 { simulation.next() }
            simulation.finish()
            if let wrong = simulation.violation(plan) {
                Issue.record("\(part)/\(seed): \(wrong)\n\(plan.root)\n\(simulation.story.joined(separator: "\n"))")
            }
        }
    }

    @Test("never leaves anything behind, and never does anything out of turn", arguments: 0..<8 as Range<UInt64>)
    func moved(part: UInt64) {
        var counts = (yes: 0, no: 0, reached: 0)
        for seed in 0..<Self.count {
            var maker = SpecMaker(seed: part * 100_000 + seed)
            let spec = maker.whole()
            let plan = spec.plan
            let edit = maker.edited(spec).plan
            var simulation = Simulation(plan, seed: seed)
            for _ in 0..<Int.random(in: 0...30, using: &maker.random) { simulation.next() }
            if simulation.wrong != nil || simulation.saga.status.isTerminal { continue }
            let migration = Migration(simulation.saga, from: plan, to: edit)
            guard let move = migration.move, let moved = simulation.saga.moved(by: move, to: edit) else {
                counts.no += 1
                #expect(!migration.obstacles.isEmpty)
                continue
            }
            counts.yes += 1
            if migration.mapped.contains(where: { edit.steps[$0.to].hasEffect }) { counts.reached += 1 }
            #expect(moved.decoded(edit) == moved, "it can be stored")
            simulation.move(move, to: edit)
            #expect(simulation.saga.left == [.init(revision: simulation.saga.revision, version: plan.version)])
            for _ in 0..<Int.random(in: 0...40, using: &maker.random) { simulation.next() }
            simulation.finish()
            checkHistory(simulation, plan)
            if let wrong = simulation.violation(plan) {
                Issue.record(
                    "\(part)/\(seed): \(wrong)\n\(plan.root)\n\(edit.root)\n\(migration.lines)\n\(simulation.story.joined(separator: "\n"))"
                )
            }
        }
        #expect(counts.yes > 40 && counts.no > 20 && counts.reached > 30, "\(counts)")
    }

    /// Each row is read by the plan of its time, and all of it told in the numbers of the last.
    private func checkHistory(_ simulation: Simulation, _ former: Plan) {
        #expect(throws: Never.self) {
            let saga = simulation.saga
            let course = try #require(Course(saga.left, to: simulation.plan) { _ in former })
            #expect(try Saga(folding: simulation.history, id: saga.id, course: course) == saga)
            let told = try Narrative.tell(simulation.history, id: saga.id, course: course)
            #expect(told.count == saga.revision && told.last?.status == saga.status)
            let timings = Narrative.timings(told, plan: simulation.plan)
            for (index, step) in saga.steps.enumerated() where step.phase == .done {
                #expect(timings[index].startedAt != nil && timings[index].endedAt != nil)
            }
            let explanation = Explanation(
                saga, plan: simulation.plan, at: simulation.now, history: told, course: course)
            #expect(explanation.waits.allSatisfy { $0.since != nil })
        }
    }

    @Test("leaves nothing behind whatever it is told, and never traps", arguments: 0..<400 as Range<UInt64>)
    func nonsense(seed: UInt64) {
        var maker = SpecMaker(seed: seed)
        let spec = maker.whole()
        let (plan, edit) = (spec.plan, maker.edited(spec).plan)
        var simulation = Simulation(plan, seed: seed)
        for _ in 0..<Int.random(in: 0...30, using: &maker.random) { simulation.next() }
        let before = simulation.saga
        let safe = Migration(before, from: plan, to: edit).move?.kept ?? []
        for _ in 0..<20 {
            var kept = maker.random.chance(50) ? safe : []
            for _ in 0..<Int.random(in: 0...3, using: &maker.random) {
                let numbers = (0..<2).map { _ in Int.random(in: -1...(plan.steps.count + 1), using: &maker.random) }
                kept.append(.init(from: numbers[0], to: numbers[1], isPastCondition: maker.random.chance(30)))
            }
            let move = VersionMove(
                from: 1, to: maker.random.chance(90) ? 1 : 2, kept: kept.shuffled(using: &maker.random))
            #expect(VersionMove(move.json) == (kept.contains { $0.from < 0 || $0.to < 0 } ? nil : move))
            var saga = before
            guard saga.handle(.migrated(move), at: simulation.now, plan: edit).isApplied else {
                #expect(saga == before)
                continue
            }
            #expect(saga.decoded(edit) == saga)
            let froms = Set(kept.map(\.from))
            for (index, step) in before.steps.enumerated() where step.phase.mayHaveEffect {
                #expect(froms.contains(index))
            }
            #expect(before.steps.count(where: \.mayStay) <= saga.steps.count(where: \.mayStay))
        }
    }

    @Test("a hundred times, and no more")
    func often() {
        let steps = ["a", "b"].map { Step(name: $0, action: "x.\($0)", undo: "x.undo-\($0)") }
        let plan = Plan(workflow: "w", version: 1, root: .sequence([.step(0), .step(1)]), steps: steps)
        let time = Timestamp(microseconds: 0)
        var saga = Saga(id: UUID(high: 1, low: 2), plan: plan, at: time)
        _ = saga.handle(.started(queued: false), at: time, plan: plan)
        let move = VersionMove(from: 1, to: 1, kept: [.init(from: 0, to: 0)])
        for _ in 0..<Saga.moveLimit {
            #expect(saga.handle(.migrated(move), at: time, plan: plan).isApplied)
            #expect(saga.decoded(plan) == saga)
        }
        #expect(!saga.handle(.migrated(move), at: time, plan: plan).isApplied)
    }

    @Test("to the plan that it has, and there all is as it was", arguments: 0..<300 as Range<UInt64>)
    func same(seed: UInt64) {
        var maker = SpecMaker(seed: seed)
        let plan = maker.whole().plan
        var simulation = Simulation(plan, seed: seed)
        for _ in 0..<Int.random(in: 0...40, using: &maker.random) { simulation.next() }
        let isDeciding = simulation.saga.steps.contains { $0.phase == .deciding }
        guard !simulation.saga.status.isTerminal, !isDeciding else { return }
        let migration = Migration(simulation.saga, from: plan, to: plan)
        #expect(migration.obstacles == [])
        #expect(migration.move.flatMap { simulation.saga.moved(by: $0, to: plan) } == simulation.saga)
    }
}

extension StepState {
    /// Whether an effect of it may be there, or may yet appear.
    fileprivate var mayStay: Bool { phase.mayHaveEffect }
}
