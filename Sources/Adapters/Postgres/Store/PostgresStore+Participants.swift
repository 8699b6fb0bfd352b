internal import Postgres
public import SagaEngine
public import SagaValues

extension PostgresStore {
    public func exchange(
        _ notes: [ParticipantNote], window: Duration
    ) async throws(StoreError) -> [ParticipantRecord] {
        // In one order, so that two nodes never wait for each other.
        let notes = notes.sorted { $0.name < $1.name }
        let rows = try await StoreError.translating { () async throws(PostgresError) in
            let question = (Statements.participants, [PostgresParameter.int64(window.wholeMicroseconds)])
            guard !notes.isEmpty else { return try await watcher.execute(question.0, question.1) }
            let counted = notes.filter { !$0.tally.isEmpty }
            return try await watcher.executeAll([
                (Statements.noteParticipants, notes.columns), (Statements.noteOutcomes, counted.tallies), question,
            ])[2]
        }
        return try Decoding.all(rows) { (row) throws(PostgresError) in try row.participant() }
    }

    public func change(
        participant name: String, _ change: ParticipantChange, ifAt version: Int?, audit: AuditRecord?
    ) async throws(StoreError) -> Bool {
        let results = try await StoreError.translating { () async throws(PostgresError) in
            var statements: [(PostgresStatement, [PostgresParameter])] = [(Statements.knowParticipant, [.text(name)])]
            switch change {
            case .limits(let limits):
                statements.append(
                    (Statements.limitParticipant, [.text(name), .integer(limits.inFlight), .integer(limits.perSecond)]))
            case .breaker(let breaker):
                let parameters: [PostgresParameter] = [
                    .text(name), .text(breaker.phase.rawValue), .text(breaker.mode.rawValue),
                    .timestamp(breaker.since), .text(breaker.reason),
                    breaker.nextProbe.map { .timestamp($0) } ?? .null, .int64(Int64(breaker.openings)),
                    .integer(version),
                ]
                // The line of the audit belongs to the move: without the one there is not the other.
                if let audit {
                    statements.append((Statements.moveBreakerAudited, parameters + AuditColumns([audit]).parameters))
                } else {
                    statements.append((Statements.moveBreaker, parameters))
                }
                return try await watcher.executeAll(statements)
            }
            if let audit { statements.append((AuditColumns.statement, AuditColumns([audit]).parameters)) }
            return try await watcher.executeAll(statements)
        }
        return results[1].affected > 0
    }

    public func dropOutcomes(before: Timestamp) async throws(StoreError) {
        _ = try await StoreError.translating { () async throws(PostgresError) in
            try await watcher.execute(Statements.dropOutcomes, [.timestamp(before)])
        }
    }
}

extension PostgresParameter {
    fileprivate static func integer(_ value: Int?) -> PostgresParameter { value.map { .int64(Int64($0)) } ?? .null }
}

extension [ParticipantNote] {
    fileprivate var columns: [PostgresParameter] {
        [
            .texts(map(\.name)), .optionalTimestamps(map(\.lastReplyAt)), .optionalTimestamps(map(\.lastFailureAt)),
            .optionalTexts(map(\.lastFailure)), .bools(map { $0.queue != nil }),
            .optionalInt64s(map { $0.queue?.consumers.map { Int64($0) } }),
            .optionalInt64s(map { $0.queue.map { Int64($0.ready) } }),
        ]
    }

    fileprivate var tallies: [PostgresParameter] {
        [
            .texts(map(\.name)), .int64s(map { Int64($0.tally.done) }), .int64s(map { Int64($0.tally.refused) }),
            .int64s(map { Int64($0.tally.transient) }), .int64s(map { Int64($0.tally.timedOut) }),
            .int64s(map { Int64($0.tally.unroutable) }),
        ]
    }
}

extension PostgresRow {
    fileprivate func participant() throws(PostgresError) -> ParticipantRecord? {
        var breaker: BreakerState?
        if let phase = try optionalText(3) {
            guard let phase = BreakerState.Phase(rawValue: phase),
                let mode = BreakerState.Mode(rawValue: try text(4))
            else { return nil }
            breaker = BreakerState(
                phase: phase, mode: mode, since: try timestamp(5), reason: try text(6),
                nextProbe: try optionalTimestamp(7), openings: Int(try int64(8)))
        }
        let queueSeenAt = try optionalTimestamp(13)
        func integer(_ column: Int) throws(PostgresError) -> Int? { try optionalInt64(column).map { Int($0) } }
        func tally(from column: Int) throws(PostgresError) -> ParticipantTally {
            ParticipantTally(
                done: Int(try int64(column)), refused: Int(try int64(column + 1)),
                transient: Int(try int64(column + 2)), timedOut: Int(try int64(column + 3)),
                unroutable: Int(try int64(column + 4)))
        }
        return ParticipantRecord(
            name: try text(0), limits: ParticipantLimits(inFlight: try integer(1), perSecond: try integer(2)),
            breaker: breaker, version: Int(try int64(9)), lastReplyAt: try optionalTimestamp(10),
            lastFailureAt: try optionalTimestamp(11), lastFailure: try optionalText(12),
            queue: queueSeenAt == nil
                ? nil : QueueState(consumers: try integer(14), ready: try integer(15) ?? 0),
            queueSeenAt: queueSeenAt, unattendedSince: try optionalTimestamp(16), counted: try tally(from: 17),
            recent: try tally(from: 22))
    }
}

extension Statements {
    static let noteParticipants = PostgresStatement(
        """
        INSERT INTO saga_participants AS p
            (name, last_reply_at, last_failure_at, last_failure, queue_seen_at, consumers, ready, unattended_since)
        SELECT name, reply_at, failure_at, failure, CASE WHEN is_queue THEN now END, consumers::int, ready,
            CASE WHEN is_queue AND consumers = 0 THEN now END
        FROM unnest($1::text[], $2::timestamptz[], $3::timestamptz[], $4::text[], $5::bool[], $6::bigint[], $7::bigint[])
                AS n(name, reply_at, failure_at, failure, is_queue, consumers, ready),
            clock_timestamp() AS now
        ON CONFLICT (name) DO UPDATE SET
            last_reply_at = greatest(p.last_reply_at, excluded.last_reply_at),
            last_failure = CASE WHEN p.last_failure_at >= excluded.last_failure_at OR excluded.last_failure_at IS NULL
                THEN p.last_failure ELSE excluded.last_failure END,
            last_failure_at = greatest(p.last_failure_at, excluded.last_failure_at),
            queue_seen_at = coalesce(excluded.queue_seen_at, p.queue_seen_at),
            consumers = CASE WHEN excluded.queue_seen_at IS NULL THEN p.consumers ELSE excluded.consumers END,
            ready = CASE WHEN excluded.queue_seen_at IS NULL THEN p.ready ELSE excluded.ready END,
            unattended_since = CASE WHEN excluded.queue_seen_at IS NULL THEN p.unattended_since
                WHEN excluded.consumers = 0 THEN coalesce(p.unattended_since, excluded.unattended_since) END
        """, name: "note_participants", isReadOnly: false)

    static let noteOutcomes = PostgresStatement(
        """
        INSERT INTO saga_participant_outcomes AS o (participant, at, done, refused, transient, timed_out, unroutable)
        SELECT name, \(bucket("now")), done, refused, transient, timed_out, unroutable
        FROM unnest($1::text[], $2::bigint[], $3::bigint[], $4::bigint[], $5::bigint[], $6::bigint[])
                AS n(name, done, refused, transient, timed_out, unroutable),
            clock_timestamp() AS now
        ON CONFLICT (participant, at) DO UPDATE SET done = o.done + excluded.done,
            refused = o.refused + excluded.refused, transient = o.transient + excluded.transient,
            timed_out = o.timed_out + excluded.timed_out, unroutable = o.unroutable + excluded.unroutable
        """, name: "note_outcomes", isReadOnly: false)

    private static func bucket(_ time: String) -> String { "date_bin('2 seconds', \(time), timestamptz '2000-01-01')" }

    /// A breaker that has closed counts what came after; one that is half-open, what came since it is, to the bucket.
    static let participants = PostgresStatement(
        """
        SELECT p.name, p.in_flight_limit::bigint, p.per_second_limit::bigint, p.breaker, p.breaker_mode,
            p.breaker_since, p.breaker_reason, p.next_probe_at, p.openings::bigint, p.breaker_version::bigint,
            p.last_reply_at, p.last_failure_at, p.last_failure, p.queue_seen_at, p.consumers::bigint, p.ready,
            p.unattended_since, o.*
        FROM saga_participants p, clock_timestamp() AS now, LATERAL (
            SELECT \(sums("FILTER (WHERE at >= CASE WHEN p.breaker = 'half-open' THEN \(bucket("p.breaker_since"))"
                + " ELSE greatest(now - $1::bigint * interval '1 microsecond', p.breaker_since) END)")), \(sums(""))
            FROM saga_participant_outcomes
            WHERE participant = p.name AND at > now - interval '5 minutes') AS o
        ORDER BY p.name
        """, name: "participants", isReadOnly: true)

    private static func sums(_ filter: String) -> String {
        ["done", "refused", "transient", "timed_out", "unroutable"].map { "coalesce(sum(\($0)) \(filter), 0)" }
            .joined(separator: ", ")
    }

    static let knowParticipant = PostgresStatement(
        "INSERT INTO saga_participants (name) VALUES ($1) ON CONFLICT (name) DO NOTHING", name: "know_participant")

    static let limitParticipant = PostgresStatement(
        """
        UPDATE saga_participants SET in_flight_limit = $2::bigint, per_second_limit = $3::bigint WHERE name = $1
        """, name: "limit_participant")

    static let moveBreaker = PostgresStatement(moved, name: "move_breaker", isReadOnly: false)
    static let moveBreakerAudited = PostgresStatement(
        """
        WITH moved AS (\(moved) RETURNING 1)
        \(AuditColumns.insert(from: 9)) WHERE EXISTS (SELECT FROM moved)
        """, name: "move_breaker_audited", isReadOnly: false)

    private static let moved = """
        UPDATE saga_participants SET breaker = $2, breaker_mode = $3, breaker_since = $4, breaker_reason = $5,
            next_probe_at = $6::timestamptz, openings = $7::bigint, breaker_version = breaker_version + 1
        WHERE name = $1 AND ($8::bigint IS NULL OR breaker_version = $8)
        """

    static let dropOutcomes = PostgresStatement(
        "DELETE FROM saga_participant_outcomes WHERE at < $1", name: "drop_outcomes")
}
