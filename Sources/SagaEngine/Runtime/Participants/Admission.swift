internal import SagaCore
internal import SagaValues

/// What one batch may send, as the gates stood when it was begun. A batch that is made again begins anew; what has become
/// of it is told to the gates once it is committed.
struct Admission: Sendable {
    /// Of the participants that do not get all that is meant for them.
    private var allowances: [String: Entry]
    let now: Timestamp

    struct Entry: Sendable {
        var allowance: ParticipantGate.Allowance
        /// Others wait: what is new goes behind them.
        let hasLine: Bool
        let until: @Sendable (CommandPlace) -> Timestamp
    }

    init(_ allowances: [String: Entry] = [:], at now: Timestamp) {
        self.allowances = allowances
        self.now = now
    }

    var isOpenToAll: Bool { allowances.isEmpty }

    /// Nil if a command may go, which is counted.
    ///
    /// - Parameter isReturning: whether it was held back before, and its turn may have come.
    mutating func ask(_ participant: String, _ place: CommandPlace, isReturning: Bool) -> HeldBack? {
        guard let entry = allowances[participant] else { return nil }
        if entry.allowance.left > 0, isReturning || !entry.hasLine {
            allowances[participant]?.allowance.left -= 1
            return nil
        }
        return HeldBack(entry.allowance.cause, until: entry.until(place))
    }
}
