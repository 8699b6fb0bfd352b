internal import HTTPTypes
internal import Hummingbird
internal import SagaAPI
public import SagaEngine
internal import Synchronization

/// A request that the API answers, and who may make it.
public struct APIRoute: Sendable, Hashable {
    public let method: String
    /// `/v1/sagas/{id}`
    public let path: String
    public let access: Access

    public enum Access: Sendable, Hashable {
        /// Answered without a credential.
        case open
        case needs(Permission)
        /// Refused to all: the router has it, and nobody said who may.
        case nobody
    }
}

/// Who may take which route, filled as the routes are added.
final class RouteTable: Sendable {
    private let entries = Mutex<[String: APIRoute.Access]>([:])

    func set(_ access: APIRoute.Access, _ method: HTTPRequest.Method, _ path: RouterPath) {
        entries.withLock { $0["\(method.rawValue) \(path.description)"] = access }
    }

    /// - Parameter path: of the endpoint that the router chose.
    func access(_ method: HTTPRequest.Method, _ path: String) -> APIRoute.Access {
        entries.withLock { $0["\(method.rawValue) \(path)"] } ?? .nobody
    }
}

/// Where routes are added, each with who may take it: there is no way to add one without.
struct Routes {
    let router: Router<APIContext>
    let table: RouteTable
    /// `/v1`, say.
    var prefix = ""

    typealias Handler<Body: Encodable & SendableMetatype> = @Sendable (Request, Call) async throws -> Answer<Body>

    func get<Body: SendableMetatype>(_ path: String, _ permission: Permission, use handler: @escaping Handler<Body>) {
        add(.get, path, permission, handler)
    }

    func post<Body: SendableMetatype>(_ path: String, _ permission: Permission, use handler: @escaping Handler<Body>) {
        add(.post, path, permission, handler)
    }

    /// For whoever asks, and only if the path is written exactly so.
    func getOpen<Body: SendableMetatype>(
        _ path: String, use handler: @escaping @Sendable () async throws -> Answer<Body>
    ) {
        let whole = RouterPath(prefix + "/" + path)
        table.set(.open, .get, whole)
        router.on(whole, method: .get) { _, _ in try await handler() }
    }

    private func add<Body: SendableMetatype>(
        _ method: HTTPRequest.Method, _ path: String, _ permission: Permission, _ handler: @escaping Handler<Body>
    ) {
        let whole = RouterPath(prefix + "/" + path)
        table.set(.needs(permission), method, whole)
        router.on(whole, method: method) { request, context in
            guard let requester = context.requester else { throw Problem.unauthorized }
            return try await handler(request, Call(requester: requester, context: context))
        }
    }
}

/// A request that was let in.
struct Call {
    let requester: Requester
    let context: APIContext

    func parameter(_ name: String) throws -> String { try context.parameters.require(name) }
}

/// What is known of a request besides itself.
struct APIContext: RequestContext {
    var coreContext: CoreRequestContextStorage
    /// Who asks; nil where nobody has to be anybody.
    var requester: Requester?
    /// The other end of the connection; a proxy's, if one stands between.
    let address: String?

    init(source: ApplicationRequestContextSource) {
        coreContext = .init(source: source)
        address = source.channel.remoteAddress?.ipAddress
    }
}
