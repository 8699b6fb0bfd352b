internal import Hummingbird
internal import SagaAPI
internal import SagaCore
internal import SagaEngine
internal import SagaValues
internal import Workflows

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
        let workflow = try views.workflow(of: summary)
        let export = try await SagaExport(summary, from: views.store)
        let view = try JSONValueDecoder.decode(
            ExportView.self,
            from: try export.json(workflow, isSelfContained: true) { version in
                engine.workflow(named: workflow.plan.workflow, version: version)?.workflow
            })
        // Who took it out is known before it is out.
        try await engine.audit(
            "export", .done, by: call.requester, about: (origin.key.tenant, id), workflow: origin.key.workflow,
            reason: "", detail: ["revision": JSON(summary.row.revision)])
        return Answer(view)
    }
}
