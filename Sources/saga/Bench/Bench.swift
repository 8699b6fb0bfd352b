internal import Foundation
internal import LocalPlatform
internal import LocalServers
internal import Logging
internal import Postgres
internal import PostgresStore
internal import RabbitMQ
internal import RabbitMQBus
internal import SagaCLI
internal import SagaCore
internal import SagaDev
internal import SagaEngine
internal import SagaServer
internal import SagaValues
internal import ServiceLifecycle
internal import Workflows

/// Private servers, one engine in this process, and participants in another.
struct Bench {
    let postgres: LocalPostgres
    let rabbitMQ: LocalRabbitMQ
    let participants: ChildProcess
    let store: PostgresStore
    let bus: RabbitMQBus
    let engine: Engine
    let replies: RabbitMQConsumer
    let log: Logger

    /// The cases, as the issue of speed is judged by them.
    static let cases: [(name: String, window: Int, fails: Bool)] = [
        ("2000 in flight", 2_000, false), ("64 in flight", 64, false), ("one alone", 1, false),
        ("2000, all undone", 2_000, true),
    ]

    static let workflow = """
        workflow: bench
        version: 1
        steps:
          - a: { do: one.work, undo: one.unwork, with: { payload: "${input.payload}" } }
          - b: { do: two.work, undo: two.unwork, with: { payload: "${input.payload}" } }
          - c: { do: three.work, undo: three.unwork, with: { payload: "${input.payload}", fail: "${input.fail}" } }
        """

    static func start(_ note: @escaping @Sendable (String) -> Void) async throws -> Bench {
        let folder = try TemporaryFolder.makeUntilEnd(prefix: "saga-bench")
        if DataFolder.isInMemory(folder) {
            Terminal.error(
                "warning: \(folder) lies in memory (tmpfs), where fsync costs nothing: the figures are better than on "
                    + "a disk; set TMPDIR to a folder on one")
        }
        async let rabbit = LocalRabbitMQ.start(in: folder + "/rabbitmq", atOurEnd: .abrupt, progress: note)
        let postgres = try await LocalPostgres.start(
            in: folder + "/postgres", settings: ["max_wal_size": "4GB", "shared_buffers": "512MB"], atOurEnd: .abrupt,
            progress: note)
        try await postgres.createDatabase("saga_bench")
        let rabbitMQ = try await rabbit
        let log = LogConfiguration.quiet.logger("bench")
        let broker = RabbitMQConfiguration(port: rabbitMQ.port, connectionName: "bench engine")
        let store = PostgresStore(
            PostgresConfiguration(host: postgres.host, port: postgres.port, user: postgres.user, database: "saga_bench")
        )
        try await store.migrate()
        let bus = RabbitMQBus(configuration: broker, queues: .quorum, applicationID: "bench", logger: log)
        let engine = Engine(store: store, bus: bus, configuration: EngineConfiguration(nodeName: "bench"), logger: log)
        let replies = bus.consumer(
            configuration: broker, queues: .quorum, prefetch: 10_000, receiver: engine.receive)
        let participants = try ChildProcess.start(
            try OwnExecutable.path, ["bench", "--participants-on", "\(rabbitMQ.port)"],
            output: .file(folder + "/participants.log"),
            atOurEnd: .kill)
        return Bench(
            postgres: postgres, rabbitMQ: rabbitMQ, participants: participants, store: store, bus: bus, engine: engine,
            replies: replies, log: log)
    }

    func stop() async {
        _ = await participants.terminate()
        await store.close()
        await rabbitMQ.stop()
        await postgres.stop()
    }

    /// Runs all cases one after the other on the same servers.
    func run(seconds: Int, _ note: @escaping @Sendable (String) -> Void) async throws -> [BenchResult] {
        let services: [any Service] = [bus.publisher, engine, replies]
        let group = ServiceGroup(services: services, logger: log)
        return try await withThrowingTaskGroup(of: Void.self) { tasks in
            tasks.addTask { try await group.run() }
            try await ready()
            let load = BenchLoad(engine)
            var results: [BenchResult] = []
            for (name, window, fails) in Bench.cases {
                note("\(name), \(seconds) s")
                results.append(try await measure(name, window, fails, seconds, load))
            }
            await group.triggerGracefulShutdown()
            try await tasks.waitForAll()
            return results
        }
    }

    /// Waits until a saga gets through: the engine and all participants are there.
    private func ready() async throws {
        try await bus.publisher.waitUntilConnected()
        let deadline = ContinuousClock.now + .seconds(60)
        while engine.unreadiness != nil, ContinuousClock.now < deadline { try await Task.sleep(for: .milliseconds(20)) }
        _ = try await engine.deploy(try Workflow.compile(Bench.workflow))
        let first = try await engine.start(
            StartRequest(workflow: "bench", idempotencyKey: "first", input: ["payload": "", "fail": false]))
        guard try await engine.waitForEnd(first.saga, upTo: .seconds(60))?.row.status == .completed else {
            throw Refusal("the participants do not answer")
        }
    }

    private func measure(
        _ name: String, _ window: Int, _ fails: Bool, _ seconds: Int, _ load: BenchLoad
    ) async throws -> BenchResult {
        let input: JSON = ["payload": .string(String(repeating: "x", count: 250)), "fail": .bool(fails)]
        let measured = try await load.run(
            window: window, input: input, name: name, warmUp: .seconds(2), duration: .seconds(seconds)
        ) {
            try await costs(load)
        }
        return BenchResult(
            name: name, window: window, latencies: measured.latencies.sorted(), before: measured.before,
            after: measured.after)
    }

    private func costs(_ load: BenchLoad) async throws -> BenchCosts {
        // First what has to be waited for, so that all the rest is of one moment.
        let stored = try await store.costs()
        return BenchCosts(
            at: .now, ended: load.ended, store: stored, statements: store.statistics,
            engine: engine.statistics,
            commands: bus.publisher.statistics, replies: replies.statistics,
            processor: [
                "postgres": ProcessorTime.seconds(of: postgres.pids),
                "rabbitmq": ProcessorTime.seconds(of: rabbitMQ.pids),
                "participants": ProcessorTime.seconds(of: [participants.pid]),
                "engine": ProcessorTime.seconds(of: [ProcessInfo.processInfo.processIdentifier]),
            ])
    }
}
