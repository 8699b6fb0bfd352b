public import Logging
public import Postgres
internal import SagaValues

/// A handler of domain events from `cloudphone.events`: how a service keeps its copies fresh.
///
/// It runs in one transaction with a record of the event's id, so an event that is delivered twice takes
/// effect once. Events come in the order of the participant's queue, one at a time. A handler that throws
/// a ``Rejection`` sends the event to the dead letters; after any other error it is tried again.
public struct Subscription: Sendable {
    /// The routing key, which names the event: `user.updated`.
    public let event: String
    let run: @Sendable (JSON, EventContext) async throws -> Void

    public static func on<Payload: Decodable & SendableMetatype>(
        _ event: String,
        _ handler: @escaping @Sendable (Payload, EventContext) async throws -> Void
    ) -> Subscription {
        Subscription(event: event) { json, context in
            let payload: Payload
            do {
                payload = try JSONValueDecoder.decode(Payload.self, from: json)
            } catch {
                throw Rejection(KitCode.invalidInput, JSONValueDecoder.summary(of: error))
            }
            try await handler(payload, context)
        }
    }
}

/// What an event handler knows beside the payload.
public struct EventContext: Sendable {
    /// `user.updated`
    public let event: String
    /// The event's own id.
    public let messageID: String
    /// Holds the record of the event beside what the handler writes.
    public let transaction: PostgresTransaction
    public let logger: Logger
}
