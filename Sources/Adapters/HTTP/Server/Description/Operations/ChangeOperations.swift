internal import SagaAPI
internal import SagaCore
internal import SagaValues

extension Operation {
    private static let atLeastOnce = """
        Server-Sent Events. Nothing is lost between two streams of which the second has the last `id` of the first; what was \
        told shortly before may be told again. The last event is `end`, with the reason.
        """

    static let followChanges = Operation(
        "followChanges", .sagas, "Follow what happens", "To all sagas that one may see, on all nodes. " + atLeastOnce,
        parameters: [
            .query("workflow", .sought("Only to sagas of this workflow.")), .tenant,
            .query("children", .flag("True: to the children of other sagas too.")),
            lastEventID("Goes on behind the event of this id."), wait,
        ],
        answers: [200: "Events `change`, as they come."], refusals: [.markTooOld, .tooManyStreams])

    static let followSaga = Operation(
        "followSaga", .sagas, "Follow a saga",
        "Its history from the beginning, and on as it happens, until the saga has ended. " + atLeastOnce,
        parameters: [.sagaID, lastEventID("The revision behind which to begin."), wait],
        answers: [200: "Events `change`, as they come.", 204: "It has ended, and nothing follows."],
        refusals: [.tooManyStreams])

    private static func lastEventID(_ text: String) -> Parameter {
        .header("Last-Event-ID", .matching("^(0|[1-9][0-9]{0,17})?$", text + " An empty one is none."))
    }

    private static let wait = Parameter.header(
        "Prefer",
        .text("`wait=N`: the stream ends after N seconds, \(Limits.wait) at most; 0 tells what there is and ends."))
}

extension StreamEndView {
    /// Each event of a stream. OpenAPI 3.1 has no words of its own for that; tools take the schema of the content for it.
    static func event(or change: Schema) -> JSON {
        let end = Schema.object(
            "Why the stream ends.",
            [
                "reason": .text("`saga-ended`, `too-slow`, `shutdown`, `credential` or `waited`."),
                "detail": .text("The same in a sentence."),
                "status": .text("That of the saga, if that has ended.").optional,
            ])
        return [
            "type": "object", "description": "Each event.",
            "properties": [
                "event": ["enum": ["change", "end"]], "id": ["type": "string", "pattern": "^(0|[1-9][0-9]{0,17})$"],
                "data": [
                    "type": "string", "contentMediaType": "application/json",
                    "contentSchema": ["anyOf": [change.json, end.json]],
                ],
            ],
        ]
    }
}

extension ChangeView: Described {
    static let schema = Schema.object(
        "Something that happened to a saga. What came with it stands in the saga's history.",
        [
            "saga": .id("The saga."),
            "revision": .number("With the saga, the change's name: it may be told more than once."),
            "at": .time("When it was taken in."),
            "kind": .one(of: HistoryEntry.Kind.self, "What happened."),
            "step": .text("The step that it is about.").optional,
            "item": .count("Which item of an `each`, from 0.").optional,
            "direction": .one(of: Direction.self, "What was asked for.").optional,
            "attempt": .count("Which attempt it is about.").optional,
            "workflow": .text("The workflow that the saga is a run of."),
            "version": .number("The workflow's version."),
            "tenant": .text("Whose the saga is."),
            "businessKey": .text("What people call the saga.").optional,
            "parent": .id("The saga that it is a part of.").optional,
            "status": .one(
                of: Saga.Status.self,
                "Where the saga stood after it; left out if it had moved on before anybody looked."
            ).optional,
        ])
}
