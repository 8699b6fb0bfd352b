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
        findings.map { $0.description + "\n" }.joined() + WorkflowErrors.summary(of: findings, omitted: omitted)
    }

    /// `2 errors, 1 warning, and 3 more not shown`
    public static func summary(of findings: [Finding], omitted: Int) -> String {
        let errors = findings.count { $0.severity == .error }
        let warnings = findings.count - errors
        var parts: [String] = []
        if errors > 0 { parts.append(errors == 1 ? "1 error" : "\(errors) errors") }
        if warnings > 0 { parts.append(warnings == 1 ? "1 warning" : "\(warnings) warnings") }
        if omitted > 0 { parts.append("and \(omitted) more not shown") }
        return parts.joined(separator: ", ")
    }
}
