internal import Hummingbird
internal import SagaAPI
internal import SagaEngine

/// Which versions of a workflow start sagas.
struct VersionRoutes {
    let engine: Engine

    func add(to group: Routes) {
        group.post("workflows/:name/:version/activate", .deployWorkflows, .activateVersion) {
            try await change(.activate, $0, $1)
        }
        group.post("workflows/:name/:version/retire", .deployWorkflows, .retireVersion) {
            try await change(.retire, $0, $1)
        }
    }

    private func change(_ deed: VersionDeed, _ request: Request, _ call: Call) async throws -> Answer<VersionAnswer> {
        let name = try call.parameter("name")
        let version = try call.version()
        let body = try await request.decode(VersionBody.self, members: VersionBody.members)
        try Problem.checkReason(body.reason)
        let isRehearsal = body.dryRun ?? false
        let result = try await engine.change(
            VersionRequest(
                workflow: name, version: version, deed: deed, reason: body.reason, requester: call.requester,
                isRehearsal: isRehearsal))
        return Answer(
            VersionAnswer(
                workflow: name, version: version, state: result.state.rawValue, openSagas: result.openSagas,
                changes: result.changes, dryRun: isRehearsal))
    }
}

extension Call {
    /// The version that the path names.
    func version() throws -> Int {
        guard let version = Limits.number(try parameter("version")) else {
            throw Problem.badRequest("a version is a whole number from 1 on")
        }
        return version
    }
}
