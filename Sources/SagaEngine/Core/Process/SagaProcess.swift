public import SagaValues

/// A saga with its data: takes events in, answers by itself what the machine asks of the workflow's expressions, and
/// gives the rows of history and the messages that follow.
///
/// The one loop around the machine, for whoever runs sagas: the engine, and tests in virtual time. Pure: time comes in
/// with events, and nothing is sent from here.
public struct SagaProcess: Sendable {
    public private(set) var plan: Plan
    public private(set) var saga: Saga
    public internal(set) var data: SagaData
    /// When the last event was taken in. No row of a history is older than the one before, whichever node wrote it.
    public private(set) var updatedAt: Timestamp

    /// A saga that has not been told that it started.
    public init(id: UUID, plan: Plan, at time: Timestamp) {
        self.init(saga: Saga(id: id, plan: plan, at: time), data: SagaData(), plan: plan, updatedAt: time)
    }

    /// A saga as it was stored.
    public init(saga: Saga, data: SagaData, plan: Plan, updatedAt: Timestamp) {
        self.plan = plan
        self.saga = saga
        self.data = data
        self.updatedAt = updatedAt
    }

    /// An event that was taken in, and what it led to.
    public struct Taken: Sendable, Hashable {
        public let event: SagaEvent
        public let entry: HistoryEntry
        public let effects: [SagaEffect]
        /// What is to be sent, in the order of the effects.
        public internal(set) var messages: [SagaMessage] = []
    }

    public struct Progress: Sendable, Hashable {
        /// The event and those that followed from it at once, each a row of the history. Empty if it changed nothing.
        public internal(set) var taken: [Taken] = []
        /// Why events were ignored.
        public internal(set) var ignored: [Transition.Ignored] = []
    }

    /// Takes in an event, and all that follows from it at once.
    ///
    /// Where ``SagaData/missing`` has something afterwards, none of it counts, and the process is not to be gone on with.
    ///
    /// - Parameter payload: what came with it, see ``HistoryEntry/data``.
    public mutating func take(_ event: SagaEvent, _ payload: [UInt8] = [], at now: Timestamp) -> Progress {
        var progress = Progress()
        var pending: [(event: SagaEvent, payload: [UInt8])] = [(event, payload)]
        var next = 0
        while next < pending.count {
            let (event, payload) = pending[next]
            next += 1
            let time = max(now, updatedAt)
            switch saga.handle(event, at: time, plan: plan) {
            case .ignored(let why):
                progress.ignored.append(why)
            case .applied(let effects):
                updatedAt = time
                var taken = Taken(
                    event: event,
                    entry: HistoryEntry(event, revision: saga.revision, at: time, data: payload, plan: plan),
                    effects: effects)
                keep(event, payload)
                for effect in effects { follow(effect, &taken, &pending) }
                progress.taken.append(taken)
                if !data.missing.isEmpty { return progress }
            }
        }
        return progress
    }

    /// Has the saga go on by another version of its workflow; as ``take(_:_:at:)``.
    public mutating func take(
        _ move: VersionMove, to plan: Plan, _ payload: [UInt8] = [], at now: Timestamp
    ) -> Progress {
        let former = self.plan
        self.plan = plan
        let progress = take(.migrated(move), payload, at: now)
        if progress.taken.isEmpty { self.plan = former }
        return progress
    }

    /// The input and the outputs are kept for those that come after.
    private mutating func keep(_ event: SagaEvent, _ payload: [UInt8]) {
        switch event {
        case .started, .signalled(_, .accepted), .resolved(_, .done), .skipRequested, .patched:
            data.keep(payload, at: saga.revision)
        case .replied(let step, _, let direction, _, .done) where direction != .undo:
            // What the items of an `each` gave is theirs.
            if saga.steps[step].items == nil { data.keep(payload, at: saga.revision) }
        case .replied, .locksGranted, .returned, .heldBack, .released, .timerFired, .retryRequested,
            .compensationRequested,
            .cancelledByParent, .decided, .signalled, .resolved, .paused, .resumed, .abandoned,
            .migrated:
            break
        }
    }

    /// What is to be sent for an effect, or what happens since it cannot be.
    private mutating func follow(
        _ effect: SagaEffect, _ taken: inout Taken, _ pending: inout [(event: SagaEvent, payload: [UInt8])]
    ) {
        switch effect {
        case .dispatch(let dispatch):
            do {
                taken.messages.append(try message(for: dispatch))
            } catch {
                // It cannot even be asked for: the same as if its participant had refused it.
                let refusal = StepError(code: "unresolved-reference", message: error.description)
                pending.append(
                    (
                        .replied(
                            step: dispatch.step, item: dispatch.item, direction: dispatch.direction, attempt: nil,
                            reply: .rejected(refusal)), refusal.body
                    ))
            }
        case .decide(let step, let question):
            pending.append((.decided(step: step, decision(question, of: step)), []))
        case .listen(let step):
            do {
                taken.messages.append(.listen(step: step, try keys(of: step)))
            } catch {
                let refusal = StepError(code: StepError.expressionFailed, message: error.description)
                pending.append((.signalled(step: step, .refused(refusal)), refusal.body))
            }
        case .stopListening(let step):
            taken.messages.append(.stopListening(step: step))
        case .openIncident, .resolveIncident, .reportLate, .end:
            break
        }
    }

    /// Takes in payloads that were missing; see ``SagaData/missing``.
    public mutating func supply(_ missing: Set<Int>, from found: [Int: [UInt8]]) {
        data.supply(missing, from: found)
    }

    /// Forgets what can be made again, so that a saga at rest takes little room.
    ///
    /// But for one that has items of a list still to start: each of them that ends starts the next, and a list of a
    /// thousand would be parsed a thousand times.
    public mutating func rest() {
        let startsItems = saga.steps.indices.contains { index in
            saga.steps[index].phase == .doing && (saga.steps[index].items?.count(.waiting) ?? 0) > 0
        }
        if !startsItems { data.rest() }
    }

    // MARK: Values

    /// Asks for all that a template refers to at once, so that what is missing is loaded together.
    mutating func need(_ template: Template) {
        if data.isPartial { template.forEachReference { _ = value($0.root) } }
    }

    mutating func need(_ references: [Reference]) {
        if data.isPartial { for reference in references { _ = value(reference.root) } }
    }

    /// What stands at the root of a reference, or nil.
    public mutating func value(_ root: Reference.Root) -> JSON? {
        switch root {
        case .input: return data.json(at: 1)
        case .step(let index):
            if let items = saga.steps[index].items { return saga.steps[index].phase == .done ? items.summary : nil }
            guard let row = saga.steps[index].outputRevision, let json = data.json(at: row) else { return nil }
            return saga.steps[index].ruling == nil ? json : json.personsValue
        case .saga:
            return ["id": .string(saga.id.description), "startedAt": .string(saga.startedAt.description)]
        case .event: return nil
        }
    }

    /// What the workflow says its result is, as far as it can be made.
    ///
    /// - Parameter isMasked: whether people are to see it, so that it is made of masked values.
    public mutating func output(isMasked: Bool = false) -> JSON? {
        guard let output = plan.output else { return nil }
        let plan = plan
        need(output)
        return try? output.filled(plan: plan) { root in
            let value = self.value(root)
            return isMasked ? value.map { plan.masked($0, of: root) } : value
        }
    }
}

extension Items {
    /// What an `each` gives: how many items there were, how many are done, and which are not, counted from 0.
    fileprivate var summary: JSON {
        let failed = phases.indices.filter { phases[$0] != .done }
        return [
            "count": .number(String(phases.count)), "done": .number(String(count(.done))),
            "failed": .array(failed.map { .number(String($0)) }),
        ]
    }
}

extension StepError {
    static let expressionFailed = "expression-failed"
}
