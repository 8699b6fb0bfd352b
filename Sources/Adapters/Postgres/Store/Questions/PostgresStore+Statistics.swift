internal import Postgres
internal import SagaCore
public import SagaEngine
internal import SagaValues

extension PostgresStore {
    public func statistics(
        of workflow: String, over window: StatisticsWindow
    ) async throws(StoreError) -> WorkflowStatistics {
        let ids = try await admitted(workflow, nil) ?? []
        let parameters: [PostgresParameter] = [
            .int32s(ids), .int64(window.length.wholeMicroseconds), .text(window == .hour ? "minute" : "hour"),
        ]
        let limit = patience.wholeMicroseconds / 1_000
        let results: [PostgresRows]
        do throws(PostgresError) {
            results = try await readers.executeAll([
                (Statements.planForTheseValues, []), (Self.giveUp, [.text("\(limit)ms")]),
                (Self.window, Array(parameters.dropFirst())), (Self.slots, parameters), (Self.durations, parameters),
                (Self.failures, parameters),
            ])
        } catch {
            throw tooMuch(error, narrower: window == .hour ? [] : ["window=1h"])
        }
        return try read(results)
    }

    public func rollUpStatistics() async throws(StoreError) -> Bool {
        try await StoreError.translating { () async throws(PostgresError) in
            try await watcher.execute(Self.rollUp)[0].bool(0)
        }
    }

    private func read(_ results: [PostgresRows]) throws(StoreError) -> WorkflowStatistics {
        let slots = try Decoding.all(results[3]) { (row) throws(PostgresError) in
            WorkflowStatistics.Slot(
                at: try row.timestamp(0), started: Int(try row.int64(1)), completed: Int(try row.int64(2)),
                compensated: Int(try row.int64(3)), abandoned: Int(try row.int64(4)))
        }
        var durations = DurationHistogram()
        for (bucket, count) in try Decoding.all(
            results[4], { (row) throws(PostgresError) in (Int(try row.int32(0)), Int(try row.int64(1))) })
        {
            durations.add(count, to: bucket)
        }
        let failures = try Decoding.all(results[5]) { (row) throws(PostgresError) -> WorkflowStatistics.FailureCount? in
            guard let kind = Failure.Kind(rawValue: try row.text(2)) else { return nil }
            let (step, code) = (Int(try row.int32(1)), try row.text(3))
            return WorkflowStatistics.FailureCount(
                workflowID: try row.int32(0), step: step < 0 ? nil : step, kind: kind, code: code.isEmpty ? nil : code,
                count: Int(try row.int64(4)))
        }
        return try StoreError.reading { () throws(PostgresError) in
            WorkflowStatistics(
                from: try results[2][0].timestamp(0), to: try results[2][0].timestamp(1), slots: slots,
                durations: durations, failures: failures)
        }
    }

    private static let rollUp = PostgresStatement("SELECT saga_roll_up()", name: "roll_up", isReadOnly: false)

    // In all of these $1 are the versions, $2 is the length of the window and $3 what its slots are. All are of one
    // transaction, so now() is the same in them. What was counted and what is counted now meet at the marks.

    private static let window = PostgresStatement(
        "SELECT date_trunc($2, now() - $1 * interval '1 microsecond', 'UTC'), now()", name: "statistics_window",
        isReadOnly: true)
    private static let begin = "date_trunc($3, now() - $2 * interval '1 microsecond', 'UTC')"
    private static let minutes = "(SELECT minutes_until FROM saga_statistics_marks)"
    private static let hours = "(SELECT hours_until FROM saga_statistics_marks)"
    /// Rows of a table of counts that are within the window and were not counted since, each time once.
    private static let counted = """
        workflow_id = ANY ($1) AND at >= \(begin)
            AND (CASE WHEN $3 = 'minute' THEN NOT is_hour WHEN is_hour THEN at < \(hours) ELSE at >= \(hours) END)
        """
    private static let fresh = """
        workflow_id = ANY ($1) AND ended_at >= greatest(\(minutes), \(begin)) AND ended_at < now()
        """

    private static let slots = PostgresStatement(
        """
        SELECT date_trunc($3, at, 'UTC'), sum(started)::bigint, sum(completed)::bigint, sum(compensated)::bigint,
            sum(abandoned)::bigint
        FROM (
            SELECT at, started, completed, compensated, abandoned FROM saga_statistics WHERE \(counted)
            UNION ALL
            SELECT ended_at, 0, (status = 'completed')::int, (status = 'compensated')::int, (status = 'abandoned')::int
            FROM saga_ends WHERE \(fresh)
            UNION ALL
            SELECT saga_id_time(id), 1, 0, 0, 0 FROM saga_begins
            WHERE workflow_id = ANY ($1) AND id >= saga_id_floor(greatest(\(minutes), \(begin)))
        ) AS raw
        GROUP BY 1 HAVING sum(started + completed + compensated + abandoned) > 0 ORDER BY 1
        """, name: "statistics_slots", isReadOnly: true)

    private static let durations = PostgresStatement(
        """
        SELECT bucket, sum(count)::bigint FROM (
            SELECT u.bucket, u.count FROM saga_statistics, unnest(buckets, counts) AS u(bucket, count) WHERE \(counted)
            UNION ALL
            SELECT bucket, 1 FROM saga_ends WHERE \(fresh)
        ) AS raw GROUP BY 1
        """, name: "statistics_durations", isReadOnly: true)

    private static let failures = PostgresStatement(
        """
        SELECT workflow_id, step, kind, code, sum(count)::bigint FROM (
            SELECT workflow_id, step, kind, code, count FROM saga_failure_statistics WHERE \(counted)
            UNION ALL
            SELECT workflow_id, coalesce((failure ->> 'step')::int, -1), failure ->> 'kind',
                coalesce(failure -> 'error' ->> 'code', ''), 1
            FROM saga_ends WHERE failure ->> 'kind' IS NOT NULL AND \(fresh)
        ) AS raw GROUP BY 1, 2, 3, 4 ORDER BY 5 DESC, 1, 2, 3, 4
        """, name: "statistics_failures", isReadOnly: true)
}
