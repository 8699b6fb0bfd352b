import SagaCore
import SagaValues
import TestSupport

@testable import Comparing
@testable import SagaCore

/// A saga among participants that keep the barrier, and a network that loses, repeats and reorders. What the
/// participants know is kept by the steps' names, as they keep it: so it stays when the saga moves to another plan.
struct Simulation {
    private(set) var plan: Plan { didSet { places = Places(plan) } }
    private var places: Places
    private(set) var saga: Saga
    /// By step and item.
    private(set) var participants: [Key: Barrier] = [:]
    private(set) var now = Timestamp(microseconds: 1_800_000_000_000_000)
    private(set) var wrong: String?
    /// A line for each event that changed something.
    private(set) var story: [String] = []
    private(set) var history: [HistoryEntry] = []
    private var questions: [Int: SagaEffect.Question] = [:]
    var random: SeededGenerator
    private var clock = 0
    /// What was done behind each step before the saga moved: it is undone before that, whatever the new plan says.
    private var done: [String: [String]] = [:]

    struct Key: Hashable {
        let step: String
        let item: Int
    }

    struct Barrier {
        enum Outcome { case none, done, rejected, tombstone }
        var outcome = Outcome.none
        var refusedRound = 0
        var isUndone = false
        var asked: Dispatch?
        var isUndoAsked = false
        /// What is done, and with which action.
        var action: String?
        var undo: String?
        /// When it took effect, in the order of such things.
        var doneAt = 0

        var hasEffect: Bool { outcome == .done && !isUndone }
    }

    init(_ plan: Plan, seed: UInt64) {
        self.plan = plan
        places = Places(plan)
        random = SeededGenerator(seed: seed)
        saga = Saga(id: UUID(high: seed, low: 7), plan: plan, at: now)
        take(.started(queued: false))
    }

    /// Goes on by another plan.
    mutating func move(_ move: VersionMove, to plan: Plan) {
        for (index, step) in self.plan.steps.enumerated() where self.saga.steps[index].phase != .waiting {
            for (other, later) in self.plan.steps.enumerated()
            where self.saga.steps[other].phase != .waiting && places.order(index, other) == .before {
                done[step.name, default: []].append(later.name)
            }
        }
        self.plan = plan
        questions = [:]
        story.append("moved to \(plan.steps.map(\.name).joined(separator: " "))")
        take(.migrated(move))
        if saga.left.isEmpty { note("it does not move") }
    }

    // MARK: What the machine does

    private mutating func take(_ event: SagaEvent) {
        let transition = saga.handle(event, at: now, plan: plan)
        if transition.isApplied {
            history.append(
                HistoryEntry(event, revision: saga.revision, at: now, data: event.payload, plan: plan))
        }
        if transition.isApplied { story.append("\(event.word(plan)) -> \(transition.text(plan))") }
        for effect in transition.effects {
            switch effect {
            case .decide(let step, let question): questions[step] = question
            case .dispatch(let command): receive(command)
            case .listen, .stopListening, .openIncident, .resolveIncident, .reportLate, .end: break
            }
        }
    }

    private mutating func receive(_ command: Dispatch) {
        let step = plan.steps[command.step]
        let key = Key(step: step.name, item: command.item)
        var barrier = participants[key] ?? Barrier()
        switch command.direction {
        case .do:
            // Children that were begun may be asked again in the event in which the saga fails.
            if saga.failure != nil, !step.pivot, !step.isCarriedOutByChildren || barrier.asked == nil {
                note("'\(step.name)' is done in a failed saga")
            }
            if let action = barrier.action, action != step.action { note("'\(step.name)' is done as two actions") }
            // Everything before it in its plan is over.
            for index in plan.steps.indices where places.order(index, command.step) == .before {
                if saga.steps[index].phase == .waiting, isOnTheWay(index) {
                    note("'\(step.name)' is begun before '\(plan.steps[index].name)'")
                }
            }
            barrier.action = step.action
            barrier.asked = command
        case .probe: break
        case .undo:
            if step.undo == nil { note("'\(step.name)' has no undo") }
            if barrier.asked == nil { note("'\(step.name)' is undone, and was never asked for") }
            if let undo = barrier.undo, undo != step.undo { note("'\(step.name)' is undone in two ways") }
            if let action = barrier.action, action != step.action { note("'\(step.name)' is undone as another action") }
            for (index, later) in plan.steps.enumerated() where places.order(command.step, index) == .before {
                for (other, barrier) in participants
                where other.step == later.name && barrier.hasEffect && later.hasEffect {
                    if saga.steps[index].phase != .undoHeld { note("'\(step.name)' is undone before '\(later.name)'") }
                }
            }
            for later in done[step.name] ?? [] {
                let isHeld = plan.stepIndex(named: later).map { saga.steps[$0].phase == .undoHeld } ?? false
                let isReadonly = plan.stepIndex(named: later).map { !plan.steps[$0].hasEffect } ?? false
                let isLeft = participants.contains { $0.key.step == later && $0.value.hasEffect }
                if isLeft, !isHeld, !isReadonly { note("'\(step.name)' is undone before '\(later)' as it was done") }
            }
            barrier.undo = step.undo
            barrier.isUndoAsked = true
        }
        participants[key] = barrier
    }

    private func isOnTheWay(_ step: Int) -> Bool {
        places.cases(of: step).allSatisfy { saga.steps[$0.choice].chosen == $0.number }
    }

    private mutating func note(_ text: String) {
        wrong = wrong ?? text
        story.append("WRONG: \(text)")
    }

    // MARK: What else happens

    /// Something, likely or not.
    mutating func next() {
        if decide(goodOnly: false) { return }
        for key in participants.keys.sorted(by: { ($0.step, $0.item) < ($1.step, $1.item) }) where random.chance(25) {
            work(key)
        }
        if let step = saga.listening.randomElement(using: &random), random.chance(30) {
            return take(.signalled(step: step, random.chance(80) ? .accepted : .refused(.no)))
        }
        if let held = saga.steps.firstIndex(where: { $0.incident != nil }), random.chance(30) {
            return take(.retryRequested(step: held))
        }
        if random.chance(3) { return take(.compensationRequested(.no)) }
        if let command = saga.inFlight.randomElement(using: &random), random.chance(65) { return answer(command) }
        if random.chance(20),
            let key = participants.keys.sorted(by: { $0.step < $1.step }).randomElement(using: &random),
            let step = plan.stepIndex(named: key.step)
        {
            // Late or twice.
            return answer(saga.dispatch(step, item: key.item, random.chance(50) ? .do : .undo))
        }
        if let due = saga.nextDue { now = max(now, due) }
        take(.timerFired)
    }

    /// From here on all goes well, and people help.
    mutating func finish() {
        for _ in 0..<2000 where !saga.status.isTerminal {
            if decide(goodOnly: true) { continue }
            if let step = saga.listening.first {
                take(.signalled(step: step, .accepted))
            } else if let command = saga.inFlight.first {
                work(Key(step: plan.steps[command.step].name, item: command.item), isWilling: true)
                answer(command, isSure: true)
            } else if let due = saga.steps.compactMap(\.due).min() {
                now = max(now, due)
                take(.timerFired)
            } else if let held = saga.steps.firstIndex(where: { $0.incident != nil }) {
                // Asked again it would say the same.
                if isParked { return }
                take(.retryRequested(step: held))
            } else {
                return note("the saga is lost")
            }
        }
    }

    private mutating func decide(goodOnly: Bool) -> Bool {
        guard let step = saga.steps.firstIndex(where: { $0.phase == .deciding }) else { return false }
        if !goodOnly, random.chance(5) {
            take(.decided(step: step, .failed(.no)))
            return true
        }
        let decision: SagaEvent.Decision
        switch (questions[step], plan.steps[step].kind) {
        case (.condition, _): decision = random.chance(60) ? .proceed : .skip
        case (_, .choice(let cases)): decision = .chosen(cases.indices.randomElement(using: &random))
        case (_, .each): decision = .items(.random(in: 0...3, using: &random))
        default: decision = .until(now + .seconds(5))
        }
        take(.decided(step: step, decision))
        return true
    }

    /// The participant does what it was asked for.
    private mutating func work(_ key: Key, isWilling: Bool = false) {
        guard var barrier = participants[key], let asked = barrier.asked else { return }
        let isNew = barrier.outcome == .none || (barrier.outcome == .rejected && asked.round > barrier.refusedRound)
        let step = plan.stepIndex(named: key.step).map { plan.steps[$0] }
        if barrier.isUndoAsked, !barrier.isUndone {
            barrier.isUndone = true
            if barrier.outcome != .done { barrier.outcome = .tombstone }
        } else if isNew {
            let mayRefuse = if case .emit = step?.kind { false } else { true }
            if !isWilling, mayRefuse, random.chance(12) {
                barrier.outcome = .rejected
                barrier.refusedRound = asked.round
            } else {
                barrier.outcome = .done
                clock += 1
                barrier.doneAt = clock
            }
        }
        participants[key] = barrier
    }

    private mutating func answer(_ command: Dispatch, isSure: Bool = false) {
        guard let barrier = participants[Key(step: plan.steps[command.step].name, item: command.item)] else { return }
        let isChild = plan.steps[command.step].isCarriedOutByChildren
        let reply: SagaEvent.Reply
        if !isSure, !isChild, random.chance(10) {
            reply = .retry(.no, after: nil)
        } else {
            switch (command.direction, barrier.outcome) {
            case (.undo, _):
                guard barrier.isUndone else { return }
                reply = .done
            case (.do, .done), (.probe, .done): reply = .done
            case (.do, .none): return
            // A new round sets a refusal aside.
            case (.do, .rejected) where command.round > barrier.refusedRound: return
            case (.do, .rejected), (.do, .tombstone), (.probe, .none), (.probe, .rejected), (.probe, .tombstone):
                reply = .rejected(.no)
            }
        }
        take(
            .replied(
                step: command.step, item: command.item, direction: command.direction,
                attempt: isChild ? command.round : command.attempt, reply: reply))
    }

    // MARK: The end

    /// What is wrong with an end; nil if nothing is, or it has not ended.
    func violation(_ formerPlan: Plan) -> String? {
        if let wrong { return wrong }
        for (key, barrier) in participants where barrier.hasEffect {
            let step = plan.stepIndex(named: key.step)
            let known =
                step.map { plan.steps[$0] } ?? formerPlan.stepIndex(named: key.step).map { formerPlan.steps[$0] }
            guard let known, known.hasEffect else { continue }
            if saga.status == .compensated { return "compensated, and '\(key.step)' is left behind" }
            if saga.status == .completed, step == nil { return "completed, and '\(key.step)' is not in its plan" }
        }
        if saga.status == .completed {
            for (index, step) in plan.steps.enumerated() where saga.steps[index].phase == .done {
                if case .action = step.kind, participants[Key(step: step.name, item: 0)]?.hasEffect != true {
                    return "completed, and '\(step.name)' is not done"
                }
            }
            if let missing = missing(plan.root) { return "completed without '\(missing)'" }
        }
        if !saga.status.isTerminal, !isParked { return "it does not end: \(saga.status)" }
        return nil
    }

    /// Nobody may guess at the pivot of a failed saga.
    private var isParked: Bool {
        saga.failure != nil
            && plan.steps.indices.contains { plan.steps[$0].pivot && saga.steps[$0].phase.isSettlingForward }
    }

    private func missing(_ node: PlanNode) -> String? {
        switch node {
        case .step(let index):
            let isOver = saga.steps[index].phase == .done || saga.steps[index].phase == .skipped
            return isOver || plan.steps[index].optional ? nil : plan.steps[index].name
        case .sequence(let nodes), .parallel(_, let nodes): return nodes.lazy.compactMap { self.missing($0) }.first
        case .choice(let index, let cases):
            return missing(.step(index)) ?? saga.steps[index].chosen.flatMap { missing(cases[$0]) }
        }
    }
}

extension Step {
    var hasEffect: Bool {
        switch kind {
        case .action, .run, .each: !readonly
        case .emit, .choice, .pause, .listen, .approval: false
        }
    }
}

extension SagaEvent {
    fileprivate func word(_ plan: Plan) -> String {
        switch self {
        case .replied(let step, let item, let direction, let attempt, let reply):
            let number = attempt.map { "#\($0)" } ?? ""
            let word =
                switch reply {
                case .done: "done"
                case .rejected: "rejected"
                case .retry: "retry"
                case .unknown: "unknown"
                case .working: "working"
                }
            return "\(direction.rawValue) \(plan.steps[step].name)[\(item)]\(number) \(word)"
        case .decided(let step, let decision): return "decided \(plan.steps[step].name) \(decision.json.text)"
        case .signalled(let step, .accepted): return "signal \(plan.steps[step].name)"
        case .signalled(let step, .refused): return "refusal \(plan.steps[step].name)"
        case .retryRequested(let step): return "retry asked for \(plan.steps[step].name)"
        case .started, .locksGranted, .returned, .heldBack, .released, .timerFired, .compensationRequested,
            .cancelledByParent, .resolved,
            .skipRequested, .patched, .paused, .resumed, .abandoned,
            .migrated:
            return "\(self)"
        }
    }
}

extension SagaEvent {
    /// What its row keeps of it.
    fileprivate var payload: [UInt8] {
        switch self {
        case .replied(_, _, _, _, .rejected(let error)), .replied(_, _, _, _, .retry(let error, _)),
            .signalled(_, .refused(let error)), .compensationRequested(let error):
            error.body
        case .migrated(let move): PersonsWord(reason: "r", subject: "s", value: move.json).data
        default: []
        }
    }
}

extension StepError {
    static let no = StepError(code: "no", message: "it will not be done")
}
