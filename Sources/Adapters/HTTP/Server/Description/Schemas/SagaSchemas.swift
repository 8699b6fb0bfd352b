internal import SagaAPI
internal import SagaCore
internal import SagaEngine
internal import SagaValues

extension SagaListItem: Described {
    static let schema = Schema.object(
        "A saga in short.",
        [
            "id": .id("Its id; ids that were given later are greater."),
            "workflow": .text("The workflow that it is a run of."),
            "version": .number("The workflow's version, which never changes for a saga."),
            "tenant": .text("Whose it is."),
            "businessKey": .text("What people call it, an order number, say.").optional,
            "idempotencyKey": .text("What names its start within its workflow and tenant."),
            "status": .one(of: Saga.Status.self, "`completed`, `compensated` and `abandoned` are ends."),
            "hasOpenIncident": .flag("Whether it waits for a person at some step."),
            "revision": .number("How many events it has taken in."),
            "startedAt": .time("When it was started."),
            "updatedAt": .time("When it last changed."),
            "endedAt": .time("When it ended; left out until it has.").optional,
            "parent": .of(ParentView.self, "The step of another saga that it carries out.").optional,
            "rerunOf": .id("The saga that had ended and whose input it was started with once more.").optional,
        ])
}

extension ParentView: Described {
    static let schema = Schema.object(
        "What a child saga is a part of.",
        [
            "saga": .id("The parent."),
            "step": .text("The parent's step."),
            "item": .count("Which item of an `each`, from 0."),
            "isBody": .flag("Whether it runs the steps of an `each`, and not a workflow of its own."),
        ])
}

extension SagaPage: Described {
    static let schema = Schema.object(
        "A page of sagas, newest first.",
        [
            "sagas": .list(of: .of(SagaListItem.self), "It may be empty.", atMost: Limits.page),
            "next": .id("The `cursor` of the next page; left out on the last.").optional,
        ])
}

extension SagaDetail: Described {
    static let schema = Schema.object(
        "A saga with all that is known of it. What is sensitive is hidden.",
        [
            "saga": .of(SagaListItem.self),
            "input": .any("What it was started with."),
            "output": .any("As the workflow makes it; left out unless it is completed.").optional,
            "deadline": .time("When it has to be past its point of no return.").optional,
            "isOverdue": .flag("True if the deadline passed behind that point, so that it goes on.").optional,
            "failure": .of(FailureView.self, "Why it unwinds, if it does.").optional,
            "steps": .list(of: .of(StepView.self), "In the order of the definition."),
            "waitsFor": .list(of: .of(WaitView.self), "What it waits for now."),
            "isNew": .flag("Of the answer to a start: whether that very request started it.").optional,
        ])
}

extension FailureView: Described {
    static let schema = Schema.object(
        "Why a saga unwinds.",
        [
            "kind": .one(of: Failure.Kind.self, "What kind of failure it is."),
            "step": .text("The step that caused it.").optional,
            "code": .text("What the participant called it.").optional,
            "message": .text("What the participant or the person said.").optional,
        ])
}

extension StepView: Described {
    static let schema = Schema.object(
        "How far a step has got.",
        [
            "name": .text("Its name in the workflow."),
            "action": .text("What it asks for: `participant.action`, or its kind."),
            "undo": .text("What undoes it.").optional,
            "isPivot": .flag("Whether it is the point of no return."),
            "phase": .one(of: StepState.Phase.allCases.map(\.name), "How far it has got."),
            "attempts": .count("How often it was asked for."),
            "undoAttempts": .count("How often its undo was asked for."),
            "startedAt": .time("When it was first asked for.").optional,
            "endedAt": .time("When it was settled.").optional,
            "output": .any("What it gave.").optional,
            "errorCode": .text("The last thing that went wrong.").optional,
            "errorMessage": .text("The same in words.").optional,
            "incident": .one(of: Incident.Cause.self, "The cause of its open incident.").optional,
        ])
}

extension WaitView: Described {
    static let schema = Schema.object(
        "One thing that a saga waits for.",
        [
            "step": .text("The step that waits; left out for the saga as a whole.").optional,
            "what": .text("In a sentence."),
            "until": .time("When it goes on by itself; left out if it does not.").optional,
        ])
}

extension HistoryItem: Described {
    static let schema = Schema.object(
        "An event that a saga has taken in.",
        [
            "revision": .number("Counts the saga's events."),
            "at": .time("When it was taken in."),
            "kind": .one(of: HistoryEntry.Kind.self, "What happened."),
            "step": .text("The step that it is about.").optional,
            "item": .count("Which item of an `each`, from 0.").optional,
            "direction": .one(of: Direction.self, "What was asked for.").optional,
            "attempt": .count("Which attempt it is about.").optional,
            "data": .any("What came with it: the input, an output, an error.").optional,
            "due": .text("What had become due, if a timer fired.").optional,
            "effects": .list(of: .text(), "What it led to, in short sentences."),
            "status": .one(of: Saga.Status.self, "Where the saga stood after it."),
        ])
}

extension HistoryPage: Described {
    static let schema = Schema.object(
        "Some of a saga's events, in their order.",
        [
            "history": .list(of: .of(HistoryItem.self), "It may be empty.", atMost: Limits.historyPage),
            "next": .number("What to pass as `after` for the next ones; left out on the last page.").optional,
        ])
}

extension FailedStartView: Described {
    static let schema = Schema.object(
        "A start that nobody asked for in person, and that could not be made.",
        [
            "source": .one(of: FailedStart.Source.self, "What was to start it."),
            "name": .text("The event's name, or the workflow that the clock starts."),
            "key": .text("The event's id, or the start's idempotency key."),
            "reason": .text("Why it could not be made."),
            "at": .time("When it failed."),
        ])
}

extension FailedStartList: Described {
    static let schema = Schema.object(
        "Starts that failed, the last first.",
        ["failedStarts": .list(of: .of(FailedStartView.self), "It may be empty.", atMost: Limits.page)])
}

extension StartBody: Described {
    static let schema = Schema.body(
        "What to start.",
        [
            "workflow": .text("The name of a deployed workflow."),
            "version": .number("One of its versions; the active one if left out.").nullable,
            "tenant": .label("Whose it is to be: one's own if left out, `default` for who is bound to none.").nullable,
            "businessKey": .label("What people call it, to find it by.").nullable,
            "input": .any("Fits the schema of the workflow; \(Limits.input) bytes at most."),
        ])
}
