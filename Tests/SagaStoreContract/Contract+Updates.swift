import SagaCore
import SagaEngine
import SagaValues
import Testing

extension StoreContract {
    static let updates: [StoreCheck] = [
        StoreCheck("an update rewrites the row and appends to the history") { fixture in
            var author = try await Author(fixture)
            let sample = author.sample()
            try await author.start(sample)
            let due = Timestamp.fromNow(.seconds(30))
            let result = try await author.commit {
                $0.update(sample, from: 1, status: .compensating, timer: due, hasIncident: true)
                $0.timersAdded.append(SagaTimer(saga: sample.id, due: due))
            }
            #expect(result.stale.isEmpty)
            let row = try await author.row(sample)
            #expect(row == .sample(.compensating, 2, timer: due, hasIncident: true, at: row.updatedAt))
            #expect(try await author.history(sample).map(\.revision) == [1, 2])
        },
        StoreCheck(
            "a saga that moves goes by another version from then on, with its incidents, if it is as it was seen"
        ) {
            fixture in
            var author = try await Author(fixture)
            let (sample, stale, other) = (author.sample(), author.sample(), author.sample())
            try await author.start(sample, stale, other)
            let record = try await author.store.deploy(
                workflow: sample.origin.key.workflow, version: 7, digest: "d", source: "s")
            let opening = IncidentOpening(
                saga: sample.id, openedRevision: 2, step: "a", participant: "p", cause: .unknown, error: nil,
                at: .wholeNow)
            try await author.commit {
                $0.update(sample, from: 1, hasIncident: true)
                $0.incidentsOpened.append(opening)
            }
            let result = try await author.commit {
                $0.update(sample, from: 2, hasIncident: true, movedTo: record.id)
                $0.update(stale, from: 3, movedTo: record.id)
                $0.update(other, from: 1)
            }
            #expect(result.stale == [stale.id])
            for (sample, version) in [(sample, 7), (stale, nil), (other, nil)] {
                let summary = try #require(try await author.store.summary(sample.id))
                let expected = version == nil ? sample.origin.workflowID : record.id
                #expect(summary.origin.workflowID == expected)
                #expect(try await author.store.load([sample.id]).first?.origin.workflowID == expected)
                var filter = SagaFilter()
                (filter.workflow, filter.version) = (sample.origin.key.workflow, 7)
                let found = try await author.store.list(filter, after: nil, limit: 10).map(\.id)
                #expect(found.contains(sample.id) == (version != nil))
            }
            var incidents = IncidentFilter()
            (incidents.saga, incidents.state) = (sample.id, nil)
            #expect(try await author.store.incidents(incidents, after: nil, limit: 5).map(\.version) == [7])
        },
        StoreCheck("several events of one saga in one batch are rows without a gap, and are read page by page") {
            fixture in
            var author = try await Author(fixture)
            let (sample, other) = (author.sample(), author.sample())
            try await author.start(sample, other)
            try await author.commit {
                $0.update(sample, from: 1, events: 5)
                $0.update(other, from: 1, events: 3)
            }
            try await author.commit { $0.update(sample, from: 6) }
            #expect(try await author.history(sample).map(\.revision) == Array(1...7))
            #expect(try await author.history(other).map(\.revision) == Array(1...4))
            let page = try await author.store.history(sample.id, after: 2, limit: 3)
            #expect(page.map(\.revision) == [3, 4, 5])
            #expect(try await author.store.history(sample.id, after: 7, limit: 3).isEmpty)
            #expect(try await author.store.history(UUID.v7(), after: 0, limit: 3).isEmpty)
        },
        StoreCheck("a history entry comes back with every field as it was written") { fixture in
            var author = try await Author(fixture)
            let sample = author.sample()
            try await author.start(sample)
            let time = Timestamp.wholeNow
            let full = HistoryEntry(
                revision: 2, at: time, kind: .rejected, step: "charge", direction: .undo, attempt: 3,
                data: Array(#"{"code":"no"}"#.utf8))
            let bare = HistoryEntry(revision: 3, at: time + .microseconds(1), kind: .locksGranted)
            try await author.commit { batch in
                batch.update(sample, from: 1, events: 2)
                batch.history = [HistoryRow(saga: sample.id, entry: full), HistoryRow(saga: sample.id, entry: bare)]
            }
            #expect(try await author.history(sample).dropFirst() == [full, bare])
        },
        StoreCheck("an attempt number beyond all reason, which a participant may send, does no harm") { fixture in
            var author = try await Author(fixture)
            let sample = author.sample()
            try await author.start(sample)
            let entry = HistoryEntry(
                revision: 2, at: .wholeNow, kind: .retry, step: "s", direction: .do, attempt: .max, data: [])
            try await author.commit { batch in
                batch.update(sample, from: 1)
                batch.history = [HistoryRow(saga: sample.id, entry: entry)]
            }
            #expect(try await author.history(sample).last?.attempt ?? 0 >= Int(Int32.max))
        },
        StoreCheck("an update may keep the revision, and then has no history: a timer was moved") { fixture in
            var author = try await Author(fixture)
            let sample = author.sample()
            let (early, late) = (Timestamp.fromNow(.seconds(-2)), Timestamp.fromNow(.seconds(60)))
            try await author.start(sample, timer: early)
            let result = try await author.commit {
                $0.update(sample, from: 1, events: 0, timer: late)
                $0.timersRemoved.append(SagaTimer(saga: sample.id, due: early))
                $0.timersAdded.append(SagaTimer(saga: sample.id, due: late))
            }
            #expect(result.stale.isEmpty)
            #expect(try await author.row(sample).timerAt == late)
            #expect(try await author.row(sample).revision == 1)
            #expect(try await author.history(sample).count == 1)
            #expect(try await author.store.dueTimers(limit: 10).isEmpty)
        },
        StoreCheck("a batch whose history has a gap, a stray row or a row too many is refused whole") { fixture in
            var author = try await Author(fixture)
            let (sample, other) = (author.sample(), author.sample())
            try await author.start(sample)
            let row = HistoryRow(saga: sample.id, entry: HistoryEntry(revision: 3, at: .wholeNow, kind: .timer))
            let stray = HistoryRow(saga: other.id, entry: HistoryEntry(revision: 1, at: .wholeNow, kind: .timer))
            let flaws: [(inout Batch) -> Void] = [
                { $0.history = [] },
                { $0.history = [row] },
                { $0.history.append(row) },
                { $0.history.append(stray) },
                { $0.update(sample, from: 1) },
                { $0.timersAdded.append(SagaTimer(saga: other.id, due: .wholeNow)) },
                { $0.incidentsOpened.append(.sample(other, 1)) },
            ]
            for flaw in flaws {
                let code = await failure {
                    try await author.commit { batch in
                        batch.update(sample, from: 1)
                        flaw(&batch)
                    }
                }
                #expect(code == .broken)
            }
            #expect(try await author.row(sample).revision == 1)
            #expect(try await author.history(sample).count == 1)
        },
        StoreCheck("of two nodes that update one saga at once, one does, and the history has no gap") { fixture in
            var one = try await Author(fixture)
            let other = try await Author(fixture)
            let sample = one.sample()
            try await one.start(sample)
            for round in 1...30 {
                let outcomes = await Race.run(
                    one, { $0.update(sample, from: round) }, other, { $0.update(sample, from: round) })
                #expect(outcomes.contains(.committed(stale: [])))
                #expect(outcomes.contains(.committed(stale: [sample.id])))
            }
            #expect(try await one.history(sample).map(\.revision) == Array(1...31))
            #expect(try await one.row(sample).revision == 31)
        },
        StoreCheck("two nodes that update many sagas at once in opposite orders do not block each other") { fixture in
            var one = try await Author(fixture)
            let other = try await Author(fixture)
            let samples = (0..<100).map { _ in one.sample() }
            try await one.start(samples)
            for round in 1...10 {
                let outcomes = await Race.run(
                    one, { batch in for sample in samples { batch.update(sample, from: round) } },
                    other, { batch in for sample in samples.reversed() { batch.update(sample, from: round) } })
                #expect(outcomes.contains(.committed(stale: [])))
                #expect(outcomes.contains(.committed(stale: Set(samples.map(\.id)))))
            }
            for sample in samples { #expect(try await one.history(sample).count == 11) }
        },
    ]
}
