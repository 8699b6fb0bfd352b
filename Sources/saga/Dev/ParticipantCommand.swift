public import ArgumentParser
internal import CloudPhone
internal import LocalPlatform
internal import Postgres
internal import RabbitMQ
internal import SagaServer
internal import SagaValues

/// Runs one of the reference services on local servers: how `saga dev` starts them.
public struct ParticipantCommand: AsyncParsableCommand {
    public static let configuration = CommandConfiguration(
        commandName: "run-participant", abstract: "Run a reference service on local servers.", shouldDisplay: false)

    @Argument(help: "billing, device, user, notification, app or all.")
    var service: String
    @Option var postgresPort: Int
    @Option var rabbitmqPort: Int
    @Flag(help: "Obey the table fault_switches: for demonstrations and tests.")
    var faultSwitches = false

    public init() {}

    public func run() async throws {
        func database(_ name: String) -> PostgresConfiguration {
            PostgresConfiguration(host: "127.0.0.1", port: postgresPort, user: "postgres", database: name)
        }
        var configuration = CloudPhoneConfiguration(
            billing: database(LocalPlatform.Database.billing), core: database(LocalPlatform.Database.core),
            broker: RabbitMQConfiguration(port: rabbitmqPort, connectionName: service))
        configuration.hasFaultSwitches = faultSwitches
        try await CloudPhone.run(
            service: service, configuration: configuration, logger: LogConfiguration.people.logger(service))
    }
}
