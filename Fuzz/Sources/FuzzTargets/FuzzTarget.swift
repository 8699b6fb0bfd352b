/// What takes bytes from outside. Each either reads them or says what is wrong; a trap, a hang, memory without bounds
/// or a broken promise is a find.
package enum FuzzTarget: String, CaseIterable {
    /// A definition: `Workflow.compile`, and what is promised of its findings or its plan.
    case workflow
    /// A definition that compiles: it comes to no bad end, as far as a short exploration sees.
    case proof
    /// The clock of a workflow: the text of `schedule`.
    case schedule
    /// An expression, and behind a NUL the values of its variables.
    case expression
    /// A pattern, and behind a NUL the text to match.
    case pattern
    case json
    /// A test file of a workflow; what is read is played.
    case scenario
    /// A message off the broker: properties and headers a line, an empty line, the body.
    case wire
    /// A stored state, and behind a line feed the events that it goes on with.
    case state

    /// Takes bytes from outside.
    package func take(_ bytes: [UInt8]) {
        switch self {
        case .workflow: WorkflowTarget.take(bytes)
        case .proof: WorkflowTarget.takeProof(bytes)
        case .schedule: WorkflowTarget.takeSchedule(bytes)
        case .expression: ExpressionTarget.take(bytes)
        case .pattern: ExpressionTarget.takePattern(bytes)
        case .json: ValueTarget.take(bytes)
        case .scenario: ScenarioTarget.take(bytes)
        case .wire: WireTarget.take(bytes)
        case .state: StateTarget.take(bytes)
        }
    }

    /// What to do with the words of a broken promise, in place of the trap by which libFuzzer takes note of a find.
    @TaskLocal package static var report: (@Sendable (String) -> Void)?
}

/// A promise that is checked; the message stands in the report.
package func promise(_ holds: Bool, _ message: @autoclosure () -> String) {
    guard !holds else { return }
    guard let report = FuzzTarget.report else { fatalError(message()) }
    report(message())
}

/// What stands before and behind the first of a byte; nothing behind it if there is none.
func halves(of bytes: [UInt8], at separator: UInt8) -> (before: [UInt8], behind: [UInt8]) {
    guard let index = bytes.firstIndex(of: separator) else { return (bytes, []) }
    return (Array(bytes[..<index]), Array(bytes[(index + 1)...]))
}
