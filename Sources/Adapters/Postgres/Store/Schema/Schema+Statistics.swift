extension Schema {
    /// How many sagas of a workflow started and ended, how long they took, and why they failed.
    ///
    /// Nothing is counted where sagas are written. The leader counts once what ended in each minute, when two more have
    /// passed, so that what was being committed is there; and of the minutes it makes hours. What is younger is counted
    /// when it is asked for.
    static let statistics = """
        CREATE FUNCTION saga_duration_bucket(microseconds bigint) RETURNS int LANGUAGE sql IMMUTABLE AS $$
            SELECT CASE WHEN microseconds < 16 THEN greatest(microseconds, 0)::int
                ELSE (length(ltrim(microseconds::bit(64)::text, '0')) - 4) * 16
                    + ((microseconds >> (length(ltrim(microseconds::bit(64)::text, '0')) - 5)) & 15)::int END
        $$;
        COMMENT ON FUNCTION saga_duration_bucket IS
            'Which bucket of a histogram a duration falls into: sixteen for each doubling.';

        CREATE TABLE saga_statistics (
            workflow_id int NOT NULL,
            is_hour     bool NOT NULL,
            at          timestamptz NOT NULL,
            started     int NOT NULL,
            completed   int NOT NULL,
            compensated int NOT NULL,
            abandoned   int NOT NULL,
            buckets     int[] NOT NULL,
            counts      int[] NOT NULL,
            PRIMARY KEY (workflow_id, is_hour, at)
        );
        COMMENT ON TABLE saga_statistics IS
            'What became of the sagas of a workflow version in a minute or an hour. Minutes are kept for some hours, hours for eight days.';
        COMMENT ON COLUMN saga_statistics.buckets IS 'saga_duration_bucket of those that ended; counts has how many there were.';

        CREATE TABLE saga_failure_statistics (
            workflow_id int NOT NULL,
            is_hour     bool NOT NULL,
            at          timestamptz NOT NULL,
            step        int NOT NULL,
            kind        text COLLATE "C" NOT NULL,
            code        text COLLATE "C" NOT NULL,
            count       int NOT NULL,
            PRIMARY KEY (workflow_id, is_hour, at, step, kind, code)
        );
        COMMENT ON TABLE saga_failure_statistics IS 'Why sagas were undone or given up, by the minute or hour of their end.';
        COMMENT ON COLUMN saga_failure_statistics.step IS 'Its place in the workflow, from 0; -1 for none.';
        COMMENT ON COLUMN saga_failure_statistics.code IS 'What the participant said; empty if nothing.';

        CREATE TABLE saga_statistics_marks (
            is_only       bool PRIMARY KEY DEFAULT true CHECK (is_only),
            minutes_until timestamptz NOT NULL,
            hours_until   timestamptz NOT NULL
        );
        COMMENT ON TABLE saga_statistics_marks IS 'Up to when minutes and hours have been counted.';
        INSERT INTO saga_statistics_marks (minutes_until, hours_until)
            SELECT at, at FROM (SELECT date_trunc('hour', clock_timestamp(), 'UTC') - interval '8 days' AS at) AS first;

        -- Bodies of an each are parts of a saga, and none of their own.
        CREATE VIEW saga_ends AS
            SELECT s.workflow_id, s.ended_at, s.status,
                saga_duration_bucket((extract(epoch FROM s.ended_at - s.started_at) * 1000000)::bigint) AS bucket,
                CASE WHEN s.status <> 'completed' THEN s.state::jsonb -> 'f' END AS failure
            FROM sagas s JOIN saga_origins o ON o.id = s.id
            WHERE s.ended_at IS NOT NULL AND o.parent_body IS NULL;
        COMMENT ON VIEW saga_ends IS 'How sagas ended; always with a range of ended_at.';
        CREATE VIEW saga_begins AS
            SELECT o.workflow_id, o.id, o.started_at FROM saga_origins o WHERE o.parent_body IS NULL;
        COMMENT ON VIEW saga_begins IS 'Which sagas began; always with a range of ids, see saga_id_floor.';

        CREATE FUNCTION saga_id_time(id uuid) RETURNS timestamptz LANGUAGE sql IMMUTABLE AS $$
            SELECT timestamptz 'epoch'
                + ('x' || replace(left(id::text, 13), '-', ''))::bit(48)::bigint * interval '1 millisecond'
        $$;
        COMMENT ON FUNCTION saga_id_time IS 'When a saga was started, as the clock of the node saw it that made its id.';

        CREATE FUNCTION saga_roll_up() RETURNS bool LANGUAGE plpgsql AS $$
        DECLARE
            mark saga_statistics_marks;
            last timestamptz := date_trunc('minute', clock_timestamp() - interval '2 minutes', 'UTC');
            until timestamptz;
            hour timestamptz;
        BEGIN
            SELECT * INTO mark FROM saga_statistics_marks FOR UPDATE;
            -- An hour at a time, so that no transaction is long after a long pause.
            until := least(last, mark.minutes_until + interval '1 hour');
            IF until <= mark.minutes_until THEN RETURN false; END IF;
            INSERT INTO saga_statistics
                SELECT workflow_id, false, minute, sum(started), sum(completed), sum(compensated), sum(abandoned),
                    coalesce(array_agg(bucket ORDER BY bucket) FILTER (WHERE bucket IS NOT NULL), '{}'),
                    coalesce(array_agg(completed + compensated + abandoned ORDER BY bucket)
                        FILTER (WHERE bucket IS NOT NULL), '{}')
                FROM (
                    SELECT workflow_id, date_trunc('minute', ended_at, 'UTC') AS minute, bucket, 0 AS started,
                        count(*) FILTER (WHERE status = 'completed') AS completed,
                        count(*) FILTER (WHERE status = 'compensated') AS compensated,
                        count(*) FILTER (WHERE status = 'abandoned') AS abandoned
                    FROM saga_ends WHERE ended_at >= mark.minutes_until AND ended_at < until GROUP BY 1, 2, 3
                    UNION ALL
                    SELECT workflow_id, date_trunc('minute', saga_id_time(id), 'UTC'), NULL, count(*), 0, 0, 0
                    FROM saga_begins WHERE id >= saga_id_floor(mark.minutes_until) AND id < saga_id_floor(until)
                    GROUP BY 1, 2
                ) AS raw GROUP BY 1, 3;
            INSERT INTO saga_failure_statistics
                SELECT workflow_id, false, date_trunc('minute', ended_at, 'UTC'),
                    coalesce((failure ->> 'step')::int, -1), failure ->> 'kind',
                    coalesce(failure -> 'error' ->> 'code', ''), count(*)
                FROM saga_ends WHERE ended_at >= mark.minutes_until AND ended_at < until AND failure ->> 'kind' IS NOT NULL
                GROUP BY 1, 3, 4, 5, 6;
            hour := date_trunc('hour', until, 'UTC');
            IF hour > mark.hours_until THEN
                INSERT INTO saga_statistics
                    SELECT t.workflow_id, true, t.at, t.started, t.completed, t.compensated, t.abandoned,
                        coalesce(d.buckets, '{}'), coalesce(d.counts, '{}')
                    FROM (
                        SELECT workflow_id, date_trunc('hour', at, 'UTC') AS at, sum(started) AS started,
                            sum(completed) AS completed, sum(compensated) AS compensated, sum(abandoned) AS abandoned
                        FROM saga_statistics WHERE NOT is_hour AND at >= mark.hours_until AND at < hour GROUP BY 1, 2
                    ) AS t LEFT JOIN (
                        SELECT workflow_id, at, array_agg(bucket ORDER BY bucket) AS buckets,
                            array_agg(count ORDER BY bucket) AS counts
                        FROM (
                            SELECT m.workflow_id, date_trunc('hour', m.at, 'UTC') AS at, u.bucket, sum(u.count) AS count
                            FROM saga_statistics m, unnest(m.buckets, m.counts) AS u(bucket, count)
                            WHERE NOT m.is_hour AND m.at >= mark.hours_until AND m.at < hour GROUP BY 1, 2, 3
                        ) AS summed GROUP BY 1, 2
                    ) AS d USING (workflow_id, at);
                INSERT INTO saga_failure_statistics
                    SELECT workflow_id, true, date_trunc('hour', at, 'UTC'), step, kind, code, sum(count)
                    FROM saga_failure_statistics WHERE NOT is_hour AND at >= mark.hours_until AND at < hour
                    GROUP BY 1, 3, 4, 5, 6;
                DELETE FROM saga_statistics WHERE at < hour - CASE WHEN is_hour THEN interval '8 days' ELSE interval '2 hours' END;
                DELETE FROM saga_failure_statistics
                    WHERE at < hour - CASE WHEN is_hour THEN interval '8 days' ELSE interval '2 hours' END;
            END IF;
            UPDATE saga_statistics_marks SET minutes_until = until, hours_until = greatest(hours_until, hour);
            RETURN until < last;
        END $$;
        COMMENT ON FUNCTION saga_roll_up IS
            'Counts what began and ended since it was called last; true if it has to be called again to catch up.';
        """
}
