internal import SagaAPI
internal import SagaCore
internal import SagaEngine
internal import SagaValues

extension Operation {
    static let startSaga = Operation(
        "startSaga", .sagas, "Start a saga",
        """
        Sent again with the same key and the same input it starts nothing more, and answers with the saga that there is. The \
        answer comes after the commit: what is told has happened.
        """,
        parameters: [
            Parameter.idempotencyKey("Names this start within its workflow and tenant.").required,
            .prefer,
            .header("traceparent", .text("The trace that the saga belongs to (W3C); passed over if it is none.")),
            .header("tracestate", .text("What belongs to the trace.")),
        ],
        body: .json(StartBody.self),
        answers: [201: "It was started.", 200: "It was started before, with this key."],
        refusals: [.notFound, .archived, .keyConflict, .busy, .retiredVersion, .invalidInput, .overloaded])

    static let listSagas = Operation(
        "listSagas", .sagas, "List sagas", "Newest first. All filters that are given must hold.",
        parameters: [
            .query("status", .several(of: Saga.Status.self)),
            .query("workflow", .sought("Only runs of this workflow.")),
            .query("version", .number("Only of this version.")),
            .tenant,
            .query("businessKey", .sought("Only with this business key.")),
            .query("key", .sought("Only with this idempotency key.")),
            .query("incident", .flag("True: only those with an open incident.")),
        ] + Parameter.incidentTraits + [
            .query("code", .sought("Only with an open incident of exactly this error code.")),
            .query("startedAfter", .time("Started after this.")),
            .query("startedBefore", .time("Started before this.")),
            .query("endedAfter", .time("Ended after this.")), .query("endedBefore", .time("Ended before this.")),
            .query("updatedAfter", .time("Last changed after this.")),
            .query("updatedBefore", .time("Last changed before this.")),
            .query("parent", .id("Only the children of this saga.")),
            .query("children", .flag("True: children of other sagas too.")),
            .limit,
            .query("cursor", .id("What `next` of the page before says.")),
        ],
        refusals: [.tooMuch])

    static let getSaga = Operation(
        "getSaga", .sagas, "Get a saga with its steps", parameters: [.sagaID, .prefer])

    static let getHistory = Operation(
        "getHistory", .sagas, "Get what has happened to a saga",
        "To follow it, pass the last `revision` seen as `after`.",
        parameters: [
            .sagaID, .query("after", .whole("Only what came after this revision.", 0...Int.max)),
        ])

    static let listFailedStarts = Operation(
        "listFailedStarts", .sagas, "List what events and schedules were to start and could not")
}

extension Parameter {
    /// Given together, one and the same incident has all of them.
    static let incidentTraits: [Parameter] = [
        .query("step", .sought("Only with an open incident at this step.")),
        .query("participant", .sought("Only with an open incident at this participant.")),
        .query("cause", .one(of: Incident.Cause.self, "Only with an open incident of this cause.")),
        .query("error", .label("Only with an incident that has this in its code or message, in whatever case.")),
    ]
}
