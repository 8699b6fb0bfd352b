internal import HTTPTypes
internal import Hummingbird
internal import SagaAPI
internal import SagaEngine

/// Lets nobody pass who does not show a credential, and then only where the table says so: what is open is named, what is
/// not in the table is closed.
struct AccessMiddleware: RouterMiddleware {
    let gate: Gate
    let table: RouteTable

    func handle(
        _ request: Request, context: APIContext, next: (Request, APIContext) async throws -> Response
    ) async throws -> Response {
        let access = context.endpointPath.map { (path: $0, access: table.access(request.method, $0)) }
        if let access, access.access == .open, access.path == request.uri.path {
            return try await next(request, context)
        }
        let requester = try await gate.admit(request.headers[.authorization], from: context.address)
        switch access?.access {
        case .needs(let permission): try requester.demand(permission)
        case .nobody: throw Problem.forbidden("nobody may ask for \(request.method) \(request.uri.path)")
        // To be told that it is not there, or takes another method.
        case .open, nil: break
        }
        var context = context
        context.requester = requester
        return try await next(request, context)
    }
}
