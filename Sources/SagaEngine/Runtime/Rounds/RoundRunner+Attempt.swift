internal import Logging
internal import SagaCore
internal import SagaValues
internal import Synchronization

extension RoundRunner {
    /// One attempt: load, fold, commit, settle. Nothing is told or sent before the commit.
    mutating func attempt(_ given: [Input], sendAgain: inout Set<UUID>) async throws(StoreError) -> Outgoing {
        var round = Round()
        for case .retired(let id) in given where id == node {
            throw StoreError(.nodeRetired, "node \(id) was declared dead by another node")
        }
        try await takeOver(given, &sendAgain, &round)
        let inputs = given + (try await findEvents(given, &round))
        try await findChildren(inputs, &round)
        try await load(inputs, and: sendAgain.union(round.children.values.map(\.saga)), into: &round)
        let lookup = try await lookUpStarts(inputs, round)
        try await foldAll(inputs, lookup, sendAgain, &round)

        let batch = round.batch(node: node, number: number)
        var result: CommitResult?
        if !batch.isEmpty {
            let committed = try await commit(batch, &sendAgain)
            engine.clock.set(committed.now)
            result = committed
        }
        let stale = result?.stale ?? []
        // Claimed, and moved on by somebody else in the same moment, who may have left us to answer for it.
        if !sendAgain.isDisjoint(with: stale) { loseBatch() }
        sendAgain = []
        return settle(round, batch, stale: stale, closed: result?.closed ?? [])
    }

    /// - Parameter sendAgain: gets the sagas that began, if it is not known whether they did. Whoever asked for them would
    ///   find them there, with their first commands unsent.
    private func commit(_ batch: Batch, _ sendAgain: inout Set<UUID>) async throws(StoreError) -> CommitResult {
        do throws(StoreError) {
            return try await engine.store.commit(batch)
        } catch {
            if error.code == .outcomeUnknown { sendAgain.formUnion(batch.starts.map(\.id)) }
            throw error
        }
    }

    /// Folds the inputs, and loads the payloads that this turns out to need, which are few: a saga has an output for
    /// each step that is done, and an event needs those that the next step refers to.
    private func foldAll(
        _ inputs: [Input], _ lookup: StartLookup, _ sendAgain: Set<UUID>, _ round: inout Round
    ) async throws(StoreError) {
        // Kept only where it may be needed, or all that is folded would be copied.
        var asLoaded = round.isPartial ? round : nil
        while true {
            fold(inputs, lookup, &round)
            if var admission = engine.participants.admission(at: engine.clock.now) {
                for id in round.order { round.works[id]?.holdBack(&admission) }
            }
            for id in sendAgain { round.works[id]?.sendAgain() }
            for id in round.order {
                round.works[id]?.sendWhatIsOwed(to: node, isRecovering: isRecovering)
                round.works[id]?.setTimer()
            }
            let missing = round.missing
            guard !missing.isEmpty, asLoaded != nil else { return }
            asLoaded?.supply(missing, from: try await engine.store.payloads(missing))
            if let asLoaded { round = asLoaded }
        }
    }

    /// Makes this batch the owner of what another node, or an earlier batch, could not get out.
    ///
    /// What is claimed stays in `sendAgain` until an attempt succeeds: a claim is committed on its own.
    private mutating func takeOver(
        _ inputs: [Input], _ sendAgain: inout Set<UUID>, _ round: inout Round
    ) async throws(StoreError) {
        for case .takeOver(let dead, let after, let before) in inputs {
            let limit = engine.configuration.takeOverPage
            // What this and later batches of this node write is theirs to send. Under an id that it had before it
            // was declared dead it writes no more, and another may have begun with all of it: so all of it is due.
            let bound = dead == node ? before ?? number : .max
            let ids = try await engine.store.claim(
                from: dead, after: after, before: bound, by: node, batch: number, limit: limit)
            sendAgain.formUnion(ids)
            if ids.count >= limit {
                if dead == node { isRecovering = true }
                round.postponed.append(.takeOver(from: dead, after: after, before: bound))
            } else if dead == node {
                isRecovering = false
                engine.tookOver(node)
                if engine.watermark.withLock({ $0.recovered(before: bound) }) { engine.commandsLost.signal() }
            } else {
                try await engine.store.retire(dead)
                engine.log.notice(
                    "took over from a node that is gone", metadata: ["node": "\(dead)", "sagas": "\(ids.count)"])
                engine.tookOver(dead)
            }
        }
    }

    private mutating func load(
        _ inputs: [Input], and more: Set<UUID>, into round: inout Round
    ) async throws(StoreError) {
        var missing = more
        // A person is told the truth of the store, not of a copy that may be behind.
        cache.remove(inputs.compactMap { if case .request = $0 { $0.saga } else { nil } })
        for input in inputs {
            guard let id = input.saga, round.works[id] == nil, !missing.contains(id) else { continue }
            if case .timer(let due) = input, due.isMoot { continue }
            if let cached = cache.take(id) {
                round.add(Work(cached, isCopy: true))
            } else {
                missing.insert(id)
            }
        }
        guard !missing.isEmpty else { return }
        let stored = try await engine.store.loadStates(Array(missing))
        try await engine.catalog.learn(ids: Set(stored.map(\.origin.workflowID)))
        for saga in stored {
            guard let workflow = engine.catalog.find(id: saga.origin.workflowID),
                let loaded = LoadedSaga(saga, workflow: workflow)
            else {
                let problem = "the stored state of saga \(saga.id) cannot be read"
                if inputs.contains(where: { $0.saga == saga.id }) { throw StoreError(.broken, problem) }
                // Taken over with others, which must not wait for it.
                engine.log.critical("\(problem); its commands are not sent again")
                continue
            }
            round.add(Work(loaded, isCopy: false))
        }
    }

    private func lookUpStarts(_ inputs: [Input], _ round: Round) async throws(StoreError) -> StartLookup {
        var keys: [StartKey] = []
        var locks: Set<String> = []
        for input in inputs {
            guard let order = input.startOrder else { continue }
            keys.append(order.key)
            locks.formUnion(order.locks)
        }
        for case .child(let order, _) in inputs {
            // Whether it has begun is known; here it is about its locks.
            if case .begins(let start) = childAnswer(order) { locks.formUnion(start.locks) }
        }
        guard !keys.isEmpty || !locks.isEmpty else { return StartLookup(existing: [:], taken: []) }
        return try await engine.store.lookUp(starts: keys, lockKeys: locks.sorted())
    }

    /// Hands over what was committed: caches, acknowledges, answers, and collects what is to be sent.
    private mutating func settle(
        _ round: Round, _ batch: Batch, stale: Set<UUID>, closed: Set<JobItemName>
    ) -> Outgoing {
        var messages = Messages()
        var unsettled: Set<UUID> = []
        var reports: [Input] = []
        var receipts: [ReplyReceipt] = []
        var postponed = round.postponed
        var ended: [Saga] = []
        var hasFreedLocks = false
        var sightings: [Sighting] = []
        let now = engine.clock.now
        for id in round.order {
            let work = round.works[id]!
            if stale.contains(id) || work.isUnproven {
                // The next round loads it: its copy is out of the cache.
                unsettled.insert(id)
                postponed += work.inputs.filter { !$0.isMadeOfAnother && !$0.isClosed(closed) }
                continue
            }
            messages.add(work.outgoing)
            sightings += work.sightings
            engine.participants.settle(work, at: now)
            if let link = work.loaded.origin.parent { reports += work.reports.map { .childEnded(link, $0) } }
            if work.isReportedLate { reportLate(work) }
            for case .reply(let reply) in work.inputs { receipts.append(reply.receipt) }
            if work.saga.status.isTerminal {
                if work.mustBeWritten { ended.append(work.saga) }
                hasFreedLocks = hasFreedLocks || work.loaded.mayHoldLocks
            } else {
                cache.put(work.written)
            }
        }
        for (input, sagas) in round.sources {
            if sagas.isDisjoint(with: unsettled) { delivered(input, round) } else { postponed.append(input) }
        }
        postponed += reports
        for (reply, reason) in round.quarantined { engine.bus.quarantine(reply, reason: reason) }
        engine.bus.acknowledge(receipts)
        engine.participants.note(sightings, at: now)
        tell(round.answers, round, stale, closed)
        engine.ended(ended)
        if hasFreedLocks { engine.lockFreed.signal() }
        engine.timersSettled(batch.timersRemoved)
        engine.postpone(postponed)
        for (input, reason) in round.delayed { delay(input, "an order to a child has to wait", reason) }
        engine.statistics.withLock { $0.count(batch, commands: messages.commands.count, round) }
        return Outgoing(batch: number, messages: messages)
    }

    private func reportLate(_ work: Work) {
        engine.log.warning(
            "the deadline of a saga has passed behind its point of no return; it goes on",
            metadata: [
                "saga": "\(work.saga.id)", "workflow": "\(work.loaded.plan.workflow)",
                "deadline": "\(work.saga.deadline.map { "\($0)" } ?? "")",
            ])
    }

    private func tell(
        _ answers: [Round.Settled], _ round: Round, _ stale: Set<UUID>, _ closed: Set<JobItemName>
    ) {
        for answer in answers {
            switch answer {
            case .start(let start, let result):
                start.answer.give(result)
            case .refused(let pending, let error):
                if stale.contains(pending.request.saga) {
                    engine.postpone([.request(pending)])
                } else {
                    pending.answer.fail(error)
                }
            case .rehearsed(let pending, let result):
                if stale.contains(pending.request.saga) {
                    engine.postpone([.request(pending)])
                } else {
                    pending.answer.succeed(result)
                }
            case .request(let pending, _) where pending.request.item.map(closed.contains) ?? false:
                pending.answer.fail(.unavailable("the item has its outcome already, or its job does not run"))
            case .request(let pending, let changes):
                // A stale one is postponed with its saga's other inputs, and answered then.
                guard !stale.contains(pending.request.saga), let work = round.works[pending.request.saga] else {
                    continue
                }
                pending.answer.succeed(
                    OperatorResult(status: work.saga.status, revision: work.saga.revision, changes: changes))
            }
        }
    }
}

extension Input {
    /// Whether it carries out an item of a job that is not to be carried out any more: asked for again it would be left
    /// out again, for ever.
    fileprivate func isClosed(_ closed: Set<JobItemName>) -> Bool {
        guard case .request(let pending) = self, let item = pending.request.item else { return false }
        return closed.contains(item)
    }
}
