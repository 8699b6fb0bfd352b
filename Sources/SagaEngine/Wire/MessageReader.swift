internal import SagaValues

/// Takes a received message apart; every failure names the field.
struct MessageReader {
    let message: WireMessage

    // MARK: Properties

    func required(_ value: String?, _ field: String) throws(WireError) -> String {
        guard let value, !value.isEmpty else {
            throw WireError(.missingProperty, field: field, "the property is missing")
        }
        return value
    }

    func commandID(in value: String?, _ field: String) throws(WireError) -> CommandID {
        guard let id = CommandID(try required(value, field)) else {
            throw WireError(.invalidProperty, field: field, "not <saga>.<step>.<iteration>.<do|undo|probe>")
        }
        return id
    }

    func checkProtocol(isRequired: Bool) throws(WireError) {
        guard let version = try optionalInteger(HeaderName.version, from: 0) else {
            if isRequired { throw .missingHeader(HeaderName.version) }
            return
        }
        guard version == WireProtocol.version else {
            throw WireError(
                .unsupportedProtocol, field: HeaderName.version,
                "version \(version) is not spoken here, only \(WireProtocol.version)"
            )
        }
    }

    // MARK: Headers

    /// Names are compared by bytes. One that stands twice with two values has no value.
    private func value(_ name: String) throws(WireError) -> WireValue? {
        var found: WireValue?
        for index in message.headers.indices where message.headers[index].name.hasSameBytes(as: name) {
            let value = message.headers[index].value
            if let found, found != value { throw .contradiction(name) }
            found = value
        }
        return found
    }

    func optionalText(_ name: String) throws(WireError) -> String? {
        switch try value(name) {
        case .string(let text): return text
        case .int: throw WireError(.invalidHeader, field: name, "the header is not a string")
        case nil: return nil
        }
    }

    func text(_ name: String) throws(WireError) -> String {
        guard let text = try optionalText(name), !text.isEmpty else { throw .missingHeader(name) }
        return text
    }

    /// Some clients can only send strings, so decimal digits will do.
    func optionalInteger(_ name: String, from least: Int) throws(WireError) -> Int? {
        let number: Int?
        switch try value(name) {
        case .int(let value): number = Int(exactly: value)
        case .string(let text): number = Int(text)
        case nil: return nil
        }
        guard let number, number >= least else {
            throw WireError(.invalidHeader, field: name, "the header is not an integer from \(least)")
        }
        return number
    }

    func integer(_ name: String, from least: Int) throws(WireError) -> Int {
        guard let number = try optionalInteger(name, from: least) else { throw .missingHeader(name) }
        return number
    }

    func deadline() throws(WireError) -> Timestamp? {
        guard let text = try optionalText(HeaderName.deadline) else { return nil }
        guard let deadline = Timestamp(iso8601: text) else {
            throw WireError(
                .invalidHeader, field: HeaderName.deadline, "the header is not an ISO 8601 time with a zone")
        }
        return deadline
    }

    /// A trace that is not valid is left out, never a reason to refuse the message.
    func trace() throws(WireError) -> TraceContext? {
        guard let traceparent = try? optionalText(HeaderName.traceparent) else { return nil }
        return TraceContext(traceparent: traceparent, tracestate: (try? optionalText(HeaderName.tracestate)) ?? nil)
    }

    // MARK: Body

    /// The size is looked at first, so that nothing is spent on a body that is too large.
    func body(_ limits: JSON.Limits) throws(WireError) -> Payload {
        guard message.body.count <= limits.bytes else { throw .bodyTooLarge(limits) }
        try checkContentType()
        do throws(JSON.ParseError) {
            return try Payload(parsing: message.body, limits: limits)
        } catch {
            throw WireError(.bodyNotJSON, "the body cannot be read", cause: error)
        }
    }

    /// None at all is taken for JSON; parameters such as a charset are ignored.
    private func checkContentType() throws(WireError) {
        guard let contentType = message.contentType, contentType != ContentType.json else { return }
        let mediaType = contentType.prefix { $0 != ";" }.lowercased().filter { $0 != " " }
        switch mediaType {
        case ContentType.json, "": return
        case ContentType.batch:
            throw WireError(.batchNotTaken, field: "content-type", "an envelope of many messages is not taken here")
        default:
            throw WireError(.unsupportedContentType, field: "content-type", "only \(ContentType.json) is read")
        }
    }
}

/// AMQP's properties and routing keys: at most 255 bytes, or the client library fails in its own words.
enum ShortString {
    static func check(_ text: String, _ field: String) throws(WireError) {
        guard 1...255 ~= text.utf8.count else {
            throw WireError(.invalidProperty, field: field, "the property must have 1 to 255 bytes")
        }
    }
}

extension [(name: String, value: WireValue)] {
    mutating func append(_ trace: TraceContext?) {
        guard let trace else { return }
        append((HeaderName.traceparent, .string(trace.traceparent)))
        if let tracestate = trace.tracestate { append((HeaderName.tracestate, .string(tracestate))) }
    }
}

extension WireError {
    static func missingHeader(_ name: String) -> WireError {
        WireError(.missingHeader, field: name, "the header is missing")
    }

    static func contradiction(_ field: String) -> WireError {
        WireError(.contradiction, field: field, "two parts of the message that must agree do not")
    }

    static func bodyTooLarge(_ limits: JSON.Limits) -> WireError {
        WireError(.bodyTooLarge, "the body is larger than \(limits.bytes) bytes")
    }

    static var outputIsNoObject: WireError {
        WireError(.invalidBody, "the output of a step is a JSON object")
    }
}
