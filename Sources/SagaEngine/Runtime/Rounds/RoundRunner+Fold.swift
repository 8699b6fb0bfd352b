internal import SagaCore
internal import SagaValues

extension RoundRunner {
    /// Turns inputs into work on sagas. Pure but for the clock.
    func fold(_ inputs: [Input], _ lookup: StartLookup, _ round: inout Round) {
        var new: [StartKey: StartLookup.Existing] = [:]
        var taken = lookup.taken
        let now = engine.clock.now
        for input in inputs {
            switch input {
            case .start(let start):
                fold(start, lookup, &new, &taken, now, &round)
            case .startByEvent(let start):
                fold(start, lookup, &new, &taken, now, &round)
            case .request(let pending):
                fold(pending, now, &round)
            case .timer(let due) where due.isMoot:
                round.timersToDrop.append(due.timer)
            case .timer(let due) where round.works[due.timer.saga] == nil:
                round.timersToDrop.append(due.timer)
            case .reply(let reply):
                fold(reply, now, &round)
            case .child(let order, _):
                fold(input, order, &taken, now, &round)
            case .returned, .unsendable, .published, .childEnded, .event, .timer, .grant:
                round.works[input.saga!]?.take(input, at: now)
            case .listen, .arrived, .takeOver, .retired:
                break
            }
        }
    }

    private func fold(_ reply: IncomingReply, _ now: Timestamp, _ round: inout Round) {
        guard let work = round.works[reply.id.saga] else {
            return round.quarantined.append((reply, "no saga \(reply.id.saga) is known here"))
        }
        guard work.loaded.plan.stepIndex(named: reply.id.step) != nil else {
            let plan = work.loaded.plan
            let reason = "\(plan.workflow) version \(plan.version) has no step \(reply.id.step)"
            return round.quarantined.append((reply, reason))
        }
        round.works[reply.id.saga]?.take(.reply(reply), at: now)
    }

    private func fold(
        _ start: PendingStart, _ lookup: StartLookup, _ new: inout [StartKey: StartLookup.Existing],
        _ taken: inout Set<String>, _ now: Timestamp, _ round: inout Round
    ) {
        guard lookup.existing[start.order.key] != nil || new[start.order.key] == nil else {
            // Its twin is in this batch: next time it finds the saga.
            return round.postponed.append(.start(start))
        }
        round.answers.append(.start(start, begin(start.order, lookup, &new, &taken, now, &round)))
    }

    private func fold(
        _ start: EventDrivenStart, _ lookup: StartLookup, _ new: inout [StartKey: StartLookup.Existing],
        _ taken: inout Set<String>, _ now: Timestamp, _ round: inout Round
    ) {
        if case .failure(let error) = begin(start.order, lookup, &new, &taken, now, &round) {
            round.refuse(start.delivery, start.order.workflow, error.startRefusal)
        }
    }

    /// Begins a saga, or finds the one that was started with the same key and input.
    private func begin(
        _ start: StartOrder, _ lookup: StartLookup, _ new: inout [StartKey: StartLookup.Existing],
        _ taken: inout Set<String>, _ now: Timestamp, _ round: inout Round
    ) -> Result<StartResult, EngineError> {
        if let existing = lookup.existing[start.key] ?? new[start.key] {
            guard existing.inputDigest == start.digest else { return .failure(.keyConflict(existing.saga)) }
            // After a lost commit the saga found may be the one this very start made.
            return .success(StartResult(saga: existing.saga, isNew: existing.saga == start.id))
        }
        let plan = start.workflow.plan
        let busy = start.locks.first { taken.contains($0) }
        if let busy, plan.onBusy == .reject { return .failure(.busy(lock: busy)) }
        taken.formUnion(start.locks)
        new[start.key] = StartLookup.Existing(saga: start.id, inputDigest: start.digest)

        let origin = SagaOrigin(
            workflowID: start.workflow.id, key: start.key, inputDigest: start.digest, businessKey: start.businessKey,
            trace: start.trace, startedAt: now)
        let process = SagaProcess(id: start.id, plan: plan, at: now)
        let loaded = LoadedSaga(origin: origin, workflow: start.workflow, process: process)
        var work = Work(starting: loaded, locks: start.locks)
        work.apply(.started(queued: busy != nil), start.input, at: now)
        round.add(work)
        return .success(StartResult(saga: start.id, isNew: true))
    }

    private func fold(_ pending: PendingRequest, _ now: Timestamp, _ round: inout Round) {
        let request = pending.request
        guard var work = round.works[request.saga] else {
            return round.answers.append(.refused(pending, .unknownSaga(request.saga)))
        }
        if let expected = request.expectedRevision, expected != work.saga.revision {
            return round.answers.append(.refused(pending, .moved(revision: work.saga.revision)))
        }
        guard work.request(request, at: now) else {
            return round.answers.append(.refused(pending, .illegal(status: work.saga.status)))
        }
        work.note(.request(pending))
        round.works[request.saga] = work
        round.answers.append(.request(pending))
    }
}

extension Work {
    /// Does what a person asks; false if the saga's state does not allow it.
    mutating func request(_ request: OperatorRequest, at now: Timestamp) -> Bool {
        let reason = JSON.object([
            "code": .string("operator"), "message": .string(request.reason), "by": .string(request.subject),
        ]).bytes
        switch request.verb {
        case .compensate:
            return apply(.compensationRequested(StepError(body: reason)), reason, at: now)
        case .retry(let name?):
            guard let step = loaded.plan.stepIndex(named: name) else { return false }
            return apply(.retryRequested(step: step), reason, at: now)
        case .retry(nil):
            let waiting = saga.steps.indices.filter { saga.steps[$0].phase.waitsForAttempt }
            var isApplied = false
            for step in waiting where apply(.retryRequested(step: step), reason, at: now) { isApplied = true }
            return isApplied
        case .approve(let name, let isGiven):
            guard let step = stepToApprove(name) else { return false }
            let refusal = StepError.notApproved(request.reason)
            return apply(
                .signalled(step: step, isGiven ? .accepted : .refused(refusal)),
                consent(request, isGiven ? nil : refusal), at: now)
        }
    }

    /// The step of that name, or else the only one that waits for consent.
    private func stepToApprove(_ name: String?) -> Int? {
        let waiting = saga.listening.filter { if case .approval = loaded.plan.steps[$0].kind { true } else { false } }
        guard let name else { return waiting.count == 1 ? waiting[0] : nil }
        return waiting.first { loaded.plan.steps[$0].name == name }
    }

    /// The output of an approval, or the error of a refusal: who said so, and why.
    private func consent(_ request: OperatorRequest, _ refusal: StepError?) -> [UInt8] {
        if let refusal {
            return JSON.object([
                "code": .string(refusal.code), "message": .string(request.reason), "by": .string(request.subject),
            ]).bytes
        }
        return JSON.object(["by": .string(request.subject), "reason": .string(request.reason)]).bytes
    }
}
