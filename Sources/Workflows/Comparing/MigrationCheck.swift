internal import SagaCore
internal import SagaValues

struct MigrationCheck {
    let saga: Saga
    let old: Plan
    let new: Plan
    let values: [String: JSON]
    private let oldPlaces: Places
    private let newPlaces: Places
    /// Of each step of the old plan, the one of the same name.
    private let targets: [Int?]

    private(set) var obstacles: [Migration.Obstacle] = []
    private(set) var remarks: [String] = []
    private(set) var mapped: [Migration.Mapped] = []

    init(_ saga: Saga, _ old: Plan, _ new: Plan, _ values: [String: JSON]) {
        self.saga = saga
        self.old = old
        self.new = new
        self.values = values
        oldPlaces = Places(old)
        newPlaces = Places(new)
        var byName: [String: Int] = [:]
        for (index, step) in new.steps.enumerated() { byName[step.name] = index }
        targets = old.steps.map { byName[$0.name] }
    }

    mutating func checkAll() {
        checkSaga()
        checkLocks()
        checkSecrets()
        for index in old.steps.indices { checkStep(index) }
        checkOrder()
        checkChoices()
        checkGaps()
        remark()
    }

    private mutating func object(_ kind: Migration.Obstacle.Kind, _ step: String? = nil, _ sentence: String) {
        obstacles.append(Migration.Obstacle(kind: kind, step: step, sentence: sentence))
    }

    // MARK: The saga

    private mutating func checkSaga() {
        if saga.status.isTerminal { object(.saga, nil, "The saga is \(saga.status.rawValue), which is final") }
        if old.workflow != new.workflow {
            object(.saga, nil, "'\(new.workflow)' is another workflow than '\(old.workflow)'")
        }
    }

    /// It holds the keys that it was started with, and gets no others.
    private mutating func checkLocks() {
        let held = Set(old.locks.map { $0.text(old) })
        for lock in new.locks.map({ $0.text(new) }) where !held.contains(lock) {
            object(.locks, nil, "Version \(new.version) locks \(lock), which the saga does not hold")
        }
    }

    /// What nobody may see stays so: people are shown all of it as the version has it that the saga goes by.
    private mutating func checkSecrets() {
        for place in old.sensitive {
            let root: Reference.Root
            switch place.root {
            case .step(let index):
                guard saga.steps[index].outputRevision != nil, let target = targets[index] else { continue }
                root = .step(target)
            case .input, .saga, .event: root = place.root
            }
            let isHidden = new.sensitive.contains { other in
                other.root == root && other.path.count <= place.path.count
                    && zip(other.path, place.path).allSatisfy { $0 == $1 }
            }
            if !isHidden {
                object(.exposed, nil, "Version \(new.version) shows \(place.text(old)), which is sensitive")
            }
        }
    }

    private mutating func remark() {
        if old.deadline != new.deadline {
            let text = new.deadline.map { "\($0.sagaText) after its start" } ?? "never"
            remarks.append("Its deadline is another: \(text).")
        }
        if values["input"] == nil { remarks.append("Its input was not looked at.") }
    }

    // MARK: Steps

    private mutating func checkStep(_ index: Int) {
        let (step, state) = (old.steps[index], saga.steps[index])
        switch state.phase {
        case .waiting: return
        case .skipped:
            // It has no effect: the other version may do without it, or ask anew if its turn is still to come.
            if let target = targets[index], staysSkipped(index, target) { map(index, to: target) }
            return
        case .deciding:
            object(.saga, step.name, "'\(step.name)' is being decided on: look again")
            return
        case .failed, .undone:
            // Without effect; only what is there must not mean something else.
            if targets[index] == nil, saga.failure?.step != index {
                remarks.append("'\(step.name)', which is \(state.phase.name), is left behind.")
                return
            }
        case .doing, .retrying, .probing, .reprobing, .done, .unknown, .held, .undoing, .reundoing, .undoHeld, .pausing,
            .listening:
            break
        }
        guard let target = targets[index] else {
            let isInside = new.steps.contains { step in
                if case .each(let each) = step.kind { each.body.has(old.steps[index].name) } else { false }
            }
            object(
                .missing, step.name,
                "'\(step.name)' is \(state.phase.name), and version \(new.version) "
                    + (isInside ? "has it in the body of an 'each' only" : "does not have it"))
            return
        }
        map(index, to: target)
        compare(index, target)
    }

    private mutating func map(_ index: Int, to target: Int) {
        mapped.append(
            Migration.Mapped(
                step: old.steps[index].name, from: index, to: target, phase: saga.steps[index].phase))
    }

    private func staysSkipped(_ index: Int, _ target: Int) -> Bool {
        let (step, other) = (old.steps[index], new.steps[target])
        // What stands behind a point of no return relies on its being done.
        if other.pivot { return false }
        return saga.failure != nil || (step.condition != nil && step.condition?.text == other.condition?.text)
    }

    private mutating func compare(_ index: Int, _ target: Int) {
        let (step, other) = (old.steps[index], new.steps[target])
        let name = step.name
        let phase = saga.steps[index].phase
        for difference in KindComparison(step, old, other, new, isSettled: phase.isOver).differences {
            object(.changed, name, "'\(name)' is \(phase.name), and version \(new.version) \(difference)")
        }
        if step.undo != other.undo {
            let way = other.undo.map { "undoes it with \($0)" } ?? "does not undo it"
            object(.changed, name, "'\(name)' is \(phase.name), and version \(new.version) \(way)")
        }
        if step.pivot != other.pivot {
            object(
                .region, name,
                "'\(name)' is \(phase.name), and is "
                    + (step.pivot ? "no longer the point of no return" : "the point of no return in the other"))
        }
        if let own = step.input, let others = other.input { compare(own, others, name, target) }
        let isPassedOver = phase == .failed || phase == .unknown
        if isPassedOver, saga.failure == nil, !other.optional {
            object(.required, name, "'\(name)' is \(phase.name), and version \(new.version) cannot do without it")
        }
        if saga.failure?.step == index, other.optional, !step.optional {
            object(.required, name, "the saga fails over '\(name)', which is optional in version \(new.version)")
        }
    }

    /// What was sent must be sent again, word for word; more may be said, if it can be.
    private mutating func compare(_ own: Template, _ others: Template, _ name: String, _ target: Int) {
        guard let more = others.additions(to: own, new, old) else {
            object(.changed, name, "'\(name)' has been sent its input, and version \(new.version) sends another")
            return
        }
        for hole in more.flatMap({ $0.holes(new) }) where !isThere(hole) {
            object(
                .unreadable, name,
                "'\(name)' would be undone with ${\(hole.text)}, which may not be there")
        }
    }

    /// Whether a hole can be filled for certain.
    private func isThere(_ hole: Hole) -> Bool {
        for index in old.steps.indices where saga.steps[index].hasBeenSent {
            let known = old.steps[index].input?.holes(old) ?? []
            if known.contains(where: { $0.text == hole.text && ($0.isInText || !hole.isInText) }) { return true }
        }
        guard let reference = hole.reference else { return false }
        let name: String
        switch reference.root {
        case .saga: return reference.path == [.member("id")] || reference.path == [.member("startedAt")]
        case .event: return false
        case .input: name = "input"
        case .step(let index):
            name = new.steps[index].name
            guard let before = old.stepIndex(named: name), saga.steps[before].outputRevision != nil else {
                return false
            }
        }
        guard let value = values[name]?.at(reference.path) else { return false }
        return !hole.isInText || (value.arrayValue == nil && value.objectValue == nil && !value.isNull)
    }

    // MARK: The way

    /// Reached steps are undone in the reverse of the order in which they were done.
    private mutating func checkOrder() {
        for (number, first) in mapped.enumerated() {
            for second in mapped[(number + 1)...] {
                let before = oldPlaces.order(first.from, second.from)
                guard newPlaces.order(first.to, second.to) != before else { continue }
                let was =
                    switch before {
                    case .before: "comes before"
                    case .after: "comes after"
                    case .none: "runs beside"
                    }
                object(
                    .order, first.step,
                    "'\(first.step)' \(was) '\(second.step)', and does not in version \(new.version)")
            }
        }
    }

    /// What stands in a case is only looked at, forwards and backwards, if that case was chosen.
    private mutating func checkChoices() {
        for step in mapped {
            for (choice, number) in newPlaces.cases(of: step.to) {
                let name = new.steps[choice].name
                guard let own = mapped.first(where: { $0.to == choice }), own.phase == .done else {
                    object(.choice, step.step, "'\(step.step)' depends on '\(name)', which has not been decided")
                    continue
                }
                if saga.steps[own.from].chosen != number {
                    object(
                        .choice, step.step,
                        "'\(step.step)' stands in another case of '\(name)' than the one that was chosen")
                }
            }
        }
    }

    /// A step that would be begun now stands before none that has been reached.
    private mutating func checkGaps() {
        var states = [StepState.Phase](repeating: .waiting, count: new.steps.count)
        var chosen = [Int?](repeating: nil, count: new.steps.count)
        for step in mapped {
            states[step.to] = step.phase
            chosen[step.to] = saga.steps[step.from].chosen
        }
        for gap in Gaps(new, states, chosen).found {
            let (name, later) = (new.steps[gap.step].name, new.steps[gap.before].name)
            var sentence =
                "'\(later)' has been reached, and version \(new.version) has '\(name)' before it, which has not run"
            if new.steps[gap.step].condition != nil { sentence += "; whether its condition holds is not known" }
            object(.gap, name, sentence)
        }
    }

    // MARK: The move

    func move() -> VersionMove {
        VersionMove(
            from: old.version, to: new.version,
            kept: mapped.map { step in
                // What has begun is not asked for the condition that it has now.
                let isPastCondition =
                    old.steps[step.from].condition == nil && new.steps[step.to].condition != nil
                    && step.phase != .skipped
                return VersionMove.Kept(from: step.from, to: step.to, isPastCondition: isPastCondition)
            })
    }
}

extension Plan {
    fileprivate func has(_ name: String) -> Bool { stepIndex(named: name) != nil }
}

extension StepState {
    /// Whether a command went out for it, so that what it sends could be made.
    fileprivate var hasBeenSent: Bool { attempt > 0 && phase != .skipped && phase != .failed }
}

extension StepState.Phase {
    /// Whether nothing more is begun in it.
    var isOver: Bool {
        switch self {
        case .done, .failed, .unknown, .undoing, .reundoing, .undone, .undoHeld, .skipped: true
        case .waiting, .doing, .retrying, .probing, .reprobing, .held, .deciding, .pausing, .listening: false
        }
    }
}
