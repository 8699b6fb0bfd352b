public import SagaCore
internal import SagaValues

/// An exported saga, played again on the machine.
public struct SagaReplay: Sendable {
    public let plan: Plan
    /// What the history leads to.
    public let saga: Saga
    /// What each row of it led to.
    public let story: [Narrative]
    /// What is stored and the history does not lead to; empty if they agree, or if only a part was played.
    public let differences: [String]

    /// Folds a record's history with the machine, and compares what it comes to with what was stored.
    ///
    /// - Parameters:
    ///   - source: the definition, if it does not stand in the record.
    ///   - revision: the last row to play; all of them if left out.
    public init(
        _ record: SagaRecord, source: String? = nil, upTo revision: Int? = nil
    ) throws(SagaRecord.Flaw) {
        guard let text = record.source ?? source else { throw SagaRecord.Flaw("its workflow is not in it") }
        let workflow: Workflow
        do {
            workflow = try Workflow.compile(text, file: "\(record.workflow) version \(record.version)")
        } catch {
            throw SagaRecord.Flaw("its workflow cannot be compiled by this program:\n\(error)")
        }
        guard workflow.digest == record.digest else {
            throw SagaRecord.Flaw("the workflow in it is not the one that the saga ran: the digests differ")
        }
        guard let plan = workflow.plan(ofBody: record.body) else {
            throw SagaRecord.Flaw("its workflow has not the part that the saga ran")
        }
        let rows = revision.map { last in record.history.filter { $0.revision <= last } } ?? record.history
        guard let first = rows.first else { throw SagaRecord.Flaw("there is no row of its history to play") }
        var saga = Saga(id: record.id, plan: plan, at: first.at)
        var story: [Narrative] = []
        do throws(HistoryError) {
            for row in rows { story.append(try Narrative.tell(row, of: &saga, plan: plan)) }
        } catch {
            throw SagaRecord.Flaw("its history cannot be played: \(error)")
        }
        (self.plan, self.saga, self.story) = (plan, saga, story)
        differences = revision == nil ? Self.differences(record, saga) : []
    }

    private static func differences(_ record: SagaRecord, _ saga: Saga) -> [String] {
        var found: [String] = []
        if saga.revision != record.revision {
            found.append("it is stored at revision \(record.revision), and its history ends at \(saga.revision)")
        }
        if saga.status != record.status {
            found.append("it is stored as \(record.status.rawValue), and its history ends as \(saga.status.rawValue)")
        }
        if saga.encodedState() != record.state {
            let folded = String(decoding: saga.encodedState(), as: UTF8.self)
            found.append(
                "stored is \(String(decoding: record.state, as: UTF8.self)), and the history leads to \(folded)")
        }
        return found
    }
}
