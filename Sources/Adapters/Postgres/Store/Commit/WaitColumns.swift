internal import Postgres
internal import SagaEngine

/// The waits that updates end, and the events that ended them.
struct WaitColumns {
    private var ended: [EndedWait] = []

    init(_ ended: [EndedWait] = []) {
        self.ended = ended
    }

    var isEmpty: Bool { ended.isEmpty }

    var parameters: [PostgresParameter] {
        [.uuids(ended.map(\.saga)), .texts(ended.map(\.step)), .optionalTexts(ended.map(\.event))]
    }

    /// How many parameters that has.
    static let parameterCount = 3

    /// Parts of a statement in which `u` are the updates that were made. A wait of a saga that begins was never stored.
    static func sql(from first: Int) -> String {
        """

        waits_ended AS (
            DELETE FROM saga_waits AS d
            USING unnest($\(first)::uuid[], $\(first + 1)::text[]) AS w(saga_id, step)
            CROSS JOIN LATERAL (
                SELECT x.ctid FROM saga_waits x WHERE x.saga_id = w.saga_id AND x.step = w.step OFFSET 0) AS found
            WHERE d.ctid = found.ctid AND (w.saga_id IN (SELECT id FROM u)) IS TRUE
        ),
        events_taken AS (
            INSERT INTO saga_taken_events (saga_id, event_id, taken_at)
            SELECT w.saga_id, w.event_id, clock_timestamp()
            FROM unnest($\(first)::uuid[], $\(first + 2)::text[]) AS w(saga_id, event_id)
            WHERE w.event_id IS NOT NULL AND (w.saga_id IN (SELECT id FROM u)) IS TRUE
            ON CONFLICT DO NOTHING
        ),
        """
    }
}
