public import SagaCore
internal import SagaValues

/// An exported saga, played again on the machine.
public struct SagaReplay: Sendable {
    public let course: Course
    /// What the history leads to.
    public let saga: Saga
    /// What each row of it led to.
    public let story: [Narrative]
    /// What is stored and the history does not lead to; empty if they agree, or if only a part was played.
    public let differences: [String]

    /// Folds a record's history with the machine, and compares what it comes to with what was stored.
    ///
    /// - Parameters:
    ///   - source: gives definitions that do not stand in the record, by their digest.
    ///   - revision: the last row to play; all of them if left out.
    public init(
        _ record: SagaRecord, source: (String) -> String? = { _ in nil }, upTo revision: Int? = nil
    ) throws(SagaRecord.Flaw) {
        let course = try Self.course(of: record, source)
        let rows = revision.map { last in record.history.filter { $0.revision <= last } } ?? record.history
        guard let first = rows.first else { throw SagaRecord.Flaw("there is no row of its history to play") }
        var saga = Saga(id: record.id, plan: course.first, at: first.at)
        var story: [Narrative] = []
        do throws(HistoryError) {
            for row in rows { story.append(try Narrative.tell(row, of: &saga, plan: course.plan(at: row.revision))) }
        } catch {
            throw SagaRecord.Flaw("its history cannot be played: \(error)")
        }
        (self.course, self.saga, self.story) = (course, saga, story)
        differences = revision == nil ? Self.differences(record, saga) : []
    }

    /// The plan by which it went at the end of what was played.
    public var plan: Plan { course.plan(at: saga.revision) }

    private static func course(
        of record: SagaRecord, _ source: (String) -> String?
    ) throws(SagaRecord.Flaw) -> Course {
        var former: [Int: Plan] = [:]
        for (_, definition) in record.formerWorkflows {
            former[definition.version] = try plan(definition, record.body, source)
        }
        let left = record.formerWorkflows.map {
            Saga.Leaving(revision: $0.revision, version: $0.definition.version)
        }
        guard let course = Course(left, to: try plan(record.workflow, record.body, source), version: { former[$0] })
        else { throw SagaRecord.Flaw("a version that it has left is not in it") }
        return course
    }

    private static func plan(
        _ definition: SagaRecord.Definition, _ body: String?, _ source: (String) -> String?
    ) throws(SagaRecord.Flaw) -> Plan {
        let workflow = try definition.compiled(source)
        guard let plan = workflow.plan(ofBody: body) else {
            throw SagaRecord.Flaw("its workflow has not the part that the saga ran")
        }
        return plan
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
