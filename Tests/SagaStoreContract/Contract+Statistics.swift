import SagaCore
import SagaEngine
import SagaValues
import TestSupport
import Testing

extension StoreContract {
    static let statistics: [StoreCheck] = [
        StoreCheck("statistics count what a look at every saga counts, before and after it was rolled up") { fixture in
            var author = try await Author(fixture)
            var random = SeededGenerator(seed: 21)
            var past = Past()
            let now = Timestamp.wholeNow
            for age in [400, 3_000, 50_000, 300_000, 700_000] {
                try await past.add(40, upTo: age, before: now, &author, &random)
            }
            for window in StatisticsWindow.allCases { try await past.check(window, author.store) }
            // The first call has eight days to catch up with.
            var calls = 0
            while try await author.store.rollUpStatistics() {
                calls += 1
                if calls % 60 == 0 { try await past.check(.week, author.store) }
            }
            for window in StatisticsWindow.allCases { try await past.check(window, author.store) }
            // None that began in a minute that is counted already.
            try await past.add(30, upTo: 60, took: 30_000, before: .wholeNow, &author, &random)
            _ = try await author.store.rollUpStatistics()
            for window in StatisticsWindow.allCases { try await past.check(window, author.store) }
            #expect(try await author.store.statistics(of: "none", over: .week).slots.isEmpty)
        },
        StoreCheck("failures are counted by version, step, kind and code") { fixture in
            var author = try await Author(fixture)
            var random = SeededGenerator(seed: 22)
            var past = Past()
            try await past.add(80, upTo: 3_000, before: .wholeNow, &author, &random)
            let found = try await author.store.statistics(of: "buy", over: .hour)
            #expect(found.failures.count > 4)
            #expect(found.failures.reduce(0) { $0 + $1.count } == past.failures.count)
            for failure in found.failures {
                let same = past.failures.filter {
                    $0.step == failure.step && $0.kind == failure.kind && $0.code == failure.code
                }
                #expect(failure.count == same.count && failure.workflowID == author.workflow.id)
            }
        },
    ]
}

/// Sagas that ended, and what is known of them.
private struct Past {
    var sagas: [(started: Timestamp, ended: Timestamp, status: Saga.Status)] = []
    var failures: [(step: Int?, kind: Failure.Kind, code: String?)] = []

    /// Sagas that ended up to so many seconds before a time, after so many milliseconds.
    mutating func add(
        _ count: Int, upTo age: Int, took longest: Int = 7_000_000, before now: Timestamp, _ author: inout Author,
        _ random: inout SeededGenerator
    ) async throws {
        var starts: [NewSaga] = []
        for _ in 0..<count {
            let ended = now - .seconds(Int.random(in: 1...age, using: &random))
            let started = ended - .milliseconds(Int.random(in: 1...longest, using: &random))
            let status: Saga.Status = [.completed, .completed, .compensated, .abandoned].randomElement(using: &random)!
            var state = #"{"s":[0]}"#
            if status != .completed {
                let kind: Failure.Kind = [.rejected, .cancelled].randomElement(using: &random)!
                let step = kind == .cancelled ? nil : Int.random(in: 0..<3, using: &random)
                let code = ["sold-out", "no-money", nil].randomElement(using: &random)!
                failures.append((step, kind, code))
                state = #"{"s":[0],"f":{"kind":"\#(kind.rawValue)""#
                if let step { state += #","step":\#(step)"# }
                if let code { state += #","error":{"code":"\#(code)","message":"m"}"# }
                state += "}}"
            }
            let sample = author.sample(at: started)
            sagas.append((started, ended, status))
            starts.append(
                NewSaga(
                    id: sample.id, origin: sample.origin, locks: [],
                    row: SagaRow(
                        status: status, revision: 1, state: Array(state.utf8), timerAt: nil, hasOpenIncident: false,
                        updatedAt: ended, endedAt: ended)))
        }
        // A part of another saga is none of its own.
        let link = ParentLink(
            saga: starts[0].id, step: "all \(random.next())", item: 0, round: 1, body: "all", depth: 1)
        let part = author.sample(parent: link, at: now - .seconds(1))
        starts.append(NewSaga(id: part.id, origin: part.origin, locks: [], row: .sample(.completed, 1, at: now)))
        try await author.commit { batch in
            for start in starts {
                batch.starts.append(start)
                let entry = HistoryEntry(revision: 1, at: start.origin.startedAt, kind: .started, data: [])
                batch.history.append(HistoryRow(saga: start.id, entry: entry))
            }
        }
    }

    func check(_ window: StatisticsWindow, _ store: any SagaStore) async throws {
        let found = try await store.statistics(of: "buy", over: window)
        #expect(found.from == window.begin(of: found.to))
        let ended = sagas.filter { $0.ended >= found.from && $0.ended < found.to }
        for (status, member) in [
            (Saga.Status.completed, \WorkflowStatistics.Slot.completed), (.compensated, \.compensated),
            (.abandoned, \.abandoned),
        ] {
            for slot in found.slots {
                let expected = ended.count {
                    $0.status == status && $0.ended >= slot.at && $0.ended < slot.at + window.slot
                }
                #expect(slot[keyPath: member] == expected, "\(window) \(slot.at)")
            }
            let all = found.slots.reduce(0) { $0 + $1[keyPath: member] }
            #expect(all == ended.count { $0.status == status }, "\(window) \(status)")
        }
        // An id tells of a start in whole milliseconds.
        let started = sagas.count { $0.started + .milliseconds(1) > found.from }
        #expect(abs(found.slots.reduce(0) { $0 + $1.started } - started) <= 1)
        #expect(found.slots.map(\.at) == found.slots.map(\.at).sorted() && found.durations.count == ended.count)
        var histogram = DurationHistogram()
        for saga in ended { histogram.add(saga.ended - saga.started) }
        #expect(found.durations == histogram)
        let sorted = ended.map { $0.ended - $0.started }.sorted()
        for percent in [50, 95, 99] where !sorted.isEmpty {
            let exact = sorted[(sorted.count * percent + 99) / 100 - 1].wholeMicroseconds
            let told = try #require(found.durations.percentile(percent)).wholeMicroseconds
            #expect(abs(told - exact) * 100 <= exact * 4, "\(percent): \(told), not \(exact)")
        }
    }
}
