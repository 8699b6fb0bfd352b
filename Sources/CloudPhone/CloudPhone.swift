public import Logging
public import ParticipantKit
internal import Postgres
internal import SagaValues
public import ServiceLifecycle
internal import UnixSignals

/// The cloud-phone platform in small: five services on two databases, as real as the saga needs them.
public enum CloudPhone {
    /// Runs one service, or all of them in this process, until a graceful shutdown or SIGTERM/SIGINT.
    ///
    /// - Parameter service: `billing`, `device`, `user`, `notification`, `app` or `all`.
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
}

/// A participant together with the connections that it alone uses.
private struct RunningService: Service {
    let service: CloudPhoneService
    let participant: Participant
    let pool: PostgresPool
    let faultPool: PostgresPool?
    /// The connections of those who are not ours.
    let outsidePool: PostgresPool
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
        outsidePool = PostgresPool(database, size: 4, name: "\(name)-providers")
        let faults = faultPool.map { FaultTable(pool: $0, logger: logger) }
        let outside = Outside(pool: outsidePool, faults: faults, delay: configuration.providerDelay)
        participant = try Participant(
            name, database: pool, broker: configuration.broker, configuration: kit,
            actions: CloudPhone.actions(of: service, outside), subscriptions: CloudPhone.subscriptions(of: service),
            interceptors: faults.map { [FaultSwitches(service: name, table: $0)] } ?? [],
            logger: logger)
        self.service = service
        self.logger = logger
    }

    func run() async throws {
        let result: Result<Void, any Error>
        do {
            try await CloudPhoneTables.migrate(service, pool, logger: logger)
            try await work()
            result = .success(())
        } catch is CancellationError where Task.isShuttingDownGracefully {
            // It was told to stop while it waited for its database.
            result = .success(())
        } catch {
            result = .failure(error)
        }
        await faultPool?.close(grace: .zero)
        await outsidePool.close(grace: .zero)
        await pool.close(grace: .zero)
        try result.get()
    }

    /// The participant, and beside billing the payment provider, which calls back until billing ends.
    private func work() async throws {
        guard service == .billing else { return try await participant.run() }
        try await withThrowingTaskGroup(of: Void.self) { group in
            let desk = PaymentProviderDesk(pool: outsidePool, logger: logger)
            group.addTask { try await desk.run() }
            try await participant.run()
            group.cancelAll()
        }
    }
}

extension CloudPhoneConfiguration {
    /// The database that a service owns its tables in, with its name for `pg_stat_activity`.
    func database(of service: CloudPhoneService) -> PostgresConfiguration {
        var database: PostgresConfiguration
        switch service {
        case .billing: database = billing
        case .device, .user, .notification, .app: database = core
        }
        database.applicationName = "cloudphone-\(service.rawValue)"
        return database
    }
}
