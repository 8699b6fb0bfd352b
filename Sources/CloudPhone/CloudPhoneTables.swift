internal import Logging
internal import ParticipantKit
internal import Postgres

/// Every service brings its own tables up to date, by an account of its own.
enum CloudPhoneTables {
    static func migrate(_ service: CloudPhoneService, _ pool: PostgresPool, logger: Logger) async throws {
        try await ParticipantTables.apply(migrations(of: service), on: pool, of: service.rawValue, logger: logger)
        try await ParticipantTables.apply(faults, on: pool, of: "the fault switches", logger: logger)
    }

    private static let faults = PostgresMigrations(
        table: "fault_migrations",
        [
            PostgresMigration(1, "switches", sql: FaultSchema.switches),
            PostgresMigration(2, "unlimited", sql: FaultSchema.unlimited),
        ])

    private static func migrations(of service: CloudPhoneService) -> PostgresMigrations {
        switch service {
        case .billing:
            PostgresMigrations(
                table: "billing_migrations",
                [
                    PostgresMigration(1, "plans and orders", sql: BillingSchema.plansAndOrders),
                    PostgresMigration(2, "money", sql: BillingSchema.money),
                    PostgresMigration(3, "refunds", sql: BillingSchema.refunds),
                    PostgresMigration(4, "periods", sql: BillingSchema.periods),
                ])
        case .device:
            PostgresMigrations(
                table: "device_migrations",
                [
                    PostgresMigration(1, "devices", sql: DeviceSchema.devices),
                    PostgresMigration(2, "resources", sql: DeviceSchema.resources),
                    PostgresMigration(3, "snapshots", sql: DeviceSchema.snapshots),
                ])
        case .app:
            PostgresMigrations(
                table: "app_migrations", [PostgresMigration(1, "applications", sql: AppSchema.applications)])
        case .user:
            PostgresMigrations(
                table: "user_migrations",
                [
                    PostgresMigration(1, "users", sql: UserSchema.users),
                    PostgresMigration(2, "accounts", sql: UserSchema.accounts),
                ])
        case .notification:
            PostgresMigrations(
                table: "notification_migrations",
                [PostgresMigration(1, "notifications", sql: NotificationSchema.notifications)])
        }
    }
}
