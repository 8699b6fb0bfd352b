import SagaCore
import SagaEngine
import SagaValues
import Testing

extension StoreContract {
    static let events: [StoreCheck] = [
        StoreCheck("an event that comes after the wait is found by it, and one that came before") { fixture in
            let author = try await Author(fixture)
            let (early, late) = (try await author.started(), try await author.started())
            #expect(try await author.keep("before", "a").isEmpty)
            #expect(try await author.listen(late, "a") == [.init(late, "s", .sample("before", "a"))])
            #expect(try await author.listen(early, "b").isEmpty)
            #expect(try await author.keep("after", "b") == [.init(early, "s", .sample("after", "b"))])
        },
        StoreCheck("only events of the key are found: its name, its place and its value to the byte") { fixture in
            let author = try await Author(fixture)
            let sample = try await author.started()
            let path: [Reference.Component] = [.member("order"), .element(0), .member("id")]
            let key = EventKey(event: "paid", path: path, value: "caf\u{E9}")
            #expect(
                try await author.store.listen([.init(saga: sample.id, step: "s", since: .past, keys: [key])]).isEmpty)
            let others = [
                EventKey(event: "Paid", path: path, value: "caf\u{E9}"),
                EventKey(event: "paid", path: [.member("order")], value: "caf\u{E9}"),
                EventKey(event: "paid", path: path, value: "cafe\u{301}"),
                EventKey(event: "paid", path: path, value: ["caf\u{E9}"]),
            ]
            for (index, other) in others.enumerated() {
                let event = KeptEvent(event: .sample("\(index)", "x"), keys: [other])
                #expect(try await author.store.keep([event]).matches.isEmpty)
            }
            let event = KeptEvent(event: .sample("right", "x"), keys: others + [key])
            #expect(try await author.store.keep([event]).matches == [.init(sample, "s", .sample("right", "x"))])
        },
        StoreCheck("a wait for one of several keys is found by each, and an event with several of them once") {
            fixture in
            let author = try await Author(fixture)
            let sample = try await author.started()
            #expect(try await author.listen(sample, "a", "b", "c").isEmpty)
            #expect(try await author.keep("1", "c").count == 1)
            #expect(try await author.keep("2", "b", "a", "x", "b").count == 1)
            #expect(try await author.listen(sample, "a", "b", "c").map(\.event.id) == ["1", "2"])
        },
        StoreCheck("one event is found by every step that waits for it, of whichever saga, with its body") { fixture in
            let author = try await Author(fixture)
            let samples = [try await author.started(), try await author.started()].sorted { $0.id < $1.id }
            for sample in samples {
                for step in ["s", "t"] { #expect(try await author.listen(sample, step: step, "k").isEmpty) }
            }
            let body =
                #"{"digits":1234567890123456789.10,"text":"caf\#u{E9} 🦊","long":"\#(String(repeating: "x", count: 9_000))"}"#
            let event = DomainEvent(id: "e", name: "paid", body: Array(body.utf8))
            let found = try await author.store.keep([.init(event: event, keys: [.sample("k")])]).matches
            #expect(found == samples.flatMap { [.init($0, "s", event), .init($0, "t", event)] })
        },
        StoreCheck("an event comes as often as it likes and is one; its first body stands, and keys are added") {
            fixture in
            let author = try await Author(fixture)
            let sample = try await author.started()
            #expect(try await author.listen(sample, "a", "late").isEmpty)
            let first = DomainEvent(id: "e", name: "paid", body: Array("{}".utf8))
            let again = DomainEvent(id: "e", name: "paid", body: Array(#"{"other":1}"#.utf8))
            let kept = KeptEvent(event: first, keys: [.sample("a")])
            // Whoever kept it first may not have got further, so it is found again.
            for _ in 0..<2 { #expect(try await author.store.keep([kept]).matches == [.init(sample, "s", first)]) }
            let more = KeptEvent(event: again, keys: [.sample("late")])
            #expect(try await author.store.keep([more, more]).matches == [.init(sample, "s", first)])
            #expect(try await author.listen(sample, "a", "late").map(\.event) == [first])
            #expect(try await author.store.listen([.sample(sample, "t", "late")]).map(\.event) == [first])
        },
        StoreCheck("events are told apart by the bytes of their ids") { fixture in
            let author = try await Author(fixture)
            let sample = try await author.started()
            let ids = ["caf\u{E9}", "cafe\u{301}", "CAF\u{E9}", String(repeating: "x", count: 255)]
            for id in ids { #expect(try await author.keep(id, "a").isEmpty) }
            #expect(try await author.listen(sample, "a").count == 4)
        },
        StoreCheck("events come oldest first, and those from before a saga's time not at all") { fixture in
            let author = try await Author(fixture)
            let sample = try await author.started()
            for id in ["c", "a", "b"] { _ = try await author.keep(id, "k") }
            let now = try await author.store.ping()
            for id in ["e", "d"] { _ = try await author.keep(id, "k") }
            #expect(try await author.listen(sample, "k").map(\.event.id) == ["c", "a", "b", "e", "d"])
            let later = EventWait(saga: sample.id, step: "later", since: now, keys: [.sample("k")])
            #expect(try await author.store.listen([later]).map(\.event.id) == ["e", "d"])
            // Nor when they come again.
            #expect(try await author.keep("c", "k").map(\.step) == ["s"])
            #expect(try await author.keep("e", "k").map(\.step) == ["later", "s"])
        },
        StoreCheck("keys and values may be long") { fixture in
            let author = try await Author(fixture)
            let sample = try await author.started()
            let long = String(repeating: "0123456789 äöü ", count: 10_000)
            #expect(try await author.listen(sample, long + "1").isEmpty)
            #expect(try await author.keep("other", long + "2").isEmpty)
            #expect(try await author.keep("right", long + "1").count == 1)
        },
        StoreCheck("keeping tells how many workflow versions are deployed") { fixture in
            let author = try await Author(fixture)
            #expect(try await author.store.keep([.init(event: .sample("e", "k"), keys: [])]).catalogRevision == 1)
            _ = try await author.store.deploy(workflow: "buy", version: 2, digest: "d2", source: "")
            #expect(try await author.store.keep([.init(event: .sample("e", "k"), keys: [])]).catalogRevision == 2)
        },
        StoreCheck("of a wait and an event that meet, one at least sees the other") { fixture in
            let author = try await Author(fixture)
            let other = try await Author(fixture)
            for round in 0..<150 {
                let sample = author.sample()
                async let listening = author.listen(sample, "k\(round)")
                async let keeping = other.keep("e\(round)", "k\(round)")
                let (heard, told) = try await (listening, keeping)
                #expect(!heard.isEmpty || !told.isEmpty, "in round \(round) they passed each other")
            }
        },
        StoreCheck("many at once: each wait finds its own, and nobody waits for the other for ever") { fixture in
            let author = try await Author(fixture)
            let other = try await Author(fixture)
            let samples = (0..<200).map { _ in author.sample() }
            let events = (0..<200).map { KeptEvent(event: .sample("e\($0)", "k"), keys: [.sample("k\($0)")]) }
            async let one = author.store.keep(events.shuffled()).matches
            async let two = other.store.keep(events.shuffled()).matches
            _ = try await (one, two)
            let waits = samples.enumerated().map { EventWait.sample($0.element, "s", "k\($0.offset)") }
            let found = try await author.store.listen(waits)
            #expect(Set(found.map { "\($0.saga) \($0.event.id)" }) == Set((0..<200).map { "\(samples[$0].id) e\($0)" }))
            #expect(try await author.store.listen([]).isEmpty)
            #expect(try await author.store.keep([]).matches.isEmpty)
        },
    ]

    static let waits: [StoreCheck] = [
        StoreCheck("a wait that has ended is found no more, and its siblings are") { fixture in
            var author = try await Author(fixture)
            let (sample, other) = (try await author.started(), try await author.started())
            for (saga, step) in [(sample, "s"), (sample, "t"), (other, "s")] {
                #expect(try await author.listen(saga, step: step, "a", "b").isEmpty)
            }
            try await author.commit {
                $0.update(sample, from: 1)
                $0.waitsEnded.append(EndedWait(saga: sample.id, step: "s", event: nil))
            }
            let found = try await author.keep("e", "b")
            #expect(Set(found.map { "\($0.saga) \($0.step)" }) == ["\(sample.id) t", "\(other.id) s"])
        },
        StoreCheck("an event that a saga has taken is for no other step of it, but for other sagas") { fixture in
            var author = try await Author(fixture)
            let (sample, other) = (try await author.started(), try await author.started())
            for saga in [sample, other] { #expect(try await author.listen(saga, "k").isEmpty) }
            #expect(try await author.keep("e", "k").count == 2)
            try await author.commit {
                $0.update(sample, from: 1)
                $0.waitsEnded.append(EndedWait(saga: sample.id, step: "s", event: "e"))
            }
            #expect(try await author.listen(sample, step: "t", "k").isEmpty)
            #expect(try await author.keep("e", "k").map(\.saga) == [other.id])
            #expect(try await author.keep("f", "k").map(\.event.id) == ["f", "f"])
            #expect(try await author.listen(sample, step: "u", "k").map(\.event.id) == ["f"])
        },
        StoreCheck("a stale update ends no wait and takes no event") { fixture in
            var author = try await Author(fixture)
            let (stale, fresh) = (try await author.started(), try await author.started())
            for saga in [stale, fresh] { #expect(try await author.listen(saga, "k").isEmpty) }
            #expect(try await author.keep("e", "k").count == 2)
            try await author.commit { $0.update(stale, from: 1) }
            let result = try await author.commit { batch in
                for saga in [stale, fresh] {
                    batch.update(saga, from: 1)
                    batch.waitsEnded.append(EndedWait(saga: saga.id, step: "s", event: "e"))
                }
            }
            #expect(result.stale == [stale.id])
            #expect(try await author.keep("e", "k").map(\.saga) == [stale.id])
            #expect(try await author.listen(stale, "k").count == 1)
            #expect(try await author.listen(fresh, "k").isEmpty)
        },
        StoreCheck("the end of a wait of a saga that is not written is a flaw, and of one that begins is nothing") {
            fixture in
            var author = try await Author(fixture)
            let (sample, new) = (try await author.started(), author.sample())
            let code = await failure {
                try await author.commit {
                    $0.start(new)
                    $0.waitsEnded.append(EndedWait(saga: sample.id, step: "s", event: nil))
                }
            }
            #expect(code == .broken)
            try await author.commit {
                $0.start(new)
                $0.waitsEnded.append(EndedWait(saga: new.id, step: "s", event: nil))
            }
            #expect(try await author.row(new).revision == 1)
        },
        StoreCheck("events are dropped once they are old enough, a few at a time, and the others stay") { fixture in
            var author = try await Author(fixture)
            let sample = try await author.started()
            for index in 0..<5 { _ = try await author.keep("old \(index)", "k") }
            #expect(try await author.listen(sample, "k").count == 5)
            try await author.commit {
                $0.update(sample, from: 1)
                $0.waitsEnded.append(EndedWait(saga: sample.id, step: "s", event: "old 0"))
            }
            let now = try await author.store.ping()
            _ = try await author.keep("new", "k")
            #expect(try await author.store.dropEvents(before: .past, limit: 10) == 0)
            #expect(try await author.store.dropEvents(before: now, limit: 2) > 0)
            #expect(
                try await author.listen(sample, step: "t", "k").map(\.event.id) == ["old 2", "old 3", "old 4", "new"])
            var count = 0
            while try await author.store.dropEvents(before: now, limit: 2) > 0 { count += 1 }
            #expect(1...4 ~= count)
            #expect(try await author.listen(sample, step: "t", "k").map(\.event.id) == ["new"])
            #expect(try await author.store.dropEvents(before: now, limit: 2) == 0)
        },
        StoreCheck("what is left of the waits of sagas that have ended is dropped, and no other wait") { fixture in
            var author = try await Author(fixture)
            let (ended, open) = (try await author.started(), try await author.started())
            for saga in [ended, open] { #expect(try await author.listen(saga, "k").isEmpty) }
            try await author.end(ended, from: 1)
            #expect(try await author.keep("e", "k").count == 2)
            while try await author.store.dropEvents(before: .past, limit: 1) > 0 {}
            #expect(try await author.keep("e", "k").map(\.saga) == [open.id])
        },
    ]
}

extension Author {
    /// A saga that runs.
    func started() async throws -> Sample {
        let sample = sample()
        var batch = Batch(node: node, number: 1)
        batch.start(sample)
        _ = try await store.commit(batch)
        return sample
    }

    func listen(_ sample: Sample, step: String = "s", _ values: String...) async throws -> [MatchedEvent] {
        let keys = values.map { EventKey.sample($0) }
        return try await store.listen([EventWait(saga: sample.id, step: step, since: .past, keys: keys)])
    }

    func keep(_ id: String, _ values: String...) async throws -> [MatchedEvent] {
        let event = DomainEvent.sample(id, values[0])
        return try await store.keep([KeptEvent(event: event, keys: values.map { .sample($0) })]).matches
    }
}

extension EventKey {
    static func sample(_ value: String) -> EventKey {
        EventKey(event: "paid", path: [.member("order")], value: .string(value))
    }
}

extension EventWait {
    static func sample(_ sample: Sample, _ step: String, _ values: String...) -> EventWait {
        EventWait(saga: sample.id, step: step, since: .past, keys: values.map { .sample($0) })
    }
}

extension DomainEvent {
    static func sample(_ id: String, _ value: String) -> DomainEvent {
        DomainEvent(id: id, name: "paid", body: JSON.object(["order": .string(value)]).bytes)
    }
}

extension MatchedEvent {
    init(_ sample: Sample, _ step: String, _ event: DomainEvent) {
        self.init(saga: sample.id, step: step, event: event)
    }
}

extension Timestamp {
    static let past = Timestamp(microseconds: 0)
}
