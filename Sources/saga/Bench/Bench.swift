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

/// Private servers, and participants in a process of their own; the engine comes with each ``BenchNode``.
struct Bench {
    let postgres: LocalPostgres
    let rabbitMQ: LocalRabbitMQ
    let participants: ChildProcess
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
            in: folder + "/postgres",
            settings: ["max_wal_size": "4GB", "shared_buffers": "512MB", "checkpoint_timeout": "1h"], atOurEnd: .abrupt,
            progress: note)
        try await postgres.createDatabase("saga_bench")
        let rabbitMQ = try await rabbit
        let log = LogConfiguration.quiet.logger("bench")
        let participants = try ChildProcess.start(
            try OwnExecutable.path, ["bench", "--participants-on", "\(rabbitMQ.port)"],
            output: .file(folder + "/participants.log"),
            atOurEnd: .kill)
        return Bench(postgres: postgres, rabbitMQ: rabbitMQ, participants: participants, log: log)
    }

    func stop() async {
        _ = await participants.terminate()
        await rabbitMQ.stop()
        await postgres.stop()
    }

    /// Runs all cases one after the other on the same servers.
    func run(seconds: Int, _ note: @escaping @Sendable (String) -> Void) async throws -> [BenchResult] {
        try await node { node in
            let load = BenchLoad(node.engine)
            var results: [BenchResult] = []
            for (name, window, fails) in Bench.cases {
                note("\(name), \(seconds) s")
                results.append(try await measure(node, name, window, fails, seconds, load))
            }
            return results
        }
    }

    /// Runs long sagas one after the other, with sagas kept in memory and with every one loaded for every event.
    func live(items: Int, events: Int, _ note: @escaping @Sendable (String) -> Void) async throws -> [BenchLife] {
        let lives = [LongSaga.list(items), .history(events)].filter { $0.count > 0 }
        guard !lives.isEmpty else { return [] }
        var results: [BenchLife] = []
        for isCached in [true, false] {
            results += try await node(cachedSagas: isCached ? nil : 0) { node in
                var results: [BenchLife] = []
                for life in lives {
                    note("\(life.name)\(isCached ? "" : ", each event loads its saga")")
                    results.append(try await node.measure(life, isCached: isCached))
                }
                return results
            }
        }
        return results
    }

    /// Runs a body beside a node, once sagas get through it.
    private func node<R>(
        cachedSagas: Int? = nil, _ body: (BenchNode) async throws -> R
    ) async throws -> R {
        let node = try await BenchNode(postgres, rabbitMQ, cachedSagas: cachedSagas, log: log)
        do {
            let result = try await node.run(body)
            await node.store.close()
            return result
        } catch {
            await node.store.close()
            throw error
        }
    }

    private func measure(
        _ node: BenchNode, _ name: String, _ window: Int, _ fails: Bool, _ seconds: Int, _ load: BenchLoad
    ) async throws -> BenchResult {
        let input: JSON = ["payload": .string(String(repeating: "x", count: 250)), "fail": .bool(fails)]
        let measured = try await load.run(
            window: window, input: input, name: name, warmUp: .seconds(2), duration: .seconds(seconds)
        ) {
            try await costs(node, load)
        }
        return BenchResult(
            name: name, window: window, latencies: measured.latencies.sorted(), before: measured.before,
            after: measured.after)
    }

    private func costs(_ node: BenchNode, _ load: BenchLoad) async throws -> BenchCosts {
        // First what has to be waited for, so that all the rest is of one moment.
        let stored = try await node.store.costs()
        return BenchCosts(
            at: .now, ended: load.ended, store: stored, statements: node.store.statistics,
            engine: node.engine.statistics,
            commands: node.bus.publisher.statistics, replies: node.replies.statistics,
            processor: [
                "postgres": ProcessorTime.seconds(of: postgres.pids),
                "rabbitmq": ProcessorTime.seconds(of: rabbitMQ.pids),
                "participants": ProcessorTime.seconds(of: [participants.pid]),
                "engine": ProcessorTime.seconds(of: [ProcessInfo.processInfo.processIdentifier]),
            ])
    }
}
