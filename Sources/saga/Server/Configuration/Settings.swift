internal import SagaValues

/// Everything that can be configured, in one place: the reader, `--help` and the documentation follow this list.
enum Settings {
    static let nodeName = Setting<String>.text("node.name", "what people recognise this node by")
    /// At most what ``Node`` can keep: it stops as a whole within 10 seconds.
    static let drain = Setting<Duration>.duration(
        "node.drain", "how long a stopping node finishes what it has taken in", initial: .seconds(8),
        .seconds(1)...Node.longestDrain)

    static let httpHost = Setting<String>.text("http.host", "address to listen on", initial: "127.0.0.1")
    static let httpPort = Setting<Int>.number("http.port", "port to listen on, 0 for any", initial: 7070, 0...65_535)
    static let httpToken = Setting<Secret>.secret(
        "http.token", "bearer token of the built-in admin of all tenants, 16 characters or more", shortest: 16)
    static let tlsCertificate = Setting<String>.text(
        "http.tls.certificate", "file with the server's certificate in PEM, and those above it; none for plain HTTP")
    static let tlsKey = Setting<String>.text("http.tls.key", "file with the key of the certificate in PEM")
    static let httpRate = Setting<Int>.number(
        "http.rate", "requests a second of each credential in the long run, 0 without limit", initial: 1_000,
        0...1_000_000)
    static let httpBurst = Setting<Int>.number(
        "http.burst", "requests of each credential at once", initial: 2_000, 1...1_000_000)
    static let jwtKeys = Setting<String>.text("http.jwt.keys", "file with the public keys that sign JWTs, a JWKS")
    static let jwtSecret = Setting<Secret>.secret(
        "http.jwt.secret", "shared secret that signs JWTs with HS256, 32 bytes or more", shortest: 32)
    static let jwtIssuer = Setting<String>.text("http.jwt.issuer", "what a JWT must have as iss")
    static let jwtAudience = Setting<String>.text("http.jwt.audience", "what a JWT must have as, or in, aud")
    static let jwtRole = Setting<String>.text("http.jwt.role-claim", "claim with the role", initial: "role")
    static let jwtTenant = Setting<String>.text(
        "http.jwt.tenant-claim", "claim with the tenant, * for all", initial: "tenant")
    static let jwtGroups = Setting<String>.text("http.jwt.groups-claim", "claim with the groups", initial: "groups")
    static let jwtLeeway = Setting<Duration>.duration(
        "http.jwt.leeway", "how far the clock of the issuer may be off", initial: .seconds(30),
        .zero...(.seconds(300)))

    static let postgresHost = Setting<String>.text(
        "postgres.host", "name, address or socket folder", initial: "127.0.0.1")
    static let postgresPort = Setting<Int>.number("postgres.port", "port", initial: 5432, 1...65_535)
    static let postgresUser = Setting<String>.text("postgres.user", "user", initial: "saga")
    static let postgresPassword = Setting<Secret>.secret("postgres.password", "password")
    static let postgresDatabase = Setting<String>.text("postgres.database", "database", initial: "cloudphone_saga")
    static let postgresTLS = Setting<TLSMode>.choice("postgres.tls", "encryption", initial: .disable)
    static let postgresRootCertificate = Setting<String>.text(
        "postgres.root-certificate", "file of the authority that verify-full trusts")
    static let postgresCertificate = Setting<String>.text(
        "postgres.certificate", "file with our certificate in PEM, for a server that asks for one")
    static let postgresKey = Setting<String>.text("postgres.key", "file with its key in PEM")
    static let postgresReaders = Setting<Int>.number(
        "postgres.readers", "connections for queries beside the writer's", initial: 4, 1...64)

    static let rabbitHost = Setting<String>.text("rabbitmq.host", "name or address", initial: "127.0.0.1")
    static let rabbitPort = Setting<Int>.number("rabbitmq.port", "port", initial: 5672, 1...65_535)
    static let rabbitUser = Setting<String>.text("rabbitmq.user", "user", initial: "saga")
    static let rabbitPassword = Setting<Secret>.secret("rabbitmq.password", "password")
    static let rabbitVirtualHost = Setting<String>.text("rabbitmq.virtual-host", "virtual host", initial: "/")
    static let rabbitTLS = Setting<VerifiedTLS>.choice("rabbitmq.tls", "encryption", initial: .disable)
    static let rabbitRootCertificate = Setting<String>.text(
        "rabbitmq.root-certificate", "file of the authority that verify-full trusts")
    static let rabbitCertificate = Setting<String>.text(
        "rabbitmq.certificate", "file with our certificate in PEM, for a broker that asks for one")
    static let rabbitKey = Setting<String>.text("rabbitmq.key", "file with its key in PEM")
    static let rabbitQueues = Setting<QueueKind>.choice(
        "rabbitmq.queues", "quorum for throughput and safety, classic for latency on one broker", initial: .quorum)
    static let rabbitPrefetch = Setting<Int>.number(
        "rabbitmq.prefetch", "replies on their way through this node at most", initial: 4_000, 1...65_535)

    static let batch = Setting<Int>.number("engine.batch", "inputs in one transaction at most", initial: 512, 1...4_096)
    static let cache = Setting<Int>.number(
        "engine.cache", "open sagas kept in memory at most", initial: 20_000, 0...1_000_000)
    static let starts = Setting<Int>.number(
        "engine.starts", "starts that wait at most before callers are told to come back", initial: 20_000, 1...1_000_000
    )
    static let lease = Setting<Duration>.duration(
        "engine.lease", "silence after which a node is taken for dead", initial: .seconds(5),
        .seconds(2)...(.seconds(300)))

    static let deadLetterLimit = Setting<Int>.number(
        "dead-letters.limit", "dead letters that are kept at most; more wait at the broker", initial: 100_000,
        10...10_000_000)
    static let deadLetterMegabytes = Setting<Int>.number(
        "dead-letters.megabytes", "megabytes that they may have together", initial: 1_024, 16...1_048_576)
    static let deadLetterKeep = Setting<Duration>.duration(
        "dead-letters.keep", "how long one is kept after it was put back or discarded",
        initial: .seconds(30 * 86_400), .seconds(3_600)...(.seconds(3_650 * 86_400)))

    static let jobKeep = Setting<Duration>.duration(
        "jobs.keep", "how long a job is kept after its end", initial: .seconds(90 * 86_400),
        .seconds(86_400)...(.seconds(3_650 * 86_400)))

    static let archiveFolder = Setting<String>.text(
        "archive.folder", "folder to which sagas that ended long ago are written before they are dropped")
    static let archiveAfter = Setting<Duration>.duration(
        "archive.after", "how long after its end a saga is archived", initial: .seconds(90 * 86_400),
        .seconds(86_400)...(.seconds(3_650 * 86_400)))
    static let archiveWorkflows = Setting<[String: Duration]>.durations(
        "archive.workflows", "the same for workflows that differ, such as plan-purchase=365d,report=7d",
        .seconds(86_400)...(.seconds(3_650 * 86_400)))
    static let archiveKeys = Setting<Duration>.duration(
        "archive.keys", "how long after the end of an archived saga its idempotency key is known",
        initial: .seconds(400 * 86_400), .seconds(86_400)...(.seconds(36_500 * 86_400)))
    static let archiveInterval = Setting<Duration>.duration(
        "archive.interval", "how often it is looked for what can be archived", initial: .seconds(3_600),
        .seconds(60)...(.seconds(7 * 86_400)))
    static let incidentEvents = Setting<Switch>.choice(
        "incidents.events", "whether incidents are told by domain events", initial: .on)
    static let webhookURL = Setting<Secret>.secret(
        "incidents.webhook.url", "where incidents are told of: https, or http on this machine")
    static let webhookSecret = Setting<Secret>.secret(
        "incidents.webhook.secret", "what signs them: whsec_ and 24 to 64 bytes in base64")
    static let webhookEvery = Setting<Duration>.duration(
        "incidents.webhook.every", "time between messages about incidents that are alike", initial: .seconds(60),
        .seconds(1)...(.seconds(3_600)))
    static let webhookPlain = Setting<Switch>.choice(
        "incidents.webhook.plain-http", "whether http may go to other machines", initial: .off)

    static let workflowFolder = Setting<String>.text(
        "workflows.folder", "folder whose *.yaml files are deployed at the start")

    static let logLevel = Setting<LogLevel>.choice("log.level", "least level that is logged", initial: .info)
    static let logFormat = Setting<LogFormat>.choice("log.format", "how a line is written", initial: .text)

    /// In the order in which people look for them.
    public static let all: [SettingDescription] =
        [
            nodeName.description, drain.description,
            httpHost.description, httpPort.description, httpToken.description, tlsCertificate.description,
            tlsKey.description, httpRate.description,
            httpBurst.description, jwtKeys.description, jwtSecret.description, jwtIssuer.description,
            jwtAudience.description, jwtRole.description, jwtTenant.description, jwtGroups.description,
            jwtLeeway.description,
            postgresHost.description, postgresPort.description, postgresUser.description, postgresPassword.description,
            postgresDatabase.description, postgresTLS.description, postgresRootCertificate.description,
            postgresCertificate.description, postgresKey.description, postgresReaders.description,
            rabbitHost.description, rabbitPort.description, rabbitUser.description, rabbitPassword.description,
            rabbitVirtualHost.description, rabbitTLS.description, rabbitRootCertificate.description,
            rabbitCertificate.description, rabbitKey.description,
            rabbitQueues.description, rabbitPrefetch.description,
            batch.description, cache.description, starts.description, lease.description,
            deadLetterLimit.description, deadLetterMegabytes.description, deadLetterKeep.description,
            jobKeep.description,
        ] + breaker + [
            archiveFolder.description, archiveAfter.description, archiveWorkflows.description, archiveKeys.description,
            archiveInterval.description,
            incidentEvents.description, webhookURL.description, webhookSecret.description, webhookEvery.description,
            webhookPlain.description,
            workflowFolder.description, logLevel.description, logFormat.description,
        ]
}

enum TLSMode: String, Sendable, CaseIterable {
    case disable, require
    case verifyFull = "verify-full"
}

/// The broker's client verifies whom it talks to whenever it encrypts.
enum VerifiedTLS: String, Sendable, CaseIterable {
    case disable
    case verifyFull = "verify-full"
}

enum Switch: String, Sendable, CaseIterable {
    case on, off
}

enum QueueKind: String, Sendable, CaseIterable {
    case quorum, classic
}

enum LogLevel: String, Sendable, CaseIterable {
    case trace, debug, info, notice, warning, error, critical
}

enum LogFormat: String, Sendable, CaseIterable {
    case text, json
}
