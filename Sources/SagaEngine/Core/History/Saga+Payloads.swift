internal import SagaValues

extension Saga {
    /// The revisions whose history rows hold the payloads that a saga in this state needs: its input's, which is 1, and
    /// those of its steps' outputs, in ascending order.
    ///
    /// Read off ``encodedState()`` without a plan, for stores, which know none. Of what is no such state only the input
    /// is told; whoever needs more finds out for himself that it cannot be read.
    public static func payloadRevisions(inEncodedState state: [UInt8]) -> [Int] {
        var revisions: Set<Int> = [1]
        for step in (try? JSON(parsing: state))?["s"]?.arrayValue ?? [] {
            // Numbers come first, so what stands there is the slot unless the numbers end before it.
            if let revision = step[Slot.outputRevision.rawValue]?.int64Value, revision > 0 {
                revisions.insert(Int(clamping: revision))
            }
        }
        return revisions.sorted()
    }
}
