internal import HTTPTypes
internal import Hummingbird
public import Logging
internal import NIOCore
public import SagaEngine
public import SagaValues
public import ServiceLifecycle

/// The HTTP API of a node.
public struct APIServer: Service {
    private let application: Application<RouterResponder<BasicRequestContext>>

    /// - Parameters:
    ///   - port: 0 takes any free one.
    ///   - token: what every request but those for the node's health must carry.
    ///   - broker: how the way to the participants is, for those who ask whether the node is ready.
    ///   - onListening: told the port once requests can come.
    public init(
        engine: Engine, store: any SagaStore, host: String, port: Int, token: Secret,
        broker: @escaping @Sendable () -> BrokerCondition, logger: Logger,
        onListening: @escaping @Sendable (Int) -> Void = { _ in }
    ) {
        let router = Router(context: BasicRequestContext.self)
        router.addMiddleware { ProblemMiddleware() }
        router.addMiddleware { TokenMiddleware(token: token, open: HealthRoutes.paths) }
        HealthRoutes(engine: engine, store: store, broker: broker).add(to: router)
        let api = router.group("v1")
        SagaRoutes(engine: engine, store: store).add(to: api)
        OperatorRoutes(engine: engine).add(to: api)
        InsightRoutes(engine: engine, views: Views(engine: engine, store: store)).add(to: api)
        WorkflowRoutes(engine: engine).add(to: api)
        router.addMiddleware { WrongMethodMiddleware(for: router) }
        self.application = Application(
            responder: router.buildResponder(),
            server: .http1(configuration: .init(idleTimeout: .seconds(60))),
            configuration: ApplicationConfiguration(address: .hostname(host, port: port), serverName: "saga"),
            onServerRunning: { channel in
                let port = channel.localAddress?.port ?? port
                logger.notice("API is listening", metadata: ["address": "http://\(host):\(port)"])
                onListening(port)
            },
            logger: logger)
    }

    /// Serves until graceful shutdown; requests under way are answered first.
    public func run() async throws {
        try await application.run()
    }
}

/// What the API takes in, at most.
enum Limits {
    /// The path with its query.
    static let target = 8 << 10
    /// What a saga is started with; what the wire takes, since it goes into commands.
    static let input = 1 << 20
    static let body = input + (64 << 10)
    static let page = 500
    /// How many states of each part and way are explored before a workflow is deployed: a second at most.
    static let provenStates = 10_000
    static let defaultPage = 50
    static let historyPage = 1_000
    /// How long a request may wait for a saga to end, in seconds.
    static let wait = 60
    /// Keys, tenants and the like, in bytes.
    static let label = 200
    /// Reasons, in bytes.
    static let text = 1_000
}
