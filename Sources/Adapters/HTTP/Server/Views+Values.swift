internal import SagaAPI
internal import SagaCore
internal import SagaEngine
internal import SagaValues
internal import Workflows

extension SagaListItem {
    init(_ summary: SagaSummary) {
        self.init(
            id: summary.id, workflow: summary.origin.key.workflow, version: summary.workflowVersion,
            tenant: summary.origin.key.tenant, businessKey: summary.origin.businessKey,
            idempotencyKey: summary.origin.key.idempotencyKey, status: summary.row.status.rawValue,
            hasOpenIncident: summary.row.hasOpenIncident, revision: summary.row.revision,
            startedAt: summary.origin.startedAt, updatedAt: summary.row.updatedAt, endedAt: summary.row.endedAt,
            parent: summary.origin.parent.map {
                ParentView(saga: $0.saga, step: $0.step, item: $0.item, isBody: $0.body != nil)
            }, rerunOf: summary.origin.rerunOf)
    }
}

extension FailureView {
    init(_ failure: Failure, plan: Plan) {
        self.init(
            kind: failure.kind.rawValue, step: failure.step.map { plan.steps[$0].name }, code: failure.error?.code,
            message: failure.error?.message)
    }
}

extension StepView {
    init(_ step: Step, _ state: StepState, _ timing: StepTiming, output: JSON?) {
        self.init(
            name: step.name, action: step.action, undo: step.undo, isPivot: step.pivot, phase: state.phase.name,
            attempts: timing.attempts, undoAttempts: timing.undoAttempts, startedAt: timing.startedAt,
            endedAt: timing.endedAt, output: output, errorCode: state.error?.code, errorMessage: state.error?.message,
            incident: state.incident?.cause.rawValue)
    }
}

extension WaitView {
    init(_ wait: Wait, plan: Plan) {
        let step = wait.step.map { plan.steps[$0] }
        self.init(step: step?.name, what: wait.sentence(step), until: wait.until)
    }
}

extension Wait {
    fileprivate func sentence(_ step: Step?) -> String {
        func action(_ direction: Direction) -> String {
            direction == .undo ? step?.undo ?? "" : step?.action ?? ""
        }
        func participant(_ direction: Direction) -> String { Step.participant(of: action(direction)) }
        switch reason {
        case .locks: return "its turn for its locks"
        case .resumption: return "somebody to resume it"
        case .reply(.probe, let attempt): return "word from \(participant(.probe)) whether it happened (try \(attempt))"
        case .reply(let direction, let attempt):
            return "a reply of \(participant(direction)) to \(action(direction)) (attempt \(attempt))"
        case .nextAttempt(let direction, let attempt):
            return "the next attempt at \(action(direction)) (after attempt \(attempt))"
        case .turn(let direction, let cause):
            return "its turn at \(participant(direction)): \(action(direction)) is held back (\(cause.rawValue))"
        case .participant(let direction):
            return "the participant \(participant(direction)): nobody takes its commands"
        case .person(let incident): return "a person: \(incident.cause.sentence)"
        case .time: return "time to pass"
        case .event(let names): return "an event: \(names.joined(separator: " or "))"
        case .approval(let role): return "the consent of somebody in the role \(role)"
        case .children(let direction, let running, let count):
            let what = direction == .undo ? "undo themselves" : "run"
            return count == 1 ? "its child saga" : "child sagas: \(running) of \(count) \(what)"
        }
    }
}

extension Incident.Cause {
    fileprivate var sentence: String {
        switch self {
        case .rejected: "it was refused after the point of no return"
        case .exhausted: "its attempts ran out where the saga cannot be undone"
        case .unknown: "whether it happened is not known"
        case .undoFailed: "its undo spent its attempts"
        case .unroutable: "nobody takes its commands"
        }
    }
}

extension HistoryItem {
    init(_ narrative: Narrative, plan: Plan) {
        let entry = narrative.entry
        self.init(
            revision: entry.revision, at: entry.at, kind: entry.kind.rawValue, step: entry.step,
            item: entry.item, direction: entry.direction?.rawValue, attempt: entry.attempt,
            data: entry.masked(plan),
            due: narrative.due.isEmpty ? nil : narrative.due.map { $0.sentence(plan) }.joined(separator: ", "),
            effects: narrative.effects.map { $0.sentence(narrative, plan) }
                + narrative.planned.map { "\(plan.steps[$0.step].word($0.direction)) again in \($0.after.shown)" },
            status: narrative.status.rawValue)
    }
}

extension Narrative.Due {
    fileprivate func sentence(_ plan: Plan) -> String {
        switch self {
        case .reply(let step, let direction, let timeout):
            "\(plan.steps[step].name): no reply \(direction == .do ? "" : "to the \(direction.rawValue) ")in \(timeout.sagaText)"
        case .pause(let step, _): "\(plan.steps[step].name): the pause is over"
        case .turn(let step, _): "\(plan.steps[step].name): it was held back, and is asked for again"
        case .offer(let step, _): "\(plan.steps[step].name): nobody took the command"
        case .look(let step, _): "\(plan.steps[step].name): nothing was heard of its child sagas"
        case .time(let step): "\(plan.steps[step].name): its time is over"
        case .expiry(let step): "\(plan.steps[step].name): what it waited for has not come in time"
        case .deadline: "the deadline has passed"
        }
    }
}

extension Step {
    fileprivate func word(_ direction: Direction) -> String {
        "\(direction.rawValue) \(direction == .undo ? undo ?? action : action)"
    }
}

extension Duration {
    /// In whole milliseconds, as people read it.
    fileprivate var shown: String { Duration.milliseconds((wholeMicroseconds + 500) / 1000).sagaText }
}

extension SagaEffect {
    fileprivate func sentence(_ narrative: Narrative, _ plan: Plan) -> String {
        switch self {
        case .dispatch(let dispatch):
            let word = plan.steps[dispatch.step].word(dispatch.direction)
            if dispatch.direction == .probe {
                let asking = narrative.askings[dispatch.step] ?? 1
                return asking > 1 ? "\(word) (asked \(asking) times)" : word
            }
            if case .each = plan.steps[dispatch.step].kind { return "\(word) (item \(dispatch.item))" }
            return dispatch.attempt > 1 ? "\(word) (attempt \(dispatch.attempt))" : word
        case .decide(let step, let question): return "decides \(plan.steps[step].name): \(question.rawValue)"
        case .listen(let step): return "listens: \(plan.steps[step].name)"
        case .stopListening(let step): return "listens no more: \(plan.steps[step].name)"
        case .openIncident(let step, let incident):
            return "incident: \(plan.steps[step].name) is \(incident.cause.rawValue)"
        case .resolveIncident(let step, let incident):
            return "incident resolved: \(plan.steps[step].name) was \(incident.cause.rawValue)"
        case .reportLate: return "late, but past the point of no return: the saga goes on"
        case .end(let status): return "the saga is \(status.rawValue)"
        }
    }
}

extension IncidentView {
    init(_ record: IncidentRecord, comments: [IncidentComment]? = nil) {
        let opening = record.opening
        self.init(
            saga: opening.saga, openedRevision: opening.openedRevision, workflow: record.workflow,
            version: record.version, tenant: record.tenant, step: opening.step, participant: opening.participant,
            cause: opening.cause.rawValue, errorCode: opening.error?.code, errorMessage: opening.error?.message,
            openedAt: opening.at, resolvedAt: record.resolution?.at,
            resolution: record.resolution?.resolution.rawValue, assignee: record.assignee,
            comments: comments?.map { CommentView(at: $0.at, author: $0.author, text: $0.text) })
    }
}

extension IncidentGroupView {
    init(_ group: IncidentGroup) {
        // A saga may have several of the newest.
        var sagas: [UUID] = []
        for saga in group.samples where !sagas.contains(saga) { sagas.append(saga) }
        self.init(
            workflow: group.workflow, step: group.step, participant: group.participant, cause: group.cause.rawValue,
            errorCode: group.errorCode, count: group.count, first: group.first, last: group.last, sagas: sagas)
    }
}

extension WorkflowView {
    /// - Parameter findings: more than the definition alone gives cause for.
    init(_ deployed: DeployedWorkflow, of engine: Engine, and findings: [Finding] = []) {
        let workflow = deployed.workflow
        let standing = engine.standing(of: deployed)
        self.init(
            workflow: workflow.plan.workflow, version: workflow.plan.version, title: workflow.plan.title,
            digest: workflow.digest, deployedAt: deployed.deployedAt, state: (standing?.state ?? .inactive).rawValue,
            activatedAt: standing?.activatedAt, retiredAt: standing?.retiredAt, steps: workflow.plan.steps.count,
            source: nil,
            warnings: (workflow.warnings + findings).map(\.description))
    }
}
