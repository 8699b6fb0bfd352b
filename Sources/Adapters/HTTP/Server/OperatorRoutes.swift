internal import Hummingbird
internal import SagaAPI
internal import SagaCore
internal import SagaEngine
internal import SagaValues

/// What a person may ask of a saga.
struct OperatorRoutes {
    let engine: Engine

    func add(to group: Routes) {
        group.post("sagas/:id/retry", .operateSagas, .perform(.retry)) { try await perform(.retry, $0, $1) }
        group.post("sagas/:id/patch", .operateSagas, .perform(.patch)) { try await perform(.patch, $0, $1) }
        group.post("sagas/:id/skip", .operateSagas, .perform(.skip)) { try await perform(.skip, $0, $1) }
        group.post("sagas/:id/resolve", .operateSagas, .perform(.resolve)) { try await perform(.resolve, $0, $1) }
        group.post("sagas/:id/compensate", .operateSagas, .perform(.compensate)) {
            try await perform(.compensate, $0, $1)
        }
        group.post("sagas/:id/approve", .operateSagas, .perform(.approve)) { try await perform(.approve, $0, $1) }
        group.post("sagas/:id/refuse", .operateSagas, .perform(.refuse)) { try await perform(.refuse, $0, $1) }
        group.post("sagas/:id/pause", .operateSagas, .perform(.pause)) { try await perform(.pause, $0, $1) }
        group.post("sagas/:id/resume", .operateSagas, .perform(.resume)) { try await perform(.resume, $0, $1) }
        group.post("sagas/:id/abandon", .abandonSagas, .perform(.abandon)) { try await perform(.abandon, $0, $1) }
    }

    private func perform(
        _ verb: OperatorBody.Verb, _ request: Request, _ call: Call
    ) async throws -> Answer<OperatorAnswer> {
        let id = try call.sagaID()
        let body = try await request.decode(OperatorBody.self, members: verb.members.union(["reason", "dryRun"]))
        try Problem.checkReason(body.reason)
        let isRehearsal = body.dryRun ?? false
        let result = try await engine.perform(
            OperatorRequest(
                saga: id, verb: try wish(verb, body), expectedRevision: try request.expectedRevision(),
                reason: body.reason, requester: call.requester, isRehearsal: isRehearsal))
        return Answer(
            OperatorAnswer(
                id: id, status: result.status.rawValue, revision: result.revision, changes: result.changes,
                dryRun: isRehearsal))
    }

    private func wish(_ verb: OperatorBody.Verb, _ body: OperatorBody) throws(Problem) -> OperatorRequest.Verb {
        func step() throws(Problem) -> String {
            guard let step = body.step else { throw .badRequest("\(verb.rawValue) needs the name of a \"step\"") }
            return step
        }
        guard (body.output ?? body.patch).map({ $0.bytes.count <= Limits.input }) ?? true else {
            throw .tooLarge("an output or a patch may have \(Limits.input) bytes at most")
        }
        switch verb {
        case .compensate: return .compensate
        case .pause: return .pause
        case .resume: return .resume
        case .abandon: return .abandon
        case .approve: return .approve(step: body.step, isGiven: true)
        case .refuse: return .approve(step: body.step, isGiven: false)
        case .retry:
            guard let patch = body.patch else { return .retry(step: body.step) }
            return .retryPatched(step: try step(), patch)
        case .patch:
            guard let patch = body.patch else {
                throw .badRequest("patch needs a \"patch\": an object with the members that change, null to remove one")
            }
            return .patch(step: try step(), patch)
        case .skip: return .skip(step: try step(), output: body.output, isForced: body.force ?? false)
        case .resolve:
            let outcomes = SagaEvent.Resolution.allCases.map(\.rawValue).joined(separator: ", ")
            guard let outcome = body.outcome.flatMap(SagaEvent.Resolution.init) else {
                throw .badRequest("resolve needs an \"outcome\", one of \(outcomes)")
            }
            guard body.output == nil || outcome == .done else {
                throw .badRequest("only a step that is done has an output")
            }
            return .resolve(step: try step(), outcome, output: body.output)
        }
    }
}
