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
            guard let moved = migration.saga else {
                counts.no += 1
                #expect(!migration.obstacles.isEmpty)
                continue
            }
            counts.yes += 1
            if migration.mapped.contains(where: { edit.steps[$0.to].hasEffect }) { counts.reached += 1 }
            #expect(moved.decoded(edit) == moved, "it can be stored")
            #expect(moved.revision == simulation.saga.revision && moved.id == simulation.saga.id)
            simulation.move(to: moved, edit)
            for _ in 0..<Int.random(in: 0...40, using: &maker.random) { simulation.next() }
            simulation.finish()
            if let wrong = simulation.violation(plan) {
                Issue.record(
                    "\(part)/\(seed): \(wrong)\n\(plan.root)\n\(edit.root)\n\(migration.lines)\n\(simulation.story.joined(separator: "\n"))"
                )
            }
        }
        #expect(counts.yes > 40 && counts.no > 20 && counts.reached > 30, "\(counts)")
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
        #expect(migration.saga == simulation.saga)
    }
}
