import SagaEngine
import SagaValues
import Testing

extension StoreContract {
    static let signals: [StoreCheck] = [
        StoreCheck("an event with a recipient is found by that saga alone, before and after it waits") { fixture in
            let author = try await Author(fixture)
            let (one, other, late) = (
                try await author.started(), try await author.started(), try await author.started()
            )
            for saga in [one, other] { #expect(try await author.listen(saga, "k").isEmpty) }
            #expect(try await author.keep("e", "k", for: one) == [.init(one, "s", .sample("e", "k"))])
            #expect(try await author.keep("f", "k", for: late).isEmpty)
            #expect(try await author.listen(other, step: "t", "k").isEmpty)
            #expect(try await author.listen(late, "k") == [.init(late, "s", .sample("f", "k"))])
        },
        StoreCheck("an event of the same id from its publisher is another, and a saga takes one of the two") {
            fixture in
            var author = try await Author(fixture)
            let (sample, other) = (try await author.started(), try await author.started())
            for saga in [sample, other] { #expect(try await author.listen(saga, "k").isEmpty) }
            #expect(try await author.keep("e", "k", for: sample).map(\.saga) == [sample.id])
            #expect(try await author.keep("e", "k", for: other).map(\.saga) == [other.id])
            #expect(Set(try await author.keep("e", "k").map(\.saga)) == [sample.id, other.id])
            #expect(try await !author.store.hasTaken(event: "e", saga: sample.id))
            try await author.commit {
                $0.update(sample, from: 1)
                $0.waitsEnded.append(EndedWait(saga: sample.id, step: "s", event: "e"))
            }
            #expect(try await author.store.hasTaken(event: "e", saga: sample.id))
            #expect(try await !author.store.hasTaken(event: "f", saga: sample.id))
            #expect(try await !author.store.hasTaken(event: "e", saga: other.id))
            #expect(try await author.listen(sample, step: "t", "k").isEmpty)
            #expect(try await author.keep("e", "k", for: sample).isEmpty)
        },
        StoreCheck("the line of the audit is written with the event, once however often it comes") { fixture in
            let author = try await Author(fixture)
            let sample = try await author.started()
            let both = [author.signal("e", "k", for: sample), author.signal("f", "k", for: sample)]
            for _ in 0..<2 { _ = try await author.store.keep([both[0]]) }
            _ = try await author.store.keep(both)
            let lines = try await author.store.auditRecords(AuditFilter(), before: nil, limit: 10)
            #expect(lines.map(\.record) == [both[1].recipient!.audit, both[0].recipient!.audit])
        },
        StoreCheck("what waits for a saga that waits for it is told until the saga has taken it") { fixture in
            var author = try await Author(fixture)
            let (one, other, deaf) = (
                try await author.started(), try await author.started(), try await author.started()
            )
            func waiting(_ limit: Int = 10) async throws -> Set<String> {
                let found = try await author.store.signalsWaitedFor(limit: limit)
                #expect(found.count <= limit)
                return Set(found.map { "\($0.saga) \($0.step) \($0.event.id)" })
            }
            #expect(try await waiting().isEmpty)
            _ = try await author.keep("of its publisher", "k")
            for saga in [one, other, deaf] { _ = try await author.keep("e", "k", for: saga) }
            #expect(try await waiting().isEmpty, "nobody listens")
            for saga in [one, other] { _ = try await author.listen(saga, "k") }
            #expect(try await waiting() == ["\(one.id) s e", "\(other.id) s e"])
            #expect(try await waiting(1).count == 1)
            try await author.commit {
                $0.update(one, from: 1)
                $0.waitsEnded.append(EndedWait(saga: one.id, step: "s", event: "e"))
            }
            #expect(try await waiting() == ["\(other.id) s e"])
        },
        StoreCheck("that a saga has taken an event is known for as long as what a person handed it is kept") {
            fixture in
            var author = try await Author(fixture)
            let sample = try await author.started()
            #expect(try await author.listen(sample, "k").isEmpty)
            try await author.commit {
                $0.update(sample, from: 1)
                $0.waitsEnded.append(EndedWait(saga: sample.id, step: "s", event: "e"))
            }
            let now = try await author.store.ping()
            _ = try await author.keep("e", "k", for: sample)
            while try await author.store.dropEvents(before: now, limit: 10) > 0 {}
            #expect(try await author.store.hasTaken(event: "e", saga: sample.id))
            while try await author.store.dropEvents(before: now + .seconds(3600), limit: 10) > 0 {}
            #expect(try await !author.store.hasTaken(event: "e", saga: sample.id))
            #expect(try await author.listen(sample, step: "t", "k").isEmpty)
        },
    ]

    static let reruns: [StoreCheck] = [
        StoreCheck("what a saga is another run of comes back with it, beside children and others") { fixture in
            var author = try await Author(fixture)
            let former = author.sample()
            try await author.start(former)
            let rerun = author.sample(rerunOf: former.id)
            let child = author.sample(
                parent: ParentLink(saga: former.id, step: "pay", item: 0, round: 1, body: nil, depth: 1))
            let plain = author.sample()
            try await author.start(rerun, child, plain)
            for sample in [former, rerun, child, plain] {
                #expect(try await author.loaded(sample).origin == sample.origin)
                #expect(try await author.store.summary(sample.id)?.origin == sample.origin)
            }
            let last = author.sample(rerunOf: rerun.id)
            try await author.start(last)
            #expect(try await author.loaded(last).origin.rerunOf == rerun.id)
        },
        StoreCheck("why a saga was begun is in the audit with it, and not if it was not") { fixture in
            var author = try await Author(fixture)
            let former = author.sample(key: "one")
            try await author.start(former)
            let line = AuditRecord.sample(verb: "rerun", tenant: "default", saga: former.id)
            let rerun = author.sample(key: "two", rerunOf: former.id)
            try await author.commit {
                $0.start(rerun)
                $0.startAudit.append(line)
            }
            func lines() async throws -> [AuditRecord] {
                try await author.store.auditRecords(AuditFilter(), before: nil, limit: 10).map(\.record)
            }
            #expect(try await lines() == [line])
            let again = author.sample(key: "two", rerunOf: former.id)
            let code = await failure {
                try await author.commit {
                    $0.start(again)
                    $0.startAudit.append(line)
                }
            }
            #expect(code == .startConflict)
            #expect(try await lines() == [line])
        },
    ]
}

extension Author {
    fileprivate func signal(_ id: String, _ value: String, for sample: Sample) -> KeptEvent {
        KeptEvent(
            event: .sample(id, value), keys: [.sample(value)],
            recipient: .init(
                saga: sample.id, audit: .sample(verb: "signal", tenant: "default", saga: sample.id, reason: id)))
    }

    fileprivate func keep(_ id: String, _ value: String, for sample: Sample) async throws -> [MatchedEvent] {
        try await store.keep([signal(id, value, for: sample)]).matches
    }
}
