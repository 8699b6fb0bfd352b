public import SagaValues

/// The stored form of a saga's state: what its own columns do not hold.
///
/// Compact JSON, so that a person can read it in `psql` and an older program can pass over members that
/// a newer one adds. Its steps are ``StoredSteps``. Times are microseconds relative to the start.
extension Saga {
    public func encodedState() -> [UInt8] {
        var out: [UInt8] = []
        out.append(UInt8(ascii: "{"))
        StoredSteps.append(steps, startedAt: startedAt, to: &out)
        if let deadline { out.append(contentsOf: #","d":\#((deadline - startedAt).wholeMicroseconds)"#.utf8) }
        if isLate { out.append(contentsOf: #","l":1"#.utf8) }
        if isPaused { out.append(contentsOf: #","p":1"#.utf8) }
        if !left.isEmpty {
            let numbers = left.map { "[\($0.revision),\($0.version)]" }.joined(separator: ",")
            out.append(contentsOf: #","v":[\#(numbers)]"#.utf8)
        }
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

    /// Reads what ``encodedState()`` wrote; nil if it is not that, or does not fit the plan.
    public init?(
        id: UUID, status: Status, revision: Int, startedAt: Timestamp, encodedState: [UInt8], plan: Plan
    ) {
        guard let json = try? JSON(parsing: encodedState),
            let steps = StoredSteps.read(json, startedAt: startedAt, limit: plan.steps.count),
            steps.count == plan.steps.count, steps.indices.allSatisfy({ steps[$0].fits(plan.steps[$0], status) })
        else { return nil }
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
        guard let left = Saga.left(json["v"], before: revision) else { return nil }
        self.init(
            id: id, status: status, revision: revision, startedAt: startedAt, deadline: deadline,
            isLate: json["l"] != nil, isPaused: json["p"] != nil, failure: failure, steps: steps,
            left: left)
    }

    /// Pairs of a revision and a version, in ascending order of the revisions; nil for what is stored and is no such list.
    private static func left(_ stored: JSON?, before revision: Int) -> [Leaving]? {
        guard let stored else { return [] }
        guard let pairs = stored.arrayValue, !pairs.isEmpty, pairs.count <= moveLimit else { return nil }
        var left: [Leaving] = []
        for pair in pairs {
            guard let numbers = pair.arrayValue?.compactMap(\.int64Value), numbers.count == 2,
                Int64(left.last?.revision ?? 1) < numbers[0], numbers[0] <= Int64(revision),
                1...Int64(Int32.max) ~= numbers[1]
            else { return nil }
            left.append(Leaving(revision: Int(numbers[0]), version: Int(numbers[1])))
        }
        return left
    }
}

extension StepState {
    /// Whether it has only what a step of this kind can have in a saga of this status.
    func fits(_ step: Step, _ status: Saga.Status) -> Bool {
        guard step.canBe(phase), bodyRevision == nil || step.input != nil else { return false }
        // Who abandons a saga closes its incidents, and the steps stay where they stood.
        guard incident != nil || status == .abandoned || (phase != .held && phase != .undoHeld) else { return false }
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

extension Saga {
    /// Written and read again as a store does; nil if that fails.
    package func decoded(_ plan: Plan) -> Saga? {
        Saga(
            id: id, status: status, revision: revision, startedAt: startedAt, encodedState: encodedState(), plan: plan)
    }
}
