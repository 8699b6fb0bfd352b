internal import SagaValues
internal import SagaWire

/// An event on its way into the outbox.
struct DomainEvent: Sendable {
    let id: UUID
    let event: String
    let subject: String
    let payload: String
    let trace: TraceContext?

    init(_ event: String, about subject: UUID, _ payload: JSON, trace: TraceContext?) throws(ParticipantError) {
        let payload = try JSON.checkedBytes(payload, of: "the event \(event)")
        self.id = .v7()
        self.event = event
        self.subject = subject.description
        self.payload = String(decoding: payload.bytes, as: UTF8.self)
        self.trace = trace
    }
}

extension JSON {
    /// The compact bytes of a value that a program made, once it is certain that a reader takes them.
    static func checkedBytes(_ json: JSON, of what: String) throws(ParticipantError) -> Payload {
        do throws(JSON.ParseError) {
            return try Payload(parsing: json.bytes)
        } catch {
            throw ParticipantError(.notEncodable, "\(what) cannot be written as JSON", cause: error)
        }
    }
}
