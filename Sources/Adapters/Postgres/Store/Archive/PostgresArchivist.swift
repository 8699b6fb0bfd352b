public import Postgres
public import SagaEngine
public import SagaValues
internal import Synchronization

/// What archiving asks of the database, on a connection of its own: no batch waits for it.
///
/// One at a time archives, whatever node or command it is: see ``begin()``.
public final class PostgresArchivist: Sendable {
    private let connection: PostgresConnection
    /// The session that has the lock; what is asked after it was lost fails.
    private let session = Mutex<Int?>(nil)

    public init(_ configuration: PostgresConfiguration) {
        var named = configuration
        named.applicationName += " archivist"
        connection = PostgresConnection(named, name: "archivist")
    }

    public func close() async { await connection.close() }

    /// Takes the lock of who archives, for as long as the session lasts; false if somebody else has it.
    public func begin() async throws(StoreError) -> Bool {
        let rows = try await StoreError.translating { () async throws(PostgresError) in
            try await connection.execute(Self.lock)
        }
        let isTaken = try StoreError.reading { () throws(PostgresError) in try rows[0].bool(0) }
        if isTaken { session.withLock { $0 = connection.generation } }
        return isTaken
    }

    /// Gives the lock back.
    public func end() async {
        session.withLock { $0 = nil }
        _ = try? await connection.execute(Self.unlock)
    }

    /// How many families a policy would take, and how many histories of weeks would go if they were gone.
    public func count(_ policy: ArchivePolicy) async throws(StoreError) -> Int {
        guard policy.last != nil else { return 0 }
        let rows = try await ask(Self.count, parameters(policy))
        return try StoreError.reading { () throws(PostgresError) in Int(try rows[0].int64(0)) }
    }

    /// Families whose root ended before the policy's time and all of whose parts have ended too, in the order of their
    /// ends, behind `place`.
    ///
    /// - Returns: with the place of the last that was looked at; nil once there are no more.
    public func families(
        _ policy: ArchivePolicy, after place: SagaFamily.Place?, limit: Int
    ) async throws(StoreError) -> (families: [SagaFamily], last: SagaFamily.Place?) {
        guard policy.last != nil else { return ([], nil) }
        let start = place ?? .init(endedAt: Timestamp(microseconds: 0), root: UUID(high: 0, low: 0))
        let rows = try await ask(
            Self.families,
            parameters(policy) + [.timestamp(start.endedAt), .uuid(start.root), .int64(Int64(limit))])
        return try StoreError.reading { () throws(PostgresError) in
            var (found, open): ([SagaFamily.Place: [SagaFamily.Member]], Set<SagaFamily.Place>) = ([:], [])
            var order: [SagaFamily.Place] = []
            for row in rows {
                let place = SagaFamily.Place(endedAt: try row.timestamp(0), root: try row.uuid(1))
                if order.last != place { order.append(place) }
                guard let revision = try row.optionalInt32(3), try row.bool(4) else {
                    open.insert(place)
                    continue
                }
                found[place, default: []].append(.init(id: try row.uuid(2), revision: Int(revision)))
            }
            let families = order.filter { !open.contains($0) }.map { place in
                let members = found[place] ?? []
                return SagaFamily(
                    place: place,
                    members: members.filter { $0.id == place.root } + members.filter { $0.id != place.root })
            }
            return (families, order.last)
        }
    }

    /// Writes down that a file is there and is what was written. From here on its sagas may be dropped.
    public func register(file: String, sagas: Int, bytes: Int, digest: [UInt8]) async throws(StoreError)
        -> WrittenArchive
    {
        let rows = try await ask(
            Self.register, [.text(file), .int32(Int32(clamping: sagas)), .int64(Int64(bytes)), .bytes(digest)])
        return try StoreError.reading { () throws(PostgresError) in
            WrittenArchive(number: try rows[0].int64(0), file: file, sagas: sagas, digest: digest)
        }
    }

    /// Files whose sagas were not all dropped before whoever wrote them died.
    public func unfinished() async throws(StoreError) -> [WrittenArchive] {
        let rows = try await ask(Self.unfinished, [])
        return try Decoding.all(rows) { (row) throws(PostgresError) in
            WrittenArchive(
                number: try row.int64(0), file: try row.text(1), sagas: Int(try row.int32(2)),
                digest: try row.bytes(3))
        }
    }

    /// Drops families that stand in a file, in one transaction; one that is no longer as it was written stays.
    ///
    /// - Returns: how many sagas were dropped.
    public func drop(_ families: [SagaFamily], standingIn archive: WrittenArchive) async throws(StoreError) -> Int {
        let members = families.flatMap { family in family.members.map { (family.root, $0) } }
        guard !members.isEmpty else { return 0 }
        let rows = try await ask(
            Self.drop,
            [
                .int64(archive.number), .uuids(members.map(\.0)), .uuids(members.map(\.1.id)),
                .int32s(members.map { Int32(clamping: $0.1.revision) }),
            ])
        return try StoreError.reading { () throws(PostgresError) in Int(try rows[0].int32(0)) }
    }

    /// All that stands in the file and can go is gone.
    public func finish(_ archive: WrittenArchive) async throws(StoreError) {
        _ = try await ask(Self.finish, [.int64(archive.number)])
    }

    /// The weeks of history that were over at that time, and how many sagas each still has.
    public func oldPartitions(before: Timestamp) async throws(StoreError) -> [(name: String, sagas: Int)] {
        let rows = try await ask(Self.oldPartitions, [.timestamp(before)])
        return try Decoding.all(rows) { (row) throws(PostgresError) in (try row.text(0), Int(try row.int64(1))) }
    }

    /// Drops a week of history as a whole, if no saga of that week is there any more.
    ///
    /// - Throws: `contention` or `blocked` if somebody has the history open for longer than a second: try again later.
    public func dropPartition(_ name: String, before: Timestamp) async throws(StoreError) -> Bool {
        let rows = try await ask(Self.dropPartition, [.text(name), .timestamp(before)])
        return try StoreError.reading { () throws(PostgresError) in try rows[0].bool(0) }
    }

    /// Forgets the keys of archived sagas that ended before that time, a few at a time. Gives how many.
    public func forgetKeys(endedBefore time: Timestamp, limit: Int) async throws(StoreError) -> Int {
        try await ask(Self.forgetKeys, [.timestamp(time), .int64(Int64(limit))]).affected
    }

    /// The store's clock.
    public func now() async throws(StoreError) -> Timestamp {
        let rows = try await ask(Self.now, [])
        return try StoreError.reading { () throws(PostgresError) in try rows[0].timestamp(0) }
    }

    // MARK: Statements

    private func ask(
        _ statement: PostgresStatement, _ parameters: [PostgresParameter]
    ) async throws(StoreError) -> PostgresRows {
        try await StoreError.translating { () async throws(PostgresError) in
            try await connection.execute(
                statement, parameters, deadline: .seconds(60), generation: session.withLock(\.self))
        }
    }

    private func parameters(_ policy: ArchivePolicy) -> [PostgresParameter] {
        let named = policy.workflows.sorted { $0.key < $1.key }
        let versions = policy.versions.sorted { $0.key < $1.key }
        return [
            policy.last.map { .timestamp($0) } ?? .null, policy.before.map { .timestamp($0) } ?? .null,
            .texts(named.map(\.key)), .timestamps(named.map(\.value)), .int32s(versions.map(\.key)),
            .timestamps(versions.map(\.value)),
        ]
    }

    private static let lock = PostgresStatement(
        "SELECT pg_try_advisory_lock(1396786945, -2)", name: "archive_lock", isReadOnly: false)
    private static let unlock = PostgresStatement(
        "SELECT pg_advisory_unlock(1396786945, -2)", name: "archive_unlock", isReadOnly: false)

    /// From parameters 1 to 6. What is not yet in the statistics stays, and so does what is a part of another.
    private static let roots = """
        FROM sagas s JOIN saga_origins o ON o.id = s.id
        WHERE s.ended_at < least($1::timestamptz, (SELECT minutes_until FROM saga_statistics_marks))
            AND s.ended_at < coalesce(
                (SELECT w.before FROM unnest($3::text[], $4::timestamptz[]) AS w(name, before) WHERE w.name = o.workflow),
                (SELECT v.before FROM unnest($5::int[], $6::timestamptz[]) AS v(id, before) WHERE v.id = o.workflow_id),
                $2::timestamptz)
            AND (o.parent_id IS NULL OR NOT EXISTS (SELECT FROM saga_origins p WHERE p.id = o.parent_id))
        """
    private static let count = PostgresStatement("SELECT count(*) \(roots)", name: "archive_count")
    private static let families = PostgresStatement(
        """
        WITH RECURSIVE roots AS MATERIALIZED (
            SELECT s.ended_at, s.id \(roots) AND (s.ended_at, s.id) > ($7, $8) ORDER BY s.ended_at, s.id LIMIT $9
        ),
        family AS (
            SELECT ended_at, id AS root, id FROM roots
            UNION ALL
            SELECT f.ended_at, f.root, o.id FROM family f JOIN saga_origins o ON o.parent_id = f.id
        )
        SELECT f.ended_at, f.root, f.id, s.revision, s.ended_at IS NOT NULL
        FROM family f LEFT JOIN sagas s ON s.id = f.id
        ORDER BY f.ended_at, f.root, f.id
        """, name: "archive_families", isReadOnly: true)
    private static let register = PostgresStatement(
        "INSERT INTO saga_archives (file, sagas, bytes, digest) VALUES ($1, $2, $3, $4) RETURNING number",
        name: "archive_register")
    private static let unfinished = PostgresStatement(
        "SELECT number, file, sagas, digest FROM saga_archives WHERE dropped_at IS NULL ORDER BY number",
        name: "archive_unfinished")
    private static let drop = PostgresStatement(
        "SELECT saga_drop_archived($1, $2, $3, $4)", name: "archive_drop", isReadOnly: false)
    private static let finish = PostgresStatement(
        "UPDATE saga_archives SET dropped_at = coalesce(dropped_at, clock_timestamp()) WHERE number = $1",
        name: "archive_finish")
    private static let oldPartitions = PostgresStatement(
        """
        SELECT p.name, (SELECT count(*) FROM sagas WHERE id >= p.low AND id < p.high) FROM saga_old_partitions($1) AS p
        """, name: "archive_partitions")
    private static let dropPartition = PostgresStatement(
        "SELECT saga_drop_partition($1, $2)", name: "archive_drop_partition", isReadOnly: false)
    private static let forgetKeys = PostgresStatement(
        """
        DELETE FROM saga_archived WHERE ctid = ANY (ARRAY (
            SELECT ctid FROM saga_archived WHERE ended_at < $1 ORDER BY ended_at LIMIT $2))
        """, name: "archive_forget_keys")
    private static let now = PostgresStatement("SELECT clock_timestamp()", name: "archive_now")
}
