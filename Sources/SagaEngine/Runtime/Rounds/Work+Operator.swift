internal import SagaCore
internal import SagaValues

/// What persons ask of a saga.
extension Work {
    /// Does it, and says in sentences what came of it.
    ///
    /// - Throws: `illegal` if the saga's state does not allow it, or there is no such step; `forbidden` if whoever asks
    ///   may not.
    ///
    /// - Parameter catalog: where the version is found that a saga is to move to.
    mutating func perform(
        _ request: OperatorRequest, _ catalog: Catalog, at now: Timestamp
    ) throws(EngineError) -> [String] {
        try request.requester.demand(request.verb.permission)
        if case .migrate(let version) = request.verb {
            return try migrate(request, to: version, catalog, at: now)
        }
        let wishes = try wishes(request)
        guard !wishes.isEmpty else {
            throw illegal(saga.finality ?? "no step waits for a person or for its next attempt")
        }
        for role in wishes.compactMap({ $0.kind.role(loaded.plan) }) { try request.requester.demand(consentOf: role) }
        let before = saga
        var changes: [String] = []
        var objections: [String] = []
        for wish in wishes {
            let verb = Explanation.Verb(wish.kind, saga, loaded.plan, at: now)
            if let objection = verb.objection {
                objections.append(objection)
                continue
            }
            changes.append("\(wish.kind.text(loaded.plan)): \(verb.outlook.text(loaded.plan))")
            let word = PersonsWord(reason: request.reason, subject: request.requester.subject, value: wish.value).data
            apply(wish.kind.event(StepError(body: word)), data(of: wish.kind, word, request), at: now)
        }
        guard !changes.isEmpty else { throw illegal(objections[0]) }
        keep(changes, of: request, audited(request, changes, since: before, detail(of: wishes), at: now))
        return changes
    }

    /// Notes what a request has done, for the audit and for the job that it is an item of.
    mutating func keep(_ changes: [String], of request: OperatorRequest, _ record: AuditRecord) {
        audit.append(record)
        if let item = request.item { jobItems.append((item, changes.joined(separator: "; "))) }
    }

    /// One thing that the machine is asked for.
    private struct Wish {
        let kind: Explanation.Verb.Kind
        /// What is given along.
        var value: JSON?
        /// What that takes the place of.
        var former: JSON?
    }

    /// The line of the audit.
    ///
    /// - Parameter more: what stands in it besides the state before and after.
    func audited(
        _ request: OperatorRequest, _ changes: [String], since before: Saga, _ more: JSON.Object, at now: Timestamp
    ) -> AuditRecord {
        var detail = more
        detail["before"] = before.audited
        detail["after"] = saga.audited
        detail["changes"] = .array(changes.map { .string($0) })
        detail["job"] = request.item.map { .string($0.job.description) }
        let key = loaded.origin.key
        return AuditRecord(
            at: now, author: .init(request.requester), verb: request.verb.name, outcome: .done, tenant: key.tenant,
            saga: saga.id, workflow: key.workflow, step: request.verb.step, reason: request.reason,
            detail: .object(detail))
    }

    /// What was given, as people may see it.
    private func detail(of wishes: [Wish]) -> JSON.Object {
        var detail = JSON.Object()
        for wish in wishes {
            switch wish.kind {
            case .patch(let step):
                detail["bodyBefore"] = wish.former.map { loaded.plan.maskedBody($0, of: step) }
                detail["bodyAfter"] = wish.value.map { loaded.plan.maskedBody($0, of: step) }
            case .skip(let step, _), .resolve(let step, _):
                detail["output"] = wish.value.map { loaded.plan.masked($0, of: .step(step)) }
            case .compensate, .retry, .approve, .refuse, .pause, .resume, .abandon: break
            }
        }
        return detail
    }

    /// What the history keeps of it.
    private func data(of kind: Explanation.Verb.Kind, _ word: [UInt8], _ request: OperatorRequest) -> [UInt8] {
        switch kind {
        case .approve: JSON.object(["by": .string(request.requester.subject), "reason": .string(request.reason)]).bytes
        case .refuse:
            JSON.object([
                "code": .string(StepError.notApproved("").code), "message": .string(request.reason),
                "by": .string(request.requester.subject),
            ]).bytes
        case .compensate, .retry, .skip, .resolve, .patch, .pause, .resume, .abandon: word
        }
    }

    private mutating func wishes(_ request: OperatorRequest) throws(EngineError) -> [Wish] {
        switch request.verb {
        case .compensate: return [Wish(kind: .compensate)]
        case .pause: return [Wish(kind: .pause)]
        case .resume: return [Wish(kind: .resume)]
        case .abandon: return [Wish(kind: .abandon)]
        case .migrate: preconditionFailure("a move is no event of the version that the saga goes by")
        case .retry(let name?): return [Wish(kind: .retry(step: try step(named: name)))]
        case .retry(nil):
            return saga.steps.indices.filter { saga.steps[$0].phase.waitsForAttempt }.map {
                Wish(kind: .retry(step: $0))
            }
        case .skip(let name, let output, let isForced):
            return [Wish(kind: .skip(step: try step(named: name), isForced: isForced), value: output)]
        case .resolve(let name, let resolution, let output):
            return [Wish(kind: .resolve(step: try step(named: name), resolution), value: output)]
        case .patch(let name, let patch): return [self.patch(try step(named: name), patch)]
        case .retryPatched(let name, let patch):
            let step = try step(named: name)
            let wish = self.patch(step, patch)
            // Both or nothing: the old body must not be sent once more.
            if let objection = verb(wish.kind).objection { throw illegal(objection) }
            return [wish, Wish(kind: .retry(step: step))]
        case .approve(let name, let isGiven):
            let step: Int
            if let name { step = try self.step(named: name) } else { step = try stepToApprove() }
            return [Wish(kind: isGiven ? .approve(step: step) : .refuse(step: step))]
        }
    }

    private mutating func patch(_ step: Int, _ patch: JSON) -> Wish {
        let former = loaded.process.body(ofStep: step)
        return Wish(kind: .patch(step: step), value: (former ?? [:]).patched(with: patch), former: former)
    }

    private func verb(_ kind: Explanation.Verb.Kind) -> Explanation.Verb {
        Explanation.Verb(kind, saga, loaded.plan, at: loaded.process.updatedAt)
    }

    private func step(named name: String) throws(EngineError) -> Int {
        guard let step = loaded.plan.stepIndex(named: name) else {
            let names = loaded.plan.steps.map(\.name).joined(separator: ", ")
            throw illegal("there is no step \(name) in \(loaded.plan.workflow); there are \(names)")
        }
        return step
    }

    /// The only step that waits for consent.
    private func stepToApprove() throws(EngineError) -> Int {
        let waiting = saga.listening.filter { loaded.plan.steps[$0].approval != nil }
        guard waiting.count == 1 else {
            if let finality = saga.finality { throw illegal(finality) }
            let names = waiting.map { loaded.plan.steps[$0].name }.joined(separator: ", ")
            throw illegal(
                waiting.isEmpty ? "no step waits for consent" : "several steps wait for consent, name one: \(names)")
        }
        return waiting[0]
    }

    func illegal(_ objection: String) -> EngineError {
        let legal = saga.verbsToTell(loaded.plan).map(verb).filter(\.isLegal)
        return .illegal(objection: objection, legal: legal.map { $0.kind.text(loaded.plan) })
    }
}

extension Saga {
    fileprivate var audited: JSON {
        ["status": .string(status.rawValue), "revision": .number(String(revision)), "paused": .bool(isPaused)]
    }
}

extension OperatorRequest.Verb {
    /// As it is asked for.
    var name: String {
        switch self {
        case .retry, .retryPatched: "retry"
        case .compensate: "compensate"
        case .approve(_, let isGiven): isGiven ? "approve" : "refuse"
        case .skip(_, _, let isForced): isForced ? "skip-forced" : "skip"
        case .resolve(_, let resolution, _): "resolve-\(resolution.rawValue)"
        case .patch: "patch"
        case .pause: "pause"
        case .resume: "resume"
        case .abandon: "abandon"
        case .migrate: "migrate"
        }
    }

    /// The step that it names.
    var step: String? {
        switch self {
        case .retry(let step), .approve(let step, _): step
        case .retryPatched(let step, _), .skip(let step, _, _), .resolve(let step, _, _), .patch(let step, _): step
        case .compensate, .pause, .resume, .abandon, .migrate: nil
        }
    }

    /// What it takes besides the membership that a consent asks for.
    var permission: Permission {
        switch self {
        case .skip(_, _, isForced: true): .forceSkips
        case .abandon: .abandonSagas
        case .skip, .retry, .retryPatched, .compensate, .approve, .resolve, .patch, .pause, .resume, .migrate:
            .operateSagas
        }
    }
}
