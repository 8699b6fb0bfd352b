public import Postgres
public import RabbitMQ

/// Where the reference services find their databases and the broker.
public struct CloudPhoneConfiguration: Sendable {
    /// `cloudphone_billing`: billing's own.
    public var billing: PostgresConfiguration
    /// `cloudphone_core`: shared by device, user, app and notification, each with tables of its own.
    public var core: PostgresConfiguration
    public var broker: RabbitMQConfiguration
    /// How many commands each service works on at once, each on a connection of its own.
    public var concurrency = 8
    /// Whether `fault_switches` is looked at around every command: for the demo and tests, never in
    /// production, since it costs two queries per command.
    public var hasFaultSwitches = false
    /// How long the providers of machines and of payments take, which are not ours and stand in here.
    public var providerDelay: Duration = .seconds(1)
    /// Kind of the services' queues; see `ParticipantConfiguration.usesQuorumQueues`.
    public var usesQuorumQueues = true

    public init(billing: PostgresConfiguration, core: PostgresConfiguration, broker: RabbitMQConfiguration) {
        self.billing = billing
        self.core = core
        self.broker = broker
    }
}

/// The services that take part in the platform's workflows.
public enum CloudPhoneService: String, Sendable, CaseIterable {
    case billing, device, user, notification, app

    /// - Parameter text: a service's name, or `all`.
    /// - Returns: nil for an unknown name.
    public static func named(_ text: String) -> [CloudPhoneService]? {
        text == "all" ? allCases : CloudPhoneService(rawValue: text).map { [$0] }
    }
}
