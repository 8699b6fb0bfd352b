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
        case .contentTooLarge:
            Problem(
                code: "SAGA-0214", title: "Too large", status: 413,
                detail: "a body may have \(Limits.body) bytes at most")
        default:
            Problem(
                code: "SAGA-0201", title: "The request cannot be understood", status: status.code,
                detail: "\(status.reasonPhrase)")
        }
    }
}

/// Lets nobody pass who does not carry the token.
struct TokenMiddleware<Context: RequestContext>: RouterMiddleware {
    let token: Secret

    func handle(
        _ request: Request, context: Context, next: (Request, Context) async throws -> Response
    ) async throws -> Response {
        let prefix = "Bearer "
        guard let header = request.headers[.authorization], header.hasPrefix(prefix),
            // Compared in constant time, so that the answer's timing tells nothing.
            Secret(String(header.dropFirst(prefix.count))) == token
        else { throw Problem.unauthorized }
        return try await next(request, context)
    }
}
