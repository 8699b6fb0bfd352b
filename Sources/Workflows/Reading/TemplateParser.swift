internal import Expressions
internal import SagaCore
internal import SagaValues

/// Splits text into literals and expressions.
///
///     text = ( literal | "$${" | "${" expression "}" )*
struct TemplateParser {
    struct Failure: Error {
        let code: Finding.Code
        let position: Position
        let message: String
        let help: String
    }

    private static let pathLimit = 32

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
                parts.append(try hole())
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
        case .formula(let formula): return .formula(formula)
        }
    }

    /// `${…}`
    private mutating func hole() throws(Failure) -> DraftTemplate.Part {
        let position = places[count]
        guard let end = end(from: index + 2) else {
            throw Failure(
                code: .badExpression, position: position, message: "'${' without its closing '}'",
                help: "write ${input.name}; for the characters themselves write $${")
        }
        let text = String(String.UnicodeScalarView(scalars[(index + 2)..<end]))
        count += ReferencePlaces.offsets(in: scalars[index..<end]).count
        index = end + 1
        let place = ExpressionPlace(text, at: position, in: places.source)
        if let name = hyphenatedMember(in: text) {
            throw Failure(
                code: .badExpression, position: position, message: "\(quoted("${\(text)}")) is not a reference",
                help: "write the name in brackets, [\"\(name)\"]; a minus has spaces around it")
        }
        let formula: DraftFormula
        do throws(ExpressionFindings) {
            formula = DraftFormula(expression: try Expression(text), place: place)
        } catch {
            let finding = error.findings[0]
            throw Failure(
                code: Finding.Code(finding.code),
                position: finding.range.offset == 0
                    ? position : place.position(of: finding.range.offset, in: text, places.source),
                message: text.isEmpty ? "nothing stands in '${}'" : "\(quoted("${\(text)}")): \(finding.message)",
                help: finding.help)
        }
        guard let reference = DraftReference(formula) else { return .formula(formula) }
        guard reference.path.count <= TemplateParser.pathLimit else {
            throw Failure(
                code: .limitPassed, position: position,
                message: "a reference of more than \(TemplateParser.pathLimit) parts",
                help: "let the step before give what is needed nearer to the top of its output")
        }
        return .reference(reference)
    }

    /// Where the `}` is that closes what begins at `start`: not one of a map or within text in quotes.
    private func end(from start: Int) -> Int? {
        var depth = 0
        var index = start
        while index < scalars.count {
            switch scalars[index] {
            case "{": depth += 1
            case "}":
                guard depth > 0 else { return index }
                depth -= 1
            case "'", "\"": index = lastOfQuoted(from: index)
            default: break
            }
            index += 1
        }
        return nil
    }

    /// The last scalar of the text that is quoted from here on, as far as there is an end to it.
    private func lastOfQuoted(from start: Int) -> Int {
        let quote = scalars[start]
        let isRaw = start > 0 && (scalars[start - 1] == "r" || scalars[start - 1] == "R")
        let isTriple = scalars[start...].prefix(3).count == 3 && scalars[start...].prefix(3).allSatisfy { $0 == quote }
        var index = start + (isTriple ? 3 : 1)
        while index < scalars.count {
            if scalars[index] == "\\", !isRaw {
                index += 1
            } else if scalars[index] == quote {
                guard isTriple else { return index }
                if scalars[index...].prefix(3).count == 3, scalars[index...].prefix(3).allSatisfy({ $0 == quote }) {
                    return index + 2
                }
            }
            index += 1
        }
        return scalars.count
    }

    /// In nothing but names and dots, the member that is written like the name of a step.
    private func hyphenatedMember(in text: String) -> String? {
        let members = text.split(separator: ".", omittingEmptySubsequences: false).dropFirst()
        guard text.unicodeScalars.allSatisfy({ isWordScalar($0) || $0 == "-" || $0 == "." }) else { return nil }
        return members.first { $0.contains("-") && !$0.hasPrefix("-") && !$0.hasSuffix("-") }.map(String.init)
    }

    private func looking(at text: String) -> Bool {
        scalars[index] == "$" && scalars[index...].starts(with: text.unicodeScalars)
    }

    private func isWordScalar(_ scalar: Unicode.Scalar) -> Bool {
        switch scalar {
        case "a"..."z", "A"..."Z", "0"..."9", "_": true
        default: false
        }
    }
}

extension Finding.Code {
    /// What is wrong with an expression is a finding of ours.
    init(_ code: ExpressionFinding.Code) {
        self =
            switch code {
            case .tooLong, .tooDeep, .tooManyParts: .limitPassed
            case .syntax, .badText, .badNumber: .badExpression
            case .notSupported: .notSupported
            case .unknownFunction: .unknownFunction
            case .wrongArguments: .wrongArguments
            case .badPattern: .badPattern
            case .unknownName: .unknownName
            case .wrongType: .wrongType
            case .unknownMember: .unknownMember
            case .perhapsMissing: .valueMayBeMissing
            }
    }
}
