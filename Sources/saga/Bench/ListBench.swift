internal import LocalPlatform
internal import LocalServers
internal import Postgres
internal import PostgresStore
internal import SagaCLI
internal import SagaCore
internal import SagaEngine
internal import SagaValues

/// What operators' questions take while very many sagas are stored: time, and what was read for an answer.
struct ListBench {
    let sagas: Int
    private let configuration: PostgresConfiguration

    struct Result {
        let name: String
        let answers: Int
        /// In milliseconds, sorted.
        let times: [Double]
        /// For one question: index entries and rows of tables that were read whole, and pages.
        let entries: Int
        let pages: Int
    }

    private struct Question {
        let name: String
        /// Gives how many lines the answer has.
        let ask: @Sendable (PostgresStore) async throws -> Int
    }

    static func run(sagas: Int, _ note: @escaping @Sendable (String) -> Void) async throws -> [Result] {
        let folder = try TemporaryFolder.makeUntilEnd(prefix: "saga-bench-lists")
        let postgres = try await LocalPostgres.start(
            in: folder + "/postgres",
            settings: [
                "max_wal_size": "4GB", "shared_buffers": "512MB", "checkpoint_timeout": "1h", "autovacuum": "off",
            ], atOurEnd: .abrupt, progress: note)
        do {
            try await postgres.createDatabase("saga_lists")
            let bench = ListBench(
                sagas: sagas,
                configuration: PostgresConfiguration(
                    host: postgres.host, port: postgres.port, user: postgres.user, database: "saga_lists",
                    applicationName: "lists"))
            let results = try await bench.measure(note)
            await postgres.stop()
            return results
        } catch {
            await postgres.stop()
            throw error
        }
    }

    private func measure(_ note: @Sendable (String) -> Void) async throws -> [Result] {
        try await with(PostgresStore(configuration)) { _ = try await $0.migrate() }
        let start = ContinuousClock.now
        try await ListStock.fill(configuration, sagas: sagas)
        note("\(sagas) sagas were stored in \((ContinuousClock.now - start).components.seconds) s")
        try await with(PostgresStore(configuration)) { store in
            while try await store.rollUpStatistics() {}
        }
        note("what ended was rolled up")
        let connection = PostgresConnection(configuration, name: "look")
        try await connection.runScript("VACUUM ANALYZE", deadline: .seconds(600))
        var results: [Result] = []
        for question in questions { results.append(try await measure(question, connection)) }
        await connection.close()
        return results
    }

    /// In sessions of its own, which hand in their counts when they end.
    private func measure(_ question: Question, _ connection: PostgresConnection) async throws -> Result {
        let before = try await counts(connection)
        var times: [Double] = []
        var answers = 0
        try await with(PostgresStore(configuration, readers: 1, patience: .seconds(60))) { store in
            answers = try await question.ask(store)
            for _ in 0..<Self.repetitions {
                let start = ContinuousClock.now
                _ = try await question.ask(store)
                let time = (ContinuousClock.now - start).components
                times.append(Double(time.seconds) * 1_000 + Double(time.attoseconds) / 1e15)
            }
        }
        let deadline = ContinuousClock.now + .seconds(30)
        while try await connection.execute(Self.sessions)[0].int64(0) > 0, ContinuousClock.now < deadline {
            try await Task.sleep(for: .milliseconds(5))
        }
        let after = try await counts(connection)
        return Result(
            name: question.name, answers: answers, times: times.sorted(),
            entries: (after.entries - before.entries) / (Self.repetitions + 1),
            pages: (after.pages - before.pages) / (Self.repetitions + 1))
    }

    private static let repetitions = 100
    private static let sessions = PostgresStatement(
        """
        SELECT count(*) FROM pg_stat_activity
        WHERE application_name LIKE 'lists %' AND datname = current_database()
        """, isReadOnly: true)

    private func counts(_ connection: PostgresConnection) async throws -> (entries: Int, pages: Int) {
        let row = try await connection.execute(
            PostgresStatement(
                """
                SELECT (SELECT sum(seq_tup_read) FROM pg_stat_user_tables)::bigint
                        + (SELECT sum(idx_tup_read) FROM pg_stat_user_indexes)::bigint,
                    (SELECT sum(heap_blks_hit + heap_blks_read + coalesce(idx_blks_hit + idx_blks_read, 0))
                     FROM pg_statio_user_tables)::bigint
                """, isReadOnly: true))[0]
        return (Int(try row.int64(0)), Int(try row.int64(1)))
    }

    private func with<R>(_ store: PostgresStore, _ body: (PostgresStore) async throws -> R) async throws -> R {
        do {
            let result = try await body(store)
            await store.close()
            return result
        } catch {
            await store.close()
            throw error
        }
    }

    // MARK: Questions

    private var questions: [Question] {
        let now = Timestamp.now()
        func ago(_ hours: Double) -> Timestamp { now - .milliseconds(Int64(hours * 3_600_000)) }
        func list(
            _ name: String, after cursor: UUID? = nil, _ adjust: (inout SagaFilter) -> Void
        ) -> Question {
            var filter = SagaFilter()
            adjust(&filter)
            let wanted = filter
            return Question(name: "list " + name) { try await $0.list(wanted, after: cursor, limit: 50).count }
        }
        func incidents(_ name: String, _ adjust: (inout IncidentFilter) -> Void) -> [Question] {
            var filter = IncidentFilter()
            adjust(&filter)
            let wanted = filter
            return [
                Question(name: "incidents " + name) { try await $0.incidents(wanted, after: nil, limit: 50).count },
                Question(name: "groups " + name) { try await $0.incidentGroups(wanted, limit: 50).count },
            ]
        }
        let middle = UUID.v7(at: ago(15 * 24), random: (0, 0))
        let lists = [
            list("everything") { _ in }, list("everything, in the middle", after: middle) { _ in },
            list("everything, children too") { $0.withChildren = true },
            list("running") { $0.statuses = [.running] }, list("compensated") { $0.statuses = [.compensated] },
            list("completed") { $0.statuses = [.completed] },
            list("open or abandoned") { $0.statuses = [.queued, .running, .compensating, .abandoned] },
            list("workflow buy") { $0.workflow = "buy" }, list("workflow rare") { $0.workflow = "rare" },
            list("rare, completed") { ($0.workflow, $0.statuses) = ("rare", [.completed]) },
            list("rare, compensated") { ($0.workflow, $0.statuses) = ("rare", [.compensated]) },
            list("rare, running") { ($0.workflow, $0.statuses) = ("rare", [.running]) },
            list("buy version 1") { ($0.workflow, $0.version) = ("buy", 1) },
            list("buy version 1, running") { ($0.workflow, $0.version, $0.statuses) = ("buy", 1, [.running]) },
            list("buy version 1, abandoned") { ($0.workflow, $0.version, $0.statuses) = ("buy", 1, [.abandoned]) },
            list("any version 3") { $0.version = 3 },
            list("tenant acme") { $0.tenant = "acme" }, list("tenant tiny") { $0.tenant = "tiny" },
            list("tiny, buy") { ($0.tenant, $0.workflow) = ("tiny", "buy") },
            list("tiny, running") { ($0.tenant, $0.statuses) = ("tiny", [.running]) },
            list("tiny, compensated") { ($0.tenant, $0.statuses) = ("tiny", [.compensated]) },
            list("business key") { $0.businessKey = "order-777" }, list("key") { $0.idempotencyKey = "key-777" },
            list("incident") { $0.withIncident = true },
            list("incident, workflow rare") { ($0.withIncident, $0.workflow) = (true, "rare") },
            list("step charge") { $0.incident.step = "charge" },
            list("step step-3") { $0.incident.step = "step-3" },
            list("step and cause that are not there") { ($0.incident.step, $0.incident.cause) = ("charge", .rejected) },
            list("participant, buy, compensating") {
                ($0.incident.participant, $0.workflow, $0.statuses) = ("service-1", "buy", [.compensating])
            },
            list("error text of all") { $0.incident.errorText = "No Answer" },
            list("error text of one") { $0.incident.errorText = "request \(sagas - 1234)" },
            list("error text of none") { $0.incident.errorText = "nobody says this" },
            list("started in one hour") { ($0.startedAfter, $0.startedBefore) = (ago(301), ago(300)) },
            list("ended in the last hour") { $0.endedAfter = ago(1) },
            list("ended in an hour long ago") { ($0.endedAfter, $0.endedBefore) = (ago(501), ago(500)) },
            list("ended in a day long ago, rare") {
                ($0.endedAfter, $0.endedBefore, $0.workflow) = (ago(524), ago(500), "rare")
            },
            list("ended in an hour long ago, abandoned") {
                ($0.endedAfter, $0.endedBefore, $0.statuses) = (ago(501), ago(500), [.abandoned])
            },
            list("ended in a week, tiny") { ($0.endedAfter, $0.endedBefore, $0.tenant) = (ago(500), ago(332), "tiny") },
            list("ended before a month ago") { $0.endedBefore = ago(719) },
            list("changed in the last hour") { $0.updatedAfter = ago(1) },
            list("running, silent for 10 days") { ($0.statuses, $0.updatedBefore) = ([.running], ago(240)) },
            list("running, silent for 29 days, rare") {
                ($0.statuses, $0.updatedBefore, $0.workflow) = ([.running], ago(29 * 24), "rare")
            },
        ]
        let others =
            incidents("open") { _ in } + incidents("at step charge") { $0.traits.step = "charge" }
            + incidents("of rare") { $0.workflow = "rare" } + incidents("of tiny") { $0.tenant = "tiny" }
            + incidents("with an error of none") { $0.traits.errorText = "nobody says this" }
            + incidents("resolved") { $0.state = .resolved }
            + incidents("of a day, open or not") {
                ($0.state, $0.openedAfter, $0.openedBefore) = (nil, ago(324), ago(300))
            }
        let statistics = StatisticsWindow.allCases.map { window in
            Question(name: "statistics buy \(window.rawValue)") {
                try await $0.statistics(of: "buy", over: window).slots.count
            }
        }
        return lists + others + statistics
    }
}

extension ListBench.Result {
    func time(_ percent: Int) -> Double { times[min(times.count - 1, times.count * percent / 100)] }

    static func print(_ results: [ListBench.Result]) {
        Terminal.print()
        var table = Table("QUESTION", "ANSWERS", "P50 MS", "P99 MS", "ENTRIES READ", "PAGES READ")
        for result in results {
            table.add(
                .init(result.name), .init("\(result.answers)"), .init(BenchReport.decimal(result.time(50), 2)),
                .init(BenchReport.decimal(result.time(99), 2)), .init("\(result.entries)"), .init("\(result.pages)"))
        }
        table.print()
    }

    static func json(_ results: [ListBench.Result]) -> JSON {
        [
            "lists": .array(
                results.map { result in
                    [
                        "name": .string(result.name), "answers": .number("\(result.answers)"),
                        "p50Ms": .number(BenchReport.decimal(result.time(50), 2)),
                        "p99Ms": .number(BenchReport.decimal(result.time(99), 2)),
                        "entries": .number("\(result.entries)"), "pages": .number("\(result.pages)"),
                    ]
                })
        ]
    }
}
