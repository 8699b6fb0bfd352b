import SagaEngine
import SagaValues
import Testing

extension StoreContract {
    static let deadLetters: [StoreCheck] = [
        StoreCheck("a dead letter is kept as it came, with the store's time, and other nodes see it") { fixture in
            let (store, other) = (try await fixture.makeStore(), try await fixture.makeStore())
            let before = try await store.ping()
            let letter = NewDeadLetter.sample("余额\0 'x'", body: [0, 0xFF, 0x22])
            try await store.keep(deadLetters: [letter])
            let (found, content) = try #require(try await other.deadLetter(letter.id))
            #expect(found.traits == letter.traits && found.traits.messageID == "余额 'x'")
            #expect(content == letter.content && content.body == [0, 0xFF, 0x22])
            #expect(found.seen == 1 && found.end == nil && found.isWhole && found.bodyBytes == 3)
            let after = try await store.ping()
            #expect(before <= found.receivedAt && found.receivedAt <= after)
            #expect(try await store.deadLetters(DeadLetterFilter(), after: nil, limit: 10) == [found])
            #expect(try await store.deadLetter(UUID.v7()) == nil)
            try await store.keep(deadLetters: [])
        },
        StoreCheck("one that comes again is not there twice: it counts, its last reason stands, and it is open again") {
            fixture in
            let store = try await fixture.makeStore()
            let first = NewDeadLetter.sample("m", reason: "body-not-json")
            let second = NewDeadLetter.sample("m", reason: "rejected", queue: "billing.commands")
            // In one call too.
            try await store.keep(deadLetters: [first, .sample("other"), first])
            let once = try #require(try await store.deadLetter(first.id)?.letter)
            #expect(once.seen == 2)
            try await store.end(once, .discarded)
            try await store.keep(deadLetters: [second, second])
            #expect(try await store.deadLetter(second.id) == nil)
            let again = try #require(try await store.deadLetter(first.id)?.letter)
            #expect(again.seen == 4 && again.end == nil && again.receivedAt == once.receivedAt)
            #expect(again.lastSeenAt >= once.lastSeenAt)
            #expect(again.traits.reason == "rejected" && again.traits.queue == "billing.commands")
            #expect(again.traits.messageID == "m")
            #expect(try await store.deadLetters(DeadLetterFilter(), after: nil, limit: 10).count == 2)
        },
        StoreCheck("an open one ends once, with its line in the audit; one that has come again meanwhile does not") {
            fixture in
            let store = try await fixture.makeStore()
            let new = NewDeadLetter.sample("m")
            try await store.keep(deadLetters: [new])
            let seen = try #require(try await store.deadLetter(new.id)?.letter)
            try await store.keep(deadLetters: [new])
            #expect(try await store.end(seen, .putBack) == false)
            #expect(try await store.deadLetter(new.id)?.letter.end == nil)
            #expect(try await store.auditRecords(AuditFilter(), before: nil, limit: 10).isEmpty)
            let now = try #require(try await store.deadLetter(new.id)?.letter)
            let before = try await store.ping()
            #expect(try await store.end(now, .putBack) == true)
            let end = try #require(try await store.deadLetter(new.id)?.letter.end)
            #expect(end.kind == .putBack && end.by == "ann" && end.reason == "mended" && end.at >= before)
            #expect(try await store.end(now, .discarded) == false)
            let lines = try await store.auditRecords(AuditFilter(), before: nil, limit: 10).map(\.record)
            #expect(lines.map(\.verb) == ["dead-letter"] && lines.first?.tenant == nil)
            #expect(lines.first?.author.subject == "ann" && lines.first?.reason == "mended")
        },
        StoreCheck("dead letters come newest first in pages, and each filter leaves out what it says") { fixture in
            let store = try await fixture.makeStore()
            let letters = [
                NewDeadLetter.sample("a", reason: "rejected", key: "billing.charge", queue: "billing.commands"),
                .sample("b", reason: "rejected", key: "saga.replies"), .sample("c", reason: "expired", key: nil),
                .sample("d", key: "billing.charge"),
            ]
            for letter in letters { try await store.keep(deadLetters: [letter]) }
            let ended = try #require(try await store.deadLetter(letters[3].id)?.letter)
            try await store.end(ended, .discarded)
            func ids(_ change: (inout DeadLetterFilter) -> Void) async throws -> String {
                var filter = DeadLetterFilter()
                change(&filter)
                let found = try await store.deadLetters(filter, after: nil, limit: 10)
                return found.map { $0.traits.messageID ?? "" }.joined()
            }
            #expect(try await ids { _ in } == "cba")
            #expect(try await ids { $0.state = .any } == "dcba")
            #expect(try await ids { $0.state = .ended(.discarded) } == "d")
            #expect(try await ids { $0.state = .ended(.putBack) } == "")
            #expect(try await ids { $0.reason = "rejected" } == "ba")
            #expect(try await ids { $0.queue = "billing.commands" } == "a")
            #expect(try await ids { ($0.state, $0.routingKey) = (.any, "billing.charge") } == "da")
            let third = try #require(try await store.deadLetter(letters[2].id)?.letter.receivedAt)
            #expect(try await ids { $0.receivedBefore = third } == "ba")
            #expect(try await ids { $0.receivedAfter = third } == "")
            let page = try await store.deadLetters(DeadLetterFilter(), after: letters[2].id, limit: 1)
            #expect(page.map(\.id) == [letters[1].id])
        },
        StoreCheck("ended dead letters are dropped by their end, a few at a time, and open ones stay") { fixture in
            let store = try await fixture.makeStore()
            let letters = (1...4).map { NewDeadLetter.sample("\($0)", body: [UInt8](repeating: 0, count: 100)) }
            try await store.keep(deadLetters: letters)
            let stock = try await store.deadLetterStock()
            #expect(stock.letters == 4 && stock.bytes >= 400)
            for letter in letters[..<3] {
                try await store.end(try #require(try await store.deadLetter(letter.id)?.letter), .discarded)
            }
            let last = try #require(try await store.deadLetter(letters[2].id)?.letter.end?.at)
            #expect(try await store.dropDeadLetters(endedBefore: last, limit: 1) == 1)
            #expect(try await store.deadLetter(letters[0].id) == nil, "the oldest end goes first")
            #expect(try await store.dropDeadLetters(endedBefore: last, limit: 10) == 1)
            #expect(try await store.dropDeadLetters(endedBefore: last, limit: 10) == 0)
            #expect(try await store.dropDeadLetters(endedBefore: last + .seconds(1), limit: 10) == 1)
            #expect(try await store.deadLetterStock().letters == 1)
            #expect(try await store.deadLetter(letters[3].id) != nil)
        },
        StoreCheck("of a body that is too large the beginning is kept, and it is still the same letter") { fixture in
            let store = try await fixture.makeStore()
            let body = [UInt8](repeating: 0x61, count: DeadLetterContent.bodyLimit + 1)
            let letter = NewDeadLetter.sample("large", body: body)
            let other = NewDeadLetter.sample("large", body: body + [0x62])
            try await store.keep(deadLetters: [letter])
            try await store.keep(deadLetters: [other, .sample("large", body: body)])
            let (found, content) = try #require(try await store.deadLetter(letter.id))
            #expect(!found.isWhole && found.bodyBytes == body.count && found.seen == 2)
            #expect(content.body.count < 100_000 && !content.body.isEmpty)
            #expect(try await store.deadLetter(other.id) != nil)
        },
    ]
}

extension NewDeadLetter {
    fileprivate static func sample(
        _ id: String, reason: String = "body-not-json", key: String? = "billing.charge", queue: String? = nil,
        body: [UInt8] = [0x7B]
    ) -> NewDeadLetter {
        NewDeadLetter(
            traits: DeadLetterTraits(
                exchange: "saga.commands", routingKey: key, queue: queue, reason: reason, detail: "d", messageID: id,
                correlationID: "c", type: "t", appID: nil),
            properties: ["messageId": .string(id.filter { $0 != "\0" })], body: body)
    }
}

extension SagaStore {
    @discardableResult
    fileprivate func end(_ letter: DeadLetter, _ kind: DeadLetter.End.Kind) async throws -> Bool {
        try await end(
            deadLetter: letter.id, seen: letter.seen, as: kind, by: "ann", reason: "mended",
            audit: AuditRecord(
                at: letter.receivedAt, author: .init(subject: "ann", credential: "c", role: "admin", address: nil),
                verb: "dead-letter", outcome: .done, tenant: nil, reason: "mended", detail: ["a": 1]))
    }
}
