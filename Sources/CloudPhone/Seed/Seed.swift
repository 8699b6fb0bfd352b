public import Logging
internal import ParticipantKit
internal import Postgres
public import SagaValues

/// What the platform begins with: plans, users with balances, a pool of idle devices, ports,
/// proxies and applications.
///
/// Ids are derived from numbers, so that texts, tests and people can name them: see ``planID(_:)``,
/// ``userID(_:)`` and ``deviceID(_:)``. Seeding again adds what is missing and changes nothing else.
public struct Seed: Sendable {
    /// How many users there are, numbered from 1.
    public var users = 100
    /// What each is given by a recharge when the account is opened; with 0 there is no recharge.
    public var balance: ExactDecimal = 1000
    /// How many devices there are, numbered from 1; at most ``maximumDevices``.
    public var devices = 50

    /// How many ports there are for devices that are made for a user; at most ``maximumPorts``.
    public var ports = 100
    /// How many proxies there are for them.
    public var proxies = 20

    /// They end where those of the pool's devices begin.
    public static let maximumPorts = 3_000
    /// Each device has an ADB port of its own.
    public static let maximumDevices = 60_000

    public init() {}

    public init(users: Int, balance: ExactDecimal, devices: Int) {
        self.users = users
        self.balance = balance
        self.devices = devices
    }

    /// The plans for sale.
    public enum Plan: Int, Sendable, CaseIterable {
        case free = 1
        case basic, pro, enterprise

        public var id: UUID { Seed.planID(rawValue) }

        /// As buyers see it, two decimals.
        public var price: String {
            switch self {
            case .free: "0.00"
            case .basic: "99.00"
            case .pro: "299.00"
            case .enterprise: "999.00"
            }
        }
    }

    /// `00000000-0000-7000-8000-0000000000<n>`
    public static func planID(_ number: Int) -> UUID { id(0x8000, number) }
    /// `00000000-0000-7000-8001-…<n>`; the user is called `user-<n>`.
    public static func userID(_ number: Int) -> UUID { id(0x8001, number) }
    /// `00000000-0000-7000-8002-…<n>`; the device is called `phone-<n>`.
    public static func deviceID(_ number: Int) -> UUID { id(0x8002, number) }

    /// `00000000-0000-7000-8004-…<n>`, 1 to 3.
    public static func applicationID(_ number: Int) -> UUID { id(0x8004, number) }

    /// The number in decimal digits at the end, as the SQL below makes it.
    private static func id(_ kind: UInt64, _ number: Int) -> UUID {
        let digits = UInt64(String(max(0, number)), radix: 16) ?? 0
        return UUID(high: 0x7000, low: kind << 48 | digits & 0xFFFF_FFFF_FFFF)
    }
}

extension CloudPhone {
    /// Makes the tables of all services and puts the seed in.
    ///
    /// Both databases must exist. It writes to each of them alone, as the services' own installers would.
    public static func seed(_ seed: Seed, configuration: CloudPhoneConfiguration, logger: Logger) async throws {
        for service in CloudPhoneService.allCases {
            let pool = PostgresPool(configuration.database(of: service), size: 1, name: "seed")
            do {
                try await CloudPhoneTables.migrate(service, pool, logger: logger)
                try await ParticipantTables.migrate(pool, logger: logger)
                try await pool.executeAll(SeedStatements.all(of: service, seed), deadline: .seconds(120))
            } catch {
                await pool.close(grace: .zero)
                throw error
            }
            await pool.close(grace: .zero)
        }
        logger.info(
            "seeded", metadata: ["users": "\(seed.users)", "balance": "\(seed.balance)", "devices": "\(seed.devices)"])
    }
}
