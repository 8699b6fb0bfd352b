internal import SagaValues

/// Values are read by their text and by what is expected, never by YAML's own guess: `1:30` is not 90,
/// `012` is not 10, and `yes` is nothing at all.
extension DefinitionReader {
    /// The scalar of an entry; reports lists, maps, and nothing at all.
    private mutating func scalar(_ entry: YAMLEntry, _ expected: String, help: String) -> YAMLScalar? {
        switch entry.value.content {
        case .scalar(let scalar) where !scalar.isEmpty:
            return scalar
        case .broken:
            return nil
        case .scalar, .list, .map:
            report(
                .wrongValue, entry.position, "'\(entry.key)' must be \(expected), but here is \(entry.value.kind)",
                help: help)
            return nil
        }
    }

    package mutating func boolean(_ entry: YAMLEntry?) -> Located<Bool>? {
        let help = "write true or false, without quotes"
        guard let entry, let scalar = scalar(entry, "true or false", help: help) else { return nil }
        switch (scalar.style, scalar.text) {
        case (.plain, "true"): return Located(true, at: entry.position)
        case (.plain, "false"): return Located(false, at: entry.position)
        default:
            report(
                .wrongValue, entry.position, "'\(entry.key)' must be true or false, but here is \(quoted(scalar.text))",
                help: help)
            return nil
        }
    }

    package mutating func wholeNumber(_ entry: YAMLEntry?, in range: ClosedRange<Int>) -> Located<Int>? {
        let help = "write a whole number without quotes, such as \(range.lowerBound)"
        guard let entry, let scalar = scalar(entry, "a whole number", help: help) else { return nil }
        let digits = scalar.text.hasPrefix("-") ? scalar.text.dropFirst() : scalar.text[...]
        let isDecimal = !digits.isEmpty && digits.utf8.allSatisfy { (48...57).contains($0) }
        guard scalar.style == .plain, isDecimal, digits == "0" || !digits.hasPrefix("0") else {
            report(
                .wrongValue, entry.position,
                "'\(entry.key)' must be a whole number, but here is \(quoted(scalar.text))",
                help: help)
            return nil
        }
        guard let value = Int(scalar.text), range.contains(value) else {
            report(
                .outOfRange, entry.position, "'\(entry.key)' is \(quoted(scalar.text, limit: 20))",
                help: "choose from \(range.lowerBound) to \(range.upperBound)")
            return nil
        }
        return Located(value, at: entry.position)
    }

    /// A decimal of at most three places, in thousandths.
    mutating func thousandths(_ entry: YAMLEntry?, in range: ClosedRange<Int>) -> Located<Int>? {
        let help = "write a decimal of at most three places without quotes, such as 1.5"
        guard let entry, let scalar = scalar(entry, "a decimal", help: help) else { return nil }
        let parts = scalar.text.split(separator: ".", omittingEmptySubsequences: false)
        let isDecimal = parts.allSatisfy { !$0.isEmpty && $0.utf8.allSatisfy { (48...57).contains($0) } }
        let leadingZero = parts[0].count > 1 && parts[0].hasPrefix("0")
        guard scalar.style == .plain, isDecimal, !leadingZero, parts.count <= 2, parts.count == 1 || parts[1].count <= 3
        else {
            report(
                .wrongValue, entry.position, "'\(entry.key)' must be a decimal, but here is \(quoted(scalar.text))",
                help: help)
            return nil
        }
        let places = parts.count == 2 ? parts[1] : ""
        let padded = places + String(repeating: "0", count: 3 - places.count)
        guard parts[0].count <= 6, let value = Int(parts[0] + padded), range.contains(value) else {
            report(
                .outOfRange, entry.position, "'\(entry.key)' is \(quoted(scalar.text, limit: 20))",
                help: "choose from \(range.lowerBound / 1000) to \(range.upperBound / 1000)")
            return nil
        }
        return Located(value, at: entry.position)
    }

    package mutating func duration(_ entry: YAMLEntry?, in range: ClosedRange<Duration>) -> Located<Duration>? {
        let help = "write a number with a unit, such as 500ms, 30s, 5m, 24h, 3d or 1m30s"
        guard let entry, let scalar = scalar(entry, "a duration", help: help) else { return nil }
        guard let value = Duration(sagaText: scalar.text) else {
            report(
                .wrongValue, entry.position, "'\(entry.key)' must be a duration, but here is \(quoted(scalar.text))",
                help: help)
            return nil
        }
        guard range.contains(value) else {
            report(
                .outOfRange, entry.position, "'\(entry.key)' is \(quoted(scalar.text, limit: 20))",
                help: "choose from \(range.lowerBound.sagaText) to \(range.upperBound.sagaText)")
            return nil
        }
        return Located(value, at: entry.position)
    }

    /// One of a few words.
    package mutating func choice<Value>(_ entry: YAMLEntry?, _ choices: [(String, Value)]) -> Located<Value>? {
        let words = choices.map(\.0)
        let expected = words.count > 2 ? "one of \(listed(words))" : listed(words)
        guard let entry, let scalar = scalar(entry, expected, help: "write \(listed(words))") else { return nil }
        if let match = choices.first(where: { $0.0 == scalar.text }) { return Located(match.1, at: entry.position) }
        let meant = findings.meant(by: scalar.text, among: words)
        report(
            .wrongValue, entry.position, "'\(entry.key)' must be \(expected), but here is \(quoted(scalar.text))",
            help: meant.map { "did you mean '\($0)'?" } ?? "write \(listed(words))")
        return nil
    }

    /// Words for people: one line of at most 200 characters.
    package mutating func title(_ entry: YAMLEntry?) -> String? {
        let help = "write a line of at most 200 characters"
        guard let entry, let scalar = scalar(entry, "text", help: help) else { return nil }
        guard scalar.text.unicodeScalars.count <= 200 else {
            report(.outOfRange, entry.position, "'\(entry.key)' is longer than 200 characters", help: help)
            return nil
        }
        guard scalar.text.unicodeScalars.allSatisfy(isSafeToPrint), scalar.text.contains(where: { $0 != " " }) else {
            report(
                .wrongValue, entry.position,
                "'\(entry.key)' must be a line of text, but here is \(quoted(scalar.text))",
                help: help)
            return nil
        }
        return scalar.text
    }

    /// An action at a participant: `billing.create-order`.
    mutating func action(_ entry: YAMLEntry?) -> Located<String>? {
        let help = "write the participant, a dot and what it does, such as billing.create-order"
        guard let entry, let scalar = scalar(entry, "an action", help: help) else { return nil }
        guard Naming.isAction(scalar.text) else {
            report(
                .wrongValue, entry.position, "'\(entry.key)' must be an action, but here is \(quoted(scalar.text))",
                help: help)
            return nil
        }
        return Located(scalar.text, at: entry.position)
    }
}
