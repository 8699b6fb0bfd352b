internal import SagaAPI
internal import SagaValues

extension Operation {
    static let getOverview = Operation(
        "getOverview", .sagas, "See what goes on",
        "How many sagas are open, what began and ended within the last minute, and which have been open for longest.",
        parameters: [
            .tenant,
            .query(
                "limit", .whole("How many of the oldest open sagas to give.", 1...Limits.page).with("default", JSON(10))
            ),
        ], refusals: [.tooMuch])

    static let getTree = Operation(
        "getTree", .sagas, "Get a saga with its children",
        "And with theirs; what would be too much is left out, and the answer says so.", parameters: [.sagaID])
}

extension OverviewView: Described {
    static let schema = Schema.object(
        "How much is going on at present.",
        [
            "at": .time("When it was counted."),
            "workflows": .list(of: .of(WorkloadView.self), "By their names."),
            "oldest": .list(
                of: .of(SagaListItem.self), "Open sagas, those first that have been open for longest.",
                atMost: Limits.page),
        ])
}

extension WorkloadView: Described {
    static let schema = Schema.object(
        "What goes on in the sagas of a workflow, all versions together; children are not counted.",
        [
            "workflow": .text("The workflow."),
            "queued": .count("How many are in line for a lock."),
            "running": .count("How many go forward."),
            "compensating": .count("How many are being undone."),
            "withIncident": .count("How many of the open ones have an open incident."),
            "started": .count("How many began within the last minute."),
            "completed": .count("How many were completed within it."),
            "compensated": .count("How many were undone within it."),
            "abandoned": .count("How many were closed as they were within it."),
        ])
}

extension TreeView: Described {
    static let schema = Schema.object(
        "A saga and those that are a part of it.",
        [
            "saga": .of(SagaListItem.self),
            "round": .number("Which attempt at the step of its parent it is; left out for the root.").optional,
            "children": .list(of: .of(TreeView.self), "In the order of the parent's steps and their items."),
            "leftOut": .text("What is not shown below it, in a sentence.").optional,
        ])
}
