/// The kit's own tables, which stand beside those of the service in the same database.
///
/// Several services may share a database: keys hold the saga's id, so they never meet.
enum BarrierSchema {
    static let barrier = """
        CREATE TABLE saga_barrier (
            saga_id uuid NOT NULL,
            step text NOT NULL,
            iteration integer NOT NULL,
            direction text NOT NULL CHECK (direction IN ('do', 'undo')),
            -- open: claimed by the transaction that is running; never committed like that.
            -- tombstone: a do that must not happen any more, since its undo came first.
            outcome text NOT NULL CHECK (outcome IN ('open', 'done', 'rejected', 'tombstone')),
            round integer NOT NULL,
            action text NOT NULL,
            -- The body of the reply, to be sent again to duplicates.
            reply text,
            at timestamptz NOT NULL DEFAULT now(),
            PRIMARY KEY (saga_id, step, iteration, direction),
            CHECK (outcome NOT IN ('done', 'rejected') OR reply IS NOT NULL)
        ) WITH (fillfactor = 70);
        -- For the cleaning by age. BRIN: rows come in the order of time, and updates stay HOT.
        CREATE INDEX saga_barrier_at ON saga_barrier USING brin (at) WITH (pages_per_range = 16);
        """

    static let outbox = """
        CREATE TABLE saga_outbox (
            id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
            message_id uuid NOT NULL,
            source text NOT NULL,
            event text NOT NULL,
            aggregate text NOT NULL,
            payload text NOT NULL,
            traceparent text,
            tracestate text,
            at timestamptz NOT NULL DEFAULT now()
        );
        """

    static let inbox = """
        -- Events that were taken in, so that one delivered again has no second effect.
        CREATE TABLE saga_inbox (
            subscriber text NOT NULL,
            message_id text NOT NULL,
            at timestamptz NOT NULL DEFAULT now(),
            PRIMARY KEY (subscriber, message_id)
        );
        CREATE INDEX saga_inbox_at ON saga_inbox USING brin (at) WITH (pages_per_range = 16);

        -- Redelivered messages that are being worked on: one that is still here when it comes again
        -- made its process die.
        CREATE TABLE saga_suspects (
            message_id text PRIMARY KEY,
            tries integer NOT NULL,
            at timestamptz NOT NULL DEFAULT now()
        );
        """
}
