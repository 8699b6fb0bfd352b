import Foundation
import TestSupport
import Testing
import Workflows

/// A definition with one mistake. `‸` marks where the finding must point, and is taken out.
struct BadFile: Sendable, CustomStringConvertible {
    let code: Finding.Code
    let source: String
    let line: Int
    let column: Int
    /// Part of the message or help that a reader needs.
    let says: String

    init(_ code: Finding.Code, _ marked: String, says: String = "") {
        self.code = code
        self.says = says
        let before = marked.prefix { $0 != "‸" }
        precondition(before.count < marked.count, "a bad file without a mark: \(marked)")
        source = String(before) + marked.dropFirst(before.count + 1)
        line = before.count(where: \.isNewline) + 1
        let lastLine = before.lastIndex(where: \.isNewline).map { before[before.index(after: $0)...] } ?? before[...]
        column = lastLine.unicodeScalars.count + 1
    }

    /// The steps of a definition that is right otherwise; they stand in its fourth line and below.
    init(_ code: Finding.Code, steps: String, says: String = "") {
        self.init(code, "workflow: test\nversion: 1\nsteps:\n" + steps, says: says)
    }

    /// One value of a step that is right otherwise.
    init(_ code: Finding.Code, step: String, says: String = "") {
        self.init(code, steps: "  - one:\n      do: a.one\n      undo: a.undo-one\n" + step, says: says)
    }

    /// An input schema; it stands in the third line and below.
    init(_ code: Finding.Code, input: String, says: String = "") {
        let steps = "\nsteps: [{ one: { do: a.one, readonly: true } }]\n"
        self.init(code, "workflow: test\nversion: 1\n" + input + steps, says: says)
    }

    /// Keys of the workflow, in the first line and below.
    init(_ code: Finding.Code, top: String, says: String = "") {
        self.init(
            code, top + "\nworkflow: test\nversion: 1\nsteps: [{ one: { do: a.one, readonly: true } }]\n", says: says)
    }

    var description: String { "\(code.rawValue) at \(line):\(column) of \(source.debugDescription.prefix(120))" }
}

/// Errors and warnings alike.
func findings(of source: String) -> [Finding] {
    do throws(WorkflowErrors) {
        return try Workflow.compile(source).warnings
    } catch {
        return error.findings
    }
}

/// A definition around these steps, each line of them indented by two.
func workflow(_ top: String = "", steps: String) throws(WorkflowErrors) -> Workflow {
    try Workflow.compile("workflow: test\nversion: 1\n\(top)\nsteps:\n\(steps)\n")
}

/// Runs `body` and expects it to have taken no more than this much of a processor: wall time would blame
/// whatever else the machine is doing.
func expectWork<R>(
    under limit: Duration, _ comment: @autoclosure () -> Comment = "",
    sourceLocation: SourceLocation = #_sourceLocation,
    _ body: () throws -> R
) rethrows -> R {
    let (result, took) = try measuringWork(body)
    #expect(took < limit, comment(), sourceLocation: sourceLocation)
    return result
}
