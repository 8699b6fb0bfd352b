internal import SagaAPI
internal import SagaEngine
internal import SagaValues

extension Operation {
    private static let name = Parameter.path("name", .text("The participant's name."))

    static let listParticipants = Operation(
        "listParticipants", .participants, "List participants",
        "Those that a deployed workflow names, and others that have answered.")

    static let getParticipant = Operation(
        "getParticipant", .participants, "Get a participant", parameters: [name])

    static let limitParticipant = Operation(
        "limitParticipant", .participants, "Limit what a participant gets",
        "Over all nodes. What is left out is not limited. Commands that have to wait are held back: no attempt is spent.",
        parameters: [name], body: .json(LimitsBody.self), answers: [200: "The participant, with its limits."])

    static let setBreaker = Operation(
        "setBreaker", .participants, "Open or close a circuit breaker",
        "`open` sends the participant nothing, `closed` goes on sending, `automatic` lets it open and close by itself.",
        parameters: [name], body: .json(BreakerBody.self), answers: [200: "The participant, with its breaker."])
}

extension ParticipantView: Described {
    static let schema = Schema.object(
        "A participant: how it is, what is set of it, and what was seen of it.",
        [
            "name": .text("Its name: what stands before the dot of its actions."),
            "health": .one(of: ParticipantStatus.Health.self, "How it is."),
            "why": .text("Why, in a sentence."),
            "isNamed": .flag("Whether a deployed workflow names it."),
            "breaker": .of(BreakerView.self),
            "limits": .of(LimitsView.self),
            "lastReplyAt": .time("When it was last heard of.").optional,
            "lastFailureAt": .time("When it last failed.").optional,
            "lastFailure": .text("How.").optional,
            "queue": .of(QueueView.self, "Its queue; left out as long as nobody has looked.").optional,
            "inFlight": .count("Commands that were sent and not answered."),
            "heldBack": .count("Commands that are not sent for now."),
            "isPartial": .flag("Whether there may be more of both: not all open sagas were looked at."),
            "outcomes": .of(OutcomesView.self, "Of the last five minutes."),
        ])
}

extension BreakerView: Described {
    static let schema = Schema.object(
        "Where a circuit breaker stands.",
        [
            "state": .one(of: BreakerState.Phase.self, "Whether commands go through; `half-open` lets a few probe."),
            "mode": .one(of: BreakerState.Mode.self, "Whether it moves by itself."),
            "since": .time("Since when.").optional,
            "reason": .text("Why.").optional,
            "nextProbeAt": .time("When the next commands go through, to see.").optional,
        ])
}

extension LimitsView: Described {
    static let schema = Schema.object(
        "What a participant gets at most; what is left out is not limited.",
        [
            "inFlight": .count("Commands that are sent and not answered, at once.").optional,
            "perSecond": .count("Commands a second.").optional,
        ])
}

extension QueueView: Described {
    static let schema = Schema.object(
        "The queue of a participant's commands.",
        [
            "consumers": .count("How many take from it; left out if there is no such queue.").optional,
            "ready": .count("How many commands wait in it."),
            "seenAt": .time("When somebody looked.").optional,
        ])
}

extension OutcomesView: Described {
    static let schema = Schema.object(
        "How many commands came to what.",
        [
            "done": .count("Done."), "refused": .count("Refused for good."),
            "transient": .count("Answered `retry` or `unknown`."), "timedOut": .count("Not answered in time."),
            "unroutable": .count("Taken by no queue."),
        ])
}

extension ParticipantList: Described {
    static let schema = Schema.object(
        "All participants, by their names.",
        ["participants": .list(of: .of(ParticipantView.self), "It may be empty.")])
}

extension LimitsBody: Described {
    static let schema = Schema.body(
        "Limits; what is left out is not limited.",
        [
            "inFlight": .whole("Commands at once.", 1...ParticipantLimits.most).nullable,
            "perSecond": .whole("Commands a second.", 1...ParticipantLimits.most).nullable,
            "reason": .text("Why; it stays in the audit.", bytes: 1...Limits.text),
        ])
}

extension BreakerBody: Described {
    static let schema = Schema.body(
        "Where a circuit breaker is to stand, and why.",
        [
            "mode": .one(of: BreakerState.Mode.self, "Open, closed, or by itself."),
            "reason": .text("Why; it stays in the audit.", bytes: 1...Limits.text),
        ])
}
