internal import ParticipantKit
internal import Postgres

/// The seed as SQL, one list per service: all of it is one transaction.
enum SeedStatements {
    typealias Batch = [(PostgresStatement, [PostgresParameter])]

    static func all(of service: CloudPhoneService, _ seed: Seed) -> Batch {
        let users = PostgresParameter.int32(Int32(clamping: seed.users))
        return switch service {
        case .billing:
            [
                (plans, []), (userCopies, [users]),
                (balances, [users, .decimal(seed.balance)]),
            ]
        case .device:
            [
                (devices, [.int32(Int32(clamping: min(seed.devices, Seed.maximumDevices)))]),
                (ports, [.int32(Int32(clamping: min(seed.ports, Seed.maximumPorts)))]),
                (proxies, [.int32(Int32(clamping: seed.proxies))]),
            ]
        case .app: [(applications, [])]
        case .user: [(self.users, [users]), (roles, []), (userRoles, [users]), (planLimits, [])]
        case .notification: []
        }
    }

    private static func id(_ kind: Int, _ number: String = "n") -> String {
        "('00000000-0000-7000-\(kind)-' || lpad(\(number)::text, 12, '0'))::uuid"
    }

    private static let plans = PostgresStatement(
        """
        INSERT INTO plans (id, name, type, billing_cycle, price, device_quota, storage_quota_gb, traffic_quota_gb, features)
        SELECT \(id(8000)), name, lower(name), 'monthly', price, devices, storage, traffic, features::jsonb
        FROM (VALUES
            (1, 'Free', 0.00, 1, 10, 10, '["community support"]'),
            (2, 'Basic', 99.00, 5, 100, 100, '["email support", "snapshots"]'),
            (3, 'Pro', 299.00, 20, 500, 500, '["priority support", "snapshots", "api"]'),
            (4, 'Enterprise', 999.00, 100, 5000, 5000, '["account manager", "snapshots", "api", "own images"]')
        ) AS plan (n, name, price, devices, storage, traffic, features)
        ON CONFLICT (id) DO NOTHING
        """)

    private static let userCopies = PostgresStatement(
        """
        INSERT INTO user_copies (user_id, name, email, updated_at)
        SELECT \(id(8001)), 'User ' || n, 'user-' || n || '@example.test', 'epoch'::timestamptz
        FROM generate_series(1, $1) AS n ON CONFLICT (user_id) DO NOTHING
        """)

    /// A balance is only ever there with the ledger row that explains it.
    private static let balances = PostgresStatement(
        """
        WITH opened AS (
            INSERT INTO user_balances (user_id, balance, total_recharge)
            SELECT \(id(8001)), $2::numeric, $2::numeric FROM generate_series(1, $1) AS n
            ON CONFLICT (user_id) DO NOTHING RETURNING user_id, balance
        )
        INSERT INTO balance_transactions (user_id, type, amount, balance_before, balance_after)
        SELECT user_id, 'recharge', balance, 0, balance FROM opened WHERE balance > 0
        """)

    private static let devices = PostgresStatement(
        """
        INSERT INTO devices (id, name, status, provider_type, external_id, adb_port, cpu_cores, memory_mb, storage_mb)
        SELECT \(id(8002)), 'phone-' || n, 'idle', 'redroid', 'redroid-' || n, 5000 + n, 2, 4096, 65536
        FROM generate_series(1, $1) AS n ON CONFLICT (id) DO NOTHING
        """)

    /// Below those of the devices in the pool.
    private static let ports = PostgresStatement(
        "INSERT INTO device_ports (port) SELECT 2000 + n FROM generate_series(1, $1) AS n ON CONFLICT (port) DO NOTHING"
    )

    private static let proxies = PostgresStatement(
        """
        INSERT INTO proxies (id, host, port)
        SELECT \(id(8005)), 'proxy-' || n || '.example.test', 1080 FROM generate_series(1, $1) AS n
        ON CONFLICT (id) DO NOTHING
        """)

    private static let applications = PostgresStatement(
        """
        INSERT INTO applications (id, name, package_name, version, object_key)
        SELECT \(id(8004)), name, package, version, package || '-' || version || '.apk'
        FROM (VALUES (1, 'Notes', 'test.example.notes', '1.4.0'), (2, 'Player', 'test.example.player', '3.0.1'),
                     (3, 'Chat', 'test.example.chat', '12.7.2')) AS app (n, name, package, version)
        ON CONFLICT (id) DO NOTHING
        """)

    private static let users = PostgresStatement(
        """
        INSERT INTO users (id, username, email, full_name)
        SELECT \(id(8001)), 'user-' || n, 'user-' || n || '@example.test', 'User ' || n
        FROM generate_series(1, $1) AS n ON CONFLICT (id) DO NOTHING
        """)

    private static let roles = PostgresStatement(
        """
        INSERT INTO roles (id, name)
        SELECT \(id(8003)), name FROM (VALUES (1, 'customer'), (2, 'operator'), (3, 'admin')) AS role (n, name)
        ON CONFLICT (id) DO NOTHING
        """)

    private static let userRoles = PostgresStatement(
        """
        INSERT INTO user_roles (user_id, role_id)
        SELECT \(id(8001)), \(id(8003, "1")) FROM generate_series(1, $1) AS n ON CONFLICT DO NOTHING
        """)

    private static let planLimits = PostgresStatement(
        """
        INSERT INTO plan_limits (plan_id, max_devices, storage_gb, traffic_gb)
        SELECT \(id(8000)), devices, storage, traffic
        FROM (VALUES (1, 1, 10, 10), (2, 5, 100, 100), (3, 20, 500, 500), (4, 100, 5000, 5000))
            AS plan (n, devices, storage, traffic)
        ON CONFLICT (plan_id) DO NOTHING
        """)
}
