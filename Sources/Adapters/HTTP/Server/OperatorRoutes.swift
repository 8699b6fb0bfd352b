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
        group.post("sagas/:id/migrate", .operateSagas, .perform(.migrate)) { try await perform(.migrate, $0, $1) }
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
                saga: id, verb: try body.wish(verb), expectedRevision: try request.expectedRevision(),
                reason: body.reason, requester: call.requester, isRehearsal: isRehearsal))
        return Answer(
            OperatorAnswer(
                id: id, status: result.status.rawValue, revision: result.revision, changes: result.changes,
                dryRun: isRehearsal))
    }
}
