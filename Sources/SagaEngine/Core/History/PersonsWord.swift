public import SagaValues

/// What the history row of a person's request holds: who asked for it and why, and what was given with it.
///
/// The members `code`, always `operator`, and `message`, the reason, make it readable as an error too, which it is where
/// the request has a saga undone.
public struct PersonsWord: Sendable, Hashable {
    public let reason: String
    /// Who asks.
    public let subject: String
    /// The output of a step that is resolved or passed over, the body of one that is patched, or a ``VersionMove``.
    public let value: JSON?

    public init(reason: String, subject: String, value: JSON? = nil) {
        self.reason = reason
        self.subject = subject
        self.value = value
    }

    public var data: [UInt8] {
        var members: JSON.Object = [
            "code": .string(PersonsWord.code), "message": .string(reason), "by": .string(subject),
        ]
        if let value { members[PersonsWord.member] = value }
        return JSON.object(members).bytes
    }

    static let code = "operator"
    /// Where the value stands.
    static let member = "value"
}

extension JSON {
    /// The row of a person's request with another value in it, as others may see it.
    public func mappingPersonsValue(_ transform: (JSON) -> JSON) -> JSON {
        guard var object = objectValue, let value = object[PersonsWord.member] else { return self }
        object[PersonsWord.member] = transform(value)
        return .object(object)
    }

    /// What a person gave, in the row of the request; an object without members if nothing was.
    var personsValue: JSON { self[PersonsWord.member] ?? [:] }
}
