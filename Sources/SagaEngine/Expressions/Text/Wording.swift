/// How findings and errors speak.
enum Wording {
    /// A character as text that is safe to print: "'x'", or "U+202E".
    static func name(of scalar: Unicode.Scalar) -> String {
        (0x21...0x7E).contains(scalar.value)
            ? "'\(scalar)'" : "U+" + String(scalar.value, radix: 16, uppercase: true).leftPadded(to: 4)
    }

    /// "a, b or c".
    static func choice(_ words: [String]) -> String {
        guard let last = words.last, words.count > 1 else { return words.first ?? "" }
        return words.dropLast().joined(separator: ", ") + " or " + last
    }

    /// With the article: "an int".
    static func a(_ noun: String) -> String {
        (["a", "e", "i", "o", "u"].contains(noun.first) ? "an " : "a ") + noun
    }
}

extension String {
    fileprivate func leftPadded(to width: Int) -> String {
        String(repeating: "0", count: max(0, width - utf8.count)) + self
    }
}
