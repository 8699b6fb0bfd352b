internal import HTTPTypes
internal import Hummingbird
internal import NIOCore
internal import SagaAPI
internal import SagaValues

extension Request {
    /// The body's bytes, of a bounded number.
    func bytes() async throws -> [UInt8] {
        Array(buffer: try await body.collect(upTo: Limits.body))
    }

    /// The body as JSON of a type.
    func decode<Body: Decodable>(_ type: Body.Type) async throws -> Body {
        let json: JSON
        do {
            json = try JSON(parsing: try await bytes(), limits: JSON.Limits(bytes: Limits.body))
        } catch let error as JSON.ParseError {
            throw Problem.badRequest("the body is not the JSON it must be: \(error)")
        }
        do {
            return try JSONValueDecoder.decode(type, from: json)
        } catch {
            throw Problem.badRequest(JSONValueDecoder.summary(of: error))
        }
    }

    /// A member of the query that may stand once.
    func query(_ name: String) throws(Problem) -> String? {
        let values = uri.queryParameters[values: name[...]]
        guard values.count <= 1 else { throw .badRequest("\(name) stands \(values.count) times in the query") }
        return values.first.map(String.init)
    }

    func query<Value>(_ name: String, _ expectation: String, _ read: (String) -> Value?) throws(Problem) -> Value? {
        guard let text = try query(name) else { return nil }
        guard let value = read(text) else { throw .badRequest("\(name) must be \(expectation)") }
        return value
    }

    /// Refuses members of the query that nobody would look at.
    func checkQuery(_ known: Set<String>) throws(Problem) {
        for (name, _) in uri.queryParameters where !known.contains(String(name)) {
            throw .badRequest("unknown query parameter \(name); known are \(known.sorted().joined(separator: ", "))")
        }
    }

    /// `Prefer: wait=10` (RFC 7240), in seconds.
    var preferredWait: Duration? {
        guard let prefer = headers[values: .prefer].first(where: { $0.hasPrefix("wait=") }),
            let seconds = Int(prefer.dropFirst(5)), seconds >= 0
        else { return nil }
        return .seconds(min(seconds, Limits.wait))
    }

    /// The revision that `If-Match` names, with or without quotes.
    func expectedRevision() throws(Problem) -> Int? {
        guard let text = headers[.ifMatch] else { return nil }
        guard let revision = Int(text.filter { $0 != "\"" }) else {
            throw .badRequest("If-Match must be the saga's revision, a whole number")
        }
        return revision
    }
}

extension HTTPField.Name {
    static let prefer = HTTPField.Name("Prefer")!
    static let idempotencyKey = HTTPField.Name("Idempotency-Key")!
    static let traceparent = HTTPField.Name("traceparent")!
}

extension BasicRequestContext {
    func sagaID() throws -> UUID {
        let text = try parameters.require("id")
        guard let id = UUID(text) else { throw Problem.badRequest("\(text.prefix(80)) is no saga's id") }
        return id
    }
}
