import MemoryStore
import SagaAPI
import SagaEngine
import SagaValues
import Synchronization
import TestAPI
import TestSupport
import Testing

extension NewDeadLetter {
    /// A reply that nobody could read.
    static func sample(
        _ id: String = "m-1", body: [UInt8] = Array(#"{"amount":"99.00"}"#.utf8), correlationID: String? = nil
    ) -> NewDeadLetter {
        NewDeadLetter(
            traits: DeadLetterTraits(
                exchange: "saga.replies", routingKey: "saga.replies", queue: nil, reason: "unknown-reply-type",
                detail: "no such class", messageID: id, correlationID: correlationID, type: "maybe", appID: "billing"),
            properties: ["messageId": .string(id), "headers": [["saga-attempt", ["int": 2]]]], body: body)
    }
}

@Suite("Dead letters over the API") struct DeadLetterTests {
    private func letters(_ api: TestAPI, _ query: String = "") async throws -> [DeadLetterView] {
        try await api.get("/v1/dead-letters\(query)").decode(DeadLetterPage.self).deadLetters
    }

    private func settle(
        _ api: TestAPI, _ id: UUID, _ verb: String, _ body: String = #"{"reason":"mended"}"#
    ) async throws -> HTTPAnswer {
        try await api.send("POST", "/v1/dead-letters/\(id)/\(verb)", body)
    }

    private func audit(_ api: TestAPI) async throws -> [AuditView] {
        try await api.get("/v1/audit").decode(AuditPage.self).audit
    }

    @Test("are listed without their bodies, which are shown on request only, as far as they are text")
    func shown() async throws {
        try await TestAPI.run { api in
            let saga = UUID.v7()
            let text = NewDeadLetter.sample(correlationID: "\(saga).charge.0.do")
            let bytes = NewDeadLetter.sample("m-2", body: [0xFF, 0], correlationID: saga.description)
            try await api.memory.keep(deadLetters: [text, bytes])
            let list = try await letters(api)
            #expect(list.map(\.id) == [bytes.id, text.id])
            #expect(list.allSatisfy { $0.body == nil && $0.properties == nil && $0.saga == saga })
            let plain = try await api.get("/v1/dead-letters/\(text.id)")
            #expect(!String(decoding: plain.bytes, as: UTF8.self).contains("99.00"))
            let view = try plain.decode(DeadLetterView.self)
            #expect(view.bodyIsText == nil && view.properties?["headers"]?[0]?[0] == "saga-attempt")
            #expect(view.reason == "unknown-reply-type" && view.status == "open" && view.seen == 1)
            let whole = try await api.get("/v1/dead-letters/\(text.id)?body=true").decode(DeadLetterView.self)
            #expect(whole.body == #"{"amount":"99.00"}"# && whole.bodyIsText == true)
            let raw = try await api.get("/v1/dead-letters/\(bytes.id)?body=true").decode(DeadLetterView.self)
            #expect(raw.body == nil && raw.bodyIsText == false && raw.bodyBytes == 2)
            let page = try await api.get("/v1/dead-letters?limit=1").decode(DeadLetterPage.self)
            #expect(page.next == bytes.id)
            #expect(try await letters(api, "?limit=1&cursor=\(bytes.id)").map(\.id) == [text.id])
            #expect(try await letters(api, "?reason=rejected").isEmpty)
            try expectProblem(try await api.get("/v1/dead-letters?state=lost"), 400, "SAGA-0201", naming: "discarded")
            try expectProblem(try await api.get("/v1/dead-letters/\(UUID.v7())"), 404, "SAGA-0203")
            try expectProblem(try await api.get("/v1/dead-letters/x"), 400, "SAGA-0201")
        }
    }

    @Test("are put back once the broker has confirmed it, by somebody, and not twice")
    func putBack() async throws {
        let published = Mutex<[DeadLetterContent]>([])
        let bus = ScriptedBus()
        bus.whenPutBack { content in
            published.withLock { $0.append(content) }
            return .confirmed
        }
        try await TestAPI.run(bus: bus) { api in
            let letter = NewDeadLetter.sample()
            try await api.memory.keep(deadLetters: [letter])
            let rehearsed = try await settle(api, letter.id, "put-back", #"{"dryRun":true}"#)
            #expect(try rehearsed.decode(DeadLetterAnswer.self).status == "open")
            #expect(published.withLock { $0 }.isEmpty)
            #expect(try await audit(api).isEmpty)

            let answer = try await settle(api, letter.id, "put-back").decode(DeadLetterAnswer.self)
            #expect(answer.status == "put-back" && answer.changes == ["it went to saga.replies, key saga.replies"])
            #expect(published.withLock { $0 } == [letter.content])
            let view = try await api.get("/v1/dead-letters/\(letter.id)").decode(DeadLetterView.self)
            #expect(view.endedBy == "admin" && view.endReason == "mended" && view.endedAt != nil)
            #expect(try await letters(api).isEmpty)
            #expect(try await letters(api, "?state=put-back").count == 1)
            try expectProblem(try await settle(api, letter.id, "put-back"), 409, "SAGA-0260", naming: "put back")
            try expectProblem(try await settle(api, letter.id, "discard"), 409, "SAGA-0260", naming: "put back")
            #expect(published.withLock { $0 }.count == 1)
            let lines = try await audit(api)
            #expect(
                lines.map { "\($0.verb) \($0.outcome)" } == [
                    "dead-letter-discard refused", "dead-letter-put-back refused", "dead-letter-put-back done",
                ])
            #expect(lines.allSatisfy { $0.detail["letter"] == .string(letter.id.description) })
            #expect(lines.allSatisfy { !$0.detail.text.contains("99.00") })
        }
    }

    @Test("stay open when nobody takes them there, or the broker says nothing")
    func refused() async throws {
        let outcome = Mutex(SendOutcome.unroutable)
        let bus = ScriptedBus()
        bus.whenPutBack { _ in outcome.withLock { $0 } }
        try await TestAPI.run(bus: bus) { api in
            let letter = NewDeadLetter.sample()
            try await api.memory.keep(deadLetters: [letter])
            try expectProblem(
                try await settle(api, letter.id, "put-back"), 409, "SAGA-0261", naming: "no queue", "saga.replies")
            outcome.withLock { $0 = .invalid(reason: "nothing says where") }
            try expectProblem(try await settle(api, letter.id, "put-back"), 409, "SAGA-0261", naming: "nothing says")
            outcome.withLock { $0 = .unconfirmed }
            try expectProblem(try await settle(api, letter.id, "put-back"), 503, "SAGA-0211", naming: "again")
            #expect(try await letters(api).map(\.id) == [letter.id])
            outcome.withLock { $0 = .confirmed }
            #expect(try await settle(api, letter.id, "put-back").status == 200)
            #expect(try await audit(api).map(\.outcome) == ["done", "refused", "refused"])
        }
    }

    @Test("that die again while they are put back stay open")
    func diesAgain() async throws {
        let bus = ScriptedBus()
        try await TestAPI.run(bus: bus) { api in
            let letter = NewDeadLetter.sample()
            try await api.memory.keep(deadLetters: [letter])
            bus.whenPutBack { [memory = api.memory] _ in
                // Its receiver was quicker than our answer.
                try? await memory.keep(deadLetters: [letter])
                return .confirmed
            }
            let answer = try await settle(api, letter.id, "put-back").decode(DeadLetterAnswer.self)
            #expect(answer.status == "open" && answer.changes.last?.contains("come again") == true)
            #expect(try await letters(api).map(\.seen) == [2])
            #expect(try await audit(api).map { "\($0.verb) \($0.outcome)" } == ["dead-letter-put-back done"])
        }
    }

    @Test("are discarded with a reason, which stays in the audit")
    func discarded() async throws {
        try await TestAPI.run { api in
            let letter = NewDeadLetter.sample()
            try await api.memory.keep(deadLetters: [letter])
            for body in ["{}", #"{"reason":""}"#, #"{"reason":"a\u0000"}"#, #"{"reason":"a","step":"x"}"#] {
                try expectProblem(try await settle(api, letter.id, "discard", body), 400, "SAGA-0201")
            }
            let rehearsed = try await settle(api, letter.id, "discard", #"{"reason":"old","dryRun":true}"#)
            #expect(try rehearsed.decode(DeadLetterAnswer.self).status == "open")
            #expect(try await letters(api).count == 1)
            let answer = try await settle(api, letter.id, "discard", #"{"reason":"old"}"#)
            #expect(try answer.decode(DeadLetterAnswer.self).status == "discarded")
            #expect(try await letters(api, "?state=discarded").first?.endReason == "old")
            #expect(try await audit(api).map(\.reason) == ["old"])
            try expectProblem(try await settle(api, UUID.v7(), "discard"), 404, "SAGA-0203")
        }
    }
}
