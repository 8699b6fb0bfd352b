public import SagaValues

/// The stored form of a saga's state: what its own columns do not hold.
///
/// Compact JSON, so that a person can read it in `psql` and an older program can pass over members that
/// a newer one adds. Steps are arrays of numbers, cut after the last that is not zero; a step that has
/// not been reached is `0`. Times are microseconds relative to the start.
extension Saga {
    enum Slot: Int, CaseIterable {
        case phase, attempt, spent, round, due, wentUnanswered, outputRevision, incident, openedRevision, chosen
    }

    public func encodedState() -> [UInt8] {
        var out: [UInt8] = []
        out.reserveCapacity(32 + steps.count * 24)
        out.append(contentsOf: #"{"s":["#.utf8)
        for (index, step) in steps.enumerated() {
            if index > 0 { out.append(UInt8(ascii: ",")) }
            append(step, to: &out)
        }
        out.append(UInt8(ascii: "]"))
        if let deadline { out.append(contentsOf: #","d":\#((deadline - startedAt).wholeMicroseconds)"#.utf8) }
        if isLate { out.append(contentsOf: #","l":1"#.utf8) }
        if let failure {
            var object: JSON.Object = ["kind": .string(failure.kind.rawValue)]
            if let step = failure.step { object["step"] = .number(String(step)) }
            if let error = failure.error { object["error"] = error.json }
            out.append(contentsOf: #","f":"#.utf8)
            JSON.object(object).append(to: &out)
        }
        out.append(UInt8(ascii: "}"))
        return out
    }

    private func append(_ step: StepState, to out: inout [UInt8]) {
        guard step.phase != .waiting else { return out.append(UInt8(ascii: "0")) }
        var slots = [Int64](repeating: 0, count: Slot.allCases.count)
        func set(_ slot: Slot, _ value: Int) { slots[slot.rawValue] = Int64(value) }
        set(.phase, step.phase.rawValue)
        set(.attempt, step.attempt)
        set(.spent, step.spent)
        set(.round, step.round)
        // One more than the distance, so that 0 is left for those that have none.
        if let due = step.due { slots[Slot.due.rawValue] = (due - startedAt).wholeMicroseconds + 1 }
        set(.wentUnanswered, step.wentUnanswered ? 1 : 0)
        set(.outputRevision, step.outputRevision ?? 0)
        if let incident = step.incident {
            set(.incident, 1 + Incident.Cause.allCases.firstIndex(of: incident.cause)!)
            set(.openedRevision, incident.openedRevision)
        }
        if let chosen = step.chosen { set(.chosen, chosen + 1) }
        let used = (slots.lastIndex { $0 != 0 } ?? 0) + 1
        out.append(UInt8(ascii: "["))
        for index in 0..<used {
            if index > 0 { out.append(UInt8(ascii: ",")) }
            out.append(contentsOf: String(slots[index]).utf8)
        }
        if let items = step.items {
            out.append(contentsOf: #",""#.utf8)
            out.append(contentsOf: items.encoded.utf8)
            out.append(UInt8(ascii: "\""))
        }
        if let error = step.error {
            out.append(UInt8(ascii: ","))
            error.json.append(to: &out)
        }
        out.append(UInt8(ascii: "]"))
    }

    /// Reads what ``encodedState()`` wrote; nil if it is not that, or does not fit the plan.
    public init?(
        id: UUID, status: Status, revision: Int, startedAt: Timestamp, encodedState: [UInt8], plan: Plan
    ) {
        guard let json = try? JSON(parsing: encodedState), let list = json["s"]?.arrayValue,
            list.count == plan.steps.count
        else { return nil }
        var steps: [StepState] = []
        for (item, planned) in zip(list, plan.steps) {
            guard let step = StepState(stored: item, startedAt: startedAt), step.fits(planned) else { return nil }
            steps.append(step)
        }
        var failure: Failure?
        if let stored = json["f"] {
            guard let read = Failure(stored: stored, plan: plan) else { return nil }
            failure = read
        }
        var deadline: Timestamp?
        if let stored = json["d"] {
            guard let microseconds = stored.int64Value else { return nil }
            deadline = startedAt + .microseconds(microseconds)
        }
        self.init(
            id: id, status: status, revision: revision, startedAt: startedAt, deadline: deadline,
            isLate: json["l"] != nil, failure: failure, steps: steps)
    }
}

extension StepState {
    /// Reads one step; what no machine could have got into is damage.
    fileprivate init?(stored: JSON, startedAt: Timestamp) {
        self.init()
        guard let items = stored.arrayValue else {
            guard stored.int64Value == 0 else { return nil }
            return
        }
        var slots: [Int] = []
        for item in items {
            if let number = item.int64Value, error == nil, self.items == nil {
                slots.append(Int(number))
            } else if let text = item.stringValue, error == nil, self.items == nil, let items = Items(encoded: text) {
                self.items = items
            } else if let stored = StepError(item), error == nil {
                error = stored
            } else {
                return nil
            }
        }
        guard slots.count <= Saga.Slot.allCases.count else { return nil }
        slots += repeatElement(0, count: Saga.Slot.allCases.count - slots.count)
        func slot(_ slot: Saga.Slot) -> Int { slots[slot.rawValue] }

        let areCounts = Saga.Slot.allCases.allSatisfy { $0 == .due || 0...Int(Int32.max) ~= slot($0) }
        guard areCounts, let phase = Phase(rawValue: slot(.phase)), phase != .waiting, slot(.attempt) > 0,
            slot(.round) > 0
        else { return nil }
        self.phase = phase
        attempt = slot(.attempt)
        spent = slot(.spent)
        round = slot(.round)
        guard phase.mayBeTimed || slot(.due) == 0 else { return nil }
        if phase.isTimed || slot(.due) != 0 { due = startedAt + .microseconds(slot(.due)) - .microseconds(1) }
        wentUnanswered = slot(.wentUnanswered) != 0
        outputRevision = slot(.outputRevision) == 0 ? nil : slot(.outputRevision)
        if slot(.incident) != 0 {
            guard slot(.incident) <= Incident.Cause.allCases.count else { return nil }
            incident = Incident(
                cause: Incident.Cause.allCases[slot(.incident) - 1], openedRevision: slot(.openedRevision))
        }
        if slot(.chosen) != 0 { chosen = slot(.chosen) - 1 }
        guard incident != nil || (phase != .held && phase != .undoHeld) else { return nil }
    }
}

extension StepState {
    /// Whether it has only what a step of this kind can have.
    fileprivate func fits(_ step: Step) -> Bool {
        switch step.kind {
        case .choice(let cases): return items == nil && (chosen.map(cases.indices.contains) ?? true)
        case .each: return chosen == nil || fitsCondition(step)
        case .action, .emit, .pause, .listen, .approval, .run:
            return items == nil && (chosen == nil || fitsCondition(step))
        }
    }
}

extension StepState {
    private func fitsCondition(_ step: Step) -> Bool { chosen == 0 && step.condition != nil }
}

extension Failure {
    fileprivate init?(stored: JSON, plan: Plan) {
        guard let kind = stored["kind"]?.stringValue.flatMap(Kind.init) else { return nil }
        var step: Int?
        if let index = stored["step"] {
            guard let index = index.int64Value, plan.steps.indices.contains(Int(index)) else { return nil }
            step = Int(index)
        }
        var error: StepError?
        if let stored = stored["error"] {
            guard let read = StepError(stored) else { return nil }
            error = read
        }
        self.init(kind, step: step, error: error)
    }
}

extension StepError {
    fileprivate var json: JSON { .object(["code": .string(code), "message": .string(message)]) }

    fileprivate init?(_ json: JSON) {
        guard let code = json["code"]?.stringValue, let message = json["message"]?.stringValue else { return nil }
        self.init(code: code, message: message)
    }
}

extension Saga {
    /// Written and read again as a store does; nil if that fails.
    package func decoded(_ plan: Plan) -> Saga? {
        Saga(
            id: id, status: status, revision: revision, startedAt: startedAt, encodedState: encodedState(), plan: plan)
    }
}
