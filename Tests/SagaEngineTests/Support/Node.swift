import Logging
import MemoryStore
import SagaCore
import SagaEngine
import SagaValues
import ServiceLifecycle
import TestSupport
import Testing
import Workflows

/// An engine on a memory store, with a bus that does as it is told.
struct Node: Sendable {
    let store: MemoryStore
    let bus: TestBus
    let engine: Engine
    let log = LogBook()

    init(
        _ database: MemoryDatabase, name: String = "test", zones: any TimeZones = UTCAlone(),
        _ adjust: (inout EngineConfiguration) -> Void = { _ in }
    ) {
        store = MemoryStore(database)
        bus = TestBus()
        var configuration = EngineConfiguration(nodeName: name)
        configuration.heartbeat = .milliseconds(20)
        configuration.timerPoll = .milliseconds(5)
        // Longer than any test that is busy beside this one: a node that is cut off is known dead without it.
        configuration.lease = .seconds(60)
        configuration.drain = .seconds(2)
        adjust(&configuration)
        engine = Engine(
            store: store, bus: bus, zones: zones, configuration: configuration, logger: log.logger)
        bus.deliver(to: engine.receive)
    }

    /// Runs the engine for as long as `body` takes, then stops it orderly.
    func run<Result: Sendable>(_ body: @escaping @Sendable (Node) async throws -> Result) async throws -> Result {
        try await withThrowingTaskGroup(of: Void.self) { group in
            let lifecycle = ServiceGroup(
                configuration: .init(
                    services: [.init(service: engine)], logger: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() })
            )
            group.addTask { try await lifecycle.run() }
            do {
                try await eventually("the node is ready") { engine.unreadiness == nil }
                let result = try await body(self)
                await lifecycle.triggerGracefulShutdown()
                try await group.waitForAll()
                return result
            } catch {
                group.cancelAll()
                throw error
            }
        }
    }

    /// A node that starts a saga and dies before the broker has its commands.
    static func leaveUnsent(
        _ workflow: String, _ definition: String, in database: MemoryDatabase
    ) async throws -> UUID {
        let node = Node(database, name: "gone")
        node.bus.whenAsked { _ in .unconfirmed }
        return try await node.run { node in
            try await node.deploy(definition)
            let id = try await node.start(workflow)
            node.store.cutOff()
            return id
        }
    }

    @discardableResult
    func deploy(_ source: String) async throws -> WorkflowRecord {
        try await engine.deploy(try Workflow.compile(source))
    }

    func start(_ workflow: String, _ input: JSON = [:], key: String = "key") async throws -> UUID {
        try await engine.start(StartRequest(workflow: workflow, idempotencyKey: key, input: input)).saga
    }

    /// Starts a saga and gives its status once it has ended.
    func play(_ workflow: String, _ input: JSON = [:], key: String = "key") async throws -> (UUID, Saga.Status) {
        let id = try await start(workflow, input, key: key)
        let summary = try #require(try await engine.waitForEnd(id, upTo: .seconds(120)))
        return (id, summary.row.status)
    }

    func status(_ id: UUID) async throws -> Saga.Status? {
        try await store.summary(id)?.row.status
    }

    func history(_ id: UUID) async throws -> [HistoryEntry] {
        try await store.history(id, after: 0, limit: 1_000)
    }
}
