internal import SagaAPI
internal import SagaEngine
internal import SagaValues

extension Operation {
    private static let letterID = Parameter.path("id", .id("The dead letter's id."))

    static let listDeadLetters = Operation(
        "listDeadLetters", .deadLetters, "List dead letters", "Newest first. All filters that are given must hold.",
        parameters: [
            .query(
                "state",
                .one(of: ["open"] + DeadLetter.End.Kind.allCases.map(\.rawValue) + ["all"], "Which ones.")
                    .with("default", "open")),
            .query("reason", .sought("Only those that died for this reason, a code.")),
            .query("queue", .sought("Only those that the broker moved from this queue.")),
            .query("key", .sought("Only those that were published with this routing key.")),
            .query("after", .time("Only those that came first after this time.")),
            .query("before", .time("Only those that came first before this time.")), .limit,
            .query("cursor", .id("`next` of the page before.")),
        ], refusals: [.tooMuch])

    static let getDeadLetter = Operation(
        "getDeadLetter", .deadLetters, "Get a dead letter",
        "With its properties and headers; its body, in which there may be anything, only if it is asked for.",
        parameters: [letterID, .query("body", .flag("True: with its body, if that is text."))])

    static let putDeadLetterBack = Operation(
        "putDeadLetterBack", .deadLetters, "Put a dead letter back",
        "Publishes it again to where it was meant. If the answer is lost it may be published twice.",
        parameters: [letterID], body: .json(DeadLetterBody.self),
        answers: [200: "It is published; of a dry run what would be done."], refusals: [.letterEnded, .letterStays])

    static let discardDeadLetter = Operation(
        "discardDeadLetter", .deadLetters, "Discard a dead letter", "For good. It takes a `reason`.",
        parameters: [letterID], body: .json(DeadLetterBody.schema(withReason: true)),
        answers: [200: "It is discarded; of a dry run what would be done."], refusals: [.letterEnded])
}

extension DeadLetterView: Described {
    static let schema = Schema.object(
        "A message that nobody could take.",
        [
            "id": .id("Its id."),
            "status": .one(of: ["open"] + DeadLetter.End.Kind.allCases.map(\.rawValue), "What has become of it."),
            "receivedAt": .time("When it came first."),
            "lastSeenAt": .time("When it came last."),
            "seen": .count("How often it came."),
            "reason": .text("Why it died: a code."),
            "detail": .text("The same in words."),
            "exchange": .text("Where it was published first.").optional,
            "routingKey": .text("With which routing key.").optional,
            "queue": .text("From which the broker moved it.").optional,
            "messageId": .text("Its AMQP property message-id.").optional,
            "correlationId": .text("Its AMQP property correlation-id.").optional,
            "type": .text("Its AMQP property type.").optional,
            "appId": .text("Its AMQP property app-id.").optional,
            "saga": .id("The saga that its correlation id names.").optional,
            "bodyBytes": .count("How large its body was."),
            "isWhole": .flag("False if it was too large to be kept as it was."),
            "endedAt": .time("When it was put back or discarded.").optional,
            "endedBy": .text("By whom.").optional,
            "endReason": .text("Why.").optional,
            "properties": .any("Its AMQP properties and headers; of one by itself.").optional,
            "body": .text("Its body, if it was asked for and is text.").optional,
            "bodyIsText": .flag("False if the body was asked for and is no text.").optional,
        ])
}

extension DeadLetterPage: Described {
    static let schema = Schema.object(
        "A page of dead letters, newest first.",
        [
            "deadLetters": .list(of: .of(DeadLetterView.self), "It may be empty.", atMost: Limits.page),
            "next": .id("The `cursor` of the next page; left out on the last.").optional,
        ])
}

extension DeadLetterBody: Described {
    static let schema: Schema = schema(withReason: false)

    static func schema(withReason isReasonNeeded: Bool) -> Schema {
        let reason = Schema.text("Why; it stays in the audit.", bytes: (isReasonNeeded ? 1 : 0)...Limits.text)
        return .body(
            "What to do with a dead letter, and why.",
            [
                "reason": isReasonNeeded ? reason : reason.nullable,
                "dryRun": .flag("True: nothing is done, and the answer says what would be.").nullable,
            ])
    }
}

extension DeadLetterAnswer: Described {
    static let schema = Schema.object(
        "What was done with a dead letter, or would be.",
        [
            "id": .id("The dead letter."),
            "status": .one(of: ["open"] + DeadLetter.End.Kind.allCases.map(\.rawValue), "What has become of it."),
            "changes": .list(of: .text(), "In sentences."),
            "dryRun": .flag("Whether nothing was done, since only that was wanted."),
        ])
}
