extension Schema {
    /// Verbs over many sagas. Whoever writes what an item came to has its job locked, so that a job which was paused stands.
    static let jobs = """
        CREATE TABLE saga_jobs (
            id               uuid PRIMARY KEY,
            tenant           text COLLATE "C",
            request_key      text COLLATE "C" NOT NULL,
            key_scope        text COLLATE "C" NOT NULL,
            digest           bytea NOT NULL,
            verb             text NOT NULL,
            filter           text NOT NULL,
            reason           text NOT NULL,
            subject          text COLLATE "C" NOT NULL,
            credential       text COLLATE "C" NOT NULL,
            role             text COLLATE "C" NOT NULL,
            requester_tenant text COLLATE "C",
            groups           text[] NOT NULL,
            address          text COLLATE "C",
            rate             int NOT NULL CHECK (rate > 0),
            status           text COLLATE "C" NOT NULL CHECK (status IN ('running', 'paused', 'done', 'aborted')),
            total            int NOT NULL,
            done             int NOT NULL DEFAULT 0,
            refused          int NOT NULL DEFAULT 0,
            failed           int NOT NULL DEFAULT 0,
            created_at       timestamptz NOT NULL DEFAULT clock_timestamp(),
            updated_at       timestamptz NOT NULL DEFAULT clock_timestamp(),
            ended_at         timestamptz,
            CONSTRAINT saga_jobs_key UNIQUE (request_key, key_scope),
            CONSTRAINT saga_jobs_counts CHECK (done + refused + failed <= total),
            CONSTRAINT saga_jobs_end CHECK ((ended_at IS NULL) = (status IN ('running', 'paused'))),
            CONSTRAINT saga_jobs_done CHECK (status <> 'done' OR done + refused + failed = total)
        );
        CREATE INDEX saga_jobs_running ON saga_jobs (id) WHERE status = 'running';
        CREATE INDEX saga_jobs_tenant ON saga_jobs (tenant, id) WHERE tenant IS NOT NULL;
        CREATE TABLE saga_job_items (
            job_id   uuid NOT NULL,
            position int NOT NULL,
            saga_id  uuid NOT NULL,
            revision int,
            at       timestamptz,
            status   text COLLATE "C" NOT NULL DEFAULT 'pending'
                CHECK (status IN ('pending', 'done', 'refused', 'failed')),
            message  text,
            PRIMARY KEY (job_id, position),
            CONSTRAINT saga_job_items_outcome CHECK ((status = 'pending') = (at IS NULL))
        );
        CREATE INDEX saga_job_items_status ON saga_job_items (job_id, status, position);
        COMMENT ON TABLE saga_jobs IS 'Verbs that somebody had carried out on many sagas.';
        COMMENT ON COLUMN saga_jobs.tenant IS 'Whose sagas it is about; null if it is not restricted to one tenant.';
        COMMENT ON COLUMN saga_jobs.filter IS 'As it was asked for. The sagas were found once, see saga_job_items.';
        COMMENT ON COLUMN saga_jobs.key_scope IS 'The tenant that whoever asked is bound to; empty for none.';
        COMMENT ON TABLE saga_job_items IS
            'The sagas of a job. What one came to is written in the transaction that changes the saga, and once. What is pending in an aborted job was left alone.';
        """
}
