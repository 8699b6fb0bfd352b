internal import Logging
internal import SagaCore
internal import SagaValues
internal import Synchronization

extension Engine {
    /// Tells the other nodes what was seen of the participants, learns from them, and, on the leader, moves the breakers.
    func watchParticipants() async {
        var upkeep = ContinuousClock.now
        var queuesAt = ContinuousClock.now
        while !Task.isCancelled {
            if parts.isLeader, queuesAt <= .now {
                queuesAt = .now + parts.configuration.queuePoll
                parts.participants.noteQueues(await parts.bus.queues(of: parts.participantNames))
            }
            await exchangeParticipants()
            if parts.isLeader {
                await moveBreakers()
                await settleElsewhere()
                await surveyFlights()
                if upkeep <= .now {
                    upkeep = .now + .seconds(60)
                    try? await parts.store.dropOutcomes(before: parts.clock.now - .seconds(900))
                }
            }
            try? await Task.sleep(for: parts.configuration.participantPoll)
        }
    }

    /// Lets go what was held back here, once it may go: not all at once.
    func releaseCommands() async {
        let pause = Duration.milliseconds(100)
        let most = max(1, parts.configuration.releasesPerSecond / 10)
        while !Task.isCancelled {
            if parts.participants.hasLine {
                let turns = parts.participants.takeTurns(most: most, at: parts.clock.now)
                parts.inbox.put(turns.map { .release($0.saga, step: $0.step, $0.direction) })
                // A limit is kept full by what comes back, and else the pace is kept.
                if turns.count >= most { try? await Task.sleep(for: pause) }
            }
            await parts.participants.moved.wait(upTo: parts.participants.hasLine ? pause : .seconds(1))
        }
    }

    /// - Returns: false if the store could not be asked.
    @discardableResult
    func exchangeParticipants() async -> Bool {
        let notes = parts.participants.takeNotes()
        do {
            let records = try await parts.store.exchange(notes, window: parts.configuration.breaker.window)
            parts.participants.learn(records, isLeader: parts.isLeader, at: parts.clock.now)
            return true
        } catch {
            parts.participants.giveBack(notes)
            // What is known of them goes on to hold, and the store's own trouble is reported elsewhere.
            return false
        }
    }

    private func moveBreakers() async {
        let breaker = CircuitBreaker(settings: parts.configuration.breaker)
        for record in parts.participants.records {
            let now = parts.clock.now
            let state = record.breaker ?? .initial(at: now)
            let view = parts.participants.view(of: record, at: now)
            guard let next = breaker.next(state, view, at: now, draw: .random(in: 0...UInt64.max)) else { continue }
            do {
                let isWritten = try await parts.store.change(
                    participant: record.name, .breaker(next), ifAt: record.version,
                    audit: AuditRecord(record.name, from: state, to: next))
                // Somebody else has moved it: that is learned next time.
                guard isWritten else { continue }
                parts.participants.learn(next, of: record.name, at: now)
                report(record.name, from: state, to: next)
            } catch {
                parts.log.warning(
                    "a circuit breaker cannot be moved",
                    metadata: ["participant": "\(record.name)", "error": "\(error)"])
            }
        }
    }

    /// One line when it opens, and one when it closes.
    private func report(_ name: String, from old: BreakerState, to new: BreakerState) {
        let metadata: Logger.Metadata = ["participant": "\(name)", "reason": "\(new.reason)"]
        switch (old.phase, new.phase) {
        case (.closed, .open): parts.log.warning("a circuit breaker opens: no commands are sent", metadata: metadata)
        case (_, .closed): parts.log.notice("a circuit breaker closes: commands are sent again", metadata: metadata)
        case (_, .open), (_, .halfOpen): parts.log.debug("a circuit breaker is \(new.phase)", metadata: metadata)
        }
    }

    /// Answers that other nodes took settle what was sent from here.
    private func settleElsewhere() async {
        let now = parts.clock.now
        let places = parts.participants.unsettled(before: now - .seconds(1), limit: 500)
        guard !places.isEmpty else { return }
        let ids = Set(places.map(\.saga))
        guard let stored = try? await parts.store.loadStates(Array(ids)) else { return }
        var found: [UUID: Saga] = [:]
        for saga in stored {
            guard let workflow = parts.catalog.find(id: saga.origin.workflowID),
                let loaded = LoadedSaga(saga, workflow: workflow)
            else { continue }
            found[saga.id] = loaded.saga
        }
        for id in ids {
            // One that is not there, or cannot be read, has nothing out that anybody waits for.
            parts.participants.look(at: id, at: now) { found[id]?.isOut($0) ?? false }
        }
    }

    /// What was in flight at limited participants before this node began to count.
    private func surveyFlights() async {
        let names = parts.participants.toSurvey
        guard !names.isEmpty, let flights = try? await flights(among: Engine.surveyed) else { return }
        let now = parts.clock.now
        for name in names { parts.participants.surveyed(name, flights.places[name] ?? [], at: now) }
    }

    struct Flights: Sendable {
        var places: [String: [CommandPlace]] = [:]
        /// By participant.
        var heldBack: [String: Int] = [:]
        /// Whether all open sagas were looked at.
        var isComplete = true
    }

    /// How many open sagas are looked at for whoever asks how participants are.
    static let lookedAt = 5_000
    /// The same once for a limit, which counts from then on. What is older than the newest of so many has hardly a command
    /// out.
    private static let surveyed = 100_000

    /// What is in flight and held back.
    ///
    /// - Parameter limit: how many open sagas are looked at, the newest first.
    func flights(among limit: Int) async throws(StoreError) -> Flights {
        var flights = Flights()
        var filter = SagaFilter()
        filter.statuses = Set(Saga.Status.allCases.filter { !$0.isTerminal })
        filter.withChildren = true
        var cursor: UUID?
        var seen = 0
        while true {
            let page = try await parts.store.list(filter, after: cursor, limit: 500)
            try await parts.catalog.learn(ids: Set(page.map(\.origin.workflowID)))
            for summary in page { flights.add(summary, parts.catalog.find(id: summary.origin.workflowID)) }
            seen += page.count
            cursor = page.last?.id
            if page.count < 500 { return flights }
            if seen >= limit {
                flights.isComplete = false
                return flights
            }
        }
    }
}

extension Engine.Flights {
    fileprivate mutating func add(_ summary: SagaSummary, _ workflow: DeployedWorkflow?) {
        guard let plan = workflow?.plan(of: summary.origin),
            let saga = Saga(
                id: summary.id, status: summary.row.status, revision: summary.row.revision,
                startedAt: summary.origin.startedAt, encodedState: summary.row.state, plan: plan)
        else { return }
        for command in saga.inFlight where plan.steps[command.step].isAction {
            let name = plan.steps[command.step].participant(command.direction)
            places[name, default: []].append(
                CommandPlace(saga: saga.id, step: command.step, direction: command.direction))
        }
        for wait in saga.waits(plan) {
            guard case .turn(let direction, _) = wait.reason, let step = wait.step else { continue }
            heldBack[plan.steps[step].participant(direction), default: 0] += 1
        }
    }
}

extension AuditRecord {
    /// What the orchestrator did by itself. Nil for what happens between opening and closing.
    fileprivate init?(_ name: String, from old: BreakerState, to new: BreakerState) {
        let verb: String
        switch (old.phase, new.phase) {
        case (.closed, .open): verb = "breaker-open"
        case (_, .closed): verb = "breaker-close"
        case (_, .open), (_, .halfOpen): return nil
        }
        self.init(
            at: new.since, author: Author(subject: "saga", credential: "engine", role: "engine", address: nil),
            verb: verb, outcome: .done, tenant: nil, reason: new.reason,
            detail: ["participant": .string(name), "before": .string(old.phase.rawValue)])
    }
}

extension EngineParts {
    /// Those that a deployed workflow names.
    var participantNames: [String] {
        var names: Set<String> = []
        for workflow in catalog.all { workflow.plan.collect(&names) }
        return names.sorted()
    }
}

extension Plan {
    fileprivate func collect(_ names: inout Set<String>) {
        for step in steps {
            switch step.kind {
            case .action:
                names.insert(step.participant)
                names.insert(step.participant(.undo))
            case .each(let each): each.body.collect(&names)
            case .emit, .choice, .pause, .listen, .approval, .run: break
            }
        }
    }
}
