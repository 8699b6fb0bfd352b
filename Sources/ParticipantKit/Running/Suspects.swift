internal import Postgres
internal import RabbitMQ

/// Finds the message that makes its process die, and only that one.
///
/// The broker counts how often a message came back, but counts all that a dying process had fetched,
/// guilty or not, and every orderly restart too. So a message that comes again is noted here before it is
/// looked at, and struck off when it was worked through. One that is still noted from earlier times was
/// being worked on each time that the process died.
struct Suspects: Sendable {
    let pool: PostgresPool
    /// How many beginnings without an end are allowed.
    let limit: Int

    private static let note = PostgresStatement(
        """
        INSERT INTO saga_suspects AS s (message_id, tries) VALUES ($1, 1)
        ON CONFLICT (message_id) DO UPDATE SET tries = s.tries + 1, at = now() RETURNING tries
        """, name: "suspect_note")

    private static let clear = PostgresStatement(
        "DELETE FROM saga_suspects WHERE message_id = $1", name: "suspect_clear")

    /// How often the message has been begun, this time included; committed before it returns. 1 for a
    /// message that comes for the first time, which costs nothing.
    func begin(_ delivery: Delivery) async throws -> Int {
        guard delivery.redelivered || delivery.deliveryCount > 0, let id = key(delivery) else { return 1 }
        return Int(try await pool.execute(Self.note, [.text(id)]).only.int32(0)) + 1
    }

    /// The message was worked through, or given back in good order.
    func end(_ delivery: Delivery) async throws {
        guard delivery.redelivered || delivery.deliveryCount > 0, let id = key(delivery) else { return }
        _ = try await pool.execute(Self.clear, [.text(id)])
    }

    private func key(_ delivery: Delivery) -> String? {
        delivery.properties.messageID.map { String($0.prefix(255)).replacing("\0", with: "") }
    }
}
