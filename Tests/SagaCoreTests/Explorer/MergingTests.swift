import SagaCore
import SagaValues
import Testing

@testable import Exploration

/// States that count as one lead to the same: whatever is merged, as much is seen, and as soon.
@Suite("Merging states")
struct MergingTests {
    static let ways: [Explorer.Bounds] = [
        .of { $0.undoRequests = 1 }, .of { $0.parentRequests = 1 }, .of { $0.retries = 1 }, .of { $0.returns = 1 },
        .of { $0.holds = 1 },
        .of { $0.rulings = 1 }, .of { $0.halts = 1 },
    ]

    /// Without endings to their attempts, these have no end of states unless attempts are merged.
    static let endless: [Shape] = [
        .run, .each(), .each(.undoItem), .sequence(.undoable, .run), .sequence(.pause, .undoable),
        .sequence(.undoable, .pivot, .run), .sequence(.undoable, .listen(timeout: .seconds(9))),
        .sequence(.choice(.undoable, .readonly), .undoable), .sequence(.computedPause, .emit, .undoable),
        .sequence(.run, .pivot(.probe)), .sequence(.when, .undoable), .run(StepKind(isOptional: true)),
    ]

    static let finite: [Shape] = [
        .undoable, .undoable(.probe), .undoable(.incident), .optional, .pivot(.probe), .pivot(.incident),
        .sequence(.undoable, .undoable), .sequence(.undoable, .readonly), .sequence(.undoable, .pivot(.probe)),
        .parallel(.undoable, .readonly), .sequence(.pivot, .onward),
        .sequence(.undoable(.probe, undo: .continue), .pivot(.incident)),
    ]

    private func compare(_ plan: Plan, _ bounds: Explorer.Bounds, _ full: Explorer.Merging) {
        func exploration(_ merging: Explorer.Merging) -> NaiveExploration {
            var bounds = bounds
            bounds.merging = merging
            return NaiveExploration(plan, bounds)
        }
        let (whole, merged) = (exploration(full), exploration(.past))
        #expect(whole.wrong == nil && merged.wrong == nil, "\(plan.root.text(plan))")
        #expect(merged.report.states <= whole.report.states)
        let lost = whole.seen.subtracting(merged.seen)
        let invented = merged.seen.subtracting(whole.seen)
        #expect(
            lost.isEmpty && invented.isEmpty,
            "\(plan.root.text(plan)), \(bounds): \(lost.count) lost, \(invented.count) invented: \(lost.first ?? invented.first!)"
        )
    }

    @Test("loses nothing of what attempts with names and numbers lead to", arguments: finite)
    func attempts(_ shape: Shape) {
        for bounds in Self.ways { compare(Plan(shape, attempts: 1, deadline: .seconds(60)), bounds, .nothing) }
    }

    /// This is what makes it right to look at one of the states that count as one: the same can follow each.
    @Test("takes for one only states that the same can follow", arguments: finite + endless + faulty)
    func followers(_ shape: Shape) {
        let plan = Plan(shape, attempts: 1, deadline: .seconds(60))
        let bounds = Explorer.Bounds.of {
            $0.retries = 1; $0.parentRequests = 1; $0.merging = .attempts; $0.states = 1000; $0.sampling = .max
        }
        var wrong = 0
        _ = Explorer(plan, bounds).explore { world in
            let one = Class(world, plan).representative(world)
            if Class.followers(of: world, plan) != Class.followers(of: one, plan) { wrong += 1 }
        }
        #expect(wrong == 0)
    }

    @Test("loses nothing of a round that follows a refusal, and is undone")
    func rounds() {
        let bounds = Explorer.Bounds.of {
            $0.retries = 1; $0.undoRequests = 1
        }
        compare(Plan(.undoable(.incident), attempts: 1, undoAttempts: 1), bounds, .nothing)
    }

    @Test("counts the attempts that have an end, be they to do or to undo", arguments: [nil, 1, 2], [nil, 1, 2])
    func budgets(_ attempts: Int?, _ undoAttempts: Int?) {
        let plan = Plan(.sequence(.undoable, .pivot), attempts: attempts, undoAttempts: undoAttempts)
        for merging in [Explorer.Merging.attempts, .past] {
            let bounds = Explorer.Bounds.of {
                $0.undoRequests = 1; $0.merging = merging
            }
            var causes: Set<Incident.Cause> = []
            let report = Explorer(plan, bounds).explore { world in
                // No attempt is left in a failed saga either.
                guard world.saga.failure == nil || world.saga.status == .compensating else { return }
                causes.formUnion(world.saga.steps.compactMap { $0.incident?.cause })
            }
            #expect(!report.isCutShort && report.counterexample == nil)
            #expect(causes.contains(.undoFailed) == (undoAttempts != nil))
            #expect(causes.contains(.exhausted) == (attempts != nil))
        }
    }

    @Test("loses nothing of what the past of a step leads to", arguments: endless)
    func past(_ shape: Shape) {
        for bounds in Self.ways { compare(Plan(shape, attempts: 1, deadline: .seconds(60)), bounds, .attempts) }
    }

    /// Plans that no definition gives, and that come to a bad end.
    static let faulty: [Shape] = [
        // What stands before the pivot, and cannot be undone.
        .sequence(.onward, .undoable), .sequence(.undoable, .onward, .undoable), .parallel(.onward, .undoable),
        // The pivot within a parallel, and two of them.
        .parallel(.undoable, .pivot), .sequence(.undoable, .parallel(.pivot, .undoable)),
        .sequence(.pivot, .undoable, .pivot),
        // A pivot that the saga can do without.
        .sequence(.undoable, .step(StepKind(role: .pivot, isOptional: true)), .undoable),
        .sequence(.undoable, .pivot(.undo), .undoable), .sequence(.undoable, .readonly, .onward, .run),
    ]

    @Test("tells of a bad end with as few moves", arguments: faulty)
    func verdict(_ shape: Shape) {
        let plan = Plan(shape, attempts: 1, deadline: .seconds(60))
        for bounds in Self.ways {
            var verdicts: [NaiveExploration] = []
            var stories: [Story?] = []
            for merging in [Explorer.Merging.attempts, .past] {
                var bounds = bounds
                bounds.merging = merging
                verdicts.append(NaiveExploration(plan, bounds))
                // Whether it ends is asked of samples, which are others where other states are merged.
                bounds.sampling = .max
                stories.append(Explorer(plan, bounds).explore().counterexample)
            }
            #expect(verdicts[0].wrong?.moves == verdicts[1].wrong?.moves, "\(plan.root.text(plan)), \(bounds)")
            #expect(stories.map { $0?.moves.count } == verdicts.map { $0.wrong?.moves })
        }
    }

    @Test("says of a state that it is normal what it would say again", arguments: endless)
    func isStable(_ shape: Shape) {
        let plan = Plan(shape, attempts: 2, deadline: .seconds(60))
        for merging in [Explorer.Merging.attempts, .past] {
            let bounds = Explorer.Bounds.of {
                $0.retries = 1; $0.merging = merging
            }
            var count = 0
            _ = Explorer(plan, bounds).explore { world in
                var again = world
                again.normalise(plan)
                if !again.isSame(as: world) { count += 1 }
            }
            #expect(count == 0)
        }
    }
}
