/// One step in the life of a database's schema.
public struct PostgresMigration: Sendable {
    /// Its place in the order; from 1.
    public let number: Int
    /// What it does, in a word or two, for people.
    public let name: String
    /// One or more statements, without BEGIN and COMMIT. Once released, never change it: its checksum is
    /// kept, and even another comment is refused.
    public let sql: String

    public init(_ number: Int, _ name: String, sql: String) {
        self.number = number
        self.name = name
        self.sql = sql
    }
}

/// Brings a database's schema up to date: in order, forward only, each migration in a transaction of its
/// own together with the note that it was applied.
///
/// Several programs may do it at once: an advisory lock lets one at a time look and work, so that each
/// migration is applied once. After any failure, an unknown outcome included, call it again.
public struct PostgresMigrations: Sendable {
    /// What ``apply(on:deadline:)`` found and did.
    public struct Outcome: Sendable, Equatable {
        /// Applied by this call.
        public var applied: [Int] = []
        /// Applied by a newer program and unknown to this one. Whether it can work with them is for the
        /// caller to know.
        public var newer: [Int] = []

        public init(applied: [Int] = [], newer: [Int] = []) {
            self.applied = applied
            self.newer = newer
        }
    }

    private let table: String
    private let migrations: [PostgresMigration]

    /// - Parameters:
    ///   - table: where to keep account; `name` or `schema.name` in lower case. The schema must exist.
    ///   - migrations: with ascending numbers.
    public init(table: String, _ migrations: [PostgresMigration]) {
        precondition(Self.isPlainName(table), "not a plain table name: \(table)")
        precondition((migrations.first?.number ?? 1) >= 1, "migrations are numbered from 1")
        precondition(
            zip(migrations, migrations.dropFirst()).allSatisfy { $0.number < $1.number }, "migrations are not in order")
        self.table = table
        self.migrations = migrations
    }

    /// Applies what is missing.
    ///
    /// - Parameter deadline: for all of it, waiting for other programs included. The server's
    ///   `statement_timeout` does not count here.
    /// - Throws: ``PostgresError``: `migrationChanged`, `migrationOutOfOrder` or `migrationFailed`, or
    ///   what else went wrong with the server.
    @discardableResult
    public func apply(
        on connection: PostgresConnection,
        deadline: Duration = .seconds(600)
    ) async throws(PostgresError) -> Outcome {
        let limit = ContinuousClock.now + deadline
        var outcome = Outcome()
        do {
            while true {
                let left = limit - .now
                let turn = try await connection.transaction(deadline: left) { transaction in
                    try await step(transaction, left)
                }
                outcome.newer = turn.newer
                guard let number = turn.applied.first else { return outcome }
                outcome.applied.append(number)
            }
        } catch let error as PostgresError {
            throw error
        } catch {
            // Nothing else is thrown in there.
            throw PostgresError(.migrationFailed, "\(error)")
        }
    }

    /// Applies the next migration, if there is one.
    private nonisolated(nonsending) func step(
        _ transaction: PostgresTransaction,
        _ left: Duration
    ) async throws(PostgresError) -> Outcome {
        try await transaction.execute(PostgresStatement("SET LOCAL statement_timeout = 0"))
        let lock = PostgresStatement("SELECT pg_advisory_xact_lock($1), to_regclass($2) IS NULL")
        let isNew = try await transaction.execute(lock, [.int64(lockKey), .text(table)], deadline: left)[0].bool(1)
        if isNew { try await transaction.runScript(Self.definition(of: table)) }

        let found = try await transaction.executeAll([
            (PostgresStatement("SELECT number::int8, checksum FROM \(table) ORDER BY number"), []),
            (
                PostgresStatement(
                    "SELECT encode(sha256(s), 'hex') FROM unnest($1) WITH ORDINALITY AS t (s, n) ORDER BY n"),
                [.byteArrays(migrations.map { Array($0.sql.utf8) })]
            ),
        ])
        var checksums: [String] = []
        for row in found[1] { checksums.append(try row.text(0)) }
        var applied: [(number: Int, checksum: String)] = []
        for row in found[0] { applied.append((Int(try row.int64(0)), try row.text(1))) }
        var outcome = Outcome()
        guard let next = try next(applied, checksums, newer: &outcome.newer) else { return outcome }

        let migration = migrations[next]
        do {
            try await transaction.runScript(migration.sql, deadline: left)
        } catch  where !error.isRetryable && error.code != .outcomeUnknown && error.code != .timedOut {
            throw PostgresError(
                .migrationFailed, "migration \(migration.number) (\(migration.name)) failed: \(error.message)",
                sqlState: error.sqlState, detail: error.detail)
        }
        let note = PostgresStatement("INSERT INTO \(table) (number, name, checksum) VALUES ($1, $2, $3)")
        try await transaction.commit(after: [
            (note, [.int64(Int64(migration.number)), .text(migration.name), .text(checksums[next])])
        ])
        outcome.applied = [migration.number]
        return outcome
    }

    /// Compares what was applied with what we have; gives the index of the next migration to apply.
    private func next(
        _ applied: [(number: Int, checksum: String)],
        _ checksums: [String],
        newer: inout [Int]
    ) throws(PostgresError) -> Int? {
        let last = migrations.last?.number ?? 0
        newer = applied.map(\.number).filter { $0 > last }
        let known = applied.filter { $0.number <= last }
        for (index, (number, checksum)) in known.enumerated() {
            let migration = migrations[min(index, migrations.count - 1)]
            guard index < migrations.count, migration.number == number else {
                throw PostgresError(
                    .migrationOutOfOrder,
                    migration.number < number
                        ? missing(migration, although: number)
                        : "\(table) has migration \(number), which this program does not know")
            }
            guard checksum == checksums[index] else {
                throw PostgresError(
                    .migrationChanged, "migration \(number) (\(migration.name)) was changed after it had been applied")
            }
        }
        if known.count < migrations.count, let first = newer.first {
            throw PostgresError(.migrationOutOfOrder, missing(migrations[known.count], although: first))
        }
        return known.count < migrations.count ? known.count : nil
    }

    private func missing(_ migration: PostgresMigration, although number: Int) -> String {
        "migration \(migration.number) (\(migration.name)) is missing in \(table), but \(number) was applied"
    }

    private static func definition(of table: String) -> String {
        """
        CREATE TABLE IF NOT EXISTS \(table) (
            number bigint PRIMARY KEY,
            name text NOT NULL,
            checksum text NOT NULL,
            applied_at timestamptz NOT NULL DEFAULT now()
        )
        """
    }

    /// One lock per table of account; advisory locks count per database.
    private var lockKey: Int64 {
        var hash: UInt64 = 0xcbf2_9ce4_8422_2325
        for byte in "migrations of \(table)".utf8 { hash = (hash ^ UInt64(byte)) &* 0x100_0000_01b3 }
        return Int64(bitPattern: hash)
    }

    private static func isPlainName(_ text: String) -> Bool {
        let parts = text.split(separator: ".", omittingEmptySubsequences: false)
        return (1...2).contains(parts.count)
            && parts.allSatisfy { part in
                part.utf8.count <= 63
                    && part.utf8.first.map { $0 == UInt8(ascii: "_") || UInt8(ascii: "a")...UInt8(ascii: "z") ~= $0 }
                        ?? false
                    && part.utf8.allSatisfy {
                        $0 == UInt8(ascii: "_") || UInt8(ascii: "a")...UInt8(ascii: "z") ~= $0
                            || UInt8(ascii: "0")...UInt8(ascii: "9") ~= $0
                    }
            }
    }
}
