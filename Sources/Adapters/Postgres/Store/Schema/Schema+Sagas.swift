extension Schema {
    static let sagas = """
        CREATE TABLE workflow_versions (
            id          int GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
            workflow    text COLLATE "C" NOT NULL,
            version     int NOT NULL CHECK (version > 0),
            digest      text COLLATE "C" NOT NULL,
            source      text NOT NULL,
            deployed_at timestamptz NOT NULL DEFAULT clock_timestamp(),
            CONSTRAINT workflow_versions_name UNIQUE (workflow, version)
        );
        COMMENT ON TABLE workflow_versions IS
            'Deployed workflows. Immutable: a running saga keeps the version it began with.';

        CREATE TABLE sagas (
            id           uuid PRIMARY KEY,
            started_at   timestamptz NOT NULL,
            node         bigint NOT NULL,
            workflow_id  int NOT NULL,
            revision     int NOT NULL CHECK (revision > 0),
            batch        bigint NOT NULL,
            updated_at   timestamptz NOT NULL,
            timer_at     timestamptz,
            ended_at     timestamptz,
            has_incident bool NOT NULL,
            status       text COLLATE "C" NOT NULL,
            state        text COLLATE "C" NOT NULL,
            CONSTRAINT sagas_status CHECK (
                CASE WHEN ended_at IS NULL THEN status IN ('queued', 'running', 'compensating')
                     ELSE status IN ('completed', 'compensated', 'abandoned') END)
        ) WITH (fillfactor = 45);
        -- The fill factor leaves room for a second version of every row of a page: sagas that start together
        -- move together, often in one transaction, and within it the old versions cannot go yet.
        -- Of the columns here only status and has_incident ever change, so only the few transitions that
        -- change those cost more than an update within the page.
        CREATE INDEX sagas_not_completed ON sagas (status, id) WHERE status <> 'completed';
        CREATE INDEX sagas_with_incident ON sagas (id) WHERE has_incident;
        COMMENT ON TABLE sagas IS
            'How far each saga has got: the row that every transition rewrites. See the views open_sagas and stuck_sagas. Never update it by hand: its history would no longer lead to it.';
        COMMENT ON COLUMN sagas.workflow_id IS 'workflow_versions.id';
        COMMENT ON COLUMN sagas.revision IS
            'The last row of its history. A writer must have seen it, or its update is left out.';
        COMMENT ON COLUMN sagas.node IS 'saga_nodes.id of the node that answers for the commands in flight: the last that sent some.';
        COMMENT ON COLUMN sagas.batch IS
            'Which batch of that node it was. If the node dies, what it sent after its watermark is sent again.';
        COMMENT ON COLUMN sagas.timer_at IS
            'The earliest row that saga_timers has for it, at or before the time it must be looked at.';
        COMMENT ON COLUMN sagas.state IS
            'JSON. s: steps in the order of the workflow, each 0 (not reached) or [phase, attempt, spent, round, due, unanswered, output revision, incident cause, incident revision, error]; phases: 1 doing 2 retrying 3 probing 4 reprobing 5 done 6 failed 7 unknown 8 held 9 undoing 10 reundoing 11 undone 12 undo held. d: deadline; times in microseconds after the start. f: why it unwinds.';

        CREATE TABLE saga_origins (
            id              uuid PRIMARY KEY,
            started_at      timestamptz NOT NULL,
            workflow_id     int NOT NULL,
            input_digest    bytea NOT NULL,
            workflow        text COLLATE "C" NOT NULL,
            tenant          text COLLATE "C" NOT NULL,
            idempotency_key text COLLATE "C" NOT NULL,
            business_key    text COLLATE "C",
            traceparent     text COLLATE "C",
            tracestate      text COLLATE "C",
            CONSTRAINT saga_origins_start_key UNIQUE (idempotency_key, workflow, tenant)
        );
        -- In the order of the ids, but not by the id itself, or a look for an id might go through this index.
        CREATE INDEX saga_origins_workflow ON saga_origins (workflow, uuid_send(id));
        CREATE INDEX saga_origins_tenant ON saga_origins (tenant, id) WHERE tenant <> 'default';
        CREATE INDEX saga_origins_business_key ON saga_origins (business_key, id) WHERE business_key IS NOT NULL;
        COMMENT ON TABLE saga_origins IS 'What is known of a saga from its start on and never changes.';
        COMMENT ON COLUMN saga_origins.input_digest IS 'SHA-256 of the input: the same key with another input is refused.';
        COMMENT ON COLUMN saga_origins.business_key IS 'What people call it: an order number, say. Not unique.';
        """
}
