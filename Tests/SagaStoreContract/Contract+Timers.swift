import SagaCore
import SagaEngine
import SagaValues
import TestSupport
import Testing

extension StoreContract {
    static let timers: [StoreCheck] = [
        StoreCheck("due timers come the oldest first, those of the future not at all, and they stay") { fixture in
            var author = try await Author(fixture)
            let (old, older, future) = (author.sample(), author.sample(), author.sample())
            let times = [Timestamp.fromNow(.seconds(-10)), .fromNow(.seconds(-20)), .fromNow(.seconds(60))]
            for (sample, time) in zip([old, older, future], times) { try await author.start(sample, timer: time) }
            let expected = [SagaTimer(saga: older.id, due: times[1]), SagaTimer(saga: old.id, due: times[0])]
            #expect(try await author.store.dueTimers(limit: 10).map(\.timer) == expected)
            #expect(try await author.store.dueTimers(limit: 10).map(\.timer) == expected)
            #expect(try await author.store.dueTimers(limit: 1).map(\.timer) == [expected[0]])
        },
        StoreCheck("a timer falls due as the store's time passes") { fixture in
            var author = try await Author(fixture)
            let sample = author.sample()
            try await author.start(sample, timer: try await author.store.ping() + .milliseconds(30))
            try await eventually("the timer never fell due") { try await !author.store.dueTimers(limit: 10).isEmpty }
            let due = try await author.store.dueTimers(limit: 10)
            #expect(try await author.store.ping() >= due[0].timer.due)
        },
        StoreCheck("the timer of a saga that has ended is moot, and may be removed without an update") { fixture in
            var author = try await Author(fixture)
            let (ended, open) = (author.sample(), author.sample())
            let due = Timestamp.fromNow(.seconds(-1))
            try await author.start(ended, open, timer: due)
            try await author.end(ended, from: 1)
            let found = try await author.store.dueTimers(limit: 10)
            #expect(
                Dictionary(uniqueKeysWithValues: found.map { ($0.timer.saga, $0.isMoot) }) == [
                    ended.id: true, open.id: false,
                ])
            try await author.commit { $0.timersRemoved = [SagaTimer(saga: ended.id, due: due)] }
            #expect(try await author.store.dueTimers(limit: 10).map(\.timer.saga) == [open.id])
        },
        StoreCheck("a saga may have several timers, and an update removes those it names") { fixture in
            var author = try await Author(fixture)
            let sample = author.sample()
            let (first, second) = (Timestamp.fromNow(.seconds(-9)), Timestamp.fromNow(.seconds(-12)))
            try await author.start(sample, timer: first)
            try await author.commit {
                $0.update(sample, from: 1, timer: second)
                $0.timersAdded.append(SagaTimer(saga: sample.id, due: second))
            }
            #expect(try await author.store.dueTimers(limit: 10).map(\.timer.due) == [second, first])
            try await author.commit {
                $0.update(sample, from: 2)
                $0.timersRemoved.append(SagaTimer(saga: sample.id, due: second))
            }
            #expect(try await author.store.dueTimers(limit: 10).map(\.timer.due) == [first])
        },
        StoreCheck("a timer that is added twice, or removed and added at once, is there once") { fixture in
            var author = try await Author(fixture)
            let (sample, due) = (author.sample(), Timestamp.fromNow(.seconds(-9)))
            let timer = SagaTimer(saga: sample.id, due: due)
            try await author.start(sample, timer: due)
            try await author.commit {
                $0.update(sample, from: 1, timer: due)
                $0.timersAdded.append(timer)
            }
            try await author.commit {
                $0.update(sample, from: 2, timer: due)
                $0.timersRemoved.append(timer)
                $0.timersAdded.append(timer)
            }
            #expect(try await author.store.dueTimers(limit: 10).map(\.timer) == [timer])
        },
        StoreCheck("removing a timer that is not there does no harm") { fixture in
            var author = try await Author(fixture)
            try await author.commit { $0.timersRemoved = [SagaTimer(saga: UUID.v7(), due: .wholeNow)] }
        },
    ]
}
