public import SagaValues

/// Something wrong, or doubtful, in a workflow definition: what, where, and the way out.
///
/// Everything that a finding quotes from the file is cut short and has its control characters
/// escaped, so it is safe to print on a terminal.
public struct Finding: Sendable, Hashable, CustomStringConvertible {
    public let code: Code
    /// As it was given to ``Workflow/compile(_:file:knowsTimeZone:)``.
    public let file: String
    /// From 1.
    public let line: Int
    /// From 1, counted in Unicode scalars.
    public let column: Int
    public let message: String
    /// What to do about it.
    public let help: String
    /// The line of the file that it is about.
    public let excerpt: Excerpt

    public var severity: Severity { code.severity }

    /// A line of the file, cut to what is worth showing, and where in it a caret belongs.
    public struct Excerpt: Sendable, Hashable {
        public let text: String
        /// How many terminal cells stand before the caret.
        public let indent: Int
    }

    /// `file:line:column: error: message [SAGA-0101]`, the line with a caret under the place, and the help.
    public var description: String {
        let gutter = "\(line)"
        let blank = String(repeating: " ", count: gutter.count)
        let caret = String(repeating: " ", count: excerpt.indent) + "^"
        return """
            \(printable(file)):\(line):\(column): \(severity.rawValue): \(message) [\(code.rawValue)]
              \(gutter) | \(excerpt.text)
              \(blank) | \(caret)
              help: \(help)
            """
    }

    /// For programs: `code`, `severity`, `file`, `line`, `column`, `message`, `help`.
    public var json: JSON {
        [
            "code": .string(code.rawValue), "severity": .string(severity.rawValue), "file": .string(file),
            "line": JSON(line), "column": JSON(column), "message": .string(message), "help": .string(help),
        ]
    }
}
