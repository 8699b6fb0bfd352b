/// What stands in `${…}`: a documented subset of CEL (Common Expression Language) that has been read.
///
/// It always ends, has no access to anything but the values it is given, and is bounded in text, depth, work and
/// result. What it means is in `docs/EXPRESSIONS.md`.
///
/// A hyphen directly between characters of a root name belongs to the name, since steps are named like
/// `create-order`: `create-order.orderId` is one reference, `a - b` a subtraction. Behind a dot a hyphen is a minus.
public struct Expression: Sendable {
    /// As it was written.
    public let text: String
    /// The names that it takes values from, each once, in the order of the text. Variables of macros are not among
    /// them.
    public let variables: [String]
    let root: Node

    /// Reads an expression.
    ///
    /// - Throws: what is wrong with it, at least one finding.
    public init(_ text: String, limits: ExpressionLimits = .default) throws(ExpressionFindings) {
        guard text.utf8.count <= limits.bytes else {
            let finding = ExpressionFinding(
                .tooLong, TextRange(offset: 0, length: text.utf8.count),
                "the expression has more than \(limits.bytes) bytes", help: "let a step reckon it")
            throw ExpressionFindings(findings: [finding])
        }
        var gathered: [ExpressionFinding] = []
        do throws(ExpressionFinding) {
            var lexer = Lexer(text)
            var parser = Parser(try lexer.tokens(), limits: limits)
            // An inner call is read before the one around it.
            defer { gathered = parser.findings.sorted { $0.range.offset < $1.range.offset } }
            root = try parser.whole()
            variables = parser.variables
        } catch {
            throw ExpressionFindings(findings: gathered + [error])
        }
        guard gathered.isEmpty else { throw ExpressionFindings(findings: gathered) }
        self.text = text
    }
}

/// One text is one expression: they are told apart by their bytes.
extension Expression: Hashable {
    public static func == (left: Expression, right: Expression) -> Bool {
        left.text.utf8.elementsEqual(right.text.utf8)
    }

    public func hash(into hasher: inout Hasher) {
        for byte in text.utf8 { hasher.combine(byte) }
        hasher.combine(text.utf8.count)
    }
}

/// The expression written in one way, whatever the way it was written in: with the fewest brackets.
extension Expression: CustomStringConvertible {
    public var description: String {
        Printer(variables: variables).text(of: root)
    }
}
