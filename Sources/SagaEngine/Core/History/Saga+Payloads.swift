internal import SagaValues

extension Saga {
    /// The revisions whose history rows hold all payloads of a saga in this state: its input's, which is 1, and
    /// those of its steps' outputs and of bodies that a person has changed, in ascending order.
    ///
    /// Read off ``encodedState()`` without a plan, for stores, which know none. Of what is no such state only the input
    /// is told; whoever needs more finds out for himself that it cannot be read.
    public static func payloadRevisions(inEncodedState state: [UInt8]) -> [Int] {
        let steps = (try? JSON(parsing: state)).flatMap {
            StoredSteps.read($0, startedAt: Timestamp(microseconds: 0), limit: Saga.stepLimit)
        }
        return (steps ?? []).payloadRevisions.sorted()
    }

    /// More than any plan has; a state that says so is damaged, and must not be given room.
    private static let stepLimit = 100_000
}

extension Saga {
    /// The revisions whose history rows hold all its payloads.
    public var payloadRevisions: Set<Int> { steps.payloadRevisions }
}

extension [StepState] {
    fileprivate var payloadRevisions: Set<Int> {
        Set(compactMap(\.outputRevision)).union(compactMap(\.bodyRevision)).union([StepKind.firstRow])
    }
}
