import SagaCore
import SagaEngine
import SagaValues
import Testing

extension StoreContract {
    static let participants: [StoreCheck] = [
        StoreCheck("what nodes have seen of participants is added up, and told in the order of the names") { fixture in
            let (one, other) = (try await fixture.makeStore(), try await fixture.makeStore())
            let now = try await one.ping()
            var first = ParticipantNote(name: "stock")
            first.tally = ParticipantTally(done: 3, refused: 1, transient: 2, timedOut: 4, unroutable: 5)
            (first.lastReplyAt, first.lastFailureAt, first.lastFailure) = (now - .seconds(5), now - .seconds(4), "old")
            _ = try await one.exchange([first, ParticipantNote(name: "Stock")], window: .seconds(30))
            var second = ParticipantNote(name: "stock")
            second.tally = ParticipantTally(done: 10, timedOut: 1)
            (second.lastReplyAt, second.lastFailureAt, second.lastFailure) = (now - .seconds(9), now, "new")
            let found = try await other.exchange([second, ParticipantNote(name: "billing")], window: .seconds(30))
            #expect(found.map(\.name) == ["Stock", "billing", "stock"])
            let stock = try #require(found.last)
            let sum = ParticipantTally(done: 13, refused: 1, transient: 2, timedOut: 5, unroutable: 5)
            #expect(stock.counted == sum && stock.recent == sum)
            #expect(stock.lastReplyAt == now - .seconds(5))
            #expect(stock.lastFailureAt == now && stock.lastFailure == "new")
            #expect(stock.breaker == nil && stock.limits.isNone && stock.queue == nil && stock.version == 0)
            #expect(try await one.exchange([], window: .seconds(30)) == found)
            // An older failure changes nothing.
            let again = try await one.exchange([first], window: .seconds(30)).last
            #expect(again?.lastFailure == "new" && again?.lastReplyAt == now - .seconds(5))
        },
        StoreCheck("a queue is kept as it was seen last, and since when nobody takes from it") { fixture in
            let store = try await fixture.makeStore()
            func see(_ queue: QueueState?) async throws -> ParticipantRecord {
                var note = ParticipantNote(name: "stock")
                note.queue = queue
                return try #require(try await store.exchange([note], window: .seconds(30)).first)
            }
            let attended = try await see(QueueState(consumers: 2, ready: 7))
            #expect(attended.queue == QueueState(consumers: 2, ready: 7) && attended.unattendedSince == nil)
            let before = try await store.ping()
            let left = try await see(QueueState(consumers: 0, ready: 8))
            let since = try #require(left.unattendedSince)
            #expect(since >= before && left.queue == QueueState(consumers: 0, ready: 8))
            #expect(try await see(QueueState(consumers: 0, ready: 9)).unattendedSince == since)
            let unseen = try await see(nil)
            #expect(unseen.queue == QueueState(consumers: 0, ready: 9) && unseen.unattendedSince == since)
            let missing = try await see(.missing)
            #expect(missing.queue == .missing && missing.unattendedSince == nil)
            #expect(try await see(QueueState(consumers: 1, ready: 0)).unattendedSince == nil)
        },
        StoreCheck("limits and breakers are kept, for other nodes too, with their lines in the audit") { fixture in
            let (one, other) = (try await fixture.makeStore(), try await fixture.makeStore())
            let limits = ParticipantLimits(inFlight: 5, perSecond: 100)
            #expect(try await one.change(participant: "stock", .limits(limits), ifAt: nil, audit: .line("limit")))
            let now = Timestamp.wholeNow
            let open = BreakerState(
                phase: .open, mode: .automatic, since: now, reason: "it's \"down\" 余", nextProbe: now + .seconds(5),
                openings: 3)
            #expect(try await one.change(participant: "stock", .breaker(open), ifAt: 0, audit: .line("open")))
            let found = try #require(try await other.exchange([], window: .seconds(30)).first)
            #expect(found.limits == limits && found.breaker == open && found.version == 1)
            let forced = BreakerState(phase: .closed, mode: .closed, since: now, reason: "by hand")
            #expect(try await other.change(participant: "stock", .breaker(forced), ifAt: nil, audit: nil))
            let last = try #require(try await one.exchange([], window: .seconds(30)).first)
            #expect(last.breaker == forced && last.version == 2)
            _ = try await one.change(participant: "stock", .limits(.init()), ifAt: nil, audit: nil)
            #expect(try await one.exchange([], window: .seconds(30)).first?.limits.isNone == true)
            let lines = try await one.auditRecords(AuditFilter(), before: nil, limit: 10)
            #expect(lines.map(\.record.verb) == ["open", "limit"])
        },
        StoreCheck("of two who move a breaker from where it stood, one does, and only that is in the audit") {
            fixture in
            let (one, other) = (try await fixture.makeStore(), try await fixture.makeStore())
            let now = Timestamp.wholeNow
            func move(_ store: any SagaStore, _ reason: String) async throws -> Bool {
                let state = BreakerState(phase: .open, mode: .automatic, since: now, reason: reason)
                return try await store.change(
                    participant: "stock", .breaker(state), ifAt: 0, audit: .line(reason))
            }
            #expect(try await move(one, "first"))
            #expect(try await move(other, "second") == false)
            #expect(try await one.exchange([], window: .seconds(30)).first?.breaker?.reason == "first")
            #expect(
                try await one.auditRecords(AuditFilter(), before: nil, limit: 10).map(\.record.verb) == ["first"])
        },
        StoreCheck("a breaker counts nothing from before it moved, and old outcomes can be forgotten") { fixture in
            let store = try await fixture.makeStore()
            var note = ParticipantNote(name: "stock")
            note.tally = ParticipantTally(timedOut: 30)
            let counted = try await store.exchange([note], window: .seconds(30)).first
            #expect(counted?.counted == note.tally)
            let now = try await store.ping()
            let closed = BreakerState(phase: .closed, mode: .automatic, since: now + .seconds(2), reason: "back")
            _ = try await store.change(participant: "stock", .breaker(closed), ifAt: nil, audit: nil)
            let after = try #require(try await store.exchange([], window: .seconds(30)).first)
            #expect(after.counted.isEmpty && after.recent == note.tally)
            try await store.dropOutcomes(before: now - .seconds(60))
            #expect(try await store.exchange([], window: .seconds(30)).first?.recent == note.tally)
            try await store.dropOutcomes(before: now + .seconds(60))
            #expect(try await store.exchange([], window: .seconds(30)).first?.recent.isEmpty == true)
        },
    ]
}

extension AuditRecord {
    fileprivate static func line(_ verb: String) -> AuditRecord {
        AuditRecord(
            at: .wholeNow, author: Author(subject: "saga", credential: "engine", role: "engine", address: nil),
            verb: verb, outcome: .done, tenant: nil, reason: "")
    }
}
