import MemoryStore
import SagaAPI
import SagaCore
import SagaEngine
import SagaValues
import TestAPI
import TestSupport
import Testing
import Workflows

@Suite("Exports of sagas") struct ExportTests {
    private static let order = """
        workflow: order
        version: 1
        input:
          type: object
          required: [card]
          properties: { card: { type: string }, n: { type: integer } }
        sensitive: [input.card, reserve.code]
        steps:
          - reserve: { do: stock.reserve, undo: stock.release, with: { card: "${input.card}" } }
          - pay: { do: money.take, pivot: true }
          - ship: { do: parcel.ship, with: { place: "${reserve.place}" } }
        output: { place: "${reserve.place}", code: "${reserve.code}" }
        """

    private static func bus() -> ScriptedBus {
        ScriptedBus { command in
            switch command.action {
            case "stock.reserve": .done(#"{"code":"top secret","place":"A 7"}"#)
            case "parcel.ship" where command.round == 1: .rejected("no-address")
            default: .done()
            }
        }
    }

    /// A saga that waits for a person.
    private func withHeld(_ body: @escaping @Sendable (TestAPI, UUID) async throws -> Void) async throws {
        try await TestAPI.run(bus: Self.bus()) { api in
            try await api.deploy(Self.order)
            let id = try await api.start("order", ["card": "4111", "n": 1], key: "key", tenant: "acme")
            try await eventually("it waits for a person") {
                try await api.get("/v1/sagas/\(id)").decode(SagaDetail.self).saga.hasOpenIncident
            }
            try await body(api, id)
        }
    }

    private func export(_ api: TestAPI, _ id: UUID) async throws -> JSON {
        let answer = try await api.get("/v1/sagas/\(id)/export")
        try #require(answer.status == 200)
        return try JSON(parsing: answer.bytes, limits: .init(bytes: 8 << 20))
    }

    @Test("have all that is known of a saga, and play again to the state that is stored, open or ended")
    func whole() async throws {
        try await withHeld { api, id in
            _ = try await api.send("POST", "/v1/sagas/\(id)/retry", #"{"reason":"not yet","step":"reserve"}"#)
            let revision = try await api.get("/v1/sagas/\(id)").decode(SagaDetail.self).saga.revision
            _ = try await api.send("POST", "/v1/incidents/\(id)/\(revision)/comment", #"{"text":"seen"}"#)
            let held = try await export(api, id)
            #expect(held["saga"]?["status"] == "running" && held["saga"]?["tenant"] == "acme")
            #expect(held["incidents"]?[0]?["errorCode"] == "no-address")
            #expect(held["incidents"]?[0]?["comments"]?[0]?["text"] == "seen")
            #expect(held["audit"]?.arrayValue?.map { $0["verb"] } == ["retry", "comment"])
            #expect(held["input"] == ["card": "***", "n": 1] && held["output"] == nil)
            let open = try SagaReplay(try SagaRecord(held))
            #expect(open.differences.isEmpty && open.saga.steps.last?.phase == .held)

            _ = try await api.send(
                "POST", "/v1/sagas/\(id)/retry", #"{"reason":"found it","step":"ship","patch":{"place":"B 2"}}"#)
            let ended = try #require(try await api.engine.waitForEnd(id, upTo: .seconds(30)))
            #expect(ended.row.status == .completed)
            let json = try await export(api, id)
            #expect(json["output"] == ["place": "A 7", "code": "***"])
            #expect(json["saga"]?["endedAt"] != nil && json["saga"]?["idempotencyKey"] == "key")
            #expect(json["workflow"]?["source"] == .string(Self.order))
            let text = json.text
            #expect(!text.contains("4111") && !text.contains("top secret"))
            #expect(text.contains("B 2") && text.contains("found it"))
            let record = try SagaRecord(json)
            let replay = try SagaReplay(record)
            #expect(replay.differences.isEmpty && replay.saga.status == .completed)
            #expect(replay.story.count == ended.row.revision)
            let stored = try await api.store.history(id, after: 0, limit: 100)
            #expect(record.history.map(\.kind) == stored.map(\.kind) && record.history.map(\.at) == stored.map(\.at))
            // The audit has who took it out.
            let lines = try await api.get("/v1/audit?verb=export").decode(AuditPage.self).audit
            #expect(lines.count == 2 && lines.allSatisfy { $0.saga == id && $0.tenant == "acme" })
            let half = try SagaReplay(record, upTo: 2)
            #expect(half.differences.isEmpty && half.saga.revision == 2 && half.saga.status == .running)
        }
    }

    @Test("that were tampered with are found out")
    func tampered() async throws {
        try await withHeld { api, id in
            let json = try await export(api, id)
            #expect(try SagaReplay(try SagaRecord(json)).differences.isEmpty)
            let rows = json["history"]?.arrayValue ?? []
            let saga = json["saga"] ?? .null
            let workflow = json["workflow"] ?? .null

            let status = try differences(json.with("saga", saga.with("status", "completed")))
            #expect(status.count == 1 && status[0].contains("completed"))
            let state = try differences(json.with("state", "{}"))
            #expect(state.count == 1 && state[0].contains("leads to"))
            let short = try differences(json.with("history", .array(rows.dropLast())))
            #expect(short.contains { $0.contains("ends at \(rows.count - 1)") })
            // Another thing happened than is stored.
            var others = rows
            others[rows.count - 1] = rows[rows.count - 1].with("kind", "working")
            #expect(try differences(json.with("history", .array(others))).count == 1)

            var gap = rows
            gap.remove(at: 1)
            #expect(flaw(json.with("history", .array(gap))).contains("gap"))
            var strange = rows
            strange[1] = .null
            #expect(flaw(json.with("history", .array(strange))).contains("row 2"))
            let other = workflow.with("source", .string(Self.order + "# another"))
            #expect(flaw(json.with("workflow", other)).contains("digests"))
            let nonsense = workflow.with("source", "workflow: 1")
            #expect(flaw(json.with("workflow", nonsense)).contains("compiled"))
            #expect(flaw(json.with("workflow", workflow.with("source", nil))).contains("not in it"))
            #expect(flaw(json.with("format", .number("2"))).contains("format"))
            #expect(flaw(json.with("record", "end")).contains("no exported saga"))
            #expect(flaw(json.with("state", nil)).contains("missing"))
        }
    }

    private func differences(_ json: JSON) throws -> [String] {
        try SagaReplay(try SagaRecord(json)).differences
    }

    /// Why it cannot be played; empty if it can.
    private func flaw(_ json: JSON) -> String {
        do throws(SagaRecord.Flaw) {
            _ = try SagaReplay(try SagaRecord(json))
            return ""
        } catch {
            return error.description
        }
    }

    @Test("of a saga that was archived there is none; the API says where it is, to its own tenant only")
    func archived() async throws {
        try await withHeld { api, id in
            _ = try await api.send("POST", "/v1/sagas/\(id)/abandon", #"{"reason":"over"}"#)
            try api.memory.archive([id], file: "/archive/2026.jsonl")
            for path in ["", "/history", "/export", "/explanation"] {
                let answer = try await api.get("/v1/sagas/\(id)\(path)")
                try expectProblem(answer, 410, "SAGA-0262", naming: "abandoned", "2026.jsonl")
                #expect(try answer.decode(Problem.self).saga == id)
            }
            let own = try await api.token(.operator, tenant: "acme").text
            let foreign = try await api.token(.operator, tenant: "globex").text
            try expectProblem(try await api.send("GET", "/v1/sagas/\(id)", as: own), 410, "SAGA-0262")
            try expectProblem(try await api.send("GET", "/v1/sagas/\(id)", as: foreign), 404, "SAGA-0203")
            // A start with its key starts nothing.
            let body = #"{"workflow":"order","tenant":"acme","input":{"card":"4111","n":1}}"#
            try expectProblem(try await api.post(body), 410, "SAGA-0262", naming: "\(id)")
            try expectProblem(
                try await api.post(body.replacing("4111", with: "4222")), 409, "SAGA-0206", naming: "\(id)")
        }
    }
}

extension JSON {
    fileprivate func with(_ name: String, _ value: JSON?) -> JSON {
        guard var object = objectValue else { return self }
        object[name] = value
        return .object(object)
    }
}
