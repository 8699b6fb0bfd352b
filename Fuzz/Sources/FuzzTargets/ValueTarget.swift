import SagaValues

enum ValueTarget {
    static func take(_ bytes: [UInt8]) {
        do throws(JSON.ParseError) {
            let value = try JSON(parsing: bytes)
            let written = value.bytes
            promise(written.count <= bytes.count * 6, "\(bytes.count) bytes become \(written.count)")
            let again = try JSON(parsing: written, limits: JSON.Limits(bytes: 1 << 24, depth: 64))
            promise(again == value && again.bytes == written, "what was written reads as something else")
            promise(again.hashValue == value.hashValue, "equal, with two hashes")
            let pretty = try JSON(parsing: value.prettyText(), limits: JSON.Limits(bytes: 1 << 26, depth: 64))
            promise(pretty == value, "written for people it reads as something else")
            let fromText = try JSON(parsing: String(decoding: bytes, as: UTF8.self))
            promise(fromText == value, "as text it reads as something else")
        } catch {
            promise((0...max(bytes.count, 0)).contains(error.offset), "an error outside of the text: \(error.offset)")
            promise(error.line >= 1 && error.column >= 1, "no place: \(error.line):\(error.column)")
        }
        takeWords(String(decoding: bytes.prefix(200), as: UTF8.self))
    }

    /// The other texts that come from outside.
    private static func takeWords(_ text: String) {
        if let duration = Duration(sagaText: text) {
            promise(Duration(sagaText: duration.sagaText) == duration, "\(text) is \(duration.sagaText)")
        }
        if let time = Timestamp(iso8601: text) {
            promise(Timestamp(iso8601: time.description) == time, "\(text) is \(time)")
        }
        if let id = UUID(text) { promise(UUID(id.description) == id, "\(text) is \(id)") }
        if let id = CommandID(text) { promise(CommandID(id.description) == id, "\(text) is \(id)") }
        if let number = ExactDecimal(text) {
            promise(ExactDecimal(number.description) == number, "\(text) is \(number)")
        }
        let number = DecimalNumber(text)
        promise(!(number < number) && number == number, "\(text) is less than itself")
        _ = TraceContext(traceparent: text, tracestate: text)
    }
}
