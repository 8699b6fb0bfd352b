internal import Crypto
internal import SagaCore
internal import SagaValues
internal import Workflows

/// Inputs that are about other sagas than the one that they come from: events, and orders to children.
extension RoundRunner {
    /// Keeps the events that came in, makes waits known, and gives what came of the two as inputs of this batch: events
    /// for sagas that wait for them, and starts.
    func findEvents(_ inputs: [Input], _ round: inout Round) async throws(StoreError) -> [Input] {
        var waits: [EventWait] = []
        for input in inputs {
            guard case .listen(let wait, _) = input else { continue }
            waits.append(wait)
            round.sources.append((input, [wait.saga]))
        }
        var matches = waits.isEmpty ? [] : try await engine.store.listen(waits)
        let arrivals = arrivals(inputs, &round)
        guard !arrivals.isEmpty else { return matches.map { .event($0) } }
        let found = try await engine.keep(arrivals.map(\.event))
        matches += found
        var made: [Input] = []
        for arrival in arrivals {
            let sagas = found.filter { arrival.event.isFound(by: $0) }.map(\.saga)
            round.sources.append((arrival.input, Set(sagas)))
            // Only now every version is known that was there when the event came.
            made += starts(by: arrival, &round)
        }
        return matches.map { .event($0) } + made
    }

    /// An event that has come in.
    private struct Arrival {
        let input: Input
        let event: KeptEvent
        let trace: TraceContext?
        let delivery: Delivery
    }

    /// As many events as may start no more sagas than a batch takes, but one at least; the others have to wait.
    private func arrivals(_ inputs: [Input], _ round: inout Round) -> [Arrival] {
        var arrivals: [Arrival] = []
        var starts = 0
        for input in inputs {
            guard case .arrived(let event, let trace, let delivery) = input else { continue }
            if event.recipient == nil { starts += engine.catalog.starters(by: event.event.name).workflows.count }
            if !arrivals.isEmpty, starts > engine.configuration.batchLimit {
                round.postponed.append(input)
            } else {
                arrivals.append(Arrival(input: input, event: event, trace: trace, delivery: delivery))
            }
        }
        return arrivals
    }

    /// The starts that an event asks for, as far as they can be made.
    private func starts(by arrival: Arrival, _ round: inout Round) -> [Input] {
        // What is handed to one saga starts no other.
        guard arrival.event.recipient == nil else { return [] }
        let event = arrival.event.event
        let (workflows, areAll) = engine.catalog.starters(by: event.name)
        if !areAll { round.doubtful.insert(ObjectIdentifier(arrival.delivery)) }
        guard !workflows.isEmpty, let body = try? JSON(parsing: event.body) else { return [] }
        var made: [Input] = []
        for workflow in workflows {
            for start in workflow.starts(by: event.name, body, trace: arrival.trace) {
                switch start {
                case .success(let order):
                    made.append(.startByEvent(EventDrivenStart(order: order, delivery: arrival.delivery)))
                case .failure(let refusal): round.refuse(arrival.delivery, workflow, refusal.message)
                }
            }
        }
        return made
    }

    /// What an input asked for is committed.
    func delivered(_ input: Input, _ round: Round) {
        switch input {
        case .child(_, let delivery), .listen(_, let delivery): delivery.settle()
        case .arrived(_, _, let delivery): delivery.settle(round.outcome(of: delivery))
        default: break
        }
    }

    /// Which children the orders are about, and the workflows of those that have to begin.
    func findChildren(_ inputs: [Input], _ round: inout Round) async throws(StoreError) {
        let orders = inputs.compactMap { if case .child(let order, _) = $0 { order } else { nil } }
        guard !orders.isEmpty else { return }
        for child in try await engine.store.children(of: orders.map(\.link)) {
            round.children[child.link.place] = child
        }
        // Whether a workflow is there is for the store to say: it may have been deployed through another node just now.
        let isUnknown = orders.contains { order in
            guard round.children[order.link.place] == nil, case .named(let name) = order.workflow else { return false }
            return engine.catalog.find(name, version: nil) == nil
        }
        if isUnknown { try await engine.catalog.refresh() }
    }

    // MARK: Starting a child

    struct ChildStart {
        let workflow: DeployedWorkflow
        let plan: Plan
        let locks: [String]
        let input: [UInt8]
    }

    /// What becomes of an order to begin.
    enum ChildAnswer {
        case begins(ChildStart)
        case refused(StepError)
        /// Another node can run what this one cannot, or this one will be able to.
        case waits(reason: String)
    }

    /// What a child begins with, or why it cannot.
    func childAnswer(_ order: ChildOrder) -> ChildAnswer {
        func refusal(_ code: String, _ message: String) -> ChildAnswer {
            .refused(StepError(code: code, message: message))
        }
        let workflow: DeployedWorkflow
        switch order.workflow {
        case .deployed(let deployed): workflow = deployed
        case .named(let name):
            do throws(EngineError) {
                workflow = try engine.catalog.findToStart(name, version: nil)
            } catch {
                if case .unavailable(let why) = error { return .waits(reason: why) }
                return refusal("unknown-workflow", error.startRefusal)
            }
        }
        guard let plan = workflow.workflow.plan(ofBody: order.link.body) else {
            return refusal("unknown-workflow", "'\(workflow.plan.workflow)' has no body '\(order.link.body ?? "")'")
        }
        guard order.link.depth <= ChildOrder.depthLimit else {
            return refusal("too-deep", "more than \(ChildOrder.depthLimit) sagas stand above each other")
        }
        // For what never begins the input does not matter.
        guard case .start(let input) = order.what else {
            return .begins(ChildStart(workflow: workflow, plan: plan, locks: [], input: []))
        }
        if order.link.body == nil, let violation = workflow.workflow.validate(input: input).first {
            return refusal("invalid-input", "the input of '\(plan.workflow)' does not fit: \(violation)")
        }
        do throws(UnresolvedReference) {
            let locks = try plan.lockKeys(input: input)
            return .begins(ChildStart(workflow: workflow, plan: plan, locks: locks, input: input.bytes))
        } catch {
            return refusal("unusable-lock", error.description)
        }
    }

    /// Hands an order to its child, which may have to begin first.
    func fold(
        _ input: Input, _ order: ChildOrder, _ taken: inout Set<String>, _ now: Timestamp, _ round: inout Round
    ) {
        if let known = round.children[order.link.place], !isNewRound(order, after: known) {
            round.sources.append((input, [known.saga]))
            round.works[known.saga]?.take(input, at: now)
            return
        }
        if isUndo(order) { return neverBegin(input, order, .undoneWithParent, now, &round) }
        switch childAnswer(order) {
        case .waits(let reason): round.delayed.append((input, reason))
        case .refused(let error): neverBegin(input, order, error, now, &round)
        case .begins(let start):
            let busy = start.locks.first { taken.contains($0) }
            if let busy, start.plan.onBusy == .reject {
                let error = StepError(code: "busy", message: "another saga holds the lock \(busy)")
                neverBegin(input, order, error, now, &round)
            } else {
                taken.formUnion(start.locks)
                let began = [(SagaEvent.started(queued: busy != nil), start.input)]
                begin(input, order, start, locks: start.locks, began, now, &round)
            }
        }
    }

    /// Takes the place of a child that must not begin, whatever is asked later: its parent goes on with this answer. The
    /// same order may come once more, when the lock is free, or to a node that knows a workflow or a version more.
    ///
    /// What nobody knows has no row of a workflow that it could be of; it stands under that of its parent.
    private func neverBegin(
        _ input: Input, _ order: ChildOrder, _ error: StepError, _ now: Timestamp, _ round: inout Round
    ) {
        var own: DeployedWorkflow?
        switch order.workflow {
        case .deployed(let deployed): own = deployed
        case .named(let name): own = engine.catalog.find(name, version: nil)
        }
        var body = order.link.body
        if own?.workflow.plan(ofBody: body) == nil {
            own = engine.catalog.find(id: order.parent.workflowID)
            body = nil
        }
        guard let workflow = own, let plan = workflow.workflow.plan(ofBody: body) else {
            return round.delayed.append((input, "the workflow of saga \(order.link.saga) is not known here"))
        }
        let start = ChildStart(workflow: workflow, plan: plan, locks: [], input: [])
        begin(input, order.with(body: body), start, locks: [], SagaEvent.neverBegun(error), now, &round)
    }

    /// A person asked for another try: of what the child of an earlier round could not finish nothing is left.
    private func isNewRound(_ order: ChildOrder, after known: ChildRecord) -> Bool {
        !isUndo(order) && order.link.round > known.link.round
    }

    private func isUndo(_ order: ChildOrder) -> Bool { if case .undo = order.what { true } else { false } }

    private func begin(
        _ input: Input, _ order: ChildOrder, _ start: ChildStart, locks: [String],
        _ events: [(event: SagaEvent, payload: [UInt8])], _ now: Timestamp, _ round: inout Round
    ) {
        let origin = SagaOrigin(
            workflowID: start.workflow.id,
            key: StartKey(
                tenant: order.parent.key.tenant, workflow: start.plan.workflow, idempotencyKey: order.link.key),
            inputDigest: Array(SHA256.hash(data: start.input)), businessKey: order.parent.businessKey,
            trace: order.parent.trace, startedAt: now, parent: order.link)
        let process = SagaProcess(id: UUID.v7(), plan: start.plan, at: now)
        let loaded = LoadedSaga(origin: origin, workflow: start.workflow, process: process)
        var work = Work(starting: loaded, locks: locks)
        for (event, payload) in events { work.apply(event, payload, at: now) }
        let id = work.saga.id
        round.add(work)
        round.children[order.link.place] = ChildRecord(saga: id, link: order.link)
        round.sources.append((input, [id]))
    }
}

extension KeptEvent {
    /// Whether a step that waits may wait for this.
    fileprivate func isFound(by match: MatchedEvent) -> Bool {
        match.event.id == event.id && recipient.map { $0.saga == match.saga } ?? true
    }
}

extension Input {
    /// Whether it was made of another input of its batch, which makes it again.
    var isMadeOfAnother: Bool {
        switch self {
        case .event, .startByEvent, .child: true
        default: false
        }
    }

    /// The start that it asks for.
    var startOrder: StartOrder? {
        switch self {
        case .start(let start): start.order
        case .startByEvent(let start): start.order
        default: nil
        }
    }
}

extension Work {
    /// What the parent is to be told.
    var reports: [ChildEnd] {
        guard mustBeWritten, let end = ChildEnd(loaded.process) else { return answers }
        return answers + [end]
    }
}

extension Plan {
    /// The keys that a saga with this input holds, sorted, each once.
    func lockKeys(input: JSON) throws(UnresolvedReference) -> [String] {
        var keys: Set<String> = []
        for template in locks {
            let key = try template.filled(plan: self) { $0 == .input ? input : nil }
            keys.insert(key.stringValue ?? key.text)
        }
        return keys.sorted()
    }
}
