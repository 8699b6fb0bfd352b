internal import Hummingbird
internal import SagaAPI
internal import SagaCore
internal import SagaEngine
internal import SagaValues

/// What a person may ask of a saga.
struct OperatorRoutes {
    let engine: Engine

    func add(to group: RouterGroup<BasicRequestContext>) {
        group.post("sagas/:id/retry") { request, context in
            let body = try await request.decode(OperatorBody.self, members: OperatorBody.members)
            return try await perform(.retry(step: body.step), body, request, context)
        }
        group.post("sagas/:id/compensate") { request, context in
            // The whole saga is undone: a step that somebody names would be passed over.
            let body = try await request.decode(OperatorBody.self, members: ["reason"])
            return try await perform(.compensate, body, request, context)
        }
        group.post("sagas/:id/approve") { request, context in
            let body = try await request.decode(OperatorBody.self, members: OperatorBody.members)
            return try await perform(.approve(step: body.step, isGiven: true), body, request, context)
        }
        group.post("sagas/:id/refuse") { request, context in
            let body = try await request.decode(OperatorBody.self, members: OperatorBody.members)
            return try await perform(.approve(step: body.step, isGiven: false), body, request, context)
        }
    }

    private func perform(
        _ verb: OperatorRequest.Verb, _ body: OperatorBody, _ request: Request, _ context: BasicRequestContext
    ) async throws -> Answer<OperatorAnswer> {
        guard (1...Limits.text).contains(body.reason.utf8.count) else {
            throw Problem.badRequest(
                "a reason of 1 to \(Limits.text) bytes must be given; it stays in the history")
        }
        let id = try context.sagaID()
        let result = try await engine.perform(
            OperatorRequest(
                saga: id, verb: verb, expectedRevision: try request.expectedRevision(), reason: body.reason,
                subject: "operator"))
        return Answer(OperatorAnswer(id: id, status: result.status.rawValue, revision: result.revision))
    }
}
