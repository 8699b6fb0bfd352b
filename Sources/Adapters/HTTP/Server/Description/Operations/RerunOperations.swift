internal import SagaAPI
internal import SagaCore
internal import SagaValues

extension Operation {
    static let rerunSaga = Operation(
        "rerunSaga", .operators, "Run once more what has ended",
        """
        Starts a saga with the input of one that has ended, in the same tenant and with the same business key. Without a key \
        of its own it is run once more and no oftener.
        """,
        parameters: [.sagaID, .idempotencyKey("Names this run within the workflow and the tenant.")],
        body: .json(RerunBody.self),
        answers: [
            200: "It was run under this key before; or a dry run, which tells what it would start.",
            201: "It runs once more.",
        ],
        refusals: [.forbidden, .illegal, .keyConflict, .busy, .retiredVersion, .invalidInput, .overloaded])

    static let signalSaga = Operation(
        "signalSaga", .operators, "Hand an event to a saga",
        """
        To this saga alone, as if its publisher had sent it: a step that listens for it takes it, now or later. The saga takes \
        one event of each `id`, wherever that comes from, so it is safe to ask again.
        """,
        parameters: [.sagaID, .ifMatch], body: .json(SignalBody.self),
        answers: [200: "It is kept, and what came of it at once is done; of a dry run what would come of it."],
        refusals: [.forbidden, .illegal, .moved])
}

extension RerunBody: Described {
    static let schema = Schema.body(
        "What to run once more, and why.",
        [
            "reason": .text("Why; it stays in the audit.", bytes: 1...Limits.text),
            "dryRun": .flag("True: nothing is started, and the answer says what would be.").nullable,
            "version": .number("One of the workflow's versions; the active one if left out.").nullable,
        ])
}

extension RerunAnswer: Described {
    static let schema = Schema.object(
        "What runs in the place of a saga that has ended.",
        [
            "rerunOf": .id("The saga that had ended."),
            "id": .id("The saga that was started, now or before; left out of a dry run that would start one.").optional,
            "version": .number("The workflow's version that it runs."),
            "isNew": .flag("Whether this request started it, or would."),
            "changes": .list(of: .text(), "In sentences."),
            "dryRun": .flag("Whether nothing was done, since only that was wanted."),
        ])
}

extension SignalBody: Described {
    static let schema = Schema.body(
        "An event for one saga, and why.",
        [
            "event": .label("The event's name, such as `payment.refunded`."),
            "id": .label("What it is told apart by."),
            "body": Schema.any("What it says; \(Limits.input) bytes at most.").with("type", "object"),
            "reason": .text("Why; it stays in the audit.", bytes: 1...Limits.text),
            "dryRun": .flag("True: nothing is kept, and the answer says what would come of it.").nullable,
        ])
}
