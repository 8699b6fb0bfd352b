extension Schema {
    /// Messages that nobody could take.
    static let deadLetters = """
        CREATE TABLE saga_dead_letters (
            id             uuid PRIMARY KEY,
            received_at    timestamptz NOT NULL,
            last_seen_at   timestamptz NOT NULL,
            ended_at       timestamptz,
            seen           int NOT NULL CHECK (seen > 0),
            body_bytes     int NOT NULL,
            is_whole       bool NOT NULL,
            digest         bytea NOT NULL CHECK (octet_length(digest) = 32),
            status         text COLLATE "C" NOT NULL CHECK (status IN ('open', 'put-back', 'discarded')),
            exchange       text COLLATE "C",
            routing_key    text COLLATE "C",
            queue          text COLLATE "C",
            reason         text COLLATE "C" NOT NULL,
            detail         text COLLATE "C" NOT NULL,
            message_id     text COLLATE "C",
            correlation_id text COLLATE "C",
            type           text COLLATE "C",
            app_id         text COLLATE "C",
            ended_by       text COLLATE "C",
            end_reason     text COLLATE "C",
            properties     text COLLATE "C" NOT NULL,
            body           bytea NOT NULL,
            CONSTRAINT saga_dead_letters_digest UNIQUE (digest),
            CONSTRAINT saga_dead_letters_end CHECK (
                CASE WHEN status = 'open' THEN num_nonnulls(ended_at, ended_by, end_reason) = 0
                     ELSE num_nonnulls(ended_at, ended_by, end_reason) = 3 END)
        );
        CREATE INDEX saga_dead_letters_open ON saga_dead_letters (id) WHERE status = 'open';
        CREATE INDEX saga_dead_letters_ended ON saga_dead_letters (ended_at) WHERE ended_at IS NOT NULL;
        COMMENT ON TABLE saga_dead_letters IS
            'What came to the queue saga.dead: taken off it once it is here. Ended ones are dropped after some time.';
        COMMENT ON COLUMN saga_dead_letters.digest IS 'SHA-256 of properties and body: what comes again is known by it.';
        COMMENT ON COLUMN saga_dead_letters.exchange IS 'Where it was published first, for lists. The way back is in properties.';
        COMMENT ON COLUMN saga_dead_letters.queue IS 'From which the broker moved it; null if whoever took it put it aside.';
        COMMENT ON COLUMN saga_dead_letters.is_whole IS 'False if it was too large to be kept as it was.';
        COMMENT ON COLUMN saga_dead_letters.properties IS 'JSON: where it was published, its AMQP properties and headers.';
        """
}
