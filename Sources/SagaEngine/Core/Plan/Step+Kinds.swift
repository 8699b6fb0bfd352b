public import SagaValues

/// What a participant is asked to do, and what reverses it.
public struct Action: Sendable, Hashable {
    /// As written: `billing.create-order`. What stands before the first dot is the participant.
    public let name: String
    /// The action that semantically reverses this one, or nil.
    public let undo: String?
    /// The command's body.
    public let input: Template

    public init(name: String, undo: String? = nil, input: Template = .literal(.object([:]))) {
        self.name = name
        self.undo = undo
        self.input = input
    }

    /// The service that owns it.
    public var participant: String { Step.participant(of: name) }
}

/// An event to publish. It is not taken back: it tells of what is done for good.
public struct Emission: Sendable, Hashable {
    /// The routing key: `device.created`.
    public let event: String
    public let data: Template

    public init(event: String, data: Template) {
        self.event = event
        self.data = data
    }
}

/// How long to do nothing.
public enum Pause: Sendable, Hashable {
    case fixed(Duration)
    /// A duration (`3d`), or the time until which to wait (ISO 8601).
    case computed(Formula)
}

/// One of several events, whichever comes first.
public struct Listen: Sendable, Hashable {
    public let alternatives: [Alternative]
    /// How long it is waited for; nil: without end.
    public let timeout: Duration?

    public init(alternatives: [Alternative], timeout: Duration? = nil) {
        self.alternatives = alternatives
        self.timeout = timeout
    }

    public struct Alternative: Sendable, Hashable {
        /// The routing key: `payment.refunded`.
        public let event: String
        /// Where in the event the value stands by which it is found.
        public let path: [Reference.Component]
        /// What that value has to be.
        public let value: Formula
        /// What else has to hold; it may use the event.
        public let condition: Formula?
        /// Fails the step, with this code; nil: the step is done.
        public let rejection: String?

        public init(
            event: String, path: [Reference.Component], value: Formula, condition: Formula? = nil,
            rejection: String? = nil
        ) {
            self.event = event
            self.path = path
            self.value = value
            self.condition = condition
            self.rejection = rejection
        }
    }
}

/// A person's consent.
public struct Approval: Sendable, Hashable {
    /// Who may give it: `finance`.
    public let role: String
    /// What it is about, for that person.
    public let title: Template
    /// How long it is waited for; nil: without end.
    public let timeout: Duration?

    public init(role: String, title: Template, timeout: Duration? = nil) {
        self.role = role
        self.title = title
        self.timeout = timeout
    }
}

/// Another workflow, run as a child saga and undone by compensating that.
public struct ChildRun: Sendable, Hashable {
    public let workflow: String
    public let input: Template

    public init(workflow: String, input: Template) {
        self.workflow = workflow
        self.input = input
    }
}

/// The same steps for every item of a list, each item a child saga of its own.
public struct Each: Sendable, Hashable {
    public let items: Formula
    /// What the item is called in the body.
    public let variable: String
    /// How many run at the same time, at least 1.
    public let atOnce: Int
    public let onFailure: OnFailure
    public let body: Plan
    /// What the body uses of what stands around it; becomes the child's input, besides the item.
    public let captures: [Reference]

    public init(
        items: Formula, variable: String, atOnce: Int, onFailure: OnFailure, body: Plan, captures: [Reference] = []
    ) {
        self.items = items
        self.variable = variable
        self.atOnce = atOnce
        self.onFailure = onFailure
        self.body = body
        self.captures = captures
    }

    /// What an item that fails does to the others.
    public enum OnFailure: String, Sendable, Hashable {
        /// Only the item is undone; the others go on, and the step is done.
        case undoItem = "undo-item"
        /// All are undone, and the step has failed.
        case undoAll = "undo-all"
    }

    /// More are refused: a list this long is a job for many sagas.
    public static let itemLimit = 10_000
}
