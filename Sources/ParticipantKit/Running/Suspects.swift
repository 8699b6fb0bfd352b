internal import Postgres
internal import RabbitMQ
internal import ServiceLifecycle

/// Finds the message that makes its process die, and only that one.
///
/// The broker counts how often a message came back, but counts all that a dying process had fetched,
/// guilty or not, and every orderly restart too. So a message that comes again is noted here before it is
/// looked at, and struck off when it was worked through. One that is still noted from earlier times was
/// being worked on each time that the process died.
struct Suspects: Sendable {
    let pool: PostgresPool
    /// Stands before the ids, where participants that share a database get messages of the same id.
    var scope = ""
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
        guard delivery.cameBefore, let id = key(delivery) else { return 1 }
        return Int(try await pool.execute(Self.note, [.text(id)]).only.int32(0)) + 1
    }

    /// The message was worked through, or is about to be given back in good order.
    func end(_ delivery: Delivery) async throws {
        guard delivery.cameBefore, let id = key(delivery) else { return }
        // Whoever is cut off at an orderly stop is no suspect: a task of its own, which the cancellation does not
        // reach, but which does not hold the stop up either.
        let limit: Duration = Task.isCancelled || Task.isShuttingDownGracefully ? .seconds(1) : .seconds(5)
        _ = try await Task { try await pool.execute(Self.clear, [.text(id)], deadline: limit) }.value
    }

    private func key(_ delivery: Delivery) -> String? {
        delivery.properties.messageID.map { scope + String($0.prefix(255)).replacing("\0", with: "") }
    }
}

extension Delivery {
    /// It was delivered before and not acknowledged: it may have been worked on, and even committed.
    var cameBefore: Bool { redelivered || deliveryCount > 0 }
}
