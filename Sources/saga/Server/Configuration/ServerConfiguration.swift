internal import Glibc
public import Postgres
public import RabbitMQ
public import SagaEngine
public import SagaValues

/// All that a server needs to know, checked.
public struct ServerConfiguration: Sendable {
    public var engine: EngineConfiguration
    public var http: HTTP
    public var postgres: PostgresConfiguration
    /// Connections for queries, beside the writer's.
    public var readers: Int
    public var rabbitMQ: RabbitMQConfiguration
    public var queues: RabbitMQ.Topology.Queue.Kind
    public var prefetch: Int
    public var workflowFolder: String?
    public var log: LogConfiguration

    public struct HTTP: Sendable {
        public var host: String
        /// 0 for any free one.
        public var port: Int
        public var token: Secret
    }

    /// Reads the configuration from flags, the environment and a file, in this order of precedence.
    public static func read(
        file: String?, flags: [String], environment: [String: String]
    ) throws(ConfigurationError) -> ServerConfiguration {
        let source = try ConfigurationSource(file: file, flags: flags, environment: environment)
        return ServerConfiguration(
            engine: try engine(source),
            http: try http(source),
            postgres: try postgres(source),
            readers: try source.require(Settings.postgresReaders),
            rabbitMQ: try rabbitMQ(source),
            queues: try source.require(Settings.rabbitQueues) == .quorum ? .quorum : .classic,
            prefetch: try source.require(Settings.rabbitPrefetch),
            workflowFolder: try source.value(Settings.workflowFolder),
            log: LogConfiguration(
                level: try source.require(Settings.logLevel), format: try source.require(Settings.logFormat)))
    }

    private static func engine(_ source: ConfigurationSource) throws(ConfigurationError) -> EngineConfiguration {
        var engine = EngineConfiguration(nodeName: try source.value(Settings.nodeName) ?? "\(hostName())-\(getpid())")
        engine.drain = try source.require(Settings.drain)
        engine.batchLimit = try source.require(Settings.batch)
        engine.cachedSagas = try source.require(Settings.cache)
        engine.startLimit = try source.require(Settings.starts)
        engine.lease = try source.require(Settings.lease)
        return engine
    }

    private static func http(_ source: ConfigurationSource) throws(ConfigurationError) -> HTTP {
        HTTP(
            host: try source.require(Settings.httpHost), port: try source.require(Settings.httpPort),
            token: try source.require(Settings.httpToken))
    }

    private static func postgres(_ source: ConfigurationSource) throws(ConfigurationError) -> PostgresConfiguration {
        let tls: PostgresConfiguration.TLS
        switch try source.require(Settings.postgresTLS) {
        case .disable: tls = .disable
        case .require: tls = .require
        case .verifyFull:
            guard let file = try source.value(Settings.postgresRootCertificate) else {
                throw .missing(Settings.postgresRootCertificate.description)
            }
            tls = .verifyFull(rootCertificate: file)
        }
        return PostgresConfiguration(
            host: try source.require(Settings.postgresHost), port: try source.require(Settings.postgresPort),
            user: try source.require(Settings.postgresUser), password: try source.value(Settings.postgresPassword),
            database: try source.require(Settings.postgresDatabase), tls: tls, applicationName: "saga")
    }

    private static func rabbitMQ(_ source: ConfigurationSource) throws(ConfigurationError) -> RabbitMQConfiguration {
        var tls: RabbitMQConfiguration.TLS?
        if try source.require(Settings.rabbitTLS) == .verifyFull {
            tls = RabbitMQConfiguration.TLS(rootCertificates: try source.value(Settings.rabbitRootCertificate))
        }
        return RabbitMQConfiguration(
            host: try source.require(Settings.rabbitHost), port: try source.require(Settings.rabbitPort),
            user: try source.require(Settings.rabbitUser),
            password: try source.value(Settings.rabbitPassword) ?? Secret(""),
            vhost: try source.require(Settings.rabbitVirtualHost), tls: tls, connectionName: "saga engine")
    }

    private static func hostName() -> String {
        var buffer = [CChar](repeating: 0, count: 256)
        guard gethostname(&buffer, buffer.count - 1) == 0 else { return "node" }
        return String(decoding: buffer.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
    }
}
