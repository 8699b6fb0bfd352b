import SagaCore
import SagaEngine
import SagaValues
import Testing

extension StoreContract {
    static let starts: [StoreCheck] = [
        StoreCheck("a saga that was started is loaded just as it was written") { fixture in
            var author = try await Author(fixture)
            let sample = author.sample(key: "k", tenant: "acme", locks: ["user:1"], businessKey: "order 7")
            let due = Timestamp.fromNow(.seconds(60))
            try await author.start(sample, timer: due)

            let stored = try await author.loaded(sample)
            #expect(stored.id == sample.id)
            #expect(stored.origin == sample.origin)
            #expect(stored.row == .sample(.running, 1, timer: due, at: sample.origin.startedAt))
            #expect(stored.payloads == [1: sample.input])
            #expect(
                try await author.history(sample) == [
                    HistoryEntry(revision: 1, at: sample.origin.startedAt, kind: .started, data: sample.input)
                ])
        },
        StoreCheck("what is absent at the start stays absent") { fixture in
            var author = try await Author(fixture)
            var sample = author.sample()
            sample = Sample(
                id: sample.id,
                origin: SagaOrigin(
                    workflowID: author.workflow.id, key: sample.origin.key, inputDigest: [], businessKey: nil,
                    trace: nil, startedAt: sample.origin.startedAt),
                locks: [], input: [])
            try await author.start(sample)
            let stored = try await author.loaded(sample)
            #expect(stored.origin == sample.origin)
            #expect(stored.payloads == [1: []])
            #expect(stored.row.timerAt == nil && stored.row.endedAt == nil)
        },
        StoreCheck("sagas that do not exist are not loaded, and one asked for twice is loaded once") { fixture in
            var author = try await Author(fixture)
            let sample = author.sample()
            try await author.start(sample)
            let found = try await author.store.load([sample.id, UUID.v7(), sample.id])
            #expect(found.map(\.id) == [sample.id])
            #expect(try await author.store.load([]).isEmpty)
        },
        StoreCheck("a start is found by its key, with the digest of its input") { fixture in
            var author = try await Author(fixture)
            let (sample, other) = (author.sample(key: "k1"), author.sample(key: "k2"))
            try await author.start(sample, other)
            let unknown = [
                StartKey(tenant: "else", workflow: "buy", idempotencyKey: "k1"),
                StartKey(tenant: "default", workflow: "sell", idempotencyKey: "k1"),
                StartKey(tenant: "default", workflow: "buy", idempotencyKey: "k3"),
            ]
            let lookup = try await author.store.lookUp(starts: unknown + [sample.origin.key], lockKeys: [])
            #expect(
                lookup.existing == [
                    sample.origin.key: .init(saga: sample.id, inputDigest: sample.origin.inputDigest)
                ])
            #expect(try await author.store.lookUp(starts: [], lockKeys: []).existing.isEmpty)
        },
        StoreCheck("keys are told apart by their bytes, not by what they look like") { fixture in
            var author = try await Author(fixture)
            let (one, two) = (author.sample(key: "caf\u{E9}"), author.sample(key: "cafe\u{301}"))
            try await author.start(one)
            let lookup = try await author.store.lookUp(starts: [two.origin.key], lockKeys: [])
            #expect(lookup.existing.isEmpty)
            try await author.start(two)
            let both = try await author.store.lookUp(starts: [one.origin.key, two.origin.key], lockKeys: [])
            #expect(both.existing[one.origin.key]?.saga == one.id)
            #expect(both.existing[two.origin.key]?.saga == two.id)
        },
        StoreCheck("a second start with a key is a conflict, and nothing of its batch is written") { fixture in
            var author = try await Author(fixture)
            let (first, second, bystander, running) = (
                author.sample(key: "k"), author.sample(key: "k"), author.sample(locks: ["l"]), author.sample()
            )
            try await author.start(first, running)
            let due = Timestamp.fromNow(.seconds(-1))
            let code = await failure {
                try await author.commit {
                    $0.update(running, from: 1)
                    $0.start(bystander, timer: due)
                    $0.start(second)
                }
            }
            #expect(code == .startConflict)
            #expect(try await author.store.load([second.id, bystander.id]).isEmpty)
            #expect(try await author.row(running).revision == 1)
            #expect(try await author.history(running).count == 1)
            #expect(try await author.store.dueTimers(limit: 10).isEmpty)
            #expect(try await author.store.lookUp(starts: [], lockKeys: ["l"]).taken.isEmpty)
        },
        StoreCheck("of two nodes that start with one key at once, one does") { fixture in
            let one = try await Author(fixture)
            let other = try await Author(fixture)
            for round in 0..<20 {
                let samples = [one.sample(key: "k\(round)"), other.sample(key: "k\(round)")]
                let outcomes = await Race.run(one, { $0.start(samples[0]) }, other, { $0.start(samples[1]) })
                #expect(outcomes.count { $0.isCommitted } == 1)
                #expect(outcomes.contains(.failed(.startConflict)))
                #expect(try await one.store.load(samples.map(\.id)).count == 1)
            }
        },
        StoreCheck("batches that start many keys in opposite orders do not block each other") { fixture in
            let one = try await Author(fixture)
            let other = try await Author(fixture)
            for round in 0..<5 {
                let keys = (0..<50).map { "r\(round) k\($0)" }
                let mine = keys.map { one.sample(key: $0, locks: ["lock \($0)"]) }
                let its = keys.reversed().map { other.sample(key: $0, locks: ["lock \($0)"]) }
                let outcomes = await Race.run(
                    one, { batch in for sample in mine { batch.start(sample) } },
                    other, { batch in for sample in its { batch.start(sample) } })
                #expect(outcomes.contains(.committed(stale: [])) && outcomes.contains(.failed(.startConflict)))
            }
        },
        StoreCheck("a start that fails and ends at once is written ended, with all its rows") { fixture in
            var author = try await Author(fixture)
            let sample = author.sample()
            let now = sample.origin.startedAt
            try await author.commit { batch in
                batch.starts.append(
                    NewSaga(id: sample.id, origin: sample.origin, locks: [], row: .sample(.compensated, 3, at: now)))
                for (revision, kind) in [(1, HistoryEntry.Kind.started), (2, .rejected), (3, .timer)] {
                    let entry = HistoryEntry(
                        revision: revision, at: now, kind: kind, data: revision == 1 ? sample.input : [])
                    batch.history.append(HistoryRow(saga: sample.id, entry: entry))
                }
                batch.incidentsOpened.append(.sample(sample, 2))
                batch.incidentsResolved.append(
                    IncidentResolution(saga: sample.id, openedRevision: 2, resolution: .timer, at: now))
            }
            #expect(try await author.row(sample).endedAt == now)
            #expect(try await author.history(sample).map(\.revision) == [1, 2, 3])
            let incidents = try await author.store.incidents(saga: sample.id, openOnly: false, limit: 10)
            #expect(incidents.map(\.resolution?.resolution) == [.timer])
        },
        StoreCheck("a batch of 500 starts and 500 updates is one commit") { fixture in
            var author = try await Author(fixture)
            let old = (0..<500).map { _ in author.sample() }
            let new = (0..<500).map { author.sample(locks: ["lock \($0)"]) }
            try await author.start(old)
            let result = try await author.commit { batch in
                for sample in old { batch.update(sample, from: 1) }
                for sample in new { batch.start(sample) }
            }
            #expect(result.stale.isEmpty)
            let stored = try await author.store.load((old + new).map(\.id))
            #expect(stored.count == 1000)
            #expect(stored.filter { $0.row.revision == 2 }.count == 500)
        },
    ]
}

extension IncidentOpening {
    static func sample(_ sample: Sample, _ revision: Int, at time: Timestamp = .wholeNow) -> IncidentOpening {
        IncidentOpening(
            saga: sample.id, openedRevision: revision, step: "charge", participant: "billing", cause: .undoFailed,
            error: StepError(code: "no", message: "not today"), at: time)
    }
}
