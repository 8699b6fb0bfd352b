import Postgres
import SagaValues
import Testing

/// What is reported about a transaction is true, whenever its session dies.
@Suite("Outcomes")
struct OutcomeTests {
    private enum Outcome {
        case done, refused, unknown
    }

    private let insert = PostgresStatement("INSERT INTO work VALUES ($1, $2)")

    @Test("While sessions are killed at random, what succeeded is there, and what failed is not")
    func killedAtRandom() async throws {
        let database = try await TestDatabase.make()
        let direct = database.connection
        try await direct.runScript("CREATE TABLE work (id int8, part int8, PRIMARY KEY (id, part))")
        let pool = PostgresPool(database.configuration, size: 4, name: "outcome")
        let outcomes = Recorder<(Int64, Outcome)>()
        try await withThrowingTaskGroup(of: Void.self) { group in
            for user in 0..<8 {
                group.addTask {
                    for turn in 0..<60 {
                        let id = Int64(user * 1000 + turn)
                        outcomes.add((id, try await work(id, kind: turn % 4, pool)))
                    }
                }
            }
            let killer = Task {
                let kill = PostgresStatement(
                    """
                    SELECT pg_terminate_backend(pid) FROM pg_stat_activity
                    WHERE datname = current_database() AND pid <> pg_backend_pid() ORDER BY random() LIMIT 1
                    """, isReadOnly: true)
                while !Task.isCancelled {
                    try await direct.execute(kill)
                    try await Task.sleep(for: .milliseconds(3))
                }
            }
            defer { killer.cancel() }
            try await group.waitForAll()
            killer.cancel()
            _ = await killer.result
        }
        // Each piece of work has two rows, which come together or not at all.
        let rows = try await direct.execute(PostgresStatement("SELECT id, count(*) FROM work GROUP BY id"))
        var counts: [Int64: Int64] = [:]
        for row in rows { counts[try row.int64(0)] = try row.int64(1) }
        for (id, outcome) in outcomes.all {
            let count = counts[id] ?? 0
            switch outcome {
            case .done: #expect(count == 2, "\(id) was reported as done")
            case .refused: #expect(count == 0, "\(id) was reported as certainly not done")
            case .unknown: #expect(count == 0 || count == 2, "\(id) is there by half")
            }
        }
        #expect(outcomes.all.count == 480)
        // The killer must have met work at its work, or nothing was tested.
        #expect(outcomes.all.contains { $0.1 == .refused })
        #expect(outcomes.all.contains { $0.1 == .done })
        await pool.close()
    }

    private func work(_ id: Int64, kind: Int, _ pool: PostgresPool) async throws -> Outcome {
        do {
            switch kind {
            case 0:
                try await pool.executeAll([(insert, [.int64(id), .int64(1)]), (insert, [.int64(id), .int64(2)])])
            case 1:
                try await pool.transaction { transaction in
                    try await transaction.execute(insert, [.int64(id), .int64(1)])
                    try await transaction.execute(insert, [.int64(id), .int64(2)])
                }
            case 2:
                try await pool.transaction { transaction in
                    try await transaction.savepoint { transaction in
                        try await transaction.execute(insert, [.int64(id), .int64(1)])
                    }
                    try await transaction.commit(after: [(insert, [.int64(id), .int64(2)])])
                }
            default:
                let both = PostgresStatement("INSERT INTO work SELECT $1, generate_series(1, 2)")
                try await pool.execute(both, [.int64(id)])
            }
            return .done
        } catch let error as PostgresError {
            switch error.code {
            case .outcomeUnknown: return .unknown
            case .connectionLost, .shuttingDown, .connectionFailed: return .refused
            default: throw error
            }
        }
    }
}
