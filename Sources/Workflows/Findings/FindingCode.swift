extension Finding {
    /// What kind of mistake a finding is. Each has a page `docs/errors/SAGA-01nn.md`; numbers are never reused.
    public enum Code: String, Sendable, Hashable, CaseIterable {
        // The file.
        case limitPassed = "SAGA-0101"
        case notReadable = "SAGA-0102"
        case yamlFeature = "SAGA-0103"
        case duplicateKey = "SAGA-0104"
        case keyNotText = "SAGA-0105"
        // Its shape.
        case unknownKey = "SAGA-0110"
        case missingKey = "SAGA-0111"
        case wrongShape = "SAGA-0112"
        case wrongValue = "SAGA-0113"
        case outOfRange = "SAGA-0114"
        case ambiguousScalar = "SAGA-0115"
        case notSupported = "SAGA-0116"
        case conflictingKeys = "SAGA-0117"
        case keyElsewhere = "SAGA-0118"
        // Names and references.
        case badName = "SAGA-0120"
        case nameUsedTwice = "SAGA-0121"
        case badExpression = "SAGA-0122"
        case unknownName = "SAGA-0123"
        case stepMayNotHaveRun = "SAGA-0124"
        case valueMayBeMissing = "SAGA-0125"
        case inputNotDeclared = "SAGA-0126"
        case referenceNotAllowed = "SAGA-0127"
        case notTextual = "SAGA-0128"
        case insideEach = "SAGA-0129"
        // The rules of a saga.
        case noSteps = "SAGA-0130"
        case noUndo = "SAGA-0131"
        case givesUpAfterPivot = "SAGA-0132"
        case secondPivot = "SAGA-0133"
        case pivotInParallel = "SAGA-0134"
        case contradiction = "SAGA-0135"
        case guessAtPivot = "SAGA-0136"
        case undoElsewhere = "SAGA-0137"
        case neverUsed = "SAGA-0138"
        case pivotUnderCondition = "SAGA-0139"
        case budgetOverDeadline = "SAGA-0140"
        case timeoutOverDeadline = "SAGA-0141"
        case waitOverDeadline = "SAGA-0142"
        case refusalBehindPivot = "SAGA-0143"
        case announcedTooEarly = "SAGA-0144"
        case childPivotTooEarly = "SAGA-0145"
        case itemsPastUndo = "SAGA-0146"
        case neverReached = "SAGA-0147"
        case eventNotFindable = "SAGA-0148"
        // The input schema.
        case schemaNotSupported = "SAGA-0150"
        case badSchema = "SAGA-0151"
        case badPattern = "SAGA-0152"
        case sensitiveShown = "SAGA-0153"
        case sensitiveInChild = "SAGA-0154"
        // Expressions.
        case unknownFunction = "SAGA-0160"
        case wrongArguments = "SAGA-0161"
        case wrongType = "SAGA-0162"
        case unknownMember = "SAGA-0163"
        case wrongResult = "SAGA-0164"
        // Starts by themselves, and workflows together.
        case badSchedule = "SAGA-0170"
        case inputDoesNotFit = "SAGA-0171"
        case childNotThere = "SAGA-0172"
        case childCircle = "SAGA-0173"
        case lockHeldByParent = "SAGA-0174"

        public var severity: Severity {
            switch self {
            case .neverUsed, .budgetOverDeadline, .timeoutOverDeadline, .waitOverDeadline, .refusalBehindPivot,
                .announcedTooEarly, .childNotThere:
                .warning
            default: .error
            }
        }
    }

    public enum Severity: String, Sendable, Hashable {
        /// The definition is refused.
        case error
        /// The definition is taken, but is probably not what was meant.
        case warning
    }
}
