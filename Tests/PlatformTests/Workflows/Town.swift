import Checker
import CloudPhone
import Foundation
import LocalPlatform
import LocalServers
import Postgres
import SagaAPI
import SagaValues
import Synchronization
import TestServers
import TestSupport
import Testing

@testable import SagaCLI

/// The platform with users in it who do everything that its workflows are for.
final class Town: Sendable {
    let platform: LocalPlatform
    let deployed: Deployed
    private let lastUser = Mutex(0)
    /// For questions: they are many, and `psql` is a process for each.
    private let pools: [String: PostgresPool]

    /// How many users there are to be had.
    static let population = 400

    private init(_ platform: LocalPlatform, _ deployed: Deployed) {
        self.platform = platform
        self.deployed = deployed
        pools = Dictionary(
            uniqueKeysWithValues: LocalPlatform.Database.all.map { name in
                (name, PostgresPool(platform.database(name), size: 1, name: "town"))
            })
    }

    func close() async {
        for pool in pools.values { await pool.close(grace: .zero) }
        await platform.stop()
    }

    static func open(orchestrators: Int = 1) async throws -> Town {
        let deployed = try Deployed()
        var options = LocalPlatform.Options(
            folder: try TestServers.freshFolder("town"), executable: try Built.program(), workflows: deployed.folder)
        options.seed = Seed(users: population, balance: 2000, devices: population)
        (options.seed.ports, options.seed.proxies) = (population, population)
        options.orchestrators = orchestrators
        options.isThrownAway = true
        let town = Town(try await LocalPlatform.start(options), deployed)
        for other in deployed.others {
            _ = try await town.client.deploy(Array(other.source.utf8), file: other.name)
        }
        return town
    }

    var client: Client { Client(url: platform.url, token: platform.token) }

    // MARK: SQL

    private func rows(_ sql: String, in database: String) async throws -> PostgresRows {
        let pool = try #require(pools[database])
        return try await pool.execute(PostgresStatement(sql))
    }

    /// The answers to many questions of one value each, in order.
    func answers(_ questions: [String], in database: String) async throws -> [String] {
        var answers: [String] = []
        // A function of PostgreSQL takes 100 arguments.
        for start in stride(from: 0, to: questions.count, by: 50) {
            let parts = questions[start..<min(start + 50, questions.count)].map { "((\($0))::text)" }
            let text = try await rows(
                "SELECT json_build_array(\(parts.joined(separator: ", ")))::text", in: database
            )[0].text(0)
            answers += try JSONDecoder().decode([String?].self, from: Data(text.utf8)).map { $0 ?? "nothing" }
        }
        return answers
    }

    /// What each of them has in the books, as one text.
    func footprints(of subjects: [Subject]) async throws -> [String] {
        let billing = try await answers(
            subjects.map(\.footprintInBilling), in: LocalPlatform.Database.billing)
        let core = try await answers(subjects.map(\.footprintInCore), in: LocalPlatform.Database.core)
        return zip(billing, core).map { $0 + "\n" + $1 }
    }

    /// Which of them have not got what their completed sagas are for.
    func notArrived(_ subjects: [Subject]) async throws -> [Subject] {
        let billing = try await answers(subjects.map(\.arrivals.billing), in: LocalPlatform.Database.billing)
        let core = try await answers(subjects.map(\.arrivals.core), in: LocalPlatform.Database.core)
        return subjects.indices.filter { billing[$0] != "true" || core[$0] != "true" }.map { subjects[$0] }
    }

    // MARK: Subjects

    private func newUser() -> SagaValues.UUID {
        let number = lastUser.withLock { number in
            number += 1
            return number
        }
        precondition(number <= Town.population, "the town needs more users")
        return Seed.userID(number)
    }

    /// Makes subjects and, by sagas, what they have to have before.
    ///
    /// - Parameter adapt: what is particular about one, before it buys its plan.
    func subjects(
        _ count: Int, for workflow: (Int) -> String, adapt: (Int, inout Subject) async throws -> Void = { _, _ in }
    )
        async throws -> [Subject]
    {
        var subjects: [Subject] = []
        var needs: [Set<Need>] = []
        for index in 0..<count {
            let name = workflow(index)
            var subject = Subject(workflow: name, user: name == "user-registration" ? .v7() : newUser())
            try await adapt(index, &subject)
            subjects.append(subject)
            needs.append(try #require(Subject.needs(of: name), "the tests know nothing of \(name): teach Subject"))
        }
        let buyers = subjects.indices.filter { needs[$0].contains(.plan) }
        try await prepare(
            buyers.map { index in
                let subject = subjects[index]
                return Start(
                    "plan-purchase",
                    [
                        "userId": "\(subject.user)", "planId": "\(subject.plan)", "price": .string(subject.price),
                    ])
            })
        let bought = try await answers(
            buyers.map { index in
                """
                SELECT o.id || ' ' || p.id || ' ' || o.device_id FROM orders o JOIN payments p ON p.order_id = o.id
                WHERE o.user_id = '\(subjects[index].user)'
                """
            }, in: LocalPlatform.Database.billing)
        for (index, text) in zip(buyers, bought) {
            let ids = text.split(separator: " ").compactMap { SagaValues.UUID(String($0)) }
            try #require(ids.count == 3, "\(subjects[index].workflow): \(text)")
            (subjects[index].order, subjects[index].payment) = (ids[0], ids[1])
            if needs[index].contains(.secondDevice) { subjects[index].devices = [ids[2]] }
        }
        let owners = subjects.indices.filter { needs[$0].contains(.device) }
        for index in owners { subjects[index].devices.insert(.v7(), at: 0) }
        try await prepare(
            owners.map { index in
                Start(
                    "device-provision",
                    Subject.provision(subjects[index].devices[0], of: subjects[index].user, wantsProxy: true))
            })
        let pictured = subjects.indices.filter { needs[$0].contains(.snapshot) }
        for index in pictured { subjects[index].snapshots = [.v7()] }
        try await prepare(
            pictured.map { index in
                let subject = subjects[index]
                return Start(
                    "snapshot-create",
                    [
                        "deviceId": "\(subject.devices[0])", "userId": "\(subject.user)",
                        "snapshotId": "\(subject.snapshots[0])", "name": "before",
                    ])
            })
        return subjects
    }

    /// Applications that nobody else installs.
    func offer(_ applications: [SagaValues.UUID]) async throws {
        guard !applications.isEmpty else { return }
        let rows = applications.map { "('\($0)', 'App', 'test.example.\($0)', '1', '\($0).apk')" }
        try await platform.postgres.psql(
            """
            INSERT INTO applications (id, name, package_name, version, object_key)
            VALUES \(rows.joined(separator: ", "))
            """, database: LocalPlatform.Database.core)
    }

    // MARK: Sagas

    struct Start: Sendable {
        let workflow: String
        let input: JSON
        let version: Int

        init(_ workflow: String, _ input: JSON, _ tempo: Deployed.Tempo = .patient) {
            (self.workflow, self.input, version) = (workflow, input, tempo.version)
        }
    }

    /// Starts many, sixteen at a time; while the orchestrator is away the same start is sent again.
    func start(_ starts: [Start]) async throws -> [SagaValues.UUID] {
        var ids: [Int: SagaValues.UUID] = [:]
        try await withThrowingTaskGroup(of: (Int, SagaValues.UUID).self) { group in
            for (index, start) in starts.enumerated() {
                if index >= 16, let (index, id) = try await group.next() { ids[index] = id }
                group.addTask { (index, try await self.start(start)) }
            }
            for try await (index, id) in group { ids[index] = id }
        }
        return starts.indices.compactMap { ids[$0] }
    }

    private func start(_ start: Start) async throws -> SagaValues.UUID {
        let body = StartBody(workflow: start.workflow, version: start.version, input: start.input)
        let key = "\(SagaValues.UUID.v7())"
        return try await insistently { try await self.client.start(body, key: key).saga.id }
    }

    /// Runs sagas that have to complete.
    private func prepare(_ starts: [Start]) async throws {
        guard !starts.isEmpty else { return }
        let ids = try await start(starts)
        let ends = try await settle(ids)
        for (start, id) in zip(starts, ids) {
            guard ends[id]?.status != "completed" else { continue }
            throw Standstill(text: "\(start.workflow) was to complete: \(try await story(of: id))")
        }
    }

    /// How a saga stands, with all that runs for it.
    struct Standing: Sendable, Equatable {
        let status: String
        let incidents: Int
    }

    /// Who agrees or not, of the sagas that ask.
    enum Consent: String, Sendable { case approve, refuse, none }

    /// Waits until every saga has ended or waits for a person, and gives the consent they ask for meanwhile.
    func settle(
        _ ids: [SagaValues.UUID], consents: [SagaValues.UUID: Consent] = [:], within limit: Duration = .seconds(150)
    ) async throws -> [SagaValues.UUID: Standing] {
        let end = ContinuousClock.now + limit
        var asked: Set<SagaValues.UUID> = []
        while true {
            var standings: [SagaValues.UUID: Standing] = [:]
            var isRestless = false
            for row in try await look(at: ids) {
                guard let id = SagaValues.UUID(row[0]) else { continue }
                standings[id] = Standing(status: row[1], incidents: Int(row[2]) ?? 0)
                if row[3] == "false" && row[2] == "0" { isRestless = true }
                if row[4] == "true", !asked.contains(id), let consent = consents[id], consent != .none {
                    asked.insert(id)
                    do {
                        try await say(consent, to: id)
                    } catch let problem as Problem where problem.status == 409 {
                        // It was taken in before the orchestrator was killed, and only the answer was lost.
                    }
                }
            }
            if !isRestless, standings.count == ids.count { return standings }
            guard ContinuousClock.now < end else {
                let open = try await look(at: ids).filter { $0[3] == "false" && $0[2] == "0" }
                var stories = ""
                for row in open.prefix(4) {
                    if let id = SagaValues.UUID(row[0]) { stories += try await story(of: id) + "\n" }
                }
                throw Standstill(text: "\(open.count) are open after \(limit):\n\(stories)")
            }
            try await Task.sleep(for: .milliseconds(200))
        }
    }

    struct Standstill: Error, CustomStringConvertible {
        let text: String
        var description: String { text }
    }

    private static func family(_ ids: [SagaValues.UUID]) -> String {
        """
        WITH RECURSIVE family AS (
            SELECT id AS root, id FROM unnest('{\(ids.map { "\($0)" }.joined(separator: ","))}'::uuid[]) AS id
            UNION ALL SELECT f.root, o.id FROM family f JOIN saga_origins o ON o.parent_id = f.id)
        """
    }

    private func look(at ids: [SagaValues.UUID]) async throws -> [[String]] {
        let rows = try await rows(
            """
            \(Town.family(ids))
            SELECT s.id::text, s.status, count(i.*)::text, (s.ended_at IS NOT NULL)::text,
                (s.state LIKE '%[15,%' AND o.workflow = 'user-offboarding')::text
            FROM family f JOIN sagas s ON s.id = f.root JOIN saga_origins o ON o.id = f.root
            LEFT JOIN saga_incidents i ON i.saga_id = f.id AND i.resolved_at IS NULL
            GROUP BY s.id, s.status, s.ended_at, s.state, o.workflow
            """, in: LocalPlatform.Database.saga)
        return try rows.map { row in try (0..<5).map { try row.text($0) } }
    }

    private func say(_ consent: Consent, to id: SagaValues.UUID) async throws {
        let body = try JSONValueEncoder.encode(OperatorBody(reason: "so it is decided")).bytes
        try await insistently {
            let answer: OperatorAnswer = try await self.client.send(
                .post, "/v1/sagas/\(id)/\(consent.rawValue)", headers: ["Content-Type": "application/json"], body: body)
            #expect(answer.id == id)
        }
    }

    /// Asks again while the orchestrator is away.
    private func insistently<Answer: Sendable>(_ ask: @Sendable () async throws -> Answer) async throws -> Answer {
        let end = ContinuousClock.now + .seconds(60)
        while true {
            do {
                return try await ask()
            } catch let error as ClientError where ContinuousClock.now < end {
                guard case .unreachable = error else { throw error }
            } catch let problem as Problem where problem.status >= 500 && ContinuousClock.now < end {
            }
            try await Task.sleep(for: .milliseconds(50))
        }
    }

    /// Retries whatever of the sagas waits for a person.
    func retry(_ ids: [SagaValues.UUID]) async throws {
        let text = try await platform.postgres.psql(
            """
            \(Town.family(ids))
            SELECT DISTINCT f.id FROM family f JOIN saga_incidents i ON i.saga_id = f.id AND i.resolved_at IS NULL
            """, database: LocalPlatform.Database.saga)
        for id in text.split(separator: "\n").compactMap({ SagaValues.UUID(String($0)) }) {
            _ = try await client.retry(id, reason: "the cause is mended")
        }
    }

    /// What happened to a saga and its children, for whoever reads a failure.
    func story(of id: SagaValues.UUID) async throws -> String {
        try await platform.postgres.psql(
            """
            \(Town.family([id]))
            SELECT o.workflow || ' ' || coalesce(o.parent_step, '') || ' ' || s.status || ' ' || s.state || E'\\n' || string_agg(
                concat_ws(' ', h.revision, h.at::time(3), h.kind, h.step, h.item, h.direction, h.attempt,
                    left(h.data, 160)), E'\\n' ORDER BY h.revision)
            FROM family f JOIN sagas s ON s.id = f.id JOIN saga_origins o ON o.id = f.id
            JOIN saga_history h ON h.saga_id = f.id GROUP BY f.id, o.workflow, o.parent_step, s.status, s.state ORDER BY f.id
            """, database: LocalPlatform.Database.saga)
    }

    // MARK: Faults

    struct Fault: Sendable {
        let service: String
        let action: String
        let kind: String
        var marks: [String]
        /// nil: until it is lifted.
        var remaining: Int?
        var direction: String? = "do"
    }

    func set(_ faults: [Fault]) async throws {
        for database in [LocalPlatform.Database.billing, LocalPlatform.Database.core] {
            let rows = faults.filter { Town.database(of: $0.service) == database }.flatMap { fault in
                fault.marks.map { mark in
                    """
                    ('\(fault.service)', '\(fault.action)', '\(fault.kind)', \(fault.remaining.map(String.init) ?? "NULL"),
                        \(fault.direction.map { "'\($0)'" } ?? "NULL"), '\(mark)')
                    """
                }
            }
            guard !rows.isEmpty else { continue }
            for start in stride(from: 0, to: rows.count, by: 200) {
                try await platform.postgres.psql(
                    """
                    INSERT INTO fault_switches (service, action, kind, remaining, direction, only_for)
                    VALUES \(rows[start..<min(start + 200, rows.count)].joined(separator: ", "))
                    """, database: database)
            }
        }
    }

    static func database(of service: String) -> String {
        service == "billing" || service == "payment-provider"
            ? LocalPlatform.Database.billing : LocalPlatform.Database.core
    }

    func liftFaults() async throws {
        for database in [LocalPlatform.Database.billing, LocalPlatform.Database.core] {
            try await platform.postgres.psql("DELETE FROM fault_switches", database: database)
        }
    }

    // MARK: The end

    /// Nothing is on its way any more between the services.
    func rest() async throws {
        try await eventually("all events are published", within: .seconds(30), every: .milliseconds(50)) {
            let counts = try await answers(
                ["SELECT count(*) FROM saga_outbox"], in: LocalPlatform.Database.billing)
            let more = try await answers(["SELECT count(*) FROM saga_outbox"], in: LocalPlatform.Database.core)
            return counts + more == ["0", "0"]
        }
        try await eventually("devices of refunded orders are free", within: .seconds(30), every: .milliseconds(50)) {
            let refunded = try await answers(
                ["SELECT coalesce(string_agg(quote_literal(id), ','), 'NULL') FROM orders WHERE status = 'refunded'"],
                in: LocalPlatform.Database.billing)[0]
            return try await answers(
                ["SELECT count(*) FROM devices WHERE status <> 'deleted' AND order_id IN (\(refunded))"],
                in: LocalPlatform.Database.core) == ["0"]
        }
    }

    /// Expects no invariant to be violated.
    func check(_ comment: String) async throws {
        try await rest()
        let checker = Checker(
            server: platform.database(LocalPlatform.Database.saga), saga: LocalPlatform.Database.saga,
            billing: LocalPlatform.Database.billing, core: LocalPlatform.Database.core)
        for result in try await checker.run() {
            #expect(
                result.count == 0,
                """
                \(comment): \(result.invariant.name), \(result.invariant.statement): \(result.count), \
                \(result.examples.joined(separator: "; "))
                """)
        }
    }
}
