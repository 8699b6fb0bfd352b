public import Logging
public import ParticipantKit
internal import Postgres
internal import SagaValues
public import ServiceLifecycle
internal import UnixSignals

/// The cloud-phone platform in small: four services on two databases, as real as the saga needs them.
public enum CloudPhone {
    /// Runs one service, or all of them in this process, until a graceful shutdown or SIGTERM/SIGINT.
    ///
    /// - Parameter service: `billing`, `device`, `user`, `notification` or `all`.
    /// - Throws: ``ParticipantError/Code/invalidDeclaration`` for another name; what a service's start fails with.
    public static func run(service: String, configuration: CloudPhoneConfiguration, logger: Logger) async throws {
        guard let services = CloudPhoneService.named(service) else {
            let names = CloudPhoneService.allCases.map(\.rawValue).joined(separator: ", ")
            throw ParticipantError(.invalidDeclaration, "there is no service \"\(service)\": \(names) or all")
        }
        let group = ServiceGroup(
            services: try services.map { try Self.service($0, configuration: configuration, logger: logger) },
            gracefulShutdownSignals: [.sigterm, .sigint], logger: logger)
        try await group.run()
    }

    /// One service with its connections, to be run in a group of yours.
    public static func service(
        _ service: CloudPhoneService, configuration: CloudPhoneConfiguration, logger: Logger
    ) throws(ParticipantError) -> any Service {
        try RunningService(service, configuration, logger: logger)
    }

    /// The actions of a service, by the names under which workflows call them.
    public static func actions(of service: CloudPhoneService) -> [Action] {
        switch service {
        case .billing:
            [
                .do("validate-plan", Orders.validatePlan),
                .do("create-order", Orders.create), .undo("cancel-order", Orders.cancel),
                .do("charge", Charges.charge), .undo("refund", Charges.refund),
                .do("activate-order", Orders.activate),
            ]
        case .device: [.do("allocate", DevicePool.allocate), .undo("release", DevicePool.release)]
        case .user: [.do("raise-quota", Quotas.raise)]
        case .notification: [.do("send", Notifications.send)]
        }
    }

    static func subscriptions(of service: CloudPhoneService) -> [Subscription] {
        switch service {
        case .billing:
            [.on("user.created", UserCopies.userChanged), .on("user.updated", UserCopies.userChanged)]
        case .device, .user, .notification: []
        }
    }
}

/// A participant together with the connections that it alone uses.
private struct RunningService: Service {
    let service: CloudPhoneService
    let participant: Participant
    let pool: PostgresPool
    let faultPool: PostgresPool?
    let logger: Logger

    init(_ service: CloudPhoneService, _ configuration: CloudPhoneConfiguration, logger: Logger)
        throws(ParticipantError)
    {
        let database = configuration.database(of: service)
        let name = service.rawValue
        // One more than the workers, for the relay.
        pool = PostgresPool(database, size: configuration.concurrency + 1, name: name)
        faultPool = configuration.hasFaultSwitches ? PostgresPool(database, size: 2, name: "\(name)-faults") : nil
        var kit = ParticipantConfiguration()
        kit.concurrency = configuration.concurrency
        kit.prefetch = configuration.concurrency * 8
        kit.usesQuorumQueues = configuration.usesQuorumQueues
        participant = try Participant(
            name, database: pool, broker: configuration.broker, configuration: kit,
            actions: CloudPhone.actions(of: service), subscriptions: CloudPhone.subscriptions(of: service),
            interceptors: faultPool.map { [FaultSwitches(service: name, pool: $0, logger: logger)] } ?? [],
            logger: logger)
        self.service = service
        self.logger = logger
    }

    func run() async throws {
        let result: Result<Void, any Error>
        do {
            try await CloudPhoneTables.migrate(service, pool, logger: logger)
            try await participant.run()
            result = .success(())
        } catch is CancellationError where Task.isShuttingDownGracefully {
            // It was told to stop while it waited for its database.
            result = .success(())
        } catch {
            result = .failure(error)
        }
        await faultPool?.close(grace: .zero)
        await pool.close(grace: .zero)
        try result.get()
    }
}

extension CloudPhoneConfiguration {
    /// The database that a service owns its tables in, with its name for `pg_stat_activity`.
    func database(of service: CloudPhoneService) -> PostgresConfiguration {
        var database: PostgresConfiguration
        switch service {
        case .billing: database = billing
        case .device, .user, .notification: database = core
        }
        database.applicationName = "cloudphone-\(service.rawValue)"
        return database
    }
}
