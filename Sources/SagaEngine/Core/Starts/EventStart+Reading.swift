public import SagaValues

extension EventStart {
    /// What a start begins with.
    public struct Reading: Sendable, Hashable {
        public let key: String
        public let input: JSON
    }

    /// Why an event that is meant starts nothing.
    public struct Refusal: Error, Sendable, Hashable {
        public let message: String

        public init(message: String) { self.message = message }
    }

    /// The longest key, in bytes of UTF-8.
    public static let keyLimit = 200

    /// What an event of this name starts a saga with; nil if it is not meant. A condition that cannot be reckoned, since
    /// the event does not have what it reads, does not hold, as with steps that wait for events.
    ///
    /// - Parameter event: its body.
    public func reading(of event: JSON, plan: Plan) throws(Refusal) -> Reading? {
        func value(_ root: Reference.Root) -> JSON? { root == .event ? event : nil }
        if let condition {
            guard (try? condition.evaluated(plan, value))?.boolValue == true else { return nil }
        }
        do throws(UnresolvedReference) {
            let key = try key.filled(plan: plan, value)
            let input = try self.input?.filled(plan: plan, value) ?? event
            return Reading(key: try text(of: key), input: input)
        } catch {
            throw Refusal(message: "\(error)")
        }
    }

    /// Only what has one plain textual form names a saga.
    private func text(of key: JSON) throws(UnresolvedReference) -> String {
        let text: String
        switch key {
        case .string(let string): text = string
        case .number(let digits): text = digits
        case .bool(let flag): text = flag ? "true" : "false"
        case .null, .array, .object:
            throw UnresolvedReference(reference: "key", reason: "it is neither text nor a number")
        }
        guard 1...EventStart.keyLimit ~= text.utf8.count else {
            let reason = "it has \(text.utf8.count) bytes, not from 1 to \(EventStart.keyLimit)"
            throw UnresolvedReference(reference: "key", reason: reason)
        }
        return text
    }
}
