import SagaCore

@testable import Exploration

/// The exploration in its simplest form: one state after the other, each kept whole and compared whole. It is slow, and
/// says what the fast one has to say.
struct NaiveExploration {
    private struct Whole: Hashable {
        let header: Header
        let parts: [StepPart]

        init(_ world: World) {
            header = world.header
            parts = world.saga.steps.indices.map { world[part: $0] }
        }
    }

    var report = Explorer.Report()
    /// What is wrong first, and how many moves lead there.
    var wrong: (text: String, moves: Int)?
    /// What can be observed of each state.
    var seen: Set<Observation> = []

    init(_ plan: Plan, _ bounds: Explorer.Bounds) {
        let rules = Rules(plan, namesAttempts: bounds.merging == .nothing)
        let start = World(plan, bounds)
        var known: Set<Whole> = [Whole(start)]
        var level = [start]
        var depth = 0
        report.states = 1
        while !level.isEmpty {
            depth += 1
            var next: [World] = []
            for world in level {
                for move in world.moves(plan) {
                    report.moves += 1
                    var then = world
                    if let transition = then.apply(move, plan) {
                        let found = rules.violation(
                            from: world.saga, to: then, transition, sent: world.participants)
                        if let found {
                            wrong = (found, depth)
                            return
                        }
                        guard transition.isApplied else { continue }
                    }
                    then.normalise(plan)
                    guard known.insert(Whole(then)).inserted else { continue }
                    report.states += 1
                    seen.insert(Observation(then))
                    if let found = rules.violation(then) {
                        wrong = (found, depth)
                        return
                    }
                    switch then.saga.status {
                    case .completed:
                        report.completed += 1
                        if then.left.parentRequests > 0 { next.append(then) }
                    case .compensated: report.compensated += 1
                    case .abandoned: break
                    case .queued, .running, .compensating:
                        if then.saga.hasOpenIncident { report.withIncident += 1 }
                        next.append(then)
                    }
                }
            }
            level = next
        }
    }
}

/// A world as it counts, and what can follow it.
struct Class: Hashable {
    let header: Header
    let parts: [StepPart]

    /// - Parameter world: with what has no influence, or without it.
    init(_ world: World, _ plan: Plan) {
        var header = world.header
        header.normalise(world.saga.steps, plan, .past)
        self.header = header
        var bounds = world.bounds
        bounds.merging = .past
        parts = world.saga.steps.indices.map { step in
            var part = world[part: step]
            part.normalise(plan.steps[step], bounds)
            return part
        }
    }

    /// One of its worlds: the one that is left when all that has no influence is taken out.
    func representative(_ like: World) -> World {
        var world = like
        world.header = header
        for (step, part) in parts.enumerated() { world[part: step] = part }
        return world
    }

    /// What follows a world, but for what counts as the same.
    static func followers(of world: World, _ plan: Plan) -> Set<Class> {
        var followers: Set<Class> = []
        for move in world.moves(plan) {
            var then = world
            if let transition = then.apply(move, plan), !transition.isApplied { continue }
            followers.insert(Class(then, plan))
        }
        followers.remove(Class(world, plan))
        return followers
    }
}

/// What no merging of states may lose: how the saga and its steps stand, who is asked to help, and what the participants
/// have done and may yet do.
struct Observation: Hashable {
    let status: Saga.Status
    let hasFailed: Bool
    let isOverdue: Bool
    let isPaused: Bool
    let phases: [StepState.Phase]
    let incidents: [Incident.Cause?]
    let items: [[Items.Phase]]
    let chosen: [Int?]
    let hasEffect: [Bool]
    let left: [Int]

    init(_ world: World) {
        status = world.saga.status
        hasFailed = world.saga.failure != nil
        isOverdue = world.saga.isOverdue
        isPaused = world.saga.isPaused
        phases = world.saga.steps.map(\.phase)
        incidents = world.saga.steps.map { $0.incident?.cause }
        items = world.saga.steps.map { $0.items?.phases ?? [] }
        chosen = world.saga.steps.map(\.chosen)
        hasEffect = world.participants.map(\.hasEffect)
        left = [
            world.left.returns, world.left.retries, world.left.rulings, world.left.halts, world.left.undoRequests,
            world.left.parentRequests,
        ]
    }
}
