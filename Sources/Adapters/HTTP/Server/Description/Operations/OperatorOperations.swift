internal import SagaAPI
internal import SagaCore
internal import SagaValues

extension Operation {
    /// One for each verb: what it does, and what its body has besides `reason` and `dryRun`.
    static func perform(_ verb: OperatorBody.Verb) -> Operation {
        Operation(
            "\(verb.rawValue)Saga", .operators, verb.summary, verb.text, parameters: [.sagaID, .ifMatch],
            body: .json(OperatorBody.schema(of: verb)),
            answers: [200: "What it has changed; of a dry run what it would change."],
            refusals: [.forbidden, .illegal, .moved])
    }
}

extension OperatorBody {
    static func schema(of verb: Verb) -> Schema {
        var members: [(String, Schema)] = [
            ("reason", .text("Why; it stays in the history.", bytes: 1...Limits.text)),
            ("dryRun", .flag("True: nothing is done, and the answer says what would be.").nullable),
        ]
        let output = Schema.any("The output of the step; \(Limits.input) bytes at most.").nullable
        // The order is that in which people read them.
        for name in ["step", "outcome", "patch", "output", "force", "version"] where verb.members.contains(name) {
            let schema: Schema =
                switch name {
                case "outcome": .one(of: SagaEvent.Resolution.self, "What has become of the step.")
                case "output": output
                case "version": .whole("The version of its workflow by which it goes on.", Limits.numbers)
                case "patch":
                    Schema.any("A merge patch (RFC 7396) of the body of the step's command.").with("type", "object")
                case "force": .flag("True: although the workflow does not allow it.")
                default: .text("The step's name.")
                }
            members.append((name, verb.required.contains(name) ? schema : schema.nullable))
        }
        return verb.binding(.body("What to do, and why.", members))
    }
}

extension OperatorBody.Verb {
    /// Without which it cannot be asked for. A `retry` takes a `step` if it has a `patch`.
    fileprivate var required: Set<String> {
        switch self {
        case .compensate, .pause, .resume, .abandon, .approve, .refuse, .retry: []
        case .patch: ["step", "patch"]
        case .skip: ["step"]
        case .resolve: ["step", "outcome"]
        case .migrate: ["version"]
        }
    }

    /// Members that go only with certain others.
    fileprivate func binding(_ schema: Schema) -> Schema {
        switch self {
        case .retry:
            schema
                .with("if", ["required": ["patch"], "properties": ["patch": ["type": "object"]]])
                .with("then", ["required": ["step"], "properties": ["step": ["type": "string"]]])
        case .resolve:
            schema
                .with("if", ["properties": ["outcome": ["const": .string(SagaEvent.Resolution.done.rawValue)]]])
                .with("else", ["properties": ["output": ["type": "null"]]])
        case .patch, .skip, .compensate, .pause, .resume, .abandon, .approve, .refuse, .migrate: schema
        }
    }

    fileprivate var summary: String {
        switch self {
        case .retry: "Make another attempt"
        case .patch: "Change what a step sends"
        case .skip: "Go on without a step"
        case .resolve: "Say what became of a step"
        case .compensate: "Undo a saga"
        case .approve: "Give consent"
        case .refuse: "Refuse consent"
        case .pause: "Have nothing more sent for a saga"
        case .resume: "Let a paused saga go on"
        case .abandon: "Close a saga as it is"
        case .migrate: "Move a saga to another version"
        }
    }

    fileprivate var text: String {
        switch self {
        case .retry:
            """
            At once: of that step, or of all that wait for a person or for their next attempt. With a `patch`, which takes a \
            `step`, the step sends something else.
            """
        case .patch: "The next attempt of a step that waits for a person sends it, and so does its undo."
        case .skip: "With the output given in place of its own. Unless its workflow allows it, it takes `force`."
        case .resolve: "Only a step that is `done` has an `output`."
        case .compensate: "Before its point of no return."
        case .approve, .refuse: "Which a step waits for. `step` can be left out if only one waits."
        case .pause: "No time counts for it; what others answer is taken in."
        case .resume: "What has become due meanwhile is done now."
        case .migrate:
            """
            All that it has done, is doing or may have done has to be the same in both versions; else it is refused, and the \
            refusal says why. `GET /v1/sagas/{id}/migration` tells beforehand.
            """
        case .abandon: "What was done stays done; `changes` names it. A child is abandoned after its parent only."
        }
    }
}

extension OperatorAnswer: Described {
    static let schema = Schema.object(
        "What a verb did, or would do.",
        [
            "id": .id("The saga."),
            "status": .one(of: Saga.Status.self, "Of a dry run the one that it would have."),
            "revision": .number("Of a dry run the one that it has: what `If-Match` may name."),
            "changes": .list(of: .text(), "In sentences."),
            "dryRun": .flag("Whether nothing was done, since only that was wanted."),
        ])
}
