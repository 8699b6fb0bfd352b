import SagaCore
import SagaValues
import TestSupport

/// A plan and events drawn from a seed: likely ones mostly, any event at any time now and then.
struct RandomRun {
    let plan: Plan
    private(set) var saga: Saga
    private(set) var now = Timestamp.zero
    private var random: SeededGenerator
    /// Refusals, wishes of people and events out of place are rare, so that a saga of many steps gets far.
    private let isCalm: Bool

    /// Many parts in a row, in calm weather.
    init(seed: UInt64, parts: Int) {
        random = SeededGenerator(seed: seed)
        isCalm = true
        var shapes: [Shape] = []
        for _ in 0..<parts { shapes.append(RandomRun.shape(depth: random.chance(20) ? 2 : 0, &random)) }
        plan = Plan(.sequence(shapes), attempts: 3, undoAttempts: 3)
        saga = Saga(id: UUID(high: seed, low: random.next()), plan: plan, at: now)
    }

    init(seed: UInt64) {
        random = SeededGenerator(seed: seed)
        isCalm = false
        plan = Plan(
            RandomRun.shape(depth: 2, &random), attempts: [1, 2, 3, nil].randomElement(using: &random)!,
            undoAttempts: .random(in: 1...3, using: &random),
            deadline: random.chance(40) ? .milliseconds(.random(in: 1...100_000, using: &random) as Int) : nil)
        saga = Saga(id: UUID(high: seed, low: random.next()), plan: plan, at: now)
    }

    /// The next event; it may well be one that is ignored.
    mutating func next() -> (SagaEvent, Transition) {
        if saga.revision > 0, random.chance(60) { now += .milliseconds(.random(in: 0...2000, using: &random) as Int) }
        let event = saga.revision == 0 ? .started(queued: random.chance(20)) : event()
        if event == .timerFired, let due = saga.nextDue, random.chance(90) { now = max(now, due) }
        return (event, saga.handle(event, at: now, plan: plan))
    }

    private mutating func event() -> SagaEvent {
        if isCalm, random.chance(97), let event = likelyEvent() { return event }
        if saga.status == .queued, random.chance(50) { return .locksGranted }
        if saga.isPaused, random.chance(30) { return .resumed }
        if let step = saga.steps.firstIndex(where: { $0.phase == .deciding }), random.chance(95) {
            return .decided(step: step, decision(step))
        }
        if let held = saga.steps.firstIndex(where: { $0.phase == .held }), random.chance(30) {
            let resolution = SagaEvent.Resolution.allCases.randomElement(using: &random)!
            let wishes: [SagaEvent] = [
                .retryRequested(step: held), .skipRequested(step: held, isForced: true), .patched(step: held),
                .resolved(step: held, resolution),
            ]
            return wishes[random.chance(50) ? 0 : .random(in: 1..<wishes.count, using: &random)]
        }
        if let passed = saga.steps.firstIndex(where: { $0.phase == .unknown && $0.ruling == .passedOver }),
            random.chance(20)
        {
            return .resolved(step: passed, .notDone)
        }
        if let step = saga.listening.first, random.chance(30) {
            return .signalled(step: step, random.chance(70) ? .accepted : .refused(error()))
        }
        if let child = saga.inFlight.filter({ plan.steps[$0.step].isCarriedOutByChildren }).randomElement(
            using: &random),
            random.chance(60)
        {
            return .replied(
                step: child.step, item: child.item, direction: child.direction, attempt: child.round,
                reply: random.chance(70) ? .done : .rejected(error()))
        }
        if let command = saga.inFlight.randomElement(using: &random), random.chance(70) {
            let attempt = random.chance(20) ? nil : command.attempt - (random.chance(20) ? 1 : 0)
            return .replied(step: command.step, direction: command.direction, attempt: attempt, reply: reply())
        }
        let column = Column.allCases.randomElement(using: &random)!
        // Persons speak seldom, or no saga would get far.
        if random.chance(50) || (column.isPersons && random.chance(80)) { return .timerFired }
        let attempt: Int? = random.chance(30) ? nil : .random(in: 0...4, using: &random)
        let step = saga.steps.indices.randomElement(using: &random) ?? 0
        if case .replied(let direction, _) = column {
            return .replied(step: step, direction: direction, attempt: attempt, reply: reply())
        }
        return column.event(step: step, attempt: attempt)
    }

    /// What nobody would be surprised at.
    private mutating func likelyEvent() -> SagaEvent? {
        if saga.status == .queued { return .locksGranted }
        if let step = saga.steps.firstIndex(where: { $0.phase == .deciding }) {
            return .decided(step: step, decision(step))
        }
        if let held = saga.steps.firstIndex(where: { $0.phase == .held || $0.phase == .undoHeld }) {
            return .retryRequested(step: held)
        }
        if let step = saga.listening.first { return .signalled(step: step, .accepted) }
        guard let out = saga.inFlight.randomElement(using: &random) else { return nil }
        let isChild = plan.steps[out.step].isCarriedOutByChildren
        let reply: SagaEvent.Reply =
            isChild || random.chance(85) ? .done : random.chance(80) ? .retry(error(), after: nil) : .working
        return .replied(
            step: out.step, item: out.item, direction: out.direction, attempt: isChild ? out.round : out.attempt,
            reply: reply)
    }

    private mutating func decision(_ step: Int) -> SagaEvent.Decision {
        if random.chance(isCalm ? 1 : 10) { return .failed(error()) }
        if plan.steps[step].condition != nil { return random.chance(50) ? .proceed : .skip }
        switch plan.steps[step].kind {
        case .choice(let cases): return .chosen(random.chance(20) ? nil : cases.indices.randomElement(using: &random))
        case .pause: return .until(now + .milliseconds(.random(in: -10...5000, using: &random) as Int))
        case .each: return .items(.random(in: 0...4, using: &random))
        case .action, .emit, .listen, .approval, .run: return .proceed
        }
    }

    private mutating func reply() -> SagaEvent.Reply {
        switch random.next() % 10 {
        case 0..<5: .done
        case 5: .rejected(error())
        case 6, 7:
            .retry(
                error(),
                after: random.chance(30) ? .milliseconds(.random(in: 0...5_000_000, using: &random) as Int) : nil)
        case 8: .unknown(error(), after: random.chance(30) ? .seconds(.random(in: 0...5, using: &random) as Int) : nil)
        default: .working
        }
    }

    private mutating func error() -> StepError {
        let texts = [
            "", "no", "\"quoted\"\n", "余额不足", "e\u{301}", "\u{1F469}\u{200D}\u{1F680}",
            String(repeating: "x", count: 300),
        ]
        return StepError(code: texts.randomElement(using: &random)!, message: texts.randomElement(using: &random)!)
    }

    private static func shape(depth: Int, _ random: inout SeededGenerator) -> Shape {
        guard depth > 0, random.chance(70) else {
            return .step(
                StepKind(
                    role: random.chance(60) ? .undoable : StepKind.Role.allCases.randomElement(using: &random)!,
                    isOptional: random.chance(20),
                    onUnknown: [.undo, .probe, .incident].randomElement(using: &random)!,
                    onUndoFailure: random.chance(50) ? .stop : .continue))
        }
        if random.chance(20) { return other(&random) }
        let parts = (0..<Int.random(in: 1...3, using: &random)).map { _ in shape(depth: depth - 1, &random) }
        if random.chance(15) { return .choice(parts) }
        return random.chance(60) ? .sequence(parts) : .parallel(parts)
    }

    /// A step that is no participant's, or under a condition.
    private static func other(_ random: inout SeededGenerator) -> Shape {
        let role: StepKind.Role = random.chance(80) ? .undoable : .onward
        let timeout: Duration? = random.chance(50) ? .seconds(20) : nil
        let others: [Shape] = [
            .pause, .computedPause, .emit, .listen(timeout: timeout), .approval(timeout: timeout),
            .run(StepKind(role: role, isOptional: random.chance(20))), .when,
            .each(atOnce: .random(in: 1...3, using: &random), random.chance(50) ? .undoAll : .undoItem),
        ]
        let other = others.randomElement(using: &random)!
        return random.chance(20) ? other.conditional : other
    }
}
