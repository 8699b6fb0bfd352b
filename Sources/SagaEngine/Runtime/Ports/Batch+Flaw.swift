internal import SagaCore
internal import SagaValues

extension Batch {
    /// What is wrong with it, or nil. Such a batch is a bug of whoever made it: no store takes it.
    ///
    /// Checked before anything is written, since a row too many or too few in a history shows only when
    /// somebody folds it, and then it is too late.
    public var flaw: String? {
        var spans: [UUID: (next: Int, last: Int)] = [:]
        spans.reserveCapacity(starts.count + updates.count)
        for start in starts {
            guard spans.updateValue((1, start.row.revision), forKey: start.id) == nil else { return twice(start.id) }
            if let flaw = start.row.flaw { return "saga \(start.id): \(flaw)" }
        }
        for update in updates {
            let span = (update.expectedRevision + 1, update.row.revision)
            guard spans.updateValue(span, forKey: update.id) == nil else { return twice(update.id) }
            guard update.expectedRevision >= 1, update.row.revision >= update.expectedRevision else {
                return "saga \(update.id): revision \(update.row.revision) follows \(update.expectedRevision)"
            }
            if let flaw = update.row.flaw { return "saga \(update.id): \(flaw)" }
        }
        for row in history {
            guard let index = spans.index(forKey: row.saga) else { return stray(row.saga, "history") }
            guard row.entry.revision == spans.values[index].next, row.entry.revision <= spans.values[index].last else {
                return "saga \(row.saga): history row \(row.entry.revision) is out of turn"
            }
            spans.values[index].next += 1
        }
        for (id, span) in spans where span.next != span.last + 1 {
            return "saga \(id): history row \(span.next) is missing"
        }
        let added = Set(timersAdded)
        for start in starts {
            guard let due = start.row.timerAt, !added.contains(SagaTimer(saga: start.id, due: due)) else { continue }
            return "saga \(start.id) names a timer that is not added"
        }
        for timer in added where spans[timer.saga] == nil { return stray(timer.saga, "a timer") }
        for incident in incidentsOpened where spans[incident.saga] == nil { return stray(incident.saga, "an incident") }
        for incident in incidentsResolved where spans[incident.saga] == nil {
            return stray(incident.saga, "an incident's resolution")
        }
        for wait in waitsEnded where spans[wait.saga] == nil { return stray(wait.saga, "the end of a wait") }
        for record in audit where !updates.contains(where: { $0.id == record.saga }) {
            return "the audit has a line about a saga that is not updated"
        }
        if starts.isEmpty, !startAudit.isEmpty { return "the audit tells of a start, and nothing is started" }
        for outcome in jobItems where outcome.kind != .done || !updates.contains(where: { $0.id == outcome.saga }) {
            return "a job's item is told of a saga that is not updated"
        }
        guard Set(jobItems.map(\.item)).count == jobItems.count else { return "a job's item has two outcomes" }
        return nil
    }

    private func twice(_ id: UUID) -> String { "saga \(id) is written twice" }

    private func stray(_ id: UUID, _ what: String) -> String { "saga \(id) has \(what) but is not written" }
}

extension SagaRow {
    fileprivate var flaw: String? {
        (endedAt != nil) == status.isTerminal ? nil : "\(status.rawValue), and the time of its end do not go together"
    }
}
