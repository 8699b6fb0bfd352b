internal import Postgres
public import SagaEngine
public import SagaValues

extension PostgresStore {
    public func keep(deadLetters letters: [NewDeadLetter]) async throws(StoreError) {
        guard !letters.isEmpty else { return }
        // One statement cannot touch a row twice; in one order by all, so that no two keepers wait for each other.
        var unique: [[UInt8]: (letter: NewDeadLetter, times: Int32)] = [:]
        for letter in letters {
            unique[letter.digest] = (letter, (unique[letter.digest]?.times ?? 0) + 1)
        }
        let sorted = unique.values.sorted { $0.letter.digest.lexicographicallyPrecedes($1.letter.digest) }
        let (traits, contents) = (sorted.map(\.letter.traits), sorted.map(\.letter.content))
        _ = try await idempotently(
            [
                (
                    Statements.keepDeadLetters,
                    [
                        .uuids(sorted.map(\.letter.id)), .int32s(sorted.map(\.times)),
                        .int32s(contents.map { Int32(clamping: $0.bodyBytes) }), .bools(contents.map(\.isWhole)),
                        .byteArrays(sorted.map(\.letter.digest)), .optionalTexts(traits.map(\.exchange)),
                        .optionalTexts(traits.map(\.routingKey)), .optionalTexts(traits.map(\.queue)),
                        .texts(traits.map(\.reason)), .texts(traits.map(\.detail)),
                        .optionalTexts(traits.map(\.messageID)), .optionalTexts(traits.map(\.correlationID)),
                        .optionalTexts(traits.map(\.type)), .optionalTexts(traits.map(\.appID)),
                        .texts(contents.map { String(decoding: $0.properties, as: UTF8.self) }),
                        .byteArrays(contents.map(\.body)),
                    ]
                )
            ], on: watcher)
    }

    public func deadLetters(
        _ filter: DeadLetterFilter, after cursor: UUID?, limit: Int
    ) async throws(StoreError) -> [DeadLetter] {
        var conditions = Conditions(first: .int64(Int64(limit)))
        switch filter.state {
        case .any: break
        // Written out, so that the planner knows the index of open ones.
        case .open: conditions.add("status = 'open'")
        case .ended(let kind): conditions.add("status = ", .text(kind.rawValue))
        }
        if let cursor { conditions.add("id < ", .uuid(cursor)) }
        if let reason = filter.reason { conditions.add("reason = ", .text(reason)) }
        if let queue = filter.queue { conditions.add("queue = ", .text(queue)) }
        if let key = filter.routingKey { conditions.add("routing_key = ", .text(key)) }
        if let time = filter.receivedAfter { conditions.add("received_at > ", .timestamp(time)) }
        if let time = filter.receivedBefore { conditions.add("received_at < ", .timestamp(time)) }
        let statement = PostgresStatement(
            """
            SELECT \(Statements.deadLetterColumns) FROM saga_dead_letters \(conditions.clause) ORDER BY id DESC LIMIT $1
            """, name: "dead_letters", isReadOnly: true)
        let rows = try await ask(statement, conditions.values, narrower: [])
        return try Decoding.all(rows) { (row) throws(PostgresError) in try row.deadLetter() }
    }

    public func deadLetter(
        _ id: UUID
    ) async throws(StoreError) -> (letter: DeadLetter, content: DeadLetterContent)? {
        let rows = try await StoreError.translating { () async throws(PostgresError) in
            try await readers.execute(Statements.deadLetter, [.uuid(id)])
        }
        let found = try Decoding.all(rows) { (row) throws(PostgresError) in
            guard let letter = try row.deadLetter() else { return nil as (DeadLetter, DeadLetterContent)? }
            let content = DeadLetterContent(
                properties: try row.bytes(19), body: try row.bytes(20), bodyBytes: letter.bodyBytes,
                isWhole: letter.isWhole)
            return (letter, content)
        }
        return found.first.map { (letter: $0.0, content: $0.1) }
    }

    public func end(
        deadLetter id: UUID, seen: Int, as kind: DeadLetter.End.Kind, by subject: String, reason: String,
        audit record: AuditRecord
    ) async throws(StoreError) -> Bool {
        let author = record.author
        let rows = try await StoreError.translating { () async throws(PostgresError) in
            try await readers.execute(
                Statements.endDeadLetter,
                [
                    .uuid(id), .int32(Int32(clamping: seen)), .text(kind.rawValue), .text(subject), .text(reason),
                    .text(author.subject), .text(author.credential), .text(author.role),
                    author.address.map { .text($0) } ?? .null, .text(record.verb), .text(record.outcome.rawValue),
                    .text(record.reason), .text(String(decoding: record.detail, as: UTF8.self)),
                ])
        }
        return rows.affected > 0
    }

    public func deadLetterStock() async throws(StoreError) -> DeadLetterStock {
        let rows = try await StoreError.translating { () async throws(PostgresError) in
            try await readers.execute(Statements.deadLetterStock)
        }
        return try StoreError.reading { () throws(PostgresError) in
            DeadLetterStock(letters: Int(try rows[0].int64(0)), bytes: Int(try rows[0].int64(1)))
        }
    }

    public func dropDeadLetters(endedBefore time: Timestamp, limit: Int) async throws(StoreError) -> Int {
        let results = try await idempotently(
            [(Statements.dropDeadLetters, [.timestamp(time), .int64(Int64(limit))])], on: watcher)
        return results[0].affected
    }
}

extension PostgresRow {
    /// From the columns of ``Statements/deadLetterColumns``.
    fileprivate func deadLetter() throws(PostgresError) -> DeadLetter? {
        var end: DeadLetter.End?
        if let at = try optionalTimestamp(6) {
            guard let kind = DeadLetter.End.Kind(rawValue: try text(5)) else { return nil }
            end = DeadLetter.End(kind, at: at, by: try text(7), reason: try text(8))
        }
        return DeadLetter(
            id: try uuid(0),
            traits: DeadLetterTraits(
                exchange: try optionalText(9), routingKey: try optionalText(10), queue: try optionalText(11),
                reason: try text(12), detail: try text(13), messageID: try optionalText(14),
                correlationID: try optionalText(15), type: try optionalText(16), appID: try optionalText(17)),
            bodyBytes: Int(try int32(3)), isWhole: try bool(4), receivedAt: try timestamp(1),
            lastSeenAt: try timestamp(2), seen: Int(try int32(18)), end: end)
    }
}

extension Statements {
    fileprivate static let deadLetterColumns = """
        id, received_at, last_seen_at, body_bytes, is_whole, status, ended_at, ended_by, end_reason, exchange,
        routing_key, queue, reason, detail, message_id, correlation_id, type, app_id, seen
        """

    fileprivate static let keepDeadLetters: PostgresStatement = {
        let types = [
            "uuid", "int", "int", "bool", "bytea", "text", "text", "text", "text", "text", "text", "text", "text",
            "text", "text", "bytea",
        ]
        let columns = """
            id, seen, body_bytes, is_whole, digest, exchange, routing_key, queue, reason, detail, message_id,
            correlation_id, type, app_id, properties, body
            """
        return PostgresStatement(
            """
            INSERT INTO saga_dead_letters AS known (received_at, last_seen_at, status, \(columns))
            SELECT clock_timestamp(), clock_timestamp(), 'open', \(columns)
            FROM unnest(\(Parameters.list(types, from: 1))) AS new(\(columns))
            ON CONFLICT (digest) DO UPDATE SET
                seen = known.seen + excluded.seen, last_seen_at = excluded.last_seen_at, status = 'open',
                ended_at = NULL, ended_by = NULL, end_reason = NULL, queue = excluded.queue,
                reason = excluded.reason, detail = excluded.detail
            """, name: "keep_dead_letters")
    }()

    fileprivate static let deadLetter = PostgresStatement(
        "SELECT \(deadLetterColumns), convert_to(properties, 'UTF8'), body FROM saga_dead_letters WHERE id = $1",
        name: "dead_letter")

    fileprivate static let endDeadLetter = PostgresStatement(
        """
        WITH ended AS (
            UPDATE saga_dead_letters
            SET status = $3, ended_at = clock_timestamp(), ended_by = $4, end_reason = $5
            WHERE id = $1 AND status = 'open' AND seen = $2
            RETURNING 1)
        INSERT INTO saga_audit (at, subject, credential, role, address, verb, outcome, reason, detail)
        SELECT clock_timestamp(), $6, $7, $8, $9::text, $10, $11, $12, $13::json FROM ended
        """, name: "end_dead_letter", isReadOnly: false)

    fileprivate static let deadLetterStock = PostgresStatement(
        """
        SELECT count(*), coalesce(sum(octet_length(body) + octet_length(properties)), 0)::bigint FROM saga_dead_letters
        """, name: "dead_letter_stock")

    fileprivate static let dropDeadLetters = PostgresStatement(
        """
        DELETE FROM saga_dead_letters WHERE ctid = ANY (ARRAY (
            SELECT ctid FROM saga_dead_letters WHERE ended_at < $1 ORDER BY ended_at LIMIT $2))
        """, name: "drop_dead_letters")
}
