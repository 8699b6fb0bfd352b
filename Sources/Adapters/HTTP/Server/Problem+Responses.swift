internal import Exploration
internal import HTTPTypes
internal import Hummingbird
internal import NIOCore
internal import SagaAPI
internal import SagaCore
internal import SagaEngine
internal import SagaValues
internal import Workflows

extension Problem {
    static func badRequest(_ detail: String, findings: [JSON]? = nil) -> Problem {
        Problem(
            code: "SAGA-0201", title: "The request cannot be understood", status: 400, detail: detail,
            findings: findings)
    }

    static let unauthorized = Problem(
        code: "SAGA-0202", title: "Not authenticated", status: 401,
        detail: "send the header \"Authorization: Bearer <token>\" with a token that this server takes")

    static func forbidden(_ detail: String) -> Problem {
        Problem(code: "SAGA-0216", title: "Not allowed", status: 403, detail: detail)
    }

    static func tooManyRequests(_ seconds: Int64) -> Problem {
        Problem(
            code: "SAGA-0217", title: "Too many requests", status: 429,
            detail: "more requests came than this credential or address may make; the next one may come in \(seconds) s"
        )
    }

    static let tooSlow = Problem(
        code: "SAGA-0218", title: "Too slow", status: 408,
        detail: "the body did not arrive within \(Limits.bodyTime.components.seconds) s")

    static func notFound(_ detail: String) -> Problem {
        Problem(code: "SAGA-0203", title: "Not found", status: 404, detail: detail)
    }

    static func wrongMethod(_ detail: String) -> Problem {
        Problem(code: "SAGA-0215", title: "Wrong method", status: 405, detail: detail)
    }

    static func tooLarge(_ detail: String, status: Int = 413) -> Problem {
        Problem(code: "SAGA-0214", title: "Too large", status: status, detail: detail)
    }

    static func wrongContentType(_ given: String, _ known: [String]) -> Problem {
        Problem(
            code: "SAGA-0201", title: "The request cannot be understood", status: 415,
            detail: "the body says it is \(given.prefix(80)); send the header Content-Type: \(known[0])")
    }

    static func invalidInput(_ violations: [SchemaViolation]) -> Problem {
        Problem(
            code: "SAGA-0204", title: "The input does not fit the workflow", status: 422,
            detail: violations.map { "\($0.pointer.isEmpty ? "input" : "input\($0.pointer)"): \($0.message)" }
                .joined(separator: "; "),
            findings: violations.map {
                .object(["pointer": .string($0.pointer), "message": .string($0.message)])
            })
    }

    static func invalidWorkflow(_ errors: WorkflowErrors) -> Problem {
        Problem(
            code: "SAGA-0205", title: "The workflow has errors and was not deployed", status: 422,
            detail: errors.description, findings: errors.findings.map(\.json))
    }

    static func badEnd(_ story: Story) -> Problem {
        Problem(
            code: "SAGA-0180", title: "A saga of this workflow can come to a bad end", status: 422,
            detail: story.description)
    }

    init(_ error: EngineError) {
        switch error {
        case .unknownWorkflow(let name, let version):
            let what = version.map { "version \($0) of \(name)" } ?? "workflow \(name)"
            self = .notFound("there is no \(what); GET /v1/workflows lists what is deployed")
        case .retiredVersion(let name, let version, let active):
            let instead = active.map { "version \($0) is active: name that, or none" } ?? "name another one"
            self.init(
                code: "SAGA-0270", title: "The version is retired", status: 409,
                detail:
                    "no saga starts with version \(version) of \(name) any more, and nothing was started; \(instead), "
                    + "or have it activated: POST /v1/workflows/\(name)/\(version)/activate")
        case .activeVersion(let name, let version):
            self.init(
                code: "SAGA-0271", title: "The version is active", status: 409,
                detail: "starts that name no version take version \(version) of \(name), so it is not retired; "
                    + "activate another one first: POST /v1/workflows/\(name)/{version}/activate")
        case .invalidInput(let violations):
            self = .invalidInput(violations)
        case .unusableLock(let reference):
            self.init(
                code: "SAGA-0204", title: "The input does not fit the workflow", status: 422,
                detail: "a lock key cannot be made: \(reference)")
        case .keyConflict(let saga):
            self.init(
                code: "SAGA-0206", title: "The idempotency key was used with another input", status: 409,
                detail: "saga \(saga) was started with this key and another input; nothing was started", saga: saga)
        case .busy(let lock):
            self.init(
                code: "SAGA-0207", title: "Busy", status: 409,
                detail: "another saga holds the lock \(lock) until it ends; nothing was started")
        case .forbidden(let why):
            self = .forbidden(why)
        case .unknownSaga(let saga):
            self = .notFound("there is no saga \(saga)")
        case .unknownParticipant(let name):
            self = .notFound("there is no participant \(name.prefix(80)); GET /v1/participants lists them")
        case .moved(let revision):
            self.init(
                code: "SAGA-0208", title: "The saga has moved on", status: 412,
                detail: "it is at revision \(revision) now; look at it again before you act", revision: revision)
        case .illegal(let objection, let legal):
            self.init(
                code: "SAGA-0209", title: "The saga's state does not allow it", status: 409,
                detail: objection + (legal.isEmpty ? "" : "; possible: \(legal.joined(separator: ", "))"))
        case .overloaded:
            self.init(
                code: "SAGA-0210", title: "Overloaded", status: 503,
                detail: "more starts wait than this node takes; try again with the same key")
        case .unavailable(let why):
            self.init(
                code: "SAGA-0211", title: "Not available", status: 503,
                detail: "\(why); the outcome is not known: try again with the same key")
        case .fault(let what):
            self.init(code: "SAGA-0212", title: "A fault in the server", status: 500, detail: what)
        }
    }

    init(_ error: StoreError) {
        switch error.code {
        case .versionConflict:
            self.init(
                code: "SAGA-0213", title: "This version exists with another content", status: 409,
                detail: "\(error.message); versions are immutable: raise the version")
        case .tooMuch:
            self.init(
                code: "SAGA-0230", title: "The question asks for too much", status: 422, detail: error.message)
        case .unavailable, .outcomeUnknown, .contention, .blocked, .startConflict, .versionRetired, .nodeRetired,
            .refused:
            self.init(
                code: "SAGA-0211", title: "Not available", status: 503, detail: "the store: \(error.message)")
        case .broken:
            self.init(code: "SAGA-0212", title: "A fault in the server", status: 500, detail: error.message)
        }
    }

    var response: Response {
        var headers: HTTPFields = [.contentType: "application/problem+json"]
        if status == 401 { headers[.wwwAuthenticate] = "Bearer" }
        // A limit of requests says it more exactly, see ``ProblemMiddleware``.
        if status == 503 || status == 429 { headers[.retryAfter] = "1" }
        // What is still to come of the request is not waited for.
        if status == 408 { headers[.connection] = "close" }
        // A problem is text and whole numbers, which always encode.
        let body = (try? JSONValueEncoder.encode(self))?.bytes ?? []
        return Response(
            status: HTTPResponse.Status(code: status), headers: headers,
            body: ResponseBody(byteBuffer: ByteBuffer(bytes: body)))
    }
}

/// A body of JSON, as every answer has.
struct Answer<Body: Encodable>: ResponseGenerator {
    let status: HTTPResponse.Status
    let body: Body

    init(_ body: Body, status: HTTPResponse.Status = .ok) {
        self.status = status
        self.body = body
    }

    func response(from request: Request, context: some RequestContext) throws -> Response {
        let bytes = try JSONValueEncoder.encode(body).bytes
        return Response(
            status: status, headers: [.contentType: "application/json"],
            body: ResponseBody(byteBuffer: ByteBuffer(bytes: bytes)))
    }
}
