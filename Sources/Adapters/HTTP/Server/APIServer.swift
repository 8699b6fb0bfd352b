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
    ///   - onListening: told the port once requests can come.
    public init(
        engine: Engine, store: any SagaStore, host: String, port: Int, token: Secret, logger: Logger,
        onListening: @escaping @Sendable (Int) -> Void = { _ in }
    ) {
        let router = Router(context: BasicRequestContext.self)
        router.addMiddleware { ProblemMiddleware() }
        HealthRoutes(engine: engine, store: store).add(to: router)
        let api = router.group("v1").add(middleware: TokenMiddleware(token: token))
        SagaRoutes(engine: engine, store: store).add(to: api)
        OperatorRoutes(engine: engine).add(to: api)
        WorkflowRoutes(engine: engine).add(to: api)
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
    /// A start: the input's own limit is checked when it is read.
    static let body = (1 << 20) + (64 << 10)
    static let page = 500
    static let defaultPage = 50
    static let historyPage = 1_000
    /// How long a request may wait for a saga to end, in seconds.
    static let wait = 60
    static let idempotencyKey = 200
    static let text = 1_000
}
