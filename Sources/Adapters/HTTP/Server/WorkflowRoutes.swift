internal import Exploration
internal import Hummingbird
internal import NIOPosix
internal import SagaAPI
internal import SagaCore
internal import SagaEngine
internal import SagaValues
internal import Workflows

/// Workflow definitions: deploy, list, show.
struct WorkflowRoutes {
    let engine: Engine

    func add(to group: Routes) {
        group.post("workflows", .deployWorkflows, .deployWorkflow, use: deploy)
        group.get("workflows", .seeWorkflows, .listWorkflows) { _, _ in
            Answer(WorkflowList(workflows: engine.workflows.map { WorkflowView($0, of: engine) }))
        }
        group.get("workflows/:name", .seeWorkflows, .getWorkflow) { _, call in try show(call, version: nil) }
        group.get("workflows/:name/:version", .seeWorkflows, .getWorkflowVersion) { _, call in
            try show(call, version: try call.version())
        }
    }

    /// Takes the YAML text itself as the body.
    private func deploy(_ request: Request, _ call: Call) async throws -> Answer<WorkflowView> {
        try request.checkContentType(OperationBody.yamlTypes)
        // What the findings call it: the sender's file name.
        let file = try request.query("file", atMost: Limits.target).map { String($0.prefix(200)) } ?? "workflow"
        let source = try await request.bytes()
        let workflow: Workflow
        do {
            workflow = try engine.compile(source, file: file)
        } catch {
            throw Problem.invalidWorkflow(error)
        }
        let findings = try await checkBesidesOthers(workflow, file)
        let record = try await engine.deploy(workflow)
        try await engine.audit(
            "deploy", .done, by: call.requester, workflow: record.workflow, reason: file,
            detail: ["version": .number(String(record.version)), "digest": .string(record.digest)])
        guard let deployed = engine.workflow(id: record.id) else {
            throw Problem(
                code: "SAGA-0212", title: "A fault in the server", status: 500, detail: "the workflow is lost")
        }
        return Answer(WorkflowView(deployed, of: engine, and: findings), status: .created)
    }

    /// What is wrong with it beside the deployed ones, and whether it comes to a good end as far as can be seen in the
    /// time that a request has. Gives the warnings.
    private func checkBesidesOthers(_ workflow: Workflow, _ file: String) async throws -> [Finding] {
        // Those that would be started beside it.
        let others = engine.workflows.filter { engine.standing(of: $0)?.state == .active }.map(\.workflow)
            .filter { $0.plan.workflow != workflow.plan.workflow }
        let findings = Workflow.checkTogether(others + [workflow]).filter { $0.file == file }
        if findings.contains(where: { $0.severity == .error }) {
            throw Problem.invalidWorkflow(WorkflowErrors(findings: findings, omitted: 0))
        }
        // On a thread that may be kept busy: the others have sagas to move.
        let proof = try await NIOThreadPool.singleton.runIfActive {
            Proof.prove(workflow.plan, limit: Limits.provenStates)
        }
        if let (_, story) = proof.counterexample { throw Problem.badEnd(story) }
        return findings
    }

    private func show(_ call: Call, version: Int?) throws -> Answer<WorkflowView> {
        let name = try call.parameter("name")
        guard let deployed = engine.workflow(named: name, version: version) else {
            throw Problem(EngineError.unknownWorkflow(name, version: version))
        }
        var view = WorkflowView(deployed, of: engine)
        view.source = deployed.workflow.source
        return Answer(view)
    }
}
