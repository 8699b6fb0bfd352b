/// What takes bytes from outside. Each either reads them or says what is wrong; a trap, a hang, memory without bounds
/// or a broken promise is a find.
enum FuzzTarget: String, CaseIterable {
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
    /// A stored state, and behind a line feed the events that it goes on with.
    case state

    /// Called by libFuzzer; traps to report a find.
    func take(_ start: UnsafePointer<UInt8>?, _ count: Int) -> Int32 {
        let bytes = Array(UnsafeBufferPointer(start: start, count: count))
        switch self {
        case .workflow: WorkflowTarget.take(bytes)
        case .proof: WorkflowTarget.takeProof(bytes)
        case .schedule: WorkflowTarget.takeSchedule(bytes)
        case .expression: ExpressionTarget.take(bytes)
        case .pattern: ExpressionTarget.takePattern(bytes)
        case .json: ValueTarget.take(bytes)
        case .state: StateTarget.take(bytes)
        }
        return 0
    }
}

/// A promise that is checked; the message stands in the report.
func promise(_ holds: Bool, _ message: @autoclosure () -> String) {
    if !holds { fatalError(message()) }
}

/// What stands before and behind the first of a byte; nothing behind it if there is none.
func halves(of bytes: [UInt8], at separator: UInt8) -> (before: [UInt8], behind: [UInt8]) {
    guard let index = bytes.firstIndex(of: separator) else { return (bytes, []) }
    return (Array(bytes[..<index]), Array(bytes[(index + 1)...]))
}
