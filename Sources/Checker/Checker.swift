public import Postgres
internal import SagaValues

/// Checks the invariants on the databases themselves, after the fact and from outside.
///
/// It knows tables and no program: everything is plain SQL, over foreign tables in a database of its own
/// that sees all the others, and none of the engine's code has a part in it. So an error in the engine's
/// idea of its own state cannot hide from it.
public struct Checker: Sendable {
    private let server: PostgresConfiguration
    private let databases: [(schema: String, database: String, tables: [String])]

    static let database = "saga_check"

    /// - Parameters:
    ///   - server: an administrator's access to the server that holds all three databases.
    public init(server: PostgresConfiguration, saga: String, billing: String, core: String) {
        self.server = server
        self.databases = [
            (
                "saga", saga,
                [
                    "workflow_versions", "sagas", "saga_origins", "saga_history", "saga_timers", "saga_locks",
                    "saga_incidents", "saga_waits",
                ]
            ),
            (
                "billing", billing,
                [
                    "orders", "payments", "user_balances", "balance_transactions", "payouts", "provider_refunds",
                    "saga_barrier", "saga_outbox",
                ]
            ),
            (
                "core", core,
                [
                    "devices", "device_ports", "proxies", "provider_objects", "device_snapshots", "device_applications",
                    "notifications", "users", "user_credentials", "user_roles", "quotas", "quota_uses", "plan_limits",
                    "saga_barrier", "saga_outbox",
                ]
            ),
        ]
    }

    /// Checks everything; the databases should be at rest, since they cannot be seen at one instant.
    public func run(_ invariants: [Invariant] = Invariants.all) async throws(PostgresError) -> [CheckResult] {
        try await prepare()
        let connection = PostgresConnection(access(to: Checker.database), name: "checker")
        do {
            try await connection.runScript(linkScript)
            var results: [CheckResult] = []
            for invariant in invariants {
                let rows = try await connection.execute(
                    PostgresStatement(invariant.violations), deadline: Checker.patience)
                let examples = try rows.prefix(5).map { (row) throws(PostgresError) in try row.text(0) }
                results.append(CheckResult(invariant: invariant, count: rows.count, examples: examples))
            }
            await connection.close()
            return results
        } catch {
            await connection.close()
            throw error
        }
    }

    /// A fresh database to look from.
    private func prepare() async throws(PostgresError) {
        let connection = PostgresConnection(access(to: "postgres"), name: "checker-setup")
        do {
            // Both wait for a checkpoint.
            for sql in [
                "DROP DATABASE IF EXISTS \(Checker.database) WITH (FORCE)", "CREATE DATABASE \(Checker.database)",
            ] {
                try await connection.execute(PostgresStatement(sql), deadline: Checker.patience)
            }
            await connection.close()
        } catch {
            await connection.close()
            throw error
        }
    }

    /// How long one statement may take: large databases, a busy machine.
    private static let patience = Duration.seconds(120)

    private func access(to database: String) -> PostgresConfiguration {
        var configuration = server
        configuration.database = database
        configuration.statementTimeout = Checker.patience
        return configuration
    }

    private var linkScript: String {
        // Of foreign tables PostgreSQL knows no sizes, expects much, and would compile every look for half a second.
        var script = "SET jit = off;\nCREATE EXTENSION postgres_fdw;\n"
        for (schema, database, tables) in databases {
            script += """
                CREATE SCHEMA \(schema);
                CREATE SERVER \(schema) FOREIGN DATA WRAPPER postgres_fdw
                    OPTIONS (host '\(server.host)', port '\(server.port)', dbname '\(database)', fetch_size '10000');
                CREATE USER MAPPING FOR CURRENT_USER SERVER \(schema) OPTIONS (user '\(server.user)');
                IMPORT FOREIGN SCHEMA public LIMIT TO (\(tables.joined(separator: ", "))) FROM SERVER \(schema) INTO \(schema);

                """
        }
        return script + Looks.script
    }
}
