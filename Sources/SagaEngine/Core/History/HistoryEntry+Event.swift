public import SagaValues

extension HistoryEntry {
    /// The row that records an event.
    ///
    /// - Parameter data: the payload that came with it: the input of `started`, the body of a reply, and
    ///   for a person's request the error that stands for the reason.
    public init(_ event: SagaEvent, revision: Int, at time: Timestamp, data: [UInt8], plan: Plan) {
        var step: Int?
        var item: Int?
        var direction: Direction?
        var attempt: Int?
        var data = data
        let kind: Kind
        switch event {
        case .started(let queued): kind = queued ? .queued : .started
        case .locksGranted: kind = .locksGranted
        case .timerFired: kind = .timer
        case .compensationRequested: kind = .compensationRequested
        case .retryRequested(let index): (kind, step) = (.retryRequested, index)
        case .returned(let index, let way): (kind, step, direction) = (.returned, index, way)
        case .heldBack(let index, let way, let how):
            (kind, step, direction, data) = (.heldBack, index, way, how.json.bytes)
        case .released(let index, let way): (kind, step, direction) = (.released, index, way)
        case .cancelledByParent: kind = .cancelledByParent
        case .decided(let index, let decision): (kind, step, data) = (.decided, index, decision.json.bytes)
        case .signalled(let index, .accepted): (kind, step) = (.signalled, index)
        case .signalled(let index, .refused): (kind, step) = (.signalRefused, index)
        case .resolved(let index, let resolution): (kind, step) = (resolution.kind, index)
        case .skipRequested(let index, let isForced): (kind, step) = (isForced ? .skipForced : .skipped, index)
        case .patched(let index): (kind, step) = (.patched, index)
        case .paused: kind = .paused
        case .resumed: kind = .resumed
        case .abandoned: kind = .abandoned
        case .migrated: kind = .migrated
        case .replied(let index, let number, let way, let count, let reply):
            (step, direction, attempt) = (index, way, count)
            if case .each = plan.steps[index].kind { item = number }
            switch reply {
            case .done: kind = .done
            case .rejected: kind = .rejected
            case .retry: kind = .retry
            case .unknown: kind = .unknown
            case .working: kind = .working
            }
        }
        self.init(
            revision: revision, at: time, kind: kind, step: step.map { plan.steps[$0].name }, item: item,
            direction: direction, attempt: attempt, data: data)
    }

    /// The event that this row records.
    public func event(plan: Plan) throws(HistoryError) -> SagaEvent {
        switch kind {
        case .started: .started(queued: false)
        case .queued: .started(queued: true)
        case .locksGranted: .locksGranted
        case .timer: .timerFired
        case .compensationRequested: .compensationRequested(StepError(body: data))
        case .cancelledByParent: .cancelledByParent(StepError(body: data))
        case .decided: .decided(step: try index(plan), try decision())
        case .signalled: .signalled(step: try index(plan), .accepted)
        case .signalRefused: .signalled(step: try index(plan), .refused(StepError(body: data)))
        case .retryRequested: .retryRequested(step: try index(plan))
        case .resolvedDone: .resolved(step: try index(plan), .done)
        case .resolvedNotDone: .resolved(step: try index(plan), .notDone)
        case .resolvedUndone: .resolved(step: try index(plan), .undone)
        case .skipped: .skipRequested(step: try index(plan), isForced: false)
        case .skipForced: .skipRequested(step: try index(plan), isForced: true)
        case .patched: .patched(step: try index(plan))
        case .paused: .paused
        case .resumed: .resumed
        case .abandoned: .abandoned
        case .migrated: .migrated(try readMove())
        case .returned: .returned(step: try index(plan), direction: try way())
        case .heldBack: .heldBack(step: try index(plan), direction: try way(), try heldBack())
        case .released: .released(step: try index(plan), direction: try way())
        case .done: try reply(.done, plan)
        case .rejected: try reply(.rejected(StepError(body: data)), plan)
        case .retry: try reply(.retry(StepError(body: data), after: StepError.retryAfter(in: data)), plan)
        case .unknown: try reply(.unknown(StepError(body: data), after: StepError.retryAfter(in: data)), plan)
        case .working: try reply(.working, plan)
        }
    }

    private func reply(_ reply: SagaEvent.Reply, _ plan: Plan) throws(HistoryError) -> SagaEvent {
        .replied(step: try index(plan), item: item ?? 0, direction: try way(), attempt: attempt, reply: reply)
    }

    private func decision() throws(HistoryError) -> SagaEvent.Decision {
        guard let json = try? JSON(parsing: data), let decision = SagaEvent.Decision(json) else {
            throw HistoryError(revision: revision, message: "says nothing that could have been decided")
        }
        return decision
    }

    /// What a row says of a move; nil if it records something else.
    public var move: VersionMove? {
        guard kind == .migrated, let json = try? JSON(parsing: data) else { return nil }
        return VersionMove(json.personsValue)
    }

    private func readMove() throws(HistoryError) -> VersionMove {
        guard let move else {
            throw HistoryError(revision: revision, message: "does not say which version it moved to, and how")
        }
        return move
    }

    private func heldBack() throws(HistoryError) -> HeldBack {
        guard let json = try? JSON(parsing: data), let heldBack = HeldBack(json) else {
            throw HistoryError(revision: revision, message: "does not say why it was held back, and until when")
        }
        return heldBack
    }

    private func index(_ plan: Plan) throws(HistoryError) -> Int {
        guard let step, let index = plan.stepIndex(named: step) else {
            throw HistoryError(revision: revision, message: "step \(step ?? "(none)") is not in \(plan.workflow)")
        }
        return index
    }

    private func way() throws(HistoryError) -> Direction {
        guard let direction else { throw HistoryError(revision: revision, message: "has no direction") }
        return direction
    }
}

extension HeldBack {
    /// `{"cause": "breaker", "until": "…"}`
    public var json: JSON { ["cause": .string(cause.rawValue), "until": .string(until.description)] }

    init?(_ json: JSON) {
        guard let cause = json["cause"]?.stringValue.flatMap(Cause.init(rawValue:)),
            let until = json["until"]?.stringValue.flatMap({ Timestamp(iso8601: $0) })
        else { return nil }
        self.init(cause, until: until)
    }
}

extension SagaEvent.Resolution {
    fileprivate var kind: HistoryEntry.Kind {
        switch self {
        case .done: .resolvedDone
        case .notDone: .resolvedNotDone
        case .undone: .resolvedUndone
        }
    }
}

extension StepError {
    /// Reads `{"code": …, "message": …}`; a body that says neither still gives an error one can read.
    public init(body: [UInt8]) {
        let json = try? JSON(parsing: body)
        self.init(
            code: json?["code"]?.stringValue ?? "unspecified",
            message: json?["message"]?.stringValue ?? "the participant gave no message")
    }

    /// The pause a participant asks for: `retryAfter` in seconds, from 0; more than a day counts as a day.
    public static func retryAfter(in body: [UInt8]) -> Duration? {
        guard let text = (try? JSON(parsing: body))?["retryAfter"]?.numberText, let seconds = Double(text),
            seconds >= 0
        else { return nil }
        return .microseconds(Int64((min(seconds, 86_400) * 1_000_000).rounded()))
    }

    /// The body that ``init(body:)`` reads.
    public var body: [UInt8] {
        JSON.object(["code": .string(code), "message": .string(message)]).bytes
    }
}

extension Plan {
    public func stepIndex(named name: String) -> Int? {
        steps.firstIndex { $0.name.utf8.elementsEqual(name.utf8) }
    }
}
