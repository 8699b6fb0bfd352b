/// Gathers the findings of one file, so that a person mends them all in one go.
package struct FindingList {
    static let limit = 50

    let file: String
    package let source: SourceText
    private var errors: [Finding] = []
    private var warnings: [Finding] = []
    private(set) var omitted = 0
    private var omittedErrors = 0

    package init(file: String, source: SourceText) {
        self.file = file
        self.source = source
    }

    package var hasErrors: Bool { !errors.isEmpty }

    /// Whether another error would be shown. What is not shown need not be thought about for long.
    package var hasRoom: Bool { errors.count < FindingList.limit }

    /// The word that was probably meant; nobody looks for it when the finding will not be shown.
    package func meant<Words: Sequence<String>>(
        by word: String, among known: @autoclosure () -> Words
    ) -> String? {
        hasRoom ? suggestion(for: word, among: known()) : nil
    }

    /// Those left out are counted.
    var errorCount: Int { errors.count + omittedErrors }

    /// In the order of the text.
    package var all: [Finding] {
        (errors + warnings).sorted { ($0.line, $0.column) < ($1.line, $1.column) }
    }

    package mutating func add(_ code: Finding.Code, at position: Position, _ message: String, help: String) {
        let count = code.severity == .error ? errors.count : warnings.count
        guard count < FindingList.limit else {
            omitted += 1
            if code.severity == .error { omittedErrors += 1 }
            return
        }
        let finding = Finding(
            code: code, file: file, line: position.line, column: position.column,
            message: message, help: help, excerpt: source.excerpt(at: position))
        switch code.severity {
        case .error: errors.append(finding)
        case .warning: warnings.append(finding)
        }
    }

    func contains(_ code: Finding.Code, at position: Position) -> Bool {
        (code.severity == .error ? errors : warnings).contains {
            $0.code == code && $0.line == position.line && $0.column == position.column
        }
    }

    package var failure: WorkflowErrors {
        WorkflowErrors(findings: all, omitted: omitted)
    }
}
