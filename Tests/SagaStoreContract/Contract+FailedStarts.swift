import SagaCore
import SagaEngine
import SagaValues
import Testing

extension StoreContract {
    static let failedStarts: [StoreCheck] = [
        StoreCheck("a failed start is kept as it is told, with the store's time, and other nodes see it") { fixture in
            let author = try await Author(fixture)
            let other = try await Author(fixture, named: "other")
            let before = try await author.store.ping()
            try await author.store.keep(failedStart: .sample(.event, "user.created", "e-1", "余额 'x' does not fit"))
            let found = try await other.store.failedStarts(limit: 10)
            let after = try await author.store.ping()
            #expect(found.map(\.withoutTime) == ["event user.created e-1: 余额 'x' does not fit"])
            let at = try #require(found.first?.at)
            #expect(before <= at && at <= after)
        },
        StoreCheck("of the same start the last reason stands; another source, name or key is another start") {
            fixture in
            let author = try await Author(fixture)
            for (source, name, key, reason) in [
                (FailedStart.Source.event, "n", "k", "first"), (.schedule, "n", "k", "other"),
                (.event, "N", "k", "other"),
                (.event, "n", "k2", "other"), (.event, "n", "k", "last"),
            ] {
                try await author.store.keep(failedStart: .sample(source, name, key, reason))
            }
            let found = try await author.store.failedStarts(limit: 10).map(\.withoutTime)
            #expect(found.first == "event n k: last", "the one that failed last comes first")
            #expect(
                Set(found) == ["event N k: other", "event n k: last", "event n k2: other", "schedule n k: other"])
            #expect(found.count == 4)
            #expect(try await author.store.failedStarts(limit: 2).map(\.withoutTime) == Array(found.prefix(2)))
        },
        StoreCheck("failed starts are dropped as events are: older ones, a few at a time, and no younger one") {
            fixture in
            let author = try await Author(fixture)
            for number in 1...5 { try await author.store.keep(failedStart: .sample(.event, "n", "old \(number)", "r")) }
            let now = try await author.store.ping()
            try await author.store.keep(failedStart: .sample(.event, "n", "new", "r"))
            #expect(try await author.store.dropEvents(before: .wholeNow - .seconds(86_400), limit: 10) == 0)
            #expect(try await author.store.dropEvents(before: now, limit: 2) == 2)
            while try await author.store.dropEvents(before: now, limit: 2) > 0 {}
            #expect(try await author.store.failedStarts(limit: 10).map(\.key) == ["new"])
        },
    ]

    static let lockPlaces: [StoreCheck] = [
        StoreCheck("who is in line is told for each key who holds it, and how many are before") { fixture in
            var author = try await Author(fixture)
            let (holder, first, second, both) = (
                author.sample(locks: ["k"]), author.sample(locks: ["k"]), author.sample(locks: ["k", "l"]),
                author.sample(locks: ["k", "l", "m"])
            )
            try await author.start(holder)
            for sample in [first, second, both] { try await author.start(sample, queued: true) }
            #expect(
                try await author.store.lockPlaces(of: both.id) == [
                    .init(key: "k", holder: holder.id, ahead: 2), .init(key: "l", holder: nil, ahead: 1),
                    .init(key: "m", holder: nil, ahead: 0),
                ])
            #expect(try await author.store.lockPlaces(of: holder.id).isEmpty, "it is not in line")
            #expect(try await author.store.lockPlaces(of: UUID.v7()).isEmpty)
            try await author.end(holder, from: 1, releasesLocks: true)
            #expect(try await author.store.lockPlaces(of: first.id) == [.init(key: "k", holder: nil, ahead: 0)])
            try await author.commit { $0.update(first, from: 1, takesLocks: true) }
            #expect(try await author.store.lockPlaces(of: first.id).isEmpty)
            #expect(
                try await author.store.lockPlaces(of: second.id) == [
                    .init(key: "k", holder: first.id, ahead: 0), .init(key: "l", holder: nil, ahead: 0),
                ])
        }
    ]
}

extension FailedStart {
    fileprivate static func sample(_ source: Source, _ name: String, _ key: String, _ reason: String) -> FailedStart {
        // The time is the store's.
        FailedStart(source, name: name, key: key, reason: reason, at: Timestamp(microseconds: 0))
    }

    fileprivate var withoutTime: String { "\(source.rawValue) \(name) \(key): \(reason)" }
}
