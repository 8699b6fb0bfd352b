internal import Hummingbird
internal import SagaAPI
internal import SagaCore
internal import SagaEngine
internal import SagaValues

/// What a person may ask about a saga that the saga's own state machine does not decide: another run, and an event.
struct RerunRoutes {
    let engine: Engine

    func add(to group: Routes) {
        group.post("sagas/:id/rerun", .operateSagas, .rerunSaga, use: rerun)
        group.post("sagas/:id/signal", .operateSagas, .signalSaga, use: signal)
    }

    private func rerun(_ request: Request, _ call: Call) async throws -> Answer<RerunAnswer> {
        let id = try call.sagaID()
        let key = try request.optionalIdempotencyKey()
        let body = try await request.decode(RerunBody.self, members: RerunBody.members)
        try Problem.checkReason(body.reason)
        try Problem.checkVersion(body.version)
        let isRehearsal = body.dryRun ?? false
        let result = try await engine.rerun(
            RerunRequest(
                saga: id, version: body.version, idempotencyKey: key, reason: body.reason, requester: call.requester,
                trace: request.trace, isRehearsal: isRehearsal))
        return Answer(
            RerunAnswer(
                rerunOf: id, id: result.saga, version: result.version, isNew: result.isNew, changes: result.changes,
                dryRun: isRehearsal),
            status: result.isNew && !isRehearsal ? .created : .ok)
    }

    private func signal(_ request: Request, _ call: Call) async throws -> Answer<OperatorAnswer> {
        let id = try call.sagaID()
        let body = try await request.decode(SignalBody.self, members: SignalBody.members)
        try Problem.checkReason(body.reason)
        try Problem.checkLabel(body.event, "event")
        try Problem.checkLabel(body.id, "id")
        guard body.body.objectValue != nil else { throw Problem.badRequest("the body of an event must be an object") }
        guard body.body.bytes.count <= Limits.input else {
            throw Problem.tooLarge("an event may have \(Limits.input) bytes at most")
        }
        let isRehearsal = body.dryRun ?? false
        let result = try await engine.signal(
            SignalRequest(
                saga: id, event: DomainEvent(id: body.id, name: body.event, body: body.body.bytes),
                expectedRevision: try request.expectedRevision(), reason: body.reason, requester: call.requester,
                isRehearsal: isRehearsal))
        return Answer(
            OperatorAnswer(
                id: id, status: result.status.rawValue, revision: result.revision, changes: result.changes,
                dryRun: isRehearsal))
    }
}
