internal import SagaAPI
internal import SagaCore
internal import SagaValues

extension Operation {
    static let exportSaga = Operation(
        "exportSaga", .sagas, "Export a saga",
        """
        With its workflow, all that has happened to it, its incidents and the audit about it, for a file that stands for itself. \
        What is sensitive is masked. That it was exported is in the audit.
        """, parameters: [.sagaID], refusals: [.tooMuch])
}

extension ExportView: Described {
    private static func part(_ description: String) -> Schema { Schema.any(description).with("type", "object") }

    static let schema = Schema.object(
        "A saga with all that is known of it.",
        [
            "record": .text("What kind of file it is: `saga`."),
            "format": .number("The version of this format."),
            "workflow": part("Its name, version, digest and source."),
            "formerWorkflows": .list(
                of: part(
                    "A version that it has left, like `workflow`, and the `revision` of the event by which it did."),
                "Of one that has moved.", atMost: Saga.moveLimit
            ).optional,
            "saga": part("Its origin, and how it stands."),
            "input": .any("What it was started with.").optional,
            "output": .any("What it gave; left out unless it is completed.").optional,
            "state": .text("What its history must come to."),
            "history": .list(of: part("An event with what came with it."), "In their order."),
            "incidents": .list(of: part("An incident with its comments."), "In their order."),
            "audit": .list(of: part("A line of the audit."), "In their order."),
        ])
}
