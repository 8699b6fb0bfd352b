public import SagaValues

/// What stands around a wait and a saga's state alone does not tell: others, and what its data come to.
public struct Surroundings: Sendable, Hashable {
    /// The events that would end it.
    public var events: [ExpectedEvent] = []
    /// What a person is asked; nil if nobody is, or if it cannot be made of what there is.
    public var question: String?
    /// The child sagas that have not ended, the oldest first.
    public var children: [UUID] = []
    /// The lock keys that it is in line for.
    public var locks: [LockPlace] = []
    /// How it is with a participant that gets no commands at present, in sentences without full stops.
    public var participant: [String] = []

    public init(
        events: [ExpectedEvent] = [], question: String? = nil, children: [UUID] = [], locks: [LockPlace] = []
    ) {
        self.events = events
        self.question = question
        self.children = children
        self.locks = locks
    }
}

/// An event that a step waits for, and what makes it the right one.
public struct ExpectedEvent: Sendable, Hashable {
    /// The routing key: `payment.refunded`.
    public let event: String
    /// Where in the event the value stands by which it is found: `order.id`.
    public let path: String
    /// What has to stand there, as people may see it; nil if that cannot be made.
    public let value: JSON?
    /// What the workflow says has to stand there: `input.orderId`.
    public let source: String
    /// What else has to hold.
    public let condition: String?
    /// Fails the step, with this code; nil: the step is done.
    public let rejection: String?
}

extension SagaProcess {
    /// What its own data say about what it waits for, by step.
    public mutating func surroundings() -> [Int: Surroundings] {
        var found: [Int: Surroundings] = [:]
        for step in saga.listening {
            found[step] = Surroundings(events: expectedEvents(of: step), question: question(of: step))
        }
        return found
    }

    private mutating func expectedEvents(of step: Int) -> [ExpectedEvent] {
        guard case .listen(let listen) = plan.steps[step].kind else { return [] }
        let plan = plan
        return listen.alternatives.map { alternative in
            ExpectedEvent(
                event: alternative.event, path: alternative.path.text,
                value: try? alternative.value.evaluated(plan) { shown($0) }, source: alternative.value.text,
                condition: alternative.condition?.text, rejection: alternative.rejection)
        }
    }

    private mutating func question(of step: Int) -> String? {
        guard let title = plan.steps[step].approval?.title else { return nil }
        let plan = plan
        return (try? title.filled(plan: plan) { shown($0) })?.stringValue
    }

    /// What stands at the root of a reference, as people may see it.
    private mutating func shown(_ root: Reference.Root) -> JSON? {
        value(root).map { plan.masked($0, of: root) }
    }
}

extension [Reference.Component] {
    /// As it is written in a workflow: `items[0].id`.
    fileprivate var text: String {
        reduce("") { text, component in
            switch component {
            case .member(let name): text.isEmpty ? name : "\(text).\(name)"
            case .element(let index): "\(text)[\(index)]"
            }
        }
    }
}

extension Surroundings {
    /// In words, without full stops.
    var sentences: [String] {
        var sentences = events.map(\.sentence) + locks.map(\.sentence)
        sentences += participant
        if let question { sentences.append("It asks: \"\(question)\"") }
        if !children.isEmpty {
            let shown = children.prefix(5).map(\.description).joined(separator: ", ")
            let more = children.count > 5 ? " and \(children.count - 5) more" : ""
            sentences.append("\(children.count == 1 ? "It is saga" : "They are the sagas") \(shown)\(more)")
        }
        return sentences
    }
}

extension ExpectedEvent {
    fileprivate var sentence: String {
        let value = value.map { " (\($0.text))" } ?? ""
        let condition = condition.map { ", and \($0)" } ?? ""
        let end = rejection.map { "; it fails the step: \($0)" } ?? ""
        return "\(event), where \(path) is \(source)\(value)\(condition)\(end)"
    }
}

extension LockPlace {
    fileprivate var sentence: String {
        let holder =
            holder.map { "saga \($0) holds it" } ?? (isHeld ? "a saga of another tenant holds it" : "nobody holds it")
        let place =
            switch ahead {
            case 0: "it is the first in line"
            case 1: "one is before it in line"
            default: "\(ahead) are before it in line"
            }
        return "Of \(key): \(holder), and \(place)"
    }
}
