internal import Hummingbird
internal import SagaAPI
internal import SagaEngine
internal import SagaValues

/// A saga with all that is known of it, for a file.
struct ExportRoutes {
    let engine: Engine
    let views: Views

    func add(to group: Routes) {
        group.get("sagas/:id/export", .exportSagas, .exportSaga, use: export)
    }

    private func export(_ request: Request, _ call: Call) async throws -> Answer<ExportView> {
        let id = try call.sagaID()
        let summary = try await views.summary(id, for: call.requester)
        let origin = summary.origin
        guard let deployed = engine.workflow(id: origin.workflowID) else {
            throw EngineError.unavailable("the workflow of saga \(id) is not known to this node yet")
        }
        let export = try await SagaExport(summary, from: views.store)
        let view = try JSONValueDecoder.decode(
            ExportView.self, from: try export.json(deployed.workflow, isSelfContained: true))
        // Who took it out is known before it is out.
        try await engine.audit(
            "export", .done, by: call.requester, about: (origin.key.tenant, id), workflow: origin.key.workflow,
            reason: "", detail: ["revision": JSON(summary.row.revision)])
        return Answer(view)
    }
}
