import Postgres
import SagaEngine
import SagaStoreContract
import SagaValues
import TestSupport
import Testing

/// Between "it is dead" and "it commits no more" there must be nothing: a commit that came through after
/// its sagas were claimed would be published by nobody.
@Suite("A node that is declared dead", .serialized)
struct FencingTests {
    private static let begin = PostgresStatement("SELECT saga_begin_commit($1)", isReadOnly: false)
    private static let move = PostgresStatement("UPDATE sagas SET revision = 2 WHERE id = $1")

    @Test("is not so before its commit in flight is over, and that commit can be claimed")
    func commitInFlight() async throws {
        try await TestDatabase.with { database in
            var dead = try await Author(database)
            var living = try await Author(database)
            let sample = dead.sample()
            try await dead.start(sample)
            _ = try await dead.beat(lease: .seconds(3600))
            _ = try await living.beat()
            try await database.endSession(of: dead.store)

            let node = dead.node.rawValue
            try await database.connection.transaction { transaction in
                try await transaction.execute(Self.begin, [.int64(node)])
                try await transaction.execute(Self.move, [.uuid(sample.id)])
                for _ in 1...5 { #expect(try await living.beat().dead.isEmpty) }
            }
            #expect(try await living.beat().dead.map(\.id) == [dead.node])
            #expect(try await living.claim(from: dead, after: 0) == [sample.id])
            #expect(try await living.row(sample).revision == 2)
        }
    }

    @Test("does not hold up the others for ever when it stands still in the middle of a commit")
    func frozen() async throws {
        try await TestDatabase.with { database in
            var frozen = try await Author(database)
            var living = try await Author(database)
            let sample = frozen.sample()
            try await frozen.start(sample)
            _ = try await frozen.beat(lease: .milliseconds(1))

            let node = frozen.node.rawValue
            let outcome = await Result {
                try await database.connection.transaction { transaction in
                    try await transaction.execute(Self.begin, [.int64(node)])
                    try await transaction.execute(Self.move, [.uuid(sample.id)])
                    try await eventually("it holds up the others") { try await !living.beat().dead.isEmpty }
                    try await transaction.execute(PostgresStatement("SELECT 1"))
                }
            }
            #expect(throws: PostgresError.self) { try outcome.get() }
            #expect(try await living.claim(from: frozen, after: 0) == [sample.id])
            #expect(try await living.row(sample).revision == 1)
            #expect(try await living.commit { $0.update(sample, from: 1) }.stale.isEmpty)
        }
    }

    @Test("is told apart from one whose session was merely made anew")
    func reconnected() async throws {
        try await TestDatabase.with { database in
            let one = try await Author(database)
            let other = try await Author(database)
            for _ in 1...3 {
                try await database.endSession(of: one.store)
                try await eventually("it cannot beat again") { await failure { _ = try await one.beat() } == nil }
                #expect(try await other.beat().dead.isEmpty)
                _ = try await one.beat()
                let locks = """
                    SELECT count(*) FROM pg_locks JOIN pg_database d ON d.oid = database
                    WHERE locktype = 'advisory' AND classid = 1396786945 AND objid = $1 AND datname = current_database()
                    """
                #expect(try await database.number(locks, [.int64(one.node.rawValue)]) == 1)
            }
        }
    }
}
