internal import SagaAPI
internal import SagaCore
internal import SagaEngine
internal import SagaValues

extension ExplanationView: Described {
    static let schema = Schema.object(
        "What a saga waits for, what comes next, and what a person can do.",
        [
            "id": .id("The saga."),
            "status": .one(of: Saga.Status.self, "Where it stands."),
            "revision": .number("The revision that this is about."),
            "failure": .of(FailureView.self, "Why it unwinds, if it does.").optional,
            "deadline": .time("When it is late, while that matters to it.").optional,
            "waits": .list(of: .of(ExplainedWait.self), "All that it waits for."),
            "next": .of(ExplainedOutlook.self, "What happens by itself if nothing comes.").optional,
            "verbs": .list(of: .of(VerbView.self), "What a person may ask, and why not the rest."),
            "lines": .list(of: .text(), "All of it in words."),
        ])
}

extension ExplainedWait: Described {
    static let schema = Schema.object(
        "One thing that a saga waits for.",
        [
            "kind": .one(of: Kind.self, "What it is."),
            "step": .text("The step that waits; left out for the saga as a whole.").optional,
            "text": .text("In a sentence, without a full stop."),
            "since": .time("Since when it waits.").optional,
            "until": .time("When it goes on by itself; left out if it does not.").optional,
            "direction": .one(of: Direction.self, "What is asked of a participant or of children.").optional,
            "participant": .text("Who is asked.").optional,
            "attempt": .count("Which attempt it is.").optional,
            "cause": .one(
                of: Incident.Cause.allCases.map(\.rawValue) + HeldBack.Cause.allCases.map(\.rawValue),
                "Why a person is waited for, or why a command is held back."
            ).optional,
            "role": .text("Who may give the consent that is waited for.").optional,
            "question": .text("What they are asked.").optional,
            "events": .list(of: .of(ExplainedEvent.self), "Any of which would end it.").optional,
            "children": .list(of: .id(""), "Child sagas that have not ended, the oldest first.").optional,
            "locks": .list(of: .of(ExplainedLock.self), "Its places in line.").optional,
            "answers": .list(of: .of(ExplainedOutlook.self), "What each answer would lead to, if it came now."),
        ])
}

extension ExplainedEvent: Described {
    static let schema = Schema.object(
        "An event that would end a wait.",
        [
            "event": .text("Its name."),
            "path": .text("Where in it the value stands by which the saga is found."),
            "value": .any("What has to stand there; left out if that cannot be made.").optional,
            "source": .text("How the workflow says that."),
            "condition": .text("What has to hold besides.").optional,
            "rejection": .text("Fails the step, with this code.").optional,
        ])
}

extension ExplainedLock: Described {
    static let schema = Schema.object(
        "A place in line for a lock.",
        [
            "key": .text("What is locked."),
            "holder": .id("Left out if nobody holds it, or a saga of another tenant.").optional,
            "ahead": .count("How many stand before it."),
        ])
}

extension ExplainedOutlook: Described {
    static let schema = Schema.object(
        "What something would lead to.",
        [
            "occasion": .text("What would have to happen; left out for what happens by itself.").optional,
            "at": .time("When."),
            "text": .text("What comes of it."),
        ])
}

extension VerbView: Described {
    static let schema = Schema.object(
        "What a person may ask of a saga, and what comes of it or why not.",
        [
            "verb": .one(of: OperatorBody.Verb.self, "The last part of the path that it is asked for at."),
            "step": .text("The step that it is about.").optional,
            "outcome": .one(of: SagaEvent.Resolution.self, "Of `resolve`: what the person would say.").optional,
            "role": .text("Who may ask for it; left out where the workflow does not say.").optional,
            "isLegal": .flag("Whether the saga's state allows it."),
            "outlook": .text("What it would lead to.").optional,
            "objection": .text("Why it is not allowed.").optional,
        ])
}

extension DiagramView: Described {
    static let schema = Schema.object(
        "A drawing.",
        ["format": .one(of: DiagramFormat.self, "What it is written in."), "text": .text("The drawing itself.")])
}

extension MigrationView: Described {
    static let schema = Schema.object(
        "Whether a running saga could move to another version of its workflow.",
        [
            "id": .id("The saga."),
            "status": .one(of: Saga.Status.self, "One that has ended does not move."),
            "from": .number("Its version."),
            "to": .number("The version asked for."),
            "isPossible": .flag("Whether it could."),
            "obstacles": .list(of: .text(), "Each reason why it cannot; empty if it can."),
            "lines": .list(of: .text(), "What would be kept, or why it cannot be."),
        ])
}
