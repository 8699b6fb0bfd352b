public import APIServer
public import Logging
public import MemoryStore
public import SagaEngine
public import SagaValues
internal import ServiceLifecycle
internal import Synchronization
internal import Workflows

/// A node with its API on a free port of loopback, on a store and a bus in memory.
public struct TestAPI: Sendable {
    public let memory: MemoryStore
    public let store: any SagaStore
    public let bus: ScriptedBus
    public let engine: Engine
    public let routes: [APIRoute]
    /// 0 until it listens.
    public let port: Int
    private let group: ServiceGroup

    public static let token = "a-token-of-the-tests"
    public var url: String { "http://127.0.0.1:\(port)" }

    /// Runs a node for as long as `body` takes, then stops it orderly.
    ///
    /// - Parameter watching: puts a store of the test's own in front of the one in memory.
    public static func run<Result: Sendable>(
        bus: ScriptedBus = ScriptedBus(), broker: @escaping @Sendable () -> BrokerCondition = { .here },
        watching: (MemoryStore) -> any SagaStore = { $0 },
        access: AccessConfiguration = AccessConfiguration(adminToken: Secret(token)), tls: TLSIdentity? = nil,
        streams: StreamSettings = StreamSettings(),
        logger: Logger = Logger(label: "test") { _ in SwiftLogNoOpLogHandler() },
        _ adjust: (inout EngineConfiguration) -> Void = { _ in },
        _ body: @escaping @Sendable (TestAPI) async throws -> Result
    ) async throws -> Result {
        let memory = MemoryStore()
        let store = watching(memory)
        var configuration = EngineConfiguration(nodeName: "test")
        configuration.heartbeat = .milliseconds(20)
        configuration.timerPoll = .milliseconds(5)
        configuration.drain = .seconds(2)
        adjust(&configuration)
        let engine = Engine(store: store, bus: bus, configuration: configuration, logger: logger)
        bus.deliver(to: engine.receive)
        let (ports, listening) = AsyncStream.makeStream(of: Int.self)
        let server = try APIServer(
            engine: engine, store: store, host: "127.0.0.1", port: 0, access: access, tls: tls, streams: streams,
            broker: broker, logger: logger, onListening: { listening.yield($0) })
        let group = ServiceGroup(
            configuration: .init(
                services: [.init(service: engine), .init(service: server)], logger: logger))
        return try await withThrowingTaskGroup(of: Void.self) { tasks in
            tasks.addTask {
                defer { listening.finish() }
                try await group.run()
            }
            guard let port = await ports.first(where: { _ in true }) else { throw NotListening() }
            let api = TestAPI(
                memory: memory, store: store, bus: bus, engine: engine, routes: server.routes, port: port, group: group)
            do {
                while engine.unreadiness != nil { try await Task.sleep(for: .milliseconds(2)) }
                let result = try await body(api)
                await group.triggerGracefulShutdown()
                try await tasks.waitForAll()
                return result
            } catch {
                tasks.cancelAll()
                throw error
            }
        }
    }

    /// Begins to stop the node, as SIGTERM does.
    public func stop() async {
        await group.triggerGracefulShutdown()
    }

    public func deploy(_ source: String) async throws {
        _ = try await engine.deploy(try Workflow.compile(source))
    }

    public func start(
        _ workflow: String, _ input: JSON = [:], key: String, tenant: String = "default",
        version: Int? = nil
    ) async throws -> UUID {
        try await engine.start(
            StartRequest(
                workflow: workflow, version: version, tenant: tenant, idempotencyKey: key, input: input)
        ).saga
    }

    /// Two steps; the second one is the point of no return.
    public static let order = """
        workflow: order
        version: 1
        title: An order
        input:
          type: object
          required: [n]
          properties: { n: { type: integer } }
        defaults:
          retry: { attempts: 2, initial: 5ms, max: 5ms, timeout: 60s }
        steps:
          - reserve: { do: stock.reserve, undo: stock.release, with: { n: "${input.n}" } }
          - ship: { do: parcel.ship, pivot: true }
        output: { parcel: "${ship.id}" }
        """

    /// Two steps behind the point of no return: whoever refuses the second one makes an incident.
    public static let delivery = """
        workflow: delivery
        version: 1
        steps:
          - pay: { do: money.take, pivot: true }
          - ship: { do: parcel.ship }
        """

    private struct NotListening: Error {}
}
