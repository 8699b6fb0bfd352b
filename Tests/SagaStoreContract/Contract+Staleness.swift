import SagaCore
import SagaEngine
import SagaValues
import Testing

extension StoreContract {
    static let staleness: [StoreCheck] = [
        StoreCheck("a stale update is left out with its history, and the rest of the batch is written") { fixture in
            var author = try await Author(fixture)
            let (moved, still) = (author.sample(), author.sample())
            try await author.start(moved, still)
            try await author.commit { $0.update(moved, from: 1) }
            let new = author.sample()
            let result = try await author.commit {
                $0.update(moved, from: 1, events: 3, status: .compensating)
                $0.update(still, from: 1, events: 3)
                $0.start(new)
            }
            #expect(result.stale == [moved.id])
            #expect(try await author.row(moved).status == .running)
            #expect(try await author.history(moved).map(\.revision) == [1, 2])
            #expect(try await author.history(still).map(\.revision) == [1, 2, 3, 4])
            #expect(try await author.row(new).revision == 1)
        },
        StoreCheck("an update from a revision that is yet to come, or of a saga that is not there, is stale") {
            fixture in
            var author = try await Author(fixture)
            let (sample, unknown) = (author.sample(), author.sample())
            try await author.start(sample)
            let result = try await author.commit {
                $0.update(sample, from: 2)
                $0.update(unknown, from: 1, events: 2)
            }
            #expect(result.stale == [sample.id, unknown.id])
            #expect(try await author.history(sample).count == 1)
            #expect(try await author.history(unknown).isEmpty)
            #expect(try await author.store.load([unknown.id]).isEmpty)
        },
        StoreCheck("a stale update leaves timers as they are") { fixture in
            var author = try await Author(fixture)
            let sample = author.sample()
            let (kept, strange) = (Timestamp.fromNow(.seconds(-9)), Timestamp.fromNow(.seconds(-5)))
            try await author.start(sample, timer: kept)
            try await author.commit { $0.update(sample, from: 1, timer: kept) }
            let result = try await author.commit {
                $0.update(sample, from: 1, timer: strange)
                $0.timersAdded.append(SagaTimer(saga: sample.id, due: strange))
                $0.timersRemoved.append(SagaTimer(saga: sample.id, due: kept))
            }
            #expect(result.stale == [sample.id])
            #expect(try await author.store.dueTimers(limit: 10).map(\.timer) == [SagaTimer(saga: sample.id, due: kept)])
            #expect(try await author.row(sample).timerAt == kept)
        },
        StoreCheck("a stale update opens and resolves no incident") { fixture in
            var author = try await Author(fixture)
            let sample = author.sample()
            try await author.start(sample)
            try await author.commit {
                $0.update(sample, from: 1, hasIncident: true)
                $0.incidentsOpened.append(.sample(sample, 2))
            }
            let result = try await author.commit {
                $0.update(sample, from: 1, events: 2)
                $0.incidentsOpened.append(.sample(sample, 3))
                $0.incidentsResolved.append(
                    IncidentResolution(saga: sample.id, openedRevision: 2, resolution: .done, at: .wholeNow))
            }
            #expect(result.stale == [sample.id])
            let incidents = try await author.store.incidents(saga: sample.id, openOnly: false, limit: 10)
            #expect(incidents.map(\.opening.openedRevision) == [2])
            #expect(incidents.map(\.resolution) == [nil])
        },
        StoreCheck("a stale update neither releases nor takes locks") { fixture in
            var author = try await Author(fixture)
            let (holder, waiting) = (author.sample(locks: ["k"]), author.sample(locks: ["k"]))
            try await author.start(holder)
            try await author.start(waiting, queued: true)
            try await author.commit { $0.update(holder, from: 1) }
            let result = try await author.commit { $0.update(holder, from: 1, status: .completed, releasesLocks: true) }
            #expect(result.stale == [holder.id])
            #expect(try await author.store.grantable(limit: 10).isEmpty)

            try await author.end(holder, from: 2, releasesLocks: true)
            try await author.commit { $0.update(waiting, from: 1, status: .queued) }
            let late = try await author.commit { $0.update(waiting, from: 1, takesLocks: true) }
            #expect(late.stale == [waiting.id])
            #expect(try await author.store.grantable(limit: 10) == [waiting.id])
        },
        StoreCheck("a stale update does not make its node the last writer") { fixture in
            var first = try await Author(fixture)
            var second = try await Author(fixture)
            var heir = try await Author(fixture)
            let sample = first.sample()
            try await first.start(sample)
            try await second.commit { $0.update(sample, from: 1) }
            #expect(try await first.commit { $0.update(sample, from: 1) }.stale == [sample.id])
            #expect(try await heir.claim(from: first, after: 0).isEmpty)
            #expect(try await heir.claim(from: second, after: 0) == [sample.id])
        },
        StoreCheck("an update that names a timer which another writer has removed is stale: it would sleep for ever") {
            fixture in
            var author = try await Author(fixture)
            let sample = author.sample()
            let (early, late) = (Timestamp.fromNow(.seconds(-9)), Timestamp.fromNow(.seconds(60)))
            try await author.start(sample, timer: early)
            try await author.commit {
                $0.update(sample, from: 1, events: 0, timer: late)
                $0.timersRemoved.append(SagaTimer(saga: sample.id, due: early))
                $0.timersAdded.append(SagaTimer(saga: sample.id, due: late))
            }
            #expect(try await author.commit { $0.update(sample, from: 1, timer: early) }.stale == [sample.id])
            #expect(try await author.commit { $0.update(sample, from: 1, timer: late) }.stale.isEmpty)
            #expect(try await author.commit { $0.update(sample, from: 2, timer: nil) }.stale.isEmpty)
        },
        StoreCheck("the same batch of updates applied twice is as if it had been applied once") { fixture in
            var author = try await Author(fixture)
            let (sample, due) = (author.sample(), Timestamp.fromNow(.seconds(-1)))
            try await author.start(sample, timer: due)
            let next = Timestamp.fromNow(.seconds(60))
            let batch = author.batch {
                $0.update(sample, from: 1, events: 3, timer: next, hasIncident: true)
                $0.timersRemoved.append(SagaTimer(saga: sample.id, due: due))
                $0.timersAdded.append(SagaTimer(saga: sample.id, due: next))
                $0.incidentsOpened.append(.sample(sample, 3))
            }
            #expect(try await author.store.commit(batch).stale.isEmpty)
            let (row, history) = (try await author.row(sample), try await author.history(sample))
            #expect(try await author.store.commit(batch).stale == [sample.id])
            #expect(try await author.row(sample) == row)
            #expect(try await author.history(sample) == history)
            #expect(try await author.store.incidents(saga: sample.id, openOnly: true, limit: 9).count == 1)
            #expect(try await author.store.dueTimers(limit: 9).isEmpty)
        },
        StoreCheck("a second attempt at a batch that differs adds nothing to what the first wrote") { fixture in
            var author = try await Author(fixture)
            let sample = author.sample()
            try await author.start(sample)
            let first = author.batch { $0.update(sample, from: 1, events: 2) }
            _ = try await author.store.commit(first)
            // After a lost answer the same number is tried again, and by then other events may have come in.
            var second = Batch(node: first.node, number: first.number)
            second.update(sample, from: 1, events: 3, hasIncident: true)
            second.incidentsOpened.append(.sample(sample, 4))
            second.timersAdded.append(SagaTimer(saga: sample.id, due: .fromNow(.seconds(-1))))
            #expect(try await author.store.commit(second).stale == [sample.id])
            #expect(try await author.history(sample).map(\.revision) == [1, 2, 3])
            #expect(try await author.store.incidents(saga: sample.id, openOnly: false, limit: 9).isEmpty)
            #expect(try await author.store.dueTimers(limit: 9).isEmpty)
        },
        StoreCheck("the same batch of starts applied twice is a conflict, and changes nothing") { fixture in
            var author = try await Author(fixture)
            let sample = author.sample(locks: ["k"])
            let batch = author.batch { $0.start(sample, timer: .fromNow(.seconds(60))) }
            _ = try await author.store.commit(batch)
            #expect(await failure { _ = try await author.store.commit(batch) } == .startConflict)
            #expect(try await author.history(sample).count == 1)
        },
    ]
}
