extension Schema {
    /// Advisory locks in use, as (class, object):
    /// - (1396786945, node): the node's session is there, held for as long as it lives.
    /// - (1396786946, node): shared by each commit of the node until its end; who declares it dead takes it alone.
    /// - (1396786945, -1): partitions are being made.
    static let nodes = """
        CREATE TABLE saga_nodes (
            id          bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
            started_at  timestamptz NOT NULL DEFAULT clock_timestamp(),
            beat_at     timestamptz NOT NULL DEFAULT clock_timestamp(),
            lease_until timestamptz NOT NULL,
            watermark   bigint NOT NULL DEFAULT 0,
            dead_at     timestamptz,
            retired_at  timestamptz,
            name        text NOT NULL,
            CHECK (retired_at IS NULL OR dead_at IS NOT NULL)
        ) WITH (fillfactor = 50);
        CREATE INDEX saga_nodes_known ON saga_nodes (id) WHERE retired_at IS NULL;
        COMMENT ON TABLE saga_nodes IS 'Processes that run sagas, each row one process from its start to its end.';
        COMMENT ON COLUMN saga_nodes.beat_at IS 'The last sign of life; the lease runs from here.';
        COMMENT ON COLUMN saga_nodes.lease_until IS 'After this, unless it is extended, the node is taken for dead.';
        COMMENT ON COLUMN saga_nodes.watermark IS
            'The broker has confirmed everything that the batches of this node up to this one sent.';
        COMMENT ON COLUMN saga_nodes.dead_at IS 'Declared dead: from here on none of its commits succeeds.';
        COMMENT ON COLUMN saga_nodes.retired_at IS 'What it had not sent has been taken over.';

        CREATE FUNCTION saga_plan_lookups() RETURNS void LANGUAGE plpgsql AS $$
        BEGIN
            -- Such statements are planned once, for good, and without regard to how small their tables are at
            -- that moment. They are written so that nothing but reading a whole table is left beside the way
            -- by index; that is forbidden here, and so is what could make an index of the wrong columns seem
            -- good enough.
            PERFORM set_config('plan_cache_mode', 'force_generic_plan', true),
                set_config('enable_seqscan', 'off', true), set_config('enable_bitmapscan', 'off', true),
                set_config('enable_hashjoin', 'off', true), set_config('enable_mergejoin', 'off', true),
                set_config('enable_memoize', 'off', true), set_config('jit', 'off', true);
        END $$;
        COMMENT ON FUNCTION saga_plan_lookups IS
            'For transactions that look rows up by their keys: whatever the statistics say, they are found by index.';

        CREATE FUNCTION saga_begin_commit(writer bigint) RETURNS timestamptz LANGUAGE plpgsql AS $$
        BEGIN
            PERFORM pg_advisory_xact_lock_shared(1396786946, writer::int);
            IF NOT EXISTS (SELECT FROM saga_nodes WHERE id = writer AND dead_at IS NULL) THEN
                RAISE EXCEPTION 'node % was declared dead', writer USING ERRCODE = 'SG001';
            END IF;
            PERFORM saga_plan_lookups();
            -- Whoever holds a row of one saga must not hold up all others.
            PERFORM set_config('lock_timeout', '3s', true);
            RETURN clock_timestamp();
        END $$;
        COMMENT ON FUNCTION saga_begin_commit IS
            'First in each transaction of a node. Fails with SG001 if the node was declared dead; if not, it cannot be until the transaction has ended.';

        -- While the server was away nobody could give a sign of life: no lease runs from before its start.
        CREATE FUNCTION saga_lease_end(node saga_nodes) RETURNS timestamptz LANGUAGE sql STABLE AS $$
            SELECT greatest(node.lease_until, pg_postmaster_start_time() + (node.lease_until - node.beat_at))
        $$;

        CREATE FUNCTION saga_declare_dead(other bigint) RETURNS void LANGUAGE plpgsql AS $$
        DECLARE
            is_late bool;
        BEGIN
            -- Who is giving a sign of life right now has its row locked.
            SELECT saga_lease_end(n) < clock_timestamp() INTO is_late FROM saga_nodes n
                WHERE id = other AND dead_at IS NULL FOR UPDATE SKIP LOCKED;
            IF NOT FOUND THEN RETURN; END IF;
            IF is_late THEN
                -- A process that stands still in the middle of a commit would hold its rows, and us, for ever.
                BEGIN
                    PERFORM pg_terminate_backend(pid, 1000) FROM pg_locks
                        WHERE locktype = 'advisory' AND classid = 1396786946 AND objid = other AND objsubid = 2
                            AND database = (SELECT oid FROM pg_database WHERE datname = current_database())
                            AND granted AND pid <> pg_backend_pid();
                EXCEPTION WHEN insufficient_privilege THEN
                    NULL;
                END;
            END IF;
            -- Either its commit in flight is over and can be seen, or it is not declared dead yet.
            IF pg_try_advisory_xact_lock(1396786946, other::int) THEN
                UPDATE saga_nodes SET dead_at = clock_timestamp() WHERE id = other;
            END IF;
        END $$;

        CREATE FUNCTION saga_heartbeat(beating bigint, confirmed bigint, lease_microseconds bigint)
        RETURNS TABLE (answered_at timestamptz, is_dead bool, is_leader bool, dead_node bigint, dead_watermark bigint)
        LANGUAGE plpgsql AS $$
        DECLARE
            other saga_nodes;
        BEGIN
            IF current_setting('saga.node', true) IS DISTINCT FROM beating::text
                AND pg_try_advisory_lock(1396786945, beating::int)
            THEN
                PERFORM set_config('saga.node', beating::text, false);
            END IF;
            UPDATE saga_nodes
                SET beat_at = clock_timestamp(),
                    lease_until = clock_timestamp() + lease_microseconds * interval '1 microsecond',
                    watermark = greatest(watermark, confirmed)
                WHERE id = beating AND dead_at IS NULL;
            is_dead := NOT FOUND;
            IF NOT is_dead THEN
                FOR other IN
                    SELECT * FROM saga_nodes WHERE retired_at IS NULL AND dead_at IS NULL AND id <> beating
                LOOP
                    -- Its session is gone; or was it the server that went, and it has not come back to it yet?
                    IF saga_lease_end(other) < clock_timestamp()
                        OR (other.beat_at > pg_postmaster_start_time()
                            AND pg_try_advisory_xact_lock(1396786945, other.id::int))
                    THEN
                        PERFORM saga_declare_dead(other.id);
                    END IF;
                END LOOP;
            END IF;
            RETURN QUERY
                SELECT clock_timestamp(), is_dead,
                    NOT is_dead AND NOT EXISTS (
                        SELECT FROM saga_nodes n WHERE n.retired_at IS NULL AND n.dead_at IS NULL AND n.id < beating),
                    gone.id, gone.watermark
                FROM (VALUES (1)) AS always
                LEFT JOIN (
                    SELECT n.id, n.watermark FROM saga_nodes n
                        WHERE n.retired_at IS NULL AND n.dead_at IS NOT NULL AND n.id <> beating
                ) AS gone ON true
                ORDER BY gone.id;
        END $$;
        COMMENT ON FUNCTION saga_heartbeat IS
            'Extends a node''s lease and declares dead whose lease ran out or whose session is gone. One row for each dead node, or one row without.';
        """
}
