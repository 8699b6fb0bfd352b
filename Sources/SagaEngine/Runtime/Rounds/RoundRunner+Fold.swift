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
            case .returned, .unsendable, .published, .childEnded, .event, .timer, .release, .grant:
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
        guard case .failure(let error) = begin(start.order, lookup, &new, &taken, now, &round) else { return }
        if case .retiredVersion = error {
            // Since this batch looked: when the event comes back another version is active.
            round.doubtful.insert(ObjectIdentifier(start.delivery))
        } else {
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
        // Only now: a start that is sent again finds the saga that it began, whatever became of the version since.
        if let error = engine.catalog.refusal(toStart: start.workflow) { return .failure(error) }
        let busy = start.locks.first { taken.contains($0) }
        if let busy, plan.onBusy == .reject { return .failure(.busy(lock: busy)) }
        taken.formUnion(start.locks)
        new[start.key] = StartLookup.Existing(saga: start.id, inputDigest: start.digest)

        let origin = SagaOrigin(
            workflowID: start.workflow.id, key: start.key, inputDigest: start.digest, businessKey: start.businessKey,
            trace: start.trace, startedAt: now, rerunOf: start.rerun?.of)
        let process = SagaProcess(id: start.id, plan: plan, at: now)
        let loaded = LoadedSaga(origin: origin, workflow: start.workflow, process: process)
        var work = Work(starting: loaded, locks: start.locks)
        work.apply(.started(queued: busy != nil), start.input, at: now)
        if let rerun = start.rerun { work.audit.append(rerun.record(of: start, at: now)) }
        round.add(work)
        return .success(StartResult(saga: start.id, isNew: true))
    }

    private func fold(_ pending: PendingRequest, _ now: Timestamp, _ round: inout Round) {
        let request = pending.request
        // Another tenant's saga is not there, whatever is asked of it.
        guard var work = round.works[request.saga], request.requester.sees(tenant: work.loaded.origin.key.tenant) else {
            return round.answers.append(.refused(pending, .unknownSaga(request.saga)))
        }
        if let expected = request.expectedRevision, expected != work.saga.revision {
            return round.answers.append(.refused(pending, .moved(revision: work.saga.revision)))
        }
        let revision = work.saga.revision
        do {
            let changes = try work.perform(request, engine.catalog, at: now)
            guard work.missing.isEmpty, request.isRehearsal else {
                work.note(.request(pending))
                round.works[request.saga] = work
                return round.answers.append(.request(pending, changes: changes))
            }
            round.answers.append(
                .rehearsed(
                    pending,
                    OperatorResult(status: work.saga.status, revision: revision, changes: changes)))
        } catch {
            round.answers.append(.refused(pending, error))
        }
    }
}
