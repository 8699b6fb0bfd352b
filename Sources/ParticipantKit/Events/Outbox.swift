public import Postgres
public import SagaValues
internal import SagaWire

/// Domain events wait here, in the database and transaction of what they tell of, until a relay has
/// published them to `cloudphone.events`.
///
/// Handlers use ``ActionContext/emit(_:about:_:)-(_,_,JSON)``; this is for changes that no saga asked for.
public enum Outbox {
    /// Adds an event to a transaction of yours. It is published if and only if that commits.
    ///
    /// - Parameters:
    ///   - event: the routing key: `user.updated`.
    ///   - subject: what it is about; events about one subject keep their order.
    ///   - source: the service that says so.
    public static func add(
        _ event: String, about subject: UUID, _ payload: JSON, source: String,
        in transaction: PostgresTransaction
    ) async throws {
        let event = try DomainEvent(event, about: subject, payload, trace: nil)
        _ = try await transaction.execute(insert, parameters([event], source: source))
    }

    private static let insert = PostgresStatement(insertion(firstParameter: 1), name: "outbox_add")

    /// Rows get their ids in the order of the arrays, which is the order in which they were emitted.
    static func insertion(firstParameter first: Int) -> String {
        """
        INSERT INTO saga_outbox (message_id, source, event, aggregate, payload, traceparent, tracestate)
        SELECT e.message_id, $\(first), e.event, e.aggregate, e.payload, $\(first + 1), $\(first + 2)
        FROM unnest($\(first + 3)::uuid[], $\(first + 4)::text[], $\(first + 5)::text[], $\(first + 6)::text[])
             WITH ORDINALITY AS e (message_id, event, aggregate, payload, position)
        ORDER BY e.position
        """
    }

    /// One trace for all: they come from one command.
    static func parameters(_ events: [DomainEvent], source: String) -> [PostgresParameter] {
        let trace = events.first?.trace
        return [
            .text(source), trace.map { .text($0.traceparent) } ?? .null, trace?.tracestate.map { .text($0) } ?? .null,
            .uuids(events.map(\.id)), .texts(events.map(\.event)), .texts(events.map(\.subject)),
            .texts(events.map(\.payload)),
        ]
    }
}
