public import SagaValues

/// One leaf of a plan: what happens there, and how to take it back.
public struct Step: Sendable, Hashable {
    public let name: String
    public let kind: Kind
    /// Whether it takes place at all; nil: always.
    public let condition: Formula?
    /// Changes nothing, so needs no undo.
    public let readonly: Bool
    /// The point of no return: once done, the saga only goes forward. Of a `listen` that is when its event is taken.
    public let pivot: Bool
    /// Its failure does not fail the saga.
    public let optional: Bool
    /// An operator may pass it over.
    public let skippable: Bool
    public let retry: RetryPolicy
    public let undoRetry: RetryPolicy
    public let onUnknown: OnUnknown
    public let onUndoFailure: OnUndoFailure

    public init(
        name: String, kind: Kind, condition: Formula? = nil, readonly: Bool = false, pivot: Bool = false,
        optional: Bool = false, skippable: Bool = false, retry: RetryPolicy = .default,
        undoRetry: RetryPolicy = .undoDefault, onUnknown: OnUnknown = .undo, onUndoFailure: OnUndoFailure = .stop
    ) {
        self.name = name
        self.kind = kind
        self.condition = condition
        self.readonly = readonly
        self.pivot = pivot
        self.optional = optional
        self.skippable = skippable
        self.retry = retry
        self.undoRetry = undoRetry
        self.onUnknown = onUnknown
        self.onUndoFailure = onUndoFailure
    }

    /// A step at a participant.
    public init(
        name: String, action: String, undo: String? = nil, input: Template = .literal(.object([:])),
        condition: Formula? = nil, readonly: Bool = false, pivot: Bool = false, optional: Bool = false,
        skippable: Bool = false, retry: RetryPolicy = .default, undoRetry: RetryPolicy = .undoDefault,
        onUnknown: OnUnknown = .undo, onUndoFailure: OnUndoFailure = .stop
    ) {
        self.init(
            name: name, kind: .action(Action(name: action, undo: undo, input: input)), condition: condition,
            readonly: readonly, pivot: pivot, optional: optional, skippable: skippable, retry: retry,
            undoRetry: undoRetry, onUnknown: onUnknown, onUndoFailure: onUndoFailure)
    }

    /// What happens at a step.
    public enum Kind: Sendable, Hashable {
        /// A participant is asked to do something.
        case action(Action)
        /// An event is published.
        case emit(Emission)
        /// One of several ways is taken: the first whose condition holds; nil is `else`.
        case choice([Formula?])
        /// Time passes.
        case pause(Pause)
        /// Something must happen elsewhere.
        case listen(Listen)
        /// A person must agree.
        case approval(Approval)
        /// Another workflow runs as a child saga.
        case run(ChildRun)
        /// Every item of a list runs as a child saga.
        case each(Each)
    }

    /// What to do when the attempts are spent and the step may or may not have happened: one of them went unanswered, or
    /// was answered `unknown`.
    public enum OnUnknown: String, Sendable, Hashable {
        /// Treat it as done: fail the saga and undo it. Never the default of a pivot.
        case undo
        /// Ask the participant whether it happened.
        case probe
        /// Leave it to a person.
        case incident
    }

    /// What happens to the steps before this one when its undo has spent its attempts.
    public enum OnUndoFailure: String, Sendable, Hashable {
        /// They wait until the incident is resolved.
        case stop
        /// They are undone; the saga still waits for the incident before it is compensated.
        case `continue`
    }
}

extension Step {
    /// Who is asked: the service that owns the action, or `saga` for what the orchestrator does itself.
    public var participant: String {
        switch kind {
        case .action(let action): action.participant
        case .emit, .choice, .pause, .listen, .approval, .run, .each: Step.orchestrator
        }
    }

    /// Who gets the command of a direction: an undo may be somebody else's.
    public func participant(_ direction: Direction) -> String {
        guard direction == .undo, case .action(let action) = kind, let undo = action.undo else { return participant }
        return Step.participant(of: undo)
    }

    /// What no service is called.
    public static let orchestrator = "saga"

    public static func participant(of action: String) -> String {
        String(action.prefix { $0 != "." })
    }

    /// What happens here, in a word or two: `billing.charge`, `emit device.created`, `wait`.
    public var action: String {
        switch kind {
        case .action(let action): action.name
        case .emit(let emission): "emit \(emission.event)"
        case .choice: "switch"
        case .pause: "wait"
        case .listen: "listen"
        case .approval(let approval): "approval by \(approval.role)"
        case .run(let child): "run \(child.workflow)"
        case .each: "each"
        }
    }

    /// What takes it back: an action, or `compensate` for child sagas; nil if nothing does.
    public var undo: String? {
        switch kind {
        case .action(let action): action.undo
        case .run, .each: readonly ? nil : "compensate"
        case .emit, .choice, .pause, .listen, .approval: nil
        }
    }

    /// Whether it waits for an event or for consent.
    public var waitsForSignal: Bool {
        switch kind {
        case .listen, .approval: true
        case .action, .emit, .choice, .pause, .run, .each: false
        }
    }

    /// Whether it is carried out by child sagas.
    public var isCarriedOutByChildren: Bool {
        switch kind {
        case .run, .each: true
        case .action, .emit, .choice, .pause, .listen, .approval: false
        }
    }
}

extension Step {
    /// What it sends, where it sends something.
    public var input: Template? {
        switch kind {
        case .action(let action): action.input
        case .emit(let emission): emission.data
        case .run(let child): child.input
        case .choice, .pause, .listen, .approval, .each: nil
        }
    }
}
