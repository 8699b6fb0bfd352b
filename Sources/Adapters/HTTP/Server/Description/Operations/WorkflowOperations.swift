internal import SagaAPI
internal import SagaEngine
internal import SagaValues

extension Operation {
    static let deployWorkflow = Operation(
        "deployWorkflow", .workflows, "Deploy a workflow",
        """
        Takes the YAML text itself, checks it, by itself and beside those that are deployed, plays its sagas through as far as \
        that goes, and stores it as a version that never changes. The same text again changes nothing, and is answered alike. A version that is \
        higher than all before is active at once.
        """,
        parameters: [.query("file", .text("What findings call it; the first 200 characters count."))],
        body: .yaml(.text("A definition; \(Limits.body) bytes at most.")), answers: [201: "It is deployed."],
        refusals: [.versionConflict, .badEnd, .invalidWorkflow])

    static let listWorkflows = Operation("listWorkflows", .workflows, "List all versions of all workflows")

    static let getWorkflow = Operation(
        "getWorkflow", .workflows, "Get the active version of a workflow", parameters: [.workflowName])

    static let getWorkflowVersion = Operation(
        "getWorkflowVersion", .workflows, "Get a version of a workflow",
        parameters: [.workflowName, .path("version", .number("Its version."))])

    static let getStatistics = Operation(
        "getStatistics", .workflows, "Get what became of a workflow's sagas",
        "All versions and tenants together. A child that its parent has undone after it was completed may count twice.",
        parameters: [
            .workflowName,
            .query(
                "window",
                Schema.one(of: StatisticsWindow.self, "How far to look back.").with(
                    "default", .string(StatisticsWindow.day.rawValue))),
        ],
        refusals: [.tooMuch])
}
