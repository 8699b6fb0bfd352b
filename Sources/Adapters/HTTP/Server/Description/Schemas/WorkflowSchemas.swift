internal import SagaAPI
internal import SagaCore
internal import SagaEngine
internal import SagaValues

extension WorkflowView: Described {
    static let schema = Schema.object(
        "A version of a workflow. Its definition never changes.",
        [
            "workflow": .text("The workflow's name."),
            "version": .number("Its version."),
            "title": .text("What people call it.").optional,
            "digest": .matching("^[0-9a-f]{64}$", "SHA-256 of the source."),
            "deployedAt": .time("When it was deployed."),
            "state": .one(
                of: VersionState.self,
                "Whether starts that name no version take it, only those that name it, or none."),
            "activatedAt": .time("When it was activated last; left out if it never was.").optional,
            "retiredAt": .time("When it was retired; left out if it is not.").optional,
            "steps": .count("How many it has."),
            "source": .text("The definition as it was deployed; left out in lists.").optional,
            "warnings": .list(of: .text(), "What the check had to say, as people read it."),
        ])
}

extension WorkflowList: Described {
    static let schema = Schema.object(
        "All versions of all workflows.", ["workflows": .list(of: .of(WorkflowView.self), "It may be empty.")])
}

extension StatisticsView: Described {
    static let schema = Schema.object(
        "What became of a workflow's sagas.",
        [
            "workflow": .text("The workflow's name."),
            "window": .one(of: StatisticsWindow.self, "How far back it goes."),
            "from": .time("Where it begins."),
            "to": .time("Where it ends."),
            "started": .count("How many were started."),
            "completed": .count("How many were completed."),
            "compensated": .count("How many were undone."),
            "abandoned": .count("How many were abandoned."),
            "durations": .of(DurationsView.self, "Left out if none ended.").optional,
            "failures": .list(of: .of(FailureCountView.self), "The most frequent first."),
            "slots": .list(of: .of(StatisticsSlotView.self), "Those in which something happened."),
        ])
}

extension DurationsView: Described {
    static let schema = Schema.object(
        "How long sagas took that ended, in milliseconds, within 3 %.",
        [
            "p50": .count("Half of them took no longer."), "p95": .count("95 % took no longer."),
            "p99": .count("99 % took no longer."),
        ])
}

extension FailureCountView: Described {
    static let schema = Schema.object(
        "How many sagas failed in one way.",
        [
            "step": .text("Left out for the deadline and for a person's request.").optional,
            "kind": .one(of: Failure.Kind.self, "What kind of failure it is."),
            "code": .text("What the participant called it.").optional,
            "count": .count("How many."),
        ])
}

extension StatisticsSlotView: Described {
    static let schema = Schema.object(
        "A minute of the window `1h`, else an hour.",
        [
            "at": .time("Where it begins."), "started": .count("How many were started."),
            "completed": .count("How many were completed."), "compensated": .count("How many were undone."),
            "abandoned": .count("How many were abandoned."),
        ])
}
