internal import HTTPTypes
internal import Hummingbird
internal import HummingbirdCore
internal import HummingbirdTLS
public import Logging
internal import NIOCore
public import SagaEngine
internal import SagaValues
public import ServiceLifecycle

/// The HTTP API of a node.
public struct APIServer: Service {
    private let application: Application<RouterResponder<APIContext>>
    private let jwt: JWTVerifier?
    private let changes: ChangeFeed
    private let logger: Logger
    /// All requests that the router takes, each with who may make it.
    public let routes: [APIRoute]
    let table: RouteTable

    /// - Parameters:
    ///   - port: 0 takes any free one.
    ///   - access: who may ask; every request but those for the node's health must show a credential.
    ///   - tls: nil for plain HTTP.
    ///   - streams: the bounds of streams of changes.
    ///   - broker: how the way to the participants is, for those who ask whether the node is ready.
    ///   - onListening: told the port once requests can come.
    public init(
        engine: Engine, store: any SagaStore, host: String, port: Int, access: AccessConfiguration,
        tls: TLSIdentity? = nil, streams: StreamSettings = StreamSettings(),
        broker: @escaping @Sendable () -> BrokerCondition, logger: Logger,
        onListening: @escaping @Sendable (Int) -> Void = { _ in }
    ) throws {
        let router = Router(context: APIContext.self)
        let table = RouteTable()
        let tokens = TokenBook(store: store)
        let gate = Gate(access, tokens: tokens, log: logger)
        changes = ChangeFeed(store: store, settings: streams, log: logger)
        router.addMiddleware { ProblemMiddleware() }
        router.addMiddleware { AccessMiddleware(gate: gate, table: table, engine: engine) }
        let root = Routes(router: router, table: table)
        HealthRoutes(engine: engine, store: store, broker: broker).add(to: root)
        DocumentRoutes(table: table).add(to: root)
        let group = Routes(router: router, table: table, prefix: "/v1")
        SagaRoutes(engine: engine, store: store).add(to: group)
        IncidentRoutes(engine: engine, store: store).add(to: group)
        StatisticsRoutes(engine: engine, store: store).add(to: group)
        OperatorRoutes(engine: engine).add(to: group)
        RerunRoutes(engine: engine).add(to: group)
        InsightRoutes(engine: engine, views: Views(engine: engine, store: store)).add(to: group)
        ExportRoutes(engine: engine, views: Views(engine: engine, store: store)).add(to: group)
        WorkflowRoutes(engine: engine).add(to: group)
        VersionRoutes(engine: engine).add(to: group)
        AccessRoutes(engine: engine, store: store, tokens: tokens, logger: logger).add(to: group)
        AuditRoutes(store: store).add(to: group)
        OverviewRoutes(store: store, tree: TreeOfSagas(engine: engine, store: store)).add(to: group)
        ChangeRoutes(
            store: store, views: Views(engine: engine, store: store), feed: changes, seats: StreamSeats(streams),
            settings: streams, gate: gate
        ).add(to: group)
        DeadLetterRoutes(engine: engine, store: store).add(to: group)
        JobRoutes(engine: engine, store: store).add(to: group)
        ParticipantRoutes(engine: engine).add(to: group)
        router.addMiddleware { WrongMethodMiddleware(for: router) }
        routes = router.routes.map {
            APIRoute(
                method: $0.method.rawValue, path: $0.path.description,
                access: table.access($0.method, $0.path.description))
        }
        self.table = table
        jwt = access.jwt
        self.logger = logger
        let http = HTTPServerBuilder.http1(
            configuration: .init(
                idleTimeout: .seconds(60),
                httpDecoderConfiguration: .init(
                    maxHeaderFieldSize: Limits.headerField, maxHeaderListSize: Limits.headers,
                    maxHeaderFieldCount: Limits.headerCount)))
        self.application = Application(
            responder: router.buildResponder(),
            server: try tls.map { try .tls(http, tlsConfiguration: $0.configuration) } ?? http,
            configuration: ApplicationConfiguration(address: .hostname(host, port: port), serverName: "saga"),
            onServerRunning: { channel in
                let port = channel.localAddress?.port ?? port
                logger.notice(
                    "API is listening", metadata: ["address": "\(tls == nil ? "http" : "https")://\(host):\(port)"])
                onListening(port)
            },
            logger: logger)
    }

    /// Serves until graceful shutdown; requests under way are answered first.
    public func run() async throws {
        try await withThrowingTaskGroup(of: Void.self) { tasks in
            tasks.addTask { await changes.run() }
            if let jwt { tasks.addTask { await jwt.watch(every: Limits.keyWatch, logger) } }
            defer { tasks.cancelAll() }
            try await application.run()
        }
    }
}

/// What the API takes in, at most.
enum Limits {
    /// The path with its query.
    static let target = 8 << 10
    static let headerField = 16 << 10
    static let headers = 32 << 10
    static let headerCount = 100
    /// How long the body of a request may take to arrive.
    static let bodyTime = Duration.seconds(30)
    /// What stands in the header `Authorization`.
    static let credential = 8 << 10
    /// How often the file with the keys for JWTs is looked at.
    static let keyWatch = Duration.seconds(5)
    /// Groups of a token.
    static let groups = 50
    /// What a saga is started with; what the wire takes, since it goes into commands.
    static let input = 1 << 20
    static let body = input + (64 << 10)
    static let page = 500
    /// How many states of each part and way are explored before a workflow is deployed: a second at most.
    static let provenStates = 10_000
    static let defaultPage = 50
    static let historyPage = 1_000
    /// Of an incident that are shown, the last ones.
    static let comments = 500
    /// How long a request may wait for a saga to end, in seconds.
    static let wait = 60
    /// Keys, tenants and the like, in bytes.
    static let label = 200
    /// Reasons, in bytes.
    static let text = 1_000
    /// Versions and revisions: what the store can hold.
    static let numbers = 1...Int(Int32.max)
    /// Ids of events in streams: microseconds since 1970, or revisions. 18 digits, as the pattern in the document says.
    static let marks = 0...999_999_999_999_999_999

    /// A whole number as people write it: digits alone, of which the first one is none too many.
    static func whole(_ text: some StringProtocol, _ range: ClosedRange<Int>) -> Int? {
        guard text.utf8.allSatisfy({ UInt8(ascii: "0")...UInt8(ascii: "9") ~= $0 }),
            text.utf8.count == 1 || text.utf8.first != UInt8(ascii: "0"), let number = Int(text),
            range.contains(number)
        else { return nil }
        return number
    }

    static func number(_ text: some StringProtocol) -> Int? { whole(text, numbers) }
    /// The filter of a job, in bytes.
    static let jobFilter = 32 << 10
    /// An output or a patch that a job gives to each of its sagas, in bytes.
    static let jobOutput = 16 << 10
}
