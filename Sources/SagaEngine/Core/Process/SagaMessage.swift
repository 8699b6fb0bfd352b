public import SagaValues

/// What a saga wants sent, with what it carries.
public enum SagaMessage: Sendable, Hashable {
    /// To the participant that the action names.
    case command(Dispatch, action: String, body: JSON)
    /// To whoever wants to know. Once the broker has it, that is the `done` of its step.
    case event(Dispatch, name: String, data: JSON)
    /// A child saga is to begin, unless it has; its end is the answer.
    case startChild(Dispatch, ChildKind, input: JSON)
    /// A child saga is to undo what it did; its end is the answer.
    case undoChild(Dispatch)
    /// These events are waited for.
    case listen(step: Int, [EventKey])
    case stopListening(step: Int)

    public enum ChildKind: Sendable, Hashable {
        /// The active version of this workflow.
        case workflow(String)
        /// The body of the `each` that the dispatch is of.
        case body
    }
}

/// What an event is found by: its name, and the value at a place in it.
public struct EventKey: Sendable, Hashable {
    public let event: String
    public let path: [Reference.Component]
    public let value: JSON

    public init(event: String, path: [Reference.Component], value: JSON) {
        self.event = event
        self.path = path
        self.value = value
    }

    /// In one line, for an index: `payment.refunded .paymentId "0197…"`.
    public var text: String { "\(event) \(path.map(\.description).joined()) \(value.text)" }
}
