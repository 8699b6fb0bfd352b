/// Why a definition is refused: every finding of the file in the order of the text, warnings among them.
public struct WorkflowErrors: Error, Sendable, Hashable, CustomStringConvertible {
    /// At least one of them is an error. At most 50 errors and 50 warnings.
    public let findings: [Finding]
    /// How many more there were.
    public let omitted: Int

    public init(findings: [Finding], omitted: Int) {
        self.findings = findings
        self.omitted = omitted
    }

    public var errors: [Finding] { findings.filter { $0.severity == .error } }

    public var description: String {
        let errorCount = errors.count
        let warningCount = findings.count - errorCount
        var summary = "\(errorCount) \(errorCount == 1 ? "error" : "errors")"
        if warningCount > 0 { summary += ", \(warningCount) \(warningCount == 1 ? "warning" : "warnings")" }
        if omitted > 0 { summary += ", and \(omitted) more not shown" }
        return findings.map { $0.description + "\n" }.joined() + summary
    }
}
