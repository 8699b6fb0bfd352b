import Foundation
import LocalServers
import Logging
import Postgres
import RabbitMQ
import SagaValues
import SagaWire
import Synchronization
import TestServers

@testable import CloudPhone
@testable import ParticipantKit

/// Both databases with the seed in them, and a runner per service: commands without a broker.
final class Platform: Sendable {
    let configuration: CloudPhoneConfiguration
    let billing: PostgresPool
    let core: PostgresPool
    private let runners: [CloudPhoneService: CommandRunner]
    private let said = Said()

    /// What the services said while they were still at work.
    var announcements: [String] { said.lines.withLock { $0 } }

    private final class Said: Sendable {
        let lines = Mutex<[String]>([])
    }

    init(
        _ seed: Seed = Seed(users: 10, balance: 1000, devices: 5), faults: Bool = false,
        providerDelay: Duration = .zero, logger: Logger = .quiet
    ) async throws {
        let server = try await TestServers.postgres()
        func database(_ prefix: String) async throws -> PostgresConfiguration {
            PostgresConfiguration(
                host: server.host, port: server.port, user: server.user,
                database: try await TestServers.freshDatabase(prefix: prefix))
        }
        configuration = CloudPhoneConfiguration(
            billing: try await database("billing"), core: try await database("core"), broker: RabbitMQConfiguration())
        billing = PostgresPool(configuration.billing, size: 12)
        core = PostgresPool(configuration.core, size: 12)
        try await CloudPhone.seed(seed, configuration: configuration, logger: .quiet)
        var runners: [CloudPhoneService: CommandRunner] = [:]
        for service in CloudPhoneService.allCases {
            let pool = service == .billing ? billing : core
            let faultPool = PostgresPool(configuration.database(of: service), size: 2)
            let table = faults ? FaultTable(pool: faultPool, logger: .quiet) : nil
            let outside = Outside(
                pool: PostgresPool(configuration.database(of: service), size: 3), faults: table, delay: providerDelay)
            runners[service] = CommandRunner(
                participant: service.rawValue, pool: pool,
                actions: try ActionTable(CloudPhone.actions(of: service, outside)),
                interceptors: table.map { [FaultSwitches(service: service.rawValue, table: $0)] } ?? [],
                limits: .default, logger: logger,
                announce: { [said] outcome, _ in said.lines.withLock { $0.append(Answer(outcome: outcome).line) } },
                eventsCommitted: {})
        }
        self.runners = runners
    }

    /// Has an action carried out; `action` is `billing.charge`.
    func ask(
        _ action: String, _ direction: Direction = .do, saga: SagaValues.UUID, step: String, attempt: Int = 1,
        deadline: Timestamp? = nil, _ body: JSON
    ) async throws -> Answer {
        let message = CommandMessage(
            id: CommandID(saga: saga, step: step, direction: direction), action: action, workflow: "plan-purchase",
            workflowVersion: 1, attempt: attempt, deadline: deadline, body: Payload(body))
        let command = try ReceivedCommand(try message.wireMessage(), limits: .default)
        guard let service = CloudPhoneService(rawValue: message.participant), let runner = runners[service] else {
            throw ParticipantError(.invalidDeclaration, action)
        }
        guard case .reply(let outcome) = await runner.answer(command) else {
            throw ParticipantError(.unexpectedResult, "abandoned")
        }
        return Answer(outcome: outcome)
    }

    struct Answer: Sendable {
        let outcome: ReplyMessage.Outcome

        /// `done`, `rejected insufficient-balance`, `retry …`.
        var line: String {
            switch outcome {
            case .done: "done"
            case .rejected(let error): "rejected \(error.code)"
            case .retry(let error): "retry \(error.code)"
            case .unknown(let error): "unknown \(error.code)"
            case .working: "working"
            }
        }

        var output: JSON {
            if case .done(let output) = outcome { output.json } else { .null }
        }

        var details: JSON? {
            if case .rejected(let error) = outcome { error.details } else { nil }
        }

        subscript(member: String) -> String { output[member]?.stringValue ?? "" }
    }

    /// One value from SQL, as text.
    func value(_ pool: PostgresPool, _ sql: String, _ parameters: [PostgresParameter] = []) async throws -> String {
        try await pool.execute(PostgresStatement("SELECT (\(sql))::text"), parameters).only.optionalText(0) ?? "null"
    }

    func run(_ pool: PostgresPool, _ sql: String) async throws {
        try await pool.withConnection { try await $0.runScript(sql) }
    }

    /// What must hold of the books at any time; the number of violations of each.
    func violations() async throws -> [String: String] {
        let checks: [(String, PostgresPool, String)] = [
            (
                "balance is the sum of the ledger", billing,
                """
                SELECT count(*) FROM user_balances b WHERE balance <>
                    (SELECT coalesce(sum(amount), 0) FROM balance_transactions t WHERE t.user_id = b.user_id)
                """
            ),
            (
                "the ledger is a chain", billing,
                """
                SELECT count(*) FROM (SELECT balance_before,
                    lag(balance_after, 1, 0) OVER (PARTITION BY user_id ORDER BY id) AS last FROM balance_transactions) t
                WHERE balance_before <> last
                """
            ),
            (
                "consumption is what was charged and not refunded", billing,
                """
                SELECT count(*) FROM user_balances b WHERE total_consumption <> (SELECT coalesce(sum(amount), 0)
                    FROM payments p WHERE p.user_id = b.user_id AND p.status IN ('success', 'refunding'))
                """
            ),
            (
                "a cancelled or refunded order has no live payment", billing,
                """
                SELECT count(*) FROM orders o JOIN payments p ON p.order_id = o.id AND p.status = 'success'
                WHERE o.status IN ('cancelled', 'refunded')
                """
            ),
            (
                "what is frozen is the sum of what was frozen", billing,
                """
                SELECT count(*) FROM user_balances b WHERE frozen_amount <>
                    (SELECT coalesce(sum(frozen_change), 0) FROM balance_transactions t WHERE t.user_id = b.user_id)
                """
            ),
            ("no balance is negative", billing, "SELECT count(*) FROM user_balances WHERE balance < 0"),
            (
                "no device is held twice", core,
                "SELECT count(*) FROM (SELECT order_id FROM devices WHERE order_id IS NOT NULL GROUP BY 1 HAVING count(*) > 1) t"
            ),
            (
                "the usage of a quota is the sum of what counts against it", core,
                """
                SELECT count(*) FROM quotas q WHERE (usage ->> 'currentDevices')::integer <>
                    (SELECT count(*) FROM quota_uses u WHERE u.user_id = q.user_id)
                """
            ),
            (
                "a device's port and proxy are its own", core,
                """
                SELECT count(*) FROM devices d LEFT JOIN device_ports p ON p.device_id = d.id
                    LEFT JOIN proxies x ON x.device_id = d.id
                WHERE d.order_id IS NULL AND d.user_id IS NOT NULL
                    AND (d.adb_port IS DISTINCT FROM p.port OR d.proxy_id IS DISTINCT FROM x.id)
                """
            ),
            (
                "nothing is left open in the barrier", billing,
                "SELECT count(*) FROM saga_barrier WHERE outcome = 'open'"
            ),
        ]
        var found: [String: String] = [:]
        for (name, pool, sql) in checks {
            let count = try await value(pool, sql)
            if count != "0" { found[name] = count }
        }
        return found
    }
}

extension Logger {
    static var quiet: Logger {
        var logger = Logger(label: "test")
        logger.logLevel = ProcessInfo.processInfo.environment["KIT_LOG"] == nil ? .critical : .debug
        return logger
    }
}
