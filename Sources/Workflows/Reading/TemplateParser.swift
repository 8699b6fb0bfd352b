internal import SagaCore
internal import SagaValues

/// Splits text into literals and references.
///
///     text      = ( literal | "$${" | "${" reference "}" )*
///     reference = root ( "." member | "[" index "]" | "[" quoted name "]" )*
struct TemplateParser {
    struct Failure: Error {
        let code: Finding.Code
        let position: Position
        let message: String
        let help: String
    }

    private static let pathLimit = 32
    private static let indexLimit = 6

    private let scalars: [Unicode.Scalar]
    private let places: ReferencePlaces
    private var index = 0
    /// How many `${` have been passed.
    private var count = 0

    init(_ text: String, places: ReferencePlaces) {
        scalars = Array(text.unicodeScalars)
        self.places = places
    }

    mutating func parse() throws(Failure) -> DraftTemplate {
        var parts: [DraftTemplate.Part] = []
        var literal = String.UnicodeScalarView()
        while index < scalars.count {
            if looking(at: "$${") {
                literal.append(contentsOf: "${".unicodeScalars)
                index += 3
                count += 1
            } else if looking(at: "${") {
                if !literal.isEmpty { parts.append(.literal(String(literal))) }
                literal = String.UnicodeScalarView()
                parts.append(.reference(try reference()))
                count += 1
            } else {
                literal.append(scalars[index])
                index += 1
            }
        }
        if !literal.isEmpty { parts.append(.literal(String(literal))) }
        guard parts.count == 1 else { return .text(parts) }
        switch parts[0] {
        case .literal(let text): return .literal(.string(text))
        case .reference(let reference): return .reference(reference)
        }
    }

    private mutating func reference() throws(Failure) -> DraftReference {
        let start = index + 2
        index = start
        skipSpaces()
        guard let root = word(hyphens: true) else { throw failure(from: start) }
        var path: [Reference.Component] = []
        while let next = peek, next == "." || next == "[" {
            index += 1
            if next == "." {
                guard let name = word(hyphens: false) else { throw failure(from: start) }
                path.append(.member(name))
            } else if let component = element() {
                path.append(component)
            } else {
                throw failure(from: start)
            }
        }
        skipSpaces()
        guard peek == "}" else { throw failure(from: start) }
        index += 1
        guard path.count <= TemplateParser.pathLimit else {
            throw Failure(
                code: .limitPassed, position: places[count],
                message: "a reference of more than \(TemplateParser.pathLimit) parts",
                help: "let the step before give what is needed nearer to the top of its output")
        }
        return DraftReference(root: root, path: path, position: places[count])
    }

    /// `[A-Za-z_][A-Za-z0-9_]*`, in the names of steps with hyphens too.
    private mutating func word(hyphens: Bool) -> String? {
        let start = index
        while let next = peek, isWordScalar(next) || (hyphens && next == "-") { index += 1 }
        guard start < index, !isDigit(scalars[start]), scalars[start] != "-" else { return nil }
        return text(start..<index)
    }

    /// What stands between brackets, up to and with the closing one.
    private mutating func element() -> Reference.Component? {
        if let quote = peek, quote == "\"" || quote == "'" {
            let start = index + 1
            guard let end = scalars[start...].firstIndex(of: quote), end > start else { return nil }
            index = end + 1
            guard peek == "]" else { return nil }
            index += 1
            return .member(text(start..<end))
        }
        let start = index
        while let next = peek, isDigit(next) { index += 1 }
        let digits = text(start..<index)
        guard digits == "0" || !digits.hasPrefix("0"), digits.count <= TemplateParser.indexLimit, peek == "]",
            let value = Int(digits)
        else { return nil }
        index += 1
        return .element(value)
    }

    // MARK: Failures

    /// Why what begins at `start` is no reference.
    private func failure(from start: Int) -> Failure {
        let rest = scalars[start...]
        guard let end = rest.firstIndex(of: "}") else {
            return Failure(
                code: .badReference, position: places[count], message: "a reference without its closing '}'",
                help: "write ${input.name}; for the characters themselves write $${")
        }
        let inner = text(start..<end)
        let shown = quoted("${\(inner)}")
        if isExpression(scalars[start..<end]) {
            return Failure(
                code: .notSupported, position: places[count],
                message: "\(shown) is an expression, which is not supported by this version",
                help: "use a bare reference, such as ${input.price} or ${create-order.items[0]}, "
                    + "and let a participant work out the rest")
        }
        let help =
            if let name = hyphenatedMember(in: inner) {
                "write the name in brackets: [\"\(name)\"]"
            } else {
                "write ${input.name}, ${step-name.member}, ${step-name.list[0]} or ${step-name[\"any name\"]}"
            }
        return Failure(
            code: .badReference, position: places[count], message: "\(shown) is not a reference", help: help)
    }

    /// Operators, calls, literals: what the expressions of a later version will have.
    private func isExpression(_ inner: ArraySlice<Unicode.Scalar>) -> Bool {
        let trimmed = inner.drop { $0 == " " }
        if let first = trimmed.first, isDigit(first) || first == "\"" || first == "'" { return true }
        return inner.contains { "+*/%=!<>&|?:()".unicodeScalars.contains($0) }
    }

    private func hyphenatedMember(in inner: String) -> String? {
        let members = inner.split(separator: ".").dropFirst()
        return members.first { $0.contains("-") && $0.unicodeScalars.allSatisfy { isWordScalar($0) || $0 == "-" } }
            .map(String.init)
    }

    // MARK: Scalars

    private var peek: Unicode.Scalar? { index < scalars.count ? scalars[index] : nil }

    private mutating func skipSpaces() {
        while peek == " " { index += 1 }
    }

    private func looking(at text: String) -> Bool {
        scalars[index] == "$" && scalars[index...].starts(with: text.unicodeScalars)
    }

    private func text(_ range: Range<Int>) -> String {
        String(String.UnicodeScalarView(scalars[range]))
    }

    private func isDigit(_ scalar: Unicode.Scalar) -> Bool { ("0"..."9").contains(scalar) }

    private func isWordScalar(_ scalar: Unicode.Scalar) -> Bool {
        switch scalar {
        case "a"..."z", "A"..."Z", "0"..."9", "_": true
        default: false
        }
    }
}
