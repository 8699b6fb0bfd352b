internal import SagaAPI
internal import SagaEngine
internal import SagaValues

extension AuditView: Described {
    static let schema = Schema.object(
        "A line of the audit.",
        [
            "number": Schema(["type": "integer", "minimum": 1], "Lines that came later have greater ones."),
            "at": .time("When."),
            "subject": .text("Who asked."),
            "credential": .text("What they showed: `http.token`, the id of a token, or `jwt:` and the id of the key."),
            "role": .text("The role that they had."),
            "address": .text("The other end of the connection.").optional,
            "verb": .text("What they asked for."),
            "outcome": .one(of: AuditRecord.Outcome.self, "What came of it."),
            "tenant": .text("Whose it is about.").optional,
            "saga": .id("The saga that it is about.").optional,
            "workflow": .text("The workflow that it is about.").optional,
            "step": .text("The step that it is about.").optional,
            "reason": .text("Why they asked; empty where nobody says."),
            "detail": .any("What was before and after, or why it was refused."),
        ])
}

extension AuditPage: Described {
    static let schema = Schema.object(
        "A page of the audit, the last line first.",
        [
            "audit": .list(of: .of(AuditView.self), "It may be empty.", atMost: Limits.page),
            "next": Schema(
                ["type": "integer", "minimum": 1], "The `cursor` of the next page; left out on the last."
            ).optional,
        ])
}
