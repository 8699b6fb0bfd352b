public import APIServer
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
    public var archive: ArchiveConfiguration
    /// Whether incidents are told by domain events.
    public var incidentEvents: Bool
    /// Where they are told of besides; nil for nowhere.
    public var webhook: WebhookConfiguration?
    public var workflowFolder: String?
    public var log: LogConfiguration

    public struct HTTP: Sendable {
        public var host: String
        /// 0 for any free one.
        public var port: Int
        /// That of the built-in admin; nil if there are JWTs.
        public var token: Secret?
        public var jwt: JWTConfiguration?
        /// Files with the certificate and its key; nil for plain HTTP.
        public var tls: (certificate: String, key: String)?
        /// Requests a second of each credential, 0 without limit, and at once.
        public var rate: Int
        public var burst: Int
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
            archive: try archive(source),
            incidentEvents: try source.require(Settings.incidentEvents) == .on,
            webhook: try webhook(source),
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
        engine.deadLetterLimit = try source.require(Settings.deadLetterLimit)
        engine.deadLetterBytes = try source.require(Settings.deadLetterMegabytes) << 20
        engine.deadLetterRetention = try source.require(Settings.deadLetterKeep)
        engine.jobRetention = try source.require(Settings.jobKeep)
        engine.breaker = try breaker(source)
        return engine
    }

    private static func archive(_ source: ConfigurationSource) throws(ConfigurationError) -> ArchiveConfiguration {
        ArchiveConfiguration(
            folder: try source.value(Settings.archiveFolder), after: try source.require(Settings.archiveAfter),
            workflows: try source.value(Settings.archiveWorkflows) ?? [:],
            keysKept: try source.require(Settings.archiveKeys), interval: try source.require(Settings.archiveInterval))
    }

    /// What archiving needs to know of it: the database, and how old sagas have to be.
    static func readForArchive(
        file: String?, flags: [String], environment: [String: String]
    ) throws(ConfigurationError) -> (PostgresConfiguration, ArchiveConfiguration) {
        let source = try ConfigurationSource(file: file, flags: flags, environment: environment)
        return (try postgres(source), try archive(source))
    }

    private static func http(_ source: ConfigurationSource) throws(ConfigurationError) -> HTTP {
        let (host, port) = (try source.require(Settings.httpHost), try source.require(Settings.httpPort))
        let (token, jwt) = (try source.value(Settings.httpToken), try jwt(source))
        // Without either, everybody could start and undo sagas, or nobody.
        guard token != nil || jwt != nil else { throw .missing(Settings.httpToken.description) }
        return HTTP(
            host: host, port: port, token: token, jwt: jwt,
            // One without the other would be plain HTTP, which nobody expects then.
            tls: try pair(source, Settings.tlsCertificate, Settings.tlsKey),
            rate: try source.require(Settings.httpRate),
            burst: try source.require(Settings.httpBurst))
    }

    /// nil if there is neither a file of keys nor a secret.
    private static func jwt(_ source: ConfigurationSource) throws(ConfigurationError) -> JWTConfiguration? {
        let (keys, secret) = (try source.value(Settings.jwtKeys), try source.value(Settings.jwtSecret))
        let (issuer, audience) = (try source.value(Settings.jwtIssuer), try source.value(Settings.jwtAudience))
        guard keys != nil || secret != nil else {
            // Whoever says so much means to have them.
            guard issuer == nil, audience == nil else { throw .missing(Settings.jwtKeys.description) }
            return nil
        }
        guard let issuer else { throw .missing(Settings.jwtIssuer.description) }
        guard let audience else { throw .missing(Settings.jwtAudience.description) }
        return JWTConfiguration(
            keyFile: keys, secret: secret, issuer: issuer, audience: audience,
            roleClaim: try source.require(Settings.jwtRole), tenantClaim: try source.require(Settings.jwtTenant),
            groupsClaim: try source.require(Settings.jwtGroups), leeway: try source.require(Settings.jwtLeeway))
    }

    /// nil if there is none.
    private static func webhook(
        _ source: ConfigurationSource
    ) throws(ConfigurationError) -> WebhookConfiguration? {
        let (url, secret) = (try source.value(Settings.webhookURL), try source.value(Settings.webhookSecret))
        guard let url else {
            guard secret == nil else { throw .missing(Settings.webhookURL.description) }
            return nil
        }
        guard let secret else { throw .missing(Settings.webhookSecret.description) }
        let plain = try source.require(Settings.webhookPlain) == .on
        guard let address = WebhookAddress(url.reveal(), plain: plain) else {
            throw ConfigurationError(
                .malformedValue,
                "\(Settings.webhookURL.key) must be an https address without a password in it; http only on this machine, "
                    + "or with \(Settings.webhookPlain.key) on")
        }
        guard let key = WebhookSecret(secret) else {
            throw ConfigurationError(
                .malformedValue,
                "\(Settings.webhookSecret.key) must be whsec_ and 24 to 64 bytes in base64, as "
                    + "\"echo whsec_$(openssl rand -base64 32)\" makes them")
        }
        return WebhookConfiguration(address: address, secret: key, every: try source.require(Settings.webhookEvery))
    }

    private static func hostName() -> String {
        var buffer = [CChar](repeating: 0, count: 256)
        guard gethostname(&buffer, buffer.count - 1) == 0 else { return "node" }
        return String(decoding: buffer.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
    }
}
