public import SagaValues

extension Saga {
    /// The state that a history leads to; equal to the stored one, or the database has been tampered with.
    ///
    /// - Throws: ``HistoryError`` if a row is missing, unreadable, or records an event that the machine
    ///   would have ignored.
    public init(folding history: [HistoryEntry], id: UUID, course: Course) throws(HistoryError) {
        guard let first = history.first else { throw HistoryError(revision: 0, message: "is missing") }
        self.init(id: id, plan: course.first, at: first.at)
        for entry in history {
            _ = try apply(entry, plan: course.plan(at: entry.revision))
        }
    }

    /// The same, of a saga that has never moved.
    public init(folding history: [HistoryEntry], id: UUID, plan: Plan) throws(HistoryError) {
        try self.init(folding: history, id: id, course: Course(plan))
    }

    /// Applies the next row of the history and gives the effects it had.
    ///
    /// - Parameter plan: that of the row, see ``Course/plan(at:)``.
    @discardableResult
    public mutating func apply(_ entry: HistoryEntry, plan: Plan) throws(HistoryError) -> [SagaEffect] {
        guard entry.revision == revision + 1 else {
            throw HistoryError(revision: entry.revision, message: "follows \(revision): the history has a gap")
        }
        switch handle(try entry.event(plan: plan), at: entry.at, plan: plan) {
        case .applied(let effects): return effects
        case .ignored(let why):
            throw HistoryError(revision: entry.revision, message: "changes nothing (\(why.rawValue))")
        }
    }
}
