internal import SagaValues
internal import Yams

/// JSON as a document of YAML that reads back as the same, by readers of YAML 1.1 and 1.2 alike.
enum YAMLText {
    static func document(_ json: JSON) throws -> String {
        try serialize(node: node(json), width: -1, allowUnicode: true)
    }

    private static func node(_ json: JSON) -> Node {
        switch json {
        case .null: plain("null", .null)
        case .bool(let value): plain(value ? "true" : "false", .bool)
        case .number(let text): number(text)
        case .string(let text): string(text)
        case .array(let items):
            .sequence(.init(items.map(node), .implicit, items.isEmpty ? .flow : .block))
        case .object(let members):
            .mapping(
                .init(
                    members.map { (string($0.name), node($0.value)) }, .implicit,
                    members.names.isEmpty ? .flow : .block))
        }
    }

    private static func plain(_ text: String, _ tag: Tag.Name) -> Node { .scalar(.init(text, Tag(tag), .plain)) }

    /// Its digits as they are. With an exponent YAML 1.1 wants a point before it and a sign behind.
    private static func number(_ text: String) -> Node {
        guard let mark = text.firstIndex(where: { $0 == "e" || $0 == "E" }) else {
            return plain(text, text.contains(".") ? .float : .int)
        }
        let (mantissa, exponent) = (text[..<mark], text[text.index(after: mark)...])
        let point = mantissa.contains(".") ? "" : ".0"
        let sign = exponent.hasPrefix("-") || exponent.hasPrefix("+") ? "" : "+"
        return plain("\(mantissa)\(point)e\(sign)\(exponent)", .float)
    }

    private static func string(_ text: String) -> Node {
        .scalar(.init(text, Tag(.str), style(of: text)))
    }

    /// Words, paths and names stand as they are, lines line by line. What a reader might take for a number, a time, a
    /// truth value or nothing has quotes, and so has what a reader would not give back: other ends of lines.
    ///
    /// Signs that mean something in YAML make the writer quote it by itself.
    private static func style(of text: String) -> Node.Scalar.Style {
        guard let first = text.unicodeScalars.first, first.properties.isAlphabetic,
            text.unicodeScalars.allSatisfy({ isOrdinary($0) || $0 == "\n" })
        else { return .doubleQuoted }
        if text.unicodeScalars.contains("\n") { return .literal }
        return ambiguous.contains(text.lowercased()) ? .doubleQuoted : .plain
    }

    private static func isOrdinary(_ scalar: Unicode.Scalar) -> Bool {
        switch scalar.properties.generalCategory {
        case .control, .lineSeparator, .paragraphSeparator: false
        default: true
        }
    }

    private static let ambiguous: Set = ["y", "n", "yes", "no", "on", "off", "true", "false", "null", "nan", "inf"]
}
