internal import APIServer
internal import Foundation
internal import Logging
internal import PostgresStore
internal import RabbitMQ
internal import RabbitMQBus
internal import SagaEngine
internal import ServiceLifecycle
internal import UnixSignals
internal import Workflows

/// One orchestrator, wired together: store, bus, engine, API.
public struct Node {
    private let configuration: ServerConfiguration
    private let log: Logger

    public init(_ configuration: ServerConfiguration) {
        self.configuration = configuration
        self.log = configuration.log.logger("saga")
    }

    /// How long everything may take to stop. A second SIGTERM does not shorten it, SIGKILL does.
    static let longestStop = Duration.seconds(10)
    /// The engine's share of it: requests under way are answered before, last commands are confirmed after.
    static let longestDrain = longestStop - .seconds(2)

    /// How many events may be on their way through the engine; each may have a megabyte.
    static let eventPrefetch = 100

    /// Runs until SIGTERM or SIGINT, then drains.
    ///
    /// - Throws: what stands in the way of a start that waiting will not mend: a definition that does not
    ///   compile, a database whose migrations do not fit its own. One that a newer version has migrated further is
    ///   taken, with a warning.
    public func run() async throws {
        let store = PostgresStore(configuration.postgres, readers: configuration.readers)
        let zones = SystemTimeZones()
        let definitions = try Definitions.read(folder: configuration.workflowFolder, zones: zones)
        let (access, tls) = (try await access(), try tls())
        for exposure in configuration.exposures {
            log.warning(
                "\(exposure.meaning): set \(exposure.setting) to verify-full, unless all of that network is trusted",
                metadata: ["host": "\(exposure.host)"])
        }
        try await prepare(store)

        let bus = RabbitMQBus(
            configuration: configuration.rabbitMQ, queues: configuration.queues,
            applicationID: "saga/\(configuration.engine.nodeName)", logger: log)
        let engine = Engine(
            store: store, bus: bus, zones: zones, configuration: configuration.engine, logger: log)
        let replies = bus.consumer(
            configuration: configuration.rabbitMQ, queues: configuration.queues, prefetch: configuration.prefetch,
            receiver: engine.receive)
        let events = bus.eventIntake(
            configuration: configuration.rabbitMQ, queues: configuration.queues,
            prefetch: min(configuration.prefetch, Node.eventPrefetch), receiver: engine.receive)
        let letters = bus.deadLetterConsumer(
            configuration: configuration.rabbitMQ, queues: configuration.queues, receiver: engine.receive)
        for definition in definitions {
            let record = try await engine.deploy(definition)
            log.info(
                "workflow is deployed", metadata: ["workflow": "\(record.workflow)", "version": "\(record.version)"])
        }
        let api = try APIServer(
            engine: engine, store: store, host: configuration.http.host, port: configuration.http.port,
            access: access, tls: tls,
            broker: { .worst(of: [bus.publisher.state, replies.state]) }, logger: log)

        var senders: [any NoticeSender] = []
        if configuration.incidentEvents { senders.append(EventNotices(bus: bus)) }
        if let webhook = configuration.webhook { senders.append(Webhook(webhook)) }
        let notices = NoticeDesk(store: store, senders: senders, log: log)

        // They stop in reverse: no requests, no replies, then the engine drains, and the last commands go out.
        let partitions = HistoryPartitions(store: store, log: log)
        let keepers: [any Service] = [partitions] + archiveKeeper(store)
        let services: [any Service] = keepers + [bus.publisher, notices, engine, replies, events, letters, api]
        var group = ServiceGroupConfiguration(
            services: services.map { .init(service: $0) },
            gracefulShutdownSignals: [.sigterm, .sigint], logger: log)
        group.maximumGracefulShutdownDuration = Node.longestStop
        try await ServiceGroup(configuration: group).run()
        await store.close()
    }

    /// None unless a folder is configured.
    private func archiveKeeper(_ store: PostgresStore) -> [any Service] {
        guard let folder = configuration.archive.folder else { return [] }
        return [
            ArchiveKeeper(
                store: store, archivist: PostgresArchivist(configuration.postgres),
                configuration: configuration.archive, folder: folder, nodeName: configuration.engine.nodeName, log: log)
        ]
    }

    private func tls() throws(ConfigurationError) -> TLSIdentity? {
        guard let files = configuration.http.tls else { return nil }
        do throws(TLSIdentity.Unusable) {
            return try TLSIdentity(certificate: files.certificate, key: files.key)
        } catch {
            throw ConfigurationError(.unreadableFile, "http.tls: \(error)")
        }
    }

    private func access() async throws(ConfigurationError) -> AccessConfiguration {
        let http = configuration.http
        var access = AccessConfiguration(adminToken: http.token, rate: http.rate, burst: http.burst)
        guard let jwt = http.jwt else { return access }
        do throws(JWTKeyError) {
            access.jwt = try await JWTVerifier(jwt)
        } catch {
            throw ConfigurationError(.unusableKeys, "http.jwt.keys: \(error)")
        }
        return access
    }

    /// Brings the database's schema up to date, waiting for the database if it is not there yet.
    private func prepare(_ store: PostgresStore) async throws {
        var isReported = false
        while let why = try await migrate(store) {
            if !isReported { log.warning("waiting for the database", metadata: ["error": "\(why)"]) }
            isReported = true
            try await Task.sleep(for: .milliseconds(500))
        }
    }

    /// nil once it is done; otherwise why it has to wait.
    private func migrate(_ store: PostgresStore) async throws(StoreError) -> StoreError? {
        do {
            let newer = try await store.migrate()
            if !newer.isEmpty {
                log.warning(
                    "a newer version has migrated the database further", metadata: ["migrations": "\(newer)"])
            }
            return nil
        } catch {
            guard error.code == .unavailable else { throw error }
            return error
        }
    }
}

extension BrokerCondition {
    /// Commands and replies have a connection each; both are needed.
    static func worst(of states: [RabbitMQState]) -> BrokerCondition {
        var condition = BrokerCondition.here
        for state in states {
            switch state {
            case .connected: continue
            case .blocked: condition = condition == .here ? .blocked : condition
            case .connecting, .stopped: return .away
            }
        }
        return condition
    }
}

/// Workflow definitions in files.
enum Definitions {
    /// Compiles every `*.yaml` of a folder but for the tests beside them; nil is no folder and no definitions.
    static func read(folder: String?, zones: any TimeZones) throws -> [Workflow] {
        guard let folder else { return [] }
        let names: [String]
        do {
            names = try FileManager.default.contentsOfDirectory(atPath: folder)
        } catch {
            throw ConfigurationError(
                .unreadableFile, "workflows.folder: cannot read \(folder): \(error.localizedDescription)"
            )
        }
        let definitions = try names.filter { $0.hasSuffix(".yaml") && !$0.hasSuffix(".test.yaml") }.sorted().map {
            name in
            let path = "\(folder)/\(name)"
            guard let data = FileManager.default.contents(atPath: path) else {
                throw ConfigurationError(.unreadableFile, "cannot read \(path)")
            }
            return try Workflow.compile(Array(data), file: path) { zones.clock(of: $0) != nil }
        }
        let findings = Workflow.checkTogether(definitions)
        if findings.contains(where: { $0.severity == .error }) { throw WorkflowErrors(findings: findings, omitted: 0) }
        return definitions
    }
}
