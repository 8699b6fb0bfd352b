import MemoryStore
import SagaAPI
import SagaEngine
import SagaValues
import TestAPI
import Testing

@Suite struct DeadCommandTests {
    private static func letter(_ id: String, body: String = "{\"pin\":\"4711\"}\nsecond \u{1B}[31m line")
        -> NewDeadLetter
    {
        NewDeadLetter(
            traits: DeadLetterTraits(
                exchange: "saga.commands", routingKey: "billing.charge", queue: nil, reason: "invalid-header",
                detail: "no attempt", messageID: id, correlationID: nil, type: "billing.charge", appID: "saga/n"),
            properties: ["headers": [["saga-attempt", ["string": "x\u{1B}[2J"]]]], body: Array((id + body).utf8))
    }

    @Test("dead letters are listed and shown, their bodies on request only and without control characters")
    func look() async throws {
        try await TestAPI.run { api in
            #expect(try await saga("dead", environment: api.environment).output == "no dead letters\n")
            let letters = [Self.letter("a"), Self.letter("b")]
            try await api.memory.keep(deadLetters: letters)
            let list = try await saga("dead", environment: api.environment)
            #expect(list.lines[1].hasPrefix(letters[1].id.description) && list.lines[2].contains("billing.charge"))
            #expect(list.output.contains("invalid-header") && !list.output.contains("4711"))
            let id = letters[0].id.description
            let one = try await saga("dead", id, environment: api.environment)
            for word in [id, "saga.commands", "no attempt", "saga-attempt: x"] { #expect(one.output.contains(word)) }
            #expect(!one.output.contains("4711"))
            let whole = try await saga("dead", id, "--body", environment: api.environment)
            #expect(whole.output.contains(#"{"pin":"4711"}"#) && whole.lines.last?.hasPrefix("second") == true)
            let json = try await saga("dead", "--json", "--limit", "1", environment: api.environment)
            #expect(try JSON(parsing: Array(json.output.utf8))["next"] == .string(letters[1].id.description))
            let filtered = try await saga("dead", "--reason", "rejected", environment: api.environment)
            #expect(filtered.output == "no dead letters\n")
            #expect(try await saga("dead", "--body", environment: api.environment).status == 64)
            let typo = try await saga("dead", "nonsense", environment: api.environment)
            #expect(typo.status == 64 && typo.errors.contains("dead letter"), "\(typo.errors)")
            let missing = try await saga("dead", UUID.v7().description, environment: api.environment)
            #expect(missing.status == 1 && missing.errors.contains("SAGA-0203"))
        }
    }

    @Test("several are put back and discarded at once; one that is refused is told, and does not hold up the others")
    func settle() async throws {
        let bus = ScriptedBus()
        bus.whenPutBack { $0.body.first == UInt8(ascii: "b") ? .unroutable : .confirmed }
        try await TestAPI.run(bus: bus) { api in
            let letters = ["a", "b", "c"].map { Self.letter($0) }
            try await api.memory.keep(deadLetters: letters)
            let ids = letters.map(\.id.description)
            let dry = try await saga("dead", "put-back", ids[0], "--dry-run", environment: api.environment)
            #expect(dry.status == 0 && dry.output.contains("would go to saga.commands"))
            let run = try await saga(["dead", "put-back"] + ids, environment: api.environment)
            #expect(run.status == 1 && run.lines.count == 2, "\(run.output)")
            #expect(run.errors.contains(ids[1]) && run.errors.contains("SAGA-0261"))
            let alone = try await saga("dead", "put-back", ids[0], environment: api.environment)
            #expect(alone.status == 1 && alone.errors.contains("SAGA-0260"))
            #expect(try await saga("dead", "discard", ids[1], environment: api.environment).status == 64)
            let discarded = try await saga(
                "dead", "discard", ids[1], "--reason", "nobody needs it", environment: api.environment)
            #expect(discarded.status == 0 && discarded.output == "\(ids[1]): it is discarded\n")
            let audit = try await saga("audit", "--json", "--verb", "dead-letter-discard", environment: api.environment)
            #expect(try JSON(parsing: Array(audit.output.utf8))["reason"] == "nobody needs it")
            #expect(try await saga("dead", environment: api.environment).output == "no dead letters\n")
        }
    }
}
