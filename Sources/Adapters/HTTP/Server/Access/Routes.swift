internal import HTTPTypes
internal import Hummingbird
internal import NIOCore
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

/// Who may take which route, and what the document says of it; filled as the routes are added.
final class RouteTable: Sendable {
    private struct State {
        var entries: [String: Routes.Entry] = [:]
        var document: OpenAPIDocument?
    }

    private let state = Mutex(State())

    func set(_ entry: Routes.Entry) {
        state.withLock { state in
            state.entries["\(entry.method) \(entry.path)"] = entry
            state.document = nil
        }
    }

    /// - Parameter path: of the endpoint that the router chose.
    func access(_ method: HTTPRequest.Method, _ path: String) -> APIRoute.Access {
        state.withLock { $0.entries["\(method.rawValue) \(path)"]?.access } ?? .nobody
    }

    /// Of all routes that were added. Made once, for the first who asks.
    var document: OpenAPIDocument {
        state.withLock { state in
            if let made = state.document { return made }
            let made = OpenAPIDocument(Array(state.entries.values))
            state.document = made
            return made
        }
    }
}

/// Where routes are added, each with who may take it and what the document says of it: there is no way to add one without.
struct Routes {
    let router: Router<APIContext>
    let table: RouteTable
    /// `/v1`, say.
    var prefix = ""

    /// What is known of a route.
    struct Entry: Sendable {
        let method: String
        /// `/v1/sagas/{id}`
        let path: String
        let access: APIRoute.Access
        let operation: Operation
        /// What it answers with when it succeeds, or what each event of its stream has.
        let answer: any Described.Type
        var isStream = false
    }

    typealias Handler<Body: Encodable & Described> = @Sendable (Request, Call) async throws -> Answer<Body>

    func get<Body>(
        _ path: String, _ permission: Permission, _ operation: Operation, use handler: @escaping Handler<Body>
    ) {
        add(.get, path, permission, operation, Body.self, handler)
    }

    func post<Body>(
        _ path: String, _ permission: Permission, _ operation: Operation, use handler: @escaping Handler<Body>
    ) {
        add(.post, path, permission, operation, Body.self, handler)
    }

    /// An answer that goes on.
    ///
    /// - Parameter event: what each of its events has.
    func stream(
        _ path: String, _ permission: Permission, _ operation: Operation, of event: any Described.Type,
        use handler: @escaping @Sendable (Request, Call) async throws -> EventStream
    ) {
        add(.get, path, permission, operation, event, isStream: true, handler)
    }

    /// For whoever asks, and only if the path is written exactly so.
    func getOpen<Body: Described>(
        _ path: String, _ operation: Operation, use handler: @escaping @Sendable () async throws -> Answer<Body>
    ) {
        let whole = set(.open, .get, path, operation, Body.self)
        router.on(whole, method: .get) { _, _ in try await handler() }
    }

    private func add<Response: ResponseGenerator & SendableMetatype>(
        _ method: HTTPRequest.Method, _ path: String, _ permission: Permission, _ operation: Operation,
        _ answer: any Described.Type, isStream: Bool = false,
        _ handler: @escaping @Sendable (Request, Call) async throws -> Response
    ) {
        let known = operation.queryNames
        let whole = set(.needs(permission), method, path, operation, answer, isStream: isStream)
        router.on(whole, method: method) { request, context in
            guard let requester = context.requester else { throw Problem.unauthorized }
            try request.checkQuery(known)
            return try await handler(request, Call(requester: requester, context: context))
        }
    }

    private func set(
        _ access: APIRoute.Access, _ method: HTTPRequest.Method, _ path: String, _ operation: Operation,
        _ answer: any Described.Type, isStream: Bool = false
    ) -> RouterPath {
        let whole = RouterPath(prefix + "/" + path)
        table.set(
            Entry(
                method: method.rawValue, path: whole.description, access: access, operation: operation, answer: answer,
                isStream: isStream))
        return whole
    }
}

/// A request that was let in.
struct Call {
    let requester: Requester
    let context: APIContext

    /// What stands in the path. The router leaves it as it was sent.
    func parameter(_ name: String) throws -> String {
        let text = try context.parameters.require(name)
        guard let value = PercentEncoding.decoded(text), !value.contains("\0"), value.utf8.count <= Limits.label else {
            throw Problem.badRequest(
                "\(text.prefix(80)) in the path is no text, has a NUL character or more than \(Limits.label) bytes")
        }
        return value
    }
}

/// What is known of a request besides itself.
struct APIContext: RequestContext {
    var coreContext: CoreRequestContextStorage
    /// Who asks; nil where nobody has to be anybody.
    var requester: Requester?
    /// The other end of the connection; a proxy's, if one stands between.
    let address: String?
    /// The connection, for those who must be able to end it.
    let channel: any Channel

    init(source: ApplicationRequestContextSource) {
        coreContext = .init(source: source)
        address = source.channel.remoteAddress?.ipAddress
        channel = source.channel
    }
}
