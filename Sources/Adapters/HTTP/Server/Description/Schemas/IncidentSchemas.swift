internal import SagaAPI
internal import SagaCore
internal import SagaEngine
internal import SagaValues

extension IncidentView: Described {
    static let schema = Schema.object(
        "A point at which a saga waits, or waited, for a person.",
        [
            "saga": .id("The saga."),
            "openedRevision": .number("The saga's revision that opened it; names it together with the saga."),
            "workflow": .text("The saga's workflow."),
            "version": .number("Its version."),
            "tenant": .text("Whose it is."),
            "step": .text("Where the saga is stuck."),
            "participant": .text("Whom the step asks."),
            "cause": .one(of: Incident.Cause.self, "Why it is stuck."),
            "errorCode": .text("What went wrong last.").optional,
            "errorMessage": .text("The same in words.").optional,
            "openedAt": .time("When it was opened."),
            "resolvedAt": .time("When the step moved on; left out while it is open.").optional,
            "resolution": .one(of: HistoryEntry.Kind.self, "What moved it on.").optional,
            "assignee": .text("Who sees to it.").optional,
            "comments": .list(
                of: .of(CommentView.self), "The last ones; left out in lists.", atMost: Limits.comments
            ).optional,
        ])
}

extension CommentView: Described {
    static let schema = Schema.object(
        "What somebody wrote about an incident.",
        ["at": .time("When."), "author": .text("Who."), "text": .text("What.")])
}

extension IncidentList: Described {
    static let schema = Schema.object(
        "A page of incidents, newest first.",
        [
            "incidents": .list(of: .of(IncidentView.self), "It may be empty.", atMost: Limits.page),
            "next": .text("The `cursor` of the next page; left out on the last.").optional,
        ])
}

extension IncidentGroupView: Described {
    static let schema = Schema.object(
        "Incidents that are alike.",
        [
            "workflow": .text("Of this workflow."),
            "step": .text("At this step."),
            "participant": .text("At this participant."),
            "cause": .one(of: Incident.Cause.self, "Of this cause."),
            "errorCode": .text("With this code, or without one.").optional,
            "count": .count("How many."),
            "first": .time("When the first of them opened."),
            "last": .time("When the last of them opened."),
            "sagas": .list(of: .id(""), "Those of the newest.", atMost: 3),
        ])
}

extension IncidentGroupList: Described {
    static let schema = Schema.object(
        "Incidents in groups, the largest first.",
        ["groups": .list(of: .of(IncidentGroupView.self), "It may be empty.", atMost: Limits.page)])
}

extension AssignBody: Described {
    static let schema = Schema.body(
        "Who is to see to it.", ["assignee": .label("A person; null or left out for nobody.").nullable])
}

extension CommentBody: Described {
    static let schema = Schema.body(
        "What to write about it.", ["text": .text("Stays with the incident.", bytes: 1...Limits.text)])
}
