internal import SagaValues

/// What text without quotes may be taken for. YAML 1.1, YAML 1.2 and JSON disagree about much of it;
/// where any of them sees more than text, a workflow must say which it means.
enum PlainScalar {
    /// In words, when it is no plain text for every reader: `null`, `a boolean`, `a number`.
    static func meaning(of text: String) -> String? {
        switch text {
        case "", "~", "null", "Null", "NULL": "null"
        case "true", "True", "TRUE", "false", "False", "FALSE": "a boolean"
        default: looksNumeric(text) ? "a number" : nil
        }
    }

    /// What YAML 1.1 reads as a boolean and YAML 1.2 as text.
    static func isOldBoolean(_ text: String) -> Bool {
        ["yes", "Yes", "YES", "no", "No", "NO", "on", "On", "ON", "off", "Off", "OFF"].contains(text)
    }

    /// A value in a place where anything may stand.
    enum Value {
        case json(JSON)
        case text(String)
        /// `null`, `a boolean` or `a number` to some reader of YAML, and something else to another.
        case ambiguous(String)
    }

    static func value(of scalar: YAMLScalar) -> Value {
        guard scalar.style == .plain else { return .text(scalar.text) }
        switch scalar.text {
        case "null": return .json(.null)
        case "true": return .json(.bool(true))
        case "false": return .json(.bool(false))
        default: break
        }
        if let number = JSON(numberText: scalar.text) { return .json(number) }
        if isOldBoolean(scalar.text) { return .ambiguous("a boolean") }
        return meaning(of: scalar.text).map { .ambiguous($0) } ?? .text(scalar.text)
    }

    static func isText(_ scalar: YAMLScalar) -> Bool {
        if case .text = value(of: scalar) { true } else { false }
    }

    /// Whether some version of YAML reads a number: `012`, `0x1F`, `1_000`, `+1`, `.5`, `1:30`, `.inf`.
    static func looksNumeric(_ text: String) -> Bool {
        var rest = text.utf8[...]
        if rest.first == UInt8(ascii: "+") || rest.first == UInt8(ascii: "-") { rest = rest.dropFirst() }
        guard let first = rest.first else { return false }
        let word = String(Substring(rest)).lowercased()
        if word == ".inf" || word == ".nan" { return true }
        if ["0x", "0o", "0b"].contains(String(word.prefix(2))) {
            return word.utf8.dropFirst(2).allSatisfy {
                isDigit($0) || (97...102).contains($0) || $0 == UInt8(ascii: "_")
            }
        }
        guard isDigit(first) || first == UInt8(ascii: ".") else { return false }
        var dots = 0
        var digits = 0
        while let byte = rest.first, byte != UInt8(ascii: "e"), byte != UInt8(ascii: "E") {
            switch byte {
            case UInt8(ascii: "."): dots += 1
            case UInt8(ascii: "_"), UInt8(ascii: ":"): break
            case _ where isDigit(byte): digits += 1
            default: return false
            }
            rest = rest.dropFirst()
        }
        guard digits > 0, dots <= 1 else { return false }
        guard !rest.isEmpty else { return true }
        rest = rest.dropFirst()
        if rest.first == UInt8(ascii: "+") || rest.first == UInt8(ascii: "-") { rest = rest.dropFirst() }
        return !rest.isEmpty && rest.allSatisfy(isDigit)
    }

    private static func isDigit(_ byte: UInt8) -> Bool {
        byte &- UInt8(ascii: "0") < 10
    }
}

extension YAMLNode {
    /// As values are read in the language: what is a number, `true`, `false` or `null` in JSON is one, unless in quotes.
    /// What would be ambiguous where it counts is text.
    var json: JSON {
        switch content {
        case .scalar(let scalar):
            if case .json(let json) = PlainScalar.value(of: scalar) { json } else { .string(scalar.text) }
        case .list(let items): .array(items.map(\.json))
        case .map(let map):
            .object(JSON.Object(uniqueMembers: map.entries.map { (name: $0.key, value: $0.value.json) }))
        case .broken: .null
        }
    }
}
