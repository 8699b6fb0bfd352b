import Postgres
import SagaValues
import Testing

@Suite("Batches")
struct BatchTests {
    static let table = """
        CREATE TABLE saga (
            id uuid PRIMARY KEY, tenant text NOT NULL, key text, revision int8 NOT NULL, status int2 NOT NULL,
            step int4 NOT NULL, state bytea NOT NULL, wake timestamptz, changed timestamptz NOT NULL, note text
        )
        """

    static let upsert = PostgresStatement(
        """
        INSERT INTO saga
        SELECT * FROM unnest($1::uuid[], $2::text[], $3::text[], $4::int8[], $5::int2[], $6::int4[], $7::bytea[],
            $8::timestamptz[], $9::timestamptz[], $10::text[])
        ON CONFLICT (id) DO UPDATE SET revision = excluded.revision, status = excluded.status, step = excluded.step,
            state = excluded.state, wake = excluded.wake, changed = excluded.changed, note = excluded.note
        """, name: "saga-upsert")

    /// Ten columns of `count` rows.
    static func rows(_ count: Int, revision: Int64) -> [PostgresParameter] {
        let numbers = 0..<count
        let now = Timestamp.now()
        return [
            .uuids(numbers.map { UUID(high: 7, low: UInt64($0)) }),
            .texts(numbers.map { "tenant-\($0 % 7)" }),
            .optionalTexts(numbers.map { $0 % 2 == 0 ? "key-\($0)" : nil }),
            .int64s(numbers.map { _ in revision }),
            .int16s(numbers.map { Int16($0 % 5) }),
            .int32s(numbers.map { Int32($0) }),
            .byteArrays(numbers.map { [UInt8](repeating: UInt8($0 % 256), count: 100) }),
            .optionalTimestamps(numbers.map { $0 % 3 == 0 ? now : nil }),
            .timestamps(numbers.map { _ in now }),
            .optionalTexts(numbers.map { _ in nil }),
        ]
    }

    @Test("500 rows of 10 columns go into one statement, and again as an update, in one round trip each")
    func upsert() async throws {
        let database = try await TestDatabase.make()
        let connection = database.connection
        try await connection.runScript(Self.table)
        let before = connection.statistics
        let inserted = try await connection.executeAll([(Self.upsert, Self.rows(500, revision: 1))])
        #expect(inserted[0].affected == 500)
        let updated = try await connection.executeAll([(Self.upsert, Self.rows(500, revision: 2))])
        #expect(updated[0].affected == 500)
        #expect((connection.statistics - before).roundTrips == 2)
        #expect(try await connection.number("SELECT sum(revision)::int8 FROM saga") == 1000)
        #expect(try await connection.number("SELECT count(*) FROM saga WHERE wake IS NULL AND key IS NULL") == 167)
        #expect(try await connection.number("SELECT count(*) FROM saga WHERE length(state) = 100") == 500)
    }

    @Test("A batch larger than all buffers on the way goes through")
    func large() async throws {
        let database = try await TestDatabase.make()
        let connection = database.connection
        let big = [UInt8](repeating: 7, count: 8 << 20)
        let echo = PostgresStatement("SELECT $1::bytea, length($1)")
        let results = try await connection.executeAll([
            (echo, [.bytes(big)]), (echo, [.bytes(big)]), (echo, [.bytes(big)]),
        ])
        #expect(results.count == 3)
        for rows in results {
            #expect(try rows[0].int32(1) == 8 << 20)
            #expect(try rows[0].bytes(0) == big)
        }
    }

    @Test("A statement that fails in the middle undoes all of its batch, and the connection is usable at once")
    func failureInTheMiddle() async throws {
        let database = try await TestDatabase.make()
        let connection = database.connection
        try await connection.runScript("CREATE TABLE t (n int8 PRIMARY KEY)")
        let insert = PostgresStatement("INSERT INTO t VALUES ($1)")
        let other = PostgresStatement("INSERT INTO t SELECT $1 + 100")
        let error = try await failure {
            try await connection.executeAll([
                (insert, [.int64(1)]), (insert, [.int64(1)]), (other, [.int64(1)]),
            ])
        }
        #expect(error.code == .uniqueViolation)
        #expect(error.statementIndex == 1)
        #expect(error.constraint == "t_pkey")
        #expect(!error.description.contains("=(1)") && error.detail?.contains("=(1)") == true)
        #expect(try await connection.number("SELECT count(*) FROM t") == 0)
        // `other` was never prepared, as the server skipped it; it must not count as prepared.
        let results = try await connection.executeAll([(insert, [.int64(1)]), (other, [.int64(1)])])
        #expect(results.map(\.affected) == [1, 1])
        #expect(connection.generation == 1)
    }

    @Test("A statement that cannot be prepared undoes its batch and can be mended")
    func failureOfPreparation() async throws {
        let database = try await TestDatabase.make()
        let connection = database.connection
        try await connection.runScript("CREATE TABLE t (n int8)")
        let insert = PostgresStatement("INSERT INTO t VALUES ($1)")
        let missing = PostgresStatement("INSERT INTO missing VALUES ($1)")
        let error = try await failure {
            try await connection.executeAll([(insert, [.int64(1)]), (missing, [.int64(1)])])
        }
        #expect(error.code == .badSQL)
        #expect(error.sqlState == "42P01")
        #expect(error.statementIndex == 1)
        try await connection.runScript("CREATE TABLE missing (n int8)")
        try await connection.executeAll([(insert, [.int64(1)]), (missing, [.int64(1)])])
        #expect(try await connection.number("SELECT (SELECT count(*) FROM t) + (SELECT count(*) FROM missing)") == 2)
    }

    @Test("A constraint that is checked at COMMIT fails the batch", arguments: [false, true])
    func deferredConstraint(alone: Bool) async throws {
        let database = try await TestDatabase.make()
        let connection = database.connection
        try await connection.runScript(
            """
            CREATE TABLE parent (id int8 PRIMARY KEY);
            CREATE TABLE child (parent int8 REFERENCES parent DEFERRABLE INITIALLY DEFERRED)
            """)
        let insert = PostgresStatement("INSERT INTO child VALUES ($1)")
        let error = try await failure {
            if alone {
                try await connection.execute(insert, [.int64(1)])
            } else {
                try await connection.executeAll([(insert, [.int64(1)])])
            }
        }
        #expect(error.code == .foreignKeyViolation)
        #expect(try await connection.number("SELECT count(*) FROM child") == 0)
        #expect(connection.generation == 1)
    }

    @Test("Results come in order, one per statement, also of those without rows")
    func order() async throws {
        let database = try await TestDatabase.make()
        let results = try await database.connection.executeAll([
            (PostgresStatement("SELECT 1::int8"), []),
            (PostgresStatement("CREATE TABLE t (n int8)"), []),
            (PostgresStatement("INSERT INTO t SELECT generate_series(1, 3) RETURNING n"), []),
            (PostgresStatement("SELECT n FROM t WHERE n > 100"), []),
            (PostgresStatement("DELETE FROM t"), []),
        ])
        #expect(results.map(\.count) == [1, 0, 3, 0, 0])
        #expect(results.map(\.affected) == [1, 0, 3, 0, 3])
        #expect(try results[2].map { try $0.int64(0) } == [1, 2, 3])
        #expect(try await database.connection.executeAll([]).isEmpty)
    }

    @Test("The same new statement many times in one batch is prepared once")
    func repeatedStatement() async throws {
        let database = try await TestDatabase.make()
        let statement = PostgresStatement("SELECT $1 + 1")
        let results = try await database.connection.executeAll((0..<50).map { (statement, [.int64($0)]) })
        #expect(try results.map { try $0[0].int64(0) } == Array(1...50))
        let prepared = try await database.connection.number(
            "SELECT count(*) FROM pg_prepared_statements WHERE statement = 'SELECT $1 + 1'")
        #expect(prepared == 1)
    }

    @Test("An empty statement is an error and not a hang")
    func emptyStatement() async throws {
        let database = try await TestDatabase.make()
        for sql in ["", "-- nothing", " ; "] {
            let error = try await failure { try await database.connection.execute(PostgresStatement(sql)) }
            #expect(error.code == .badSQL)
        }
        #expect(try await database.connection.number("SELECT 1::int8") == 1)
    }

    @Test("BEGIN as a statement is refused, and leaves nothing open")
    func strayBegin() async throws {
        let database = try await TestDatabase.make()
        let connection = database.connection
        let error = try await failure { try await connection.execute(PostgresStatement("BEGIN")) }
        #expect(error.code == .badSQL)
        #expect(try await failure { try await connection.runScript("BEGIN; SELECT 1") }.code == .badSQL)
        let idle = "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND state LIKE 'idle in%'"
        #expect(try await database.another().number(idle) == 0)
        // COPY would wait for data that nobody has.
        let copying = try await failure { try await connection.execute(PostgresStatement("COPY pg_class TO STDOUT")) }
        #expect(copying.code == .protocolViolation || copying.code == .badSQL || copying.code == .outcomeUnknown)
        #expect(try await connection.number("SELECT 1::int8") == 1)
    }

    @Test("A table that changes under a prepared statement costs one error at most")
    func changedTable() async throws {
        let database = try await TestDatabase.make()
        let connection = database.connection
        try await connection.runScript("CREATE TABLE t (n int8); INSERT INTO t VALUES (1)")
        let select = PostgresStatement("SELECT * FROM t")
        try await connection.execute(select)
        try await connection.runScript("ALTER TABLE t ADD COLUMN m int8")
        _ = try? await connection.execute(select)
        #expect(try await connection.execute(select)[0].count == 2)
        try await connection.runScript("DEALLOCATE ALL")
        _ = try? await connection.execute(select)
        #expect(try await connection.execute(select)[0].count == 2)
    }
}
