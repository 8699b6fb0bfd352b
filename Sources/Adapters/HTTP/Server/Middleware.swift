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
        } catch let error as Throttled {
            var response = Problem.tooManyRequests(error.seconds).response
            response.headers[.retryAfter] = "\(error.seconds)"
            return response
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
