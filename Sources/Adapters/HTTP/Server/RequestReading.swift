internal import HTTPTypes
internal import Hummingbird
internal import NIOCore
internal import SagaAPI
internal import SagaValues

extension Request {
    /// The body's bytes, of a bounded number.
    ///
    /// - Parameter time: how long it may take to arrive, however often a byte comes.
    func bytes(within time: Duration = Limits.bodyTime) async throws -> [UInt8] {
        let body = body
        return try await withThrowingTaskGroup(of: [UInt8].self) { tasks in
            tasks.addTask { Array(buffer: try await body.collect(upTo: Limits.body)) }
            tasks.addTask {
                try await Task.sleep(for: time)
                throw Problem.tooSlow
            }
            defer { tasks.cancelAll() }
            return try await tasks.next() ?? []
        }
    }

    /// The body as JSON of a type.
    ///
    /// - Parameter members: those that it may have. Another one is refused: misspelt, it would be passed over.
    func decode<Body: Decodable>(_ type: Body.Type, members: Set<String>) async throws -> Body {
        try checkContentType(["application/json"])
        let json: JSON
        do {
            json = try JSON(parsing: try await bytes(), limits: JSON.Limits(bytes: Limits.body))
        } catch let error as JSON.ParseError {
            throw Problem.badRequest("the body is not the JSON it must be: \(error)")
        }
        if let unknown = json.objectValue?.names.first(where: { !members.contains($0) }) {
            throw Problem.badRequest(
                "unknown member \"\(unknown.prefix(80))\"; known are \(members.sorted().joined(separator: ", "))")
        }
        do {
            return try JSONValueDecoder.decode(type, from: json)
        } catch {
            throw Problem.badRequest(JSONValueDecoder.summary(of: error))
        }
    }

    /// Refuses a body that says it is something else. One that says nothing is taken for what belongs here.
    func checkContentType(_ known: [String]) throws(Problem) {
        guard let given = headers[.contentType] else { return }
        let type = given.prefix { $0 != ";" }.filter { $0 != " " }.lowercased()
        guard known.contains(type) else { throw .wrongContentType(given, known) }
    }

    /// A member of the query that may stand once.
    ///
    /// - Parameter limit: how many bytes it may have.
    func query(_ name: String, atMost limit: Int) throws(Problem) -> String? {
        let values = uri.queryParameters[values: name[...]]
        guard values.count <= 1 else { throw .badRequest("\(name) stands \(values.count) times in the query") }
        // A store may have no way to hold it.
        if values.contains(where: { $0.contains("\0") }) { throw .badRequest("\(name) has a NUL character") }
        guard (values.first?.utf8.count ?? 0) <= limit else {
            throw .badRequest("\(name) may have \(limit) bytes at most")
        }
        return values.first.map(String.init)
    }

    /// How many of a list are asked for.
    func limit() throws(Problem) -> Int {
        try query("limit", "a whole number from 1 to \(Limits.page)") { text in
            Limits.whole(text, 1...Limits.page)
        } ?? Limits.defaultPage
    }

    /// Refuses members of the query that nobody would look at.
    func checkQuery(_ known: Set<String>) throws(Problem) {
        // What cannot be decoded would be taken as it stands.
        guard PercentEncoding.decoded(uri.query ?? "") != nil else {
            throw .badRequest("the query has a % that stands for no byte, or bytes that are no UTF-8")
        }
        for (name, _) in uri.queryParameters where !known.contains(String(name)) {
            throw .badRequest("unknown query parameter \(name); known are \(known.sorted().joined(separator: ", "))")
        }
    }

    /// What makes a start, or another order, the same one.
    func idempotencyKey(of what: String = "start") throws(Problem) -> String {
        guard let key = try optionalIdempotencyKey(of: what) else { throw .wrongKey(of: what) }
        return key
    }

    /// The same where there is a key to go by without it.
    func optionalIdempotencyKey(of what: String = "start") throws(Problem) -> String? {
        guard let key = headers[.idempotencyKey] else { return nil }
        // A byte that is no UTF-8 has become a replacement character, and so another key may have.
        guard (1...Limits.label).contains(key.utf8.count), !key.contains("\u{FFFD}") else { throw .wrongKey(of: what) }
        return key
    }

    /// `Prefer: wait=10` (RFC 7240), in seconds. Preferences that are not understood are passed over.
    var preferredWait: Duration? {
        let preferences = headers[values: .prefer].flatMap { $0.split(separator: ",") }
            .map { $0.filter { $0 != " " && $0 != "\t" }.lowercased() }
        guard let text = preferences.first(where: { $0.hasPrefix("wait=") })?.dropFirst(5),
            let seconds = Int(text), seconds >= 0
        else { return nil }
        return .seconds(min(seconds, Limits.wait))
    }

    /// The revision that `If-Match` names, with or without quotes.
    func expectedRevision() throws(Problem) -> Int? {
        guard let text = headers[.ifMatch] else { return nil }
        let digits =
            text.count > 1 && text.hasPrefix("\"") && text.hasSuffix("\"") ? text.dropFirst().dropLast() : text[...]
        guard let revision = Limits.whole(digits, 1...(.max)) else {
            throw .badRequest("If-Match must be the saga's revision, a whole number")
        }
        return revision
    }

    /// The trace that the caller belongs to; one that cannot be such is passed over, as W3C asks.
    var trace: TraceContext? {
        headers[.traceparent].flatMap { TraceContext(traceparent: $0, tracestate: headers[.tracestate]) }
    }
}

extension Problem {
    fileprivate static func wrongKey(of what: String) -> Problem {
        .badRequest(
            "send the header Idempotency-Key with 1 to \(Limits.label) bytes of UTF-8 that name this \(what), "
                + "so that it is made once however often it is sent")
    }

    /// Why a person asks for something; it is kept.
    static func checkReason(_ text: String) throws(Problem) {
        try checkText(text, "a reason")
    }

    /// What a person writes for others. It has no NUL character: no JSON that is read has one.
    static func checkText(_ text: String, _ name: String) throws(Problem) {
        guard (1...Limits.text).contains(text.utf8.count) else {
            throw .badRequest("\(name) of 1 to \(Limits.text) bytes must be given; it is kept")
        }
    }

    static func checkVersion(_ version: Int?) throws(Problem) {
        guard version.map(Limits.numbers.contains) ?? true else {
            throw .badRequest("a version is a whole number from 1 on")
        }
    }

    /// What people and programs call a thing: short enough for an index of the store.
    static func checkLabel(_ text: String?, _ name: String) throws(Problem) {
        guard let text, !(1...Limits.label).contains(text.utf8.count) else { return }
        throw .badRequest("\(name) must have 1 to \(Limits.label) bytes")
    }
}

extension HTTPField.Name {
    static let prefer = HTTPField.Name("Prefer")!
    static let idempotencyKey = HTTPField.Name("Idempotency-Key")!
    static let traceparent = HTTPField.Name("traceparent")!
    static let tracestate = HTTPField.Name("tracestate")!
}

extension Call {
    func sagaID() throws -> UUID {
        let text = try parameter("id")
        guard let id = UUID(text) else { throw Problem.badRequest("\(text.prefix(80)) is no saga's id") }
        return id
    }
}
