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

    func rows(_ sql: String, in database: String) async throws -> PostgresRows {
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
