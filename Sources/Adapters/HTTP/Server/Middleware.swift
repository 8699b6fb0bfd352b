internal import HTTPTypes
internal import Hummingbird
internal import Logging
internal import SagaAPI
internal import SagaEngine
internal import SagaValues

/// Turns every error into a problem (RFC 9457): no empty answers, and nothing of the server's inside shows.
struct ProblemMiddleware<Context: RequestContext>: RouterMiddleware {
    func handle(
        _ request: Request, context: Context, next: (Request, Context) async throws -> Response
    ) async throws -> Response {
        do {
            guard request.uri.string.utf8.count <= Limits.target else {
                throw Problem.tooLarge("a path and its query may have \(Limits.target) bytes at most", status: 414)
            }
            return try await next(request, context)
        } catch let problem as Problem {
            return problem.response
        } catch let error as EngineError {
            return Problem(error).response
        } catch let error as StoreError {
            return Problem(error).response
        } catch let error as any HTTPResponseError {
            return problem(for: error.status, request).response
        } catch {
            context.logger.error("a request failed", metadata: ["path": "\(request.uri.path)", "error": "\(error)"])
            return Problem(
                code: "SAGA-0212", title: "A fault in the server", status: 500, detail: "see the server's log"
            ).response
        }
    }

    private func problem(for status: HTTPResponse.Status, _ request: Request) -> Problem {
        switch status {
        case .notFound: .notFound("there is no \(request.method) \(request.uri.path)")
        case .contentTooLarge: .tooLarge("a body may have \(Limits.body) bytes at most")
        default:
            Problem(
                code: "SAGA-0201", title: "The request cannot be understood", status: status.code,
                detail: "\(status.reasonPhrase)")
        }
    }
}

/// Lets nobody pass who does not carry the token, whatever is asked for: what is open is named.
struct TokenMiddleware<Context: RequestContext>: RouterMiddleware {
    let token: Secret
    let open: Set<String>

    func handle(
        _ request: Request, context: Context, next: (Request, Context) async throws -> Response
    ) async throws -> Response {
        if !open.contains(request.uri.path) {
            let scheme = "bearer "
            guard let header = request.headers[.authorization], header.prefix(scheme.count).lowercased() == scheme,
                // Compared in constant time, so that the answer's timing tells nothing.
                Secret(String(header.dropFirst(scheme.count))) == token
            else { throw Problem.unauthorized }
        }
        return try await next(request, context)
    }
}
