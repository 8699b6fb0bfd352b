extension Schema {
    static let history = """
        CREATE TABLE saga_history (
            saga_id   uuid NOT NULL,
            at        timestamptz NOT NULL,
            revision  int NOT NULL,
            attempt   int,
            kind      text COLLATE "C" NOT NULL,
            step      text COLLATE "C",
            direction text COLLATE "C",
            data      text COLLATE "C" NOT NULL,
            PRIMARY KEY (saga_id, revision)
        ) PARTITION BY RANGE (saga_id);
        COMMENT ON TABLE saga_history IS
            'What happened to each saga, without gaps; folding it gives the row in sagas. Append-only. One partition a week, by the time in the saga''s id: old ones are dropped whole.';
        COMMENT ON COLUMN saga_history.revision IS 'Counts from 1 within its saga.';
        COMMENT ON COLUMN saga_history.kind IS
            'started queued locks-granted done rejected retry working returned timer retry-requested compensation-requested';
        COMMENT ON COLUMN saga_history.direction IS 'do undo probe';
        COMMENT ON COLUMN saga_history.data IS 'JSON exactly as it came: the input, an output, an error; or empty.';

        CREATE TABLE saga_history_other PARTITION OF saga_history DEFAULT;
        COMMENT ON TABLE saga_history_other IS
            'History of sagas whose week has no partition, so that nothing is ever refused. Usually empty.';

        CREATE FUNCTION saga_refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$
        BEGIN
            RAISE EXCEPTION '% is append-only', TG_TABLE_NAME USING ERRCODE = 'SG003';
        END $$;
        CREATE TRIGGER saga_history_append_only BEFORE UPDATE OR DELETE ON saga_history
            FOR EACH ROW EXECUTE FUNCTION saga_refuse_change();
        CREATE TRIGGER saga_history_no_truncate BEFORE TRUNCATE ON saga_history
            FOR EACH STATEMENT EXECUTE FUNCTION saga_refuse_change();
        CREATE TRIGGER saga_origins_immutable BEFORE UPDATE ON saga_origins
            FOR EACH ROW EXECUTE FUNCTION saga_refuse_change();

        CREATE FUNCTION saga_id_floor(moment timestamptz) RETURNS uuid LANGUAGE sql IMMUTABLE AS $$
            SELECT (lpad(to_hex(floor(extract(epoch FROM moment) * 1000)::bigint), 12, '0') || repeat('0', 20))::uuid
        $$;
        COMMENT ON FUNCTION saga_id_floor IS 'The least id that a saga started at this time can have.';

        CREATE FUNCTION saga_ensure_partitions(weeks int) RETURNS SETOF text LANGUAGE plpgsql AS $$
        DECLARE
            week timestamptz;
            name text;
            low uuid;
            high uuid;
        BEGIN
            PERFORM pg_advisory_xact_lock(1396786945, -1);
            -- Attaching waits for readers of the partition for the rest: not for long, it can be done tomorrow.
            SET LOCAL lock_timeout = '2s';
            FOR i IN 0..weeks LOOP
                week := date_trunc('week', clock_timestamp() AT TIME ZONE 'UTC') AT TIME ZONE 'UTC'
                    + i * interval '7 days';
                name := 'saga_history_' || to_char(week AT TIME ZONE 'UTC', 'IYYY"w"IW');
                low := saga_id_floor(week);
                high := saga_id_floor(week + interval '7 days');
                CONTINUE WHEN to_regclass(name) IS NOT NULL;
                -- A week that the default partition has begun stays there.
                CONTINUE WHEN EXISTS (
                    SELECT FROM saga_history_other WHERE saga_id >= low AND saga_id < high);
                -- Attaching, unlike creating it in place, lets writers go on.
                EXECUTE format('CREATE TABLE %I (LIKE saga_history INCLUDING ALL)', name);
                EXECUTE format(
                    'ALTER TABLE saga_history ATTACH PARTITION %I FOR VALUES FROM (%L) TO (%L)', name, low, high);
                RETURN NEXT name;
            END LOOP;
        END $$;
        COMMENT ON FUNCTION saga_ensure_partitions IS
            'Makes the partitions of saga_history for this week and some to come, where they are missing; the program calls it at its start and every six hours.';
        """
}
