internal import HTTPTypes
internal import Hummingbird
internal import SagaAPI
internal import SagaEngine
internal import SagaValues

/// Lets nobody pass who does not show a credential, and then only where the table says so: what is open is named, what is
/// not in the table is closed.
struct AccessMiddleware: RouterMiddleware {
    let gate: Gate
    let table: RouteTable
    let engine: Engine

    func handle(
        _ request: Request, context: APIContext, next: (Request, APIContext) async throws -> Response
    ) async throws -> Response {
        let access = context.endpointPath.map { (path: $0, access: table.access(request.method, $0)) }
        if let access, access.access == .open, access.path == request.uri.path {
            return try await next(request, context)
        }
        let requester = try await gate.admit(request.headers[.authorization], from: context.address)
        switch access?.access {
        case .needs(let permission):
            do throws(EngineError) {
                try requester.demand(permission)
            } catch {
                if case .forbidden(let why) = error { await note(why, request, context, requester) }
                throw error
            }
        case .nobody: throw Problem.forbidden("nobody may ask for \(request.method) \(request.uri.path)")
        // To be told that it is not there, or takes another method.
        case .open, nil: break
        }
        var context = context
        context.requester = requester
        return try await next(request, context)
    }

    /// Who only looks changes nothing, and programs that look too much would fill the audit.
    private func note(_ why: String, _ request: Request, _ context: APIContext, _ requester: Requester) async {
        guard request.method != .get, let path = context.endpointPath else { return }
        let id = path.hasPrefix("/v1/sagas/{id}") ? context.parameters.get("id") : context.parameters.get("saga")
        // As the table has it: what stands in its places may be anything.
        await engine.recordDenial(
            of: "\(request.method.rawValue) \(path)", about: id.flatMap { UUID(String($0)) }, why: why, by: requester)
    }
}
