/// How workflows, steps and actions may be called.
enum Naming {
    /// What means something else in expressions, or may in a later version.
    static let reserved: Set<String> = [
        "input", "event", "saga", "output", "error", "workflow", "true", "false", "null", "in", "has", "size",
        "math",
    ]

    /// `[a-z][a-z0-9-]{0,62}`
    static func isName(_ text: some StringProtocol) -> Bool {
        guard let first = text.utf8.first, isLower(first), text.utf8.count <= 63 else { return false }
        return text.utf8.allSatisfy { isLower($0) || isDigit($0) || $0 == UInt8(ascii: "-") }
    }

    /// A participant and one of its actions, names both: `billing.create-order`.
    static func isAction(_ text: String) -> Bool {
        let words = text.split(separator: ".", omittingEmptySubsequences: false)
        return words.count == 2 && words.allSatisfy { isName($0) }
    }

    /// The routing key of an event: `payment.refund_failed`.
    static func isEvent(_ text: String) -> Bool {
        text.utf8.count <= 255
            && text.split(separator: ".", omittingEmptySubsequences: false).allSatisfy { word in
                isName(word.replacing("_", with: "-"))
            }
    }

    /// What an item is called: `[A-Za-z_][A-Za-z0-9_]{0,62}`
    static func isVariable(_ text: String) -> Bool {
        guard let first = text.utf8.first, !isDigit(first), text.utf8.count <= 63 else { return false }
        return text.utf8.allSatisfy { isLower($0 | 0x20) || isDigit($0) || $0 == UInt8(ascii: "_") }
    }

    /// The way out for a name that is wrong: one that is close and right, if there is one.
    static func help(for text: String) -> String {
        let rule = "use lower case letters, digits and hyphens, a letter first, 63 at most"
        var name = ""
        for scalar in text.unicodeScalars {
            switch scalar {
            case "A"..."Z":
                let isWordStart = name.last.map { $0 != "-" } ?? false
                name += (isWordStart ? "-" : "") + scalar.properties.lowercaseMapping
            case "_", " ", ".": name += "-"
            default: name.unicodeScalars.append(scalar)
            }
        }
        return name != text && isName(name) ? "\(rule): \(name)" : rule
    }

    private static func isLower(_ byte: UInt8) -> Bool { (UInt8(ascii: "a")...UInt8(ascii: "z")).contains(byte) }
    private static func isDigit(_ byte: UInt8) -> Bool { (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte) }
}
