internal import HTTPTypes
internal import Hummingbird
internal import SagaAPI

/// Answers for paths that exist with the methods that they have. Goes behind all routes, so that it gets what none takes.
struct WrongMethodMiddleware: RouterMiddleware {
    private let routes: [(path: RouterPath, method: HTTPRequest.Method)]

    init(for router: Router<APIContext>) {
        routes = router.routes.map { ($0.path, $0.method) }
    }

    func handle(
        _ request: Request, context: APIContext,
        next: (Request, APIContext) async throws -> Response
    ) async throws -> Response {
        let names = request.uri.path.split(separator: "/")
        let allowed = routes.filter { $0.path.count == names.count && zip($0.path, names).allSatisfy { $0 ~= $1 } }
            .map(\.method.rawValue).sorted().joined(separator: ", ")
        guard !allowed.isEmpty else { return try await next(request, context) }
        let problem = Problem.wrongMethod("\(request.uri.path) takes \(allowed), and not \(request.method)")
        var response = problem.response
        response.headers[.allow] = allowed
        return response
    }
}
