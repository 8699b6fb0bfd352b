internal import SagaAPI
internal import SagaCore
internal import SagaEngine
internal import SagaValues

extension Views {
    /// How many children of one saga are named.
    private static let childLimit = 100

    func explanation(_ id: UUID, for requester: Requester) async throws -> ExplanationView {
        let open = try await open(id, for: requester)
        let plan = open.process.plan
        let explanation = Explanation(
            open.process.saga, plan: plan, at: open.now, history: try await narrative(open), course: open.course,
            surroundings: try await surroundings(open, for: requester))
        return ExplanationView(
            id: id, status: explanation.status.rawValue, revision: open.process.saga.revision,
            failure: explanation.failure.map { FailureView($0, plan: plan) }, deadline: explanation.deadline,
            waits: explanation.waits.map { ExplainedWait($0, plan: plan, at: open.now) },
            next: explanation.next.map { ExplainedOutlook(occasion: nil, at: $0.at, text: $0.text(plan)) },
            verbs: explanation.verbs.map { VerbView($0, plan: plan) }, lines: explanation.lines(plan))
    }

    /// What its own data, its children and others in line have to do with what it waits for.
    private func surroundings(_ open: Opened, for requester: Requester) async throws -> [Int?: Surroundings] {
        var process = open.process
        let (saga, plan) = (process.saga, process.plan)
        var found: [Int?: Surroundings] = [:]
        for (step, surroundings) in process.surroundings() { found[step] = surroundings }
        if saga.status == .queued {
            found[nil] = Surroundings(locks: try await lockPlaces(of: saga.id, for: requester))
        }
        for wait in saga.waits(plan) {
            guard case .turn(let direction, _) = wait.reason, let step = wait.step else { continue }
            found[step, default: Surroundings()].participant =
                engine.explanation(ofParticipant: plan.steps[step].participant(direction))
        }
        let reasons = saga.waits(plan).map(\.reason)
        if reasons.contains(where: { if case .children = $0 { true } else { false } }) {
            var filter = SagaFilter()
            filter.parent = saga.id
            filter.tenant = requester.tenant
            filter.statuses = Set(Saga.Status.allCases.filter { !$0.isTerminal })
            for child in try await store.list(filter, after: nil, limit: Self.childLimit).reversed() {
                guard let link = child.origin.parent, let step = plan.stepIndex(named: link.step) else { continue }
                found[step, default: Surroundings()].children.append(child.id)
            }
        }
        return found
    }

    /// Tenants share locks: that one is held may be seen by all who wait for it, by which saga only by its own tenant.
    private func lockPlaces(of saga: UUID, for requester: Requester) async throws -> [LockPlace] {
        var places = try await store.lockPlaces(of: saga)
        guard requester.tenant != nil else { return places }
        for index in places.indices {
            guard let holder = places[index].holder else { continue }
            let tenant = try await store.summary(holder)?.origin.key.tenant
            if tenant.map({ requester.sees(tenant: $0) }) != true {
                places[index] = LockPlace(
                    key: places[index].key, holder: nil, isHeld: true, ahead: places[index].ahead)
            }
        }
        return places
    }
}

extension ExplainedWait {
    fileprivate init(_ waiting: Explanation.Waiting, plan: Plan, at time: Timestamp) {
        let (wait, around) = (waiting.wait, waiting.surroundings)
        let step = wait.step.map { plan.steps[$0] }
        self.init(
            kind: Kind(wait.reason).rawValue, step: step?.name, text: waiting.text(plan, at: time),
            since: waiting.since,
            until: wait.until,
            answers: waiting.answers.filter { $0.ignored == nil }.map {
                ExplainedOutlook(occasion: $0.occasion, at: $0.at, text: $0.text(plan))
            })
        switch wait.reason {
        case .locks:
            locks = around.locks.map { ExplainedLock(key: $0.key, holder: $0.holder, ahead: $0.ahead) }
        case .reply(let direction, let attempt), .nextAttempt(let direction, let attempt):
            (self.direction, self.attempt, participant) = (direction.rawValue, attempt, step?.participant)
        case .turn(let direction, let cause):
            (self.direction, participant, self.cause) = (direction.rawValue, step?.participant, cause.rawValue)
        case .participant(let direction):
            (self.direction, participant) = (direction.rawValue, step?.participant)
        case .person(let incident):
            (cause, participant) = (incident.cause.rawValue, step?.participant)
        case .time, .resumption: break
        case .event:
            events = around.events.map {
                ExplainedEvent(
                    event: $0.event, path: $0.path, value: $0.value, source: $0.source, condition: $0.condition,
                    rejection: $0.rejection)
            }
        case .approval(let role):
            (self.role, question) = (role, around.question)
        case .children(let direction, _, _):
            (self.direction, children) = (direction.rawValue, around.children)
        }
    }
}

extension ExplainedWait {
    enum Kind: String, CaseIterable {
        case locks, resumption, reply, turn, participant, person, time, event, approval, children
        case nextAttempt = "next-attempt"

        fileprivate init(_ reason: Wait.Reason) {
            self =
                switch reason {
                case .locks: .locks
                case .resumption: .resumption
                case .reply: .reply
                case .nextAttempt: .nextAttempt
                case .turn: .turn
                case .participant: .participant
                case .person: .person
                case .time: .time
                case .event: .event
                case .approval: .approval
                case .children: .children
                }
        }
    }
}

extension VerbView {
    fileprivate init(_ verb: Explanation.Verb, plan: Plan) {
        let outcome: SagaEvent.Resolution? = if case .resolve(_, let resolution) = verb.kind { resolution } else { nil }
        self.init(
            verb: OperatorBody.Verb(verb.kind).rawValue, step: verb.kind.step.map { plan.steps[$0].name },
            outcome: outcome?.rawValue, role: verb.kind.role(plan), isLegal: verb.isLegal,
            outlook: verb.isLegal ? verb.outlook.text(plan) : nil, objection: verb.objection)
    }
}

extension OperatorBody.Verb {
    fileprivate init(_ kind: Explanation.Verb.Kind) {
        self =
            switch kind {
            case .compensate: .compensate
            case .retry: .retry
            case .approve: .approve
            case .refuse: .refuse
            case .skip: .skip
            case .resolve: .resolve
            case .patch: .patch
            case .pause: .pause
            case .resume: .resume
            case .abandon: .abandon
            }
    }
}
