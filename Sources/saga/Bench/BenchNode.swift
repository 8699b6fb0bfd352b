internal import LocalServers
internal import Logging
internal import Postgres
internal import PostgresStore
internal import RabbitMQ
internal import RabbitMQBus
internal import SagaCLI
internal import SagaCore
internal import SagaEngine
internal import SagaServer
internal import SagaValues
internal import ServiceLifecycle
internal import Workflows

/// An engine in this process, on the servers of the bench.
struct BenchNode: Sendable {
    let store: PostgresStore
    let bus: RabbitMQBus
    let engine: Engine
    let replies: RabbitMQConsumer
    private let log: Logger

    /// - Parameter cachedSagas: nil for as many as in production.
    init(_ postgres: LocalPostgres, _ rabbitMQ: LocalRabbitMQ, cachedSagas: Int?, log: Logger) async throws {
        let broker = RabbitMQConfiguration(port: rabbitMQ.port, connectionName: "bench engine")
        store = PostgresStore(
            PostgresConfiguration(host: postgres.host, port: postgres.port, user: postgres.user, database: "saga_bench")
        )
        try await store.migrate()
        bus = RabbitMQBus(configuration: broker, queues: .quorum, applicationID: "bench", logger: log)
        var configuration = EngineConfiguration(nodeName: "bench")
        if let cachedSagas { configuration.cachedSagas = cachedSagas }
        engine = Engine(store: store, bus: bus, configuration: configuration, logger: log)
        replies = bus.consumer(configuration: broker, queues: .quorum, prefetch: 10_000, receiver: engine.receive)
        self.log = log
    }

    /// Runs a body while the node lives.
    func run<R>(_ body: (BenchNode) async throws -> R) async throws -> R {
        let services: [any Service] = [bus.publisher, engine, replies]
        let group = ServiceGroup(services: services, logger: log)
        return try await withThrowingTaskGroup(of: Void.self) { tasks in
            tasks.addTask { try await group.run() }
            try await ready()
            let result = try await body(self)
            await group.triggerGracefulShutdown()
            try await tasks.waitForAll()
            return result
        }
    }

    /// Waits until a saga gets through: the engine and all participants are there.
    private func ready() async throws {
        try await bus.publisher.waitUntilConnected()
        let deadline = ContinuousClock.now + .seconds(60)
        while let why = engine.unreadiness {
            guard ContinuousClock.now < deadline else { throw Refusal("the engine does not get ready: \(why)") }
            try await Task.sleep(for: .milliseconds(20))
        }
        _ = try await engine.deploy(try Workflow.compile(Bench.workflow))
        let first = try await engine.start(
            StartRequest(
                workflow: "bench", idempotencyKey: "first-\(UUID.v7())", input: ["payload": "", "fail": false]))
        guard try await engine.waitForEnd(first.saga, upTo: .seconds(60))?.row.status == .completed else {
            throw Refusal("the participants do not answer")
        }
    }
}
