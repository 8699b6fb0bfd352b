import SagaAPI
import SagaCore
import SagaEngine
import SagaValues
import Synchronization
import TestAPI
import TestSupport
import Testing
import Workflows

/// Sagas that go on by another version of their workflow, through the API and down to what participants are sent.
@Suite struct MigrationVerbTests {
    private static func order(_ version: Int, _ rest: String, locks: String = "") -> String {
        """
        workflow: order
        version: \(version)
        input:
          type: object
          required: [n, card]
          properties: { n: { type: integer }, card: { type: string } }
        sensitive: [input.card, book.code]
        \(locks)
        steps:
          - book: { do: stock.book, undo: stock.unbook, with: { n: "${input.n}" } }
          - old: { do: misc.look, readonly: true, optional: true, when: "${input.n > 100}" }
          - ship: { do: parcel.ship, undo: parcel.return, onUnknown: incident, retry: { attempts: 1, timeout: 30ms } }
        \(rest)
        output: { place: "${book.place}" }
        """
    }
    private static let first = order(
        1, "  - tell: { do: mail.wrong, pivot: true, with: { place: \"${book.place}\" } }",
        locks: "locks: [\"order:${input.n}\"]")
    /// Another mail, a check before it, and neither the lock nor the step that was passed over.
    private static let second = order(
        2,
        """
          - check: { do: mail.check, readonly: true, with: { code: "${book.code}" } }
          - tell: { do: mail.right, pivot: true, with: { place: "${book.place}" } }
        """
    ).replacing("  - old: { do: misc.look, readonly: true, optional: true, when: \"${input.n > 100}\" }\n", with: "")
    /// What was booked would be undone in another way.
    private static let third = second.replacing("version: 2", with: "version: 3")
        .replacing("stock.unbook", with: "stock.free")
    /// What is sensitive would be seen.
    private static let fourth = second.replacing("version: 2", with: "version: 4")
        .replacing("[input.card, book.code]", with: "[input.card]")

    private final class Sent: Sendable {
        private let actions = Mutex<[String]>([])
        func note(_ action: String) { actions.withLock { $0.append(action) } }
        var all: [String] { actions.withLock(\.self) }
    }

    private struct Scene: Sendable {
        let api: TestAPI
        let id: UUID
        let sent: Sent

        func ask(_ body: String, headers: [String: String] = [:]) async throws -> HTTPAnswer {
            try await api.send("POST", "/v1/sagas/\(id)/migrate", body, headers: headers)
        }

        func detail() async throws -> SagaDetail { try await api.get("/v1/sagas/\(id)").decode(SagaDetail.self) }
    }

    /// A saga of version 1 whose second step nobody answers, and the other versions.
    private func scene(_ body: @escaping @Sendable (Scene) async throws -> Void) async throws {
        let sent = Sent()
        let bus = ScriptedBus { command in
            sent.note(command.action)
            return switch command.action {
            case "stock.book": .done(#"{"place":"A 7","code":"top secret"}"#)
            case "parcel.ship" where command.round == 1: .silence
            default: .done()
            }
        }
        try await TestAPI.run(bus: bus) { api in
            try await api.deploy(Self.first)
            let id = try await api.start("order", ["n": 1, "card": "4111"], key: "key", tenant: "acme")
            let scene = Scene(api: api, id: id, sent: sent)
            try await eventually("it waits for a person") { try await scene.detail().saga.hasOpenIncident }
            for version in [Self.second, Self.third, Self.fourth] { try await api.deploy(version) }
            try await body(scene)
        }
    }

    @Test("go on by it, with what was done as it was; the versions before are remembered")
    func moves() async throws {
        try await scene { scene in
            let api = scene.api
            let before = try await scene.detail()
            let dry = try await scene.ask(#"{"reason":"wrong mail","version":2,"dryRun":true}"#)
            #expect(dry.status == 200 && dry.text.contains("by version 2 instead of 1"))
            #expect(try await scene.detail().saga.version == 1)

            let answer = try await scene.ask(
                #"{"reason":"wrong mail","version":2}"#, headers: ["If-Match": "\"\(before.saga.revision)\""])
            #expect(answer.status == 200, "\(answer.text)")
            let told = try answer.decode(OperatorAnswer.self)
            #expect(told.revision == before.saga.revision + 1)
            #expect(told.changes.contains("'book' stays done.") && told.changes.contains("'ship' stays held."))
            let moved = try await scene.detail()
            #expect(moved.saga.version == 2 && moved.steps.map(\.name) == ["book", "ship", "check", "tell"])
            #expect(moved.saga.hasOpenIncident && moved.steps.map(\.phase) == ["done", "held", "waiting", "waiting"])
            #expect(moved.steps[0].startedAt == before.steps[0].startedAt && moved.steps[1].attempts == 1)
            #expect(moved.steps[0].output == ["place": "A 7", "code": "***"])
            let explained = try await api.get("/v1/sagas/\(scene.id)/explanation").decode(ExplanationView.self)
            #expect(explained.waits.first?.since == before.saga.updatedAt, "it waits since then, not since the move")
            let incidents = try await api.get("/v1/incidents?workflow=order&version=2").decode(IncidentList.self)
            #expect(incidents.incidents.count == 1)

            _ = try await api.send("POST", "/v1/sagas/\(scene.id)/retry", #"{"reason":"now"}"#)
            let ended = try #require(try await api.engine.waitForEnd(scene.id, upTo: .seconds(30)))
            #expect(ended.row.status == .completed)
            #expect(
                scene.sent.all.filter { $0 != "parcel.ship" } == ["stock.book", "mail.check", "mail.right"],
                "\(scene.sent.all)")

            // Its lock was one of the version that it left.
            let next = try await api.start(
                "order", ["n": 1, "card": "4111"], key: "next", tenant: "acme", version: 1)
            #expect(try await api.get("/v1/sagas/\(next)").decode(SagaDetail.self).saga.status != "queued")

            let history = try await api.get("/v1/sagas/\(scene.id)/history").decode(HistoryPage.self).history
            let row = try #require(history.first { $0.kind == "migrated" })
            #expect(row.data?["message"] == "wrong mail" && row.data?["value"]?["to"] == 2 && row.data?["by"] != nil)
            #expect(history.contains { $0.kind == "decided" && $0.step == "old" }, "what was left is still told of")
            #expect(!history.contains { $0.data?.text.contains("secret") ?? false })
            let lines = try await api.get("/v1/audit?verb=migrate").decode(AuditPage.self).audit
            #expect(lines.count == 1 && lines[0].reason == "wrong mail")
            #expect(lines[0].detail["versionBefore"] == 1 && lines[0].detail["versionAfter"] == 2)
        }
    }

    @Test("are exported with all versions, and play again by each in its time")
    func exported() async throws {
        try await scene { scene in
            let moved = try await scene.ask(#"{"reason":"r","version":2}"#).decode(OperatorAnswer.self)
            let answer = try await scene.api.get("/v1/sagas/\(scene.id)/export")
            let json = try JSON(parsing: answer.bytes, limits: .init(bytes: 8 << 20))
            #expect(json["workflow"]?["version"] == 2 && json["formerWorkflows"]?[0]?["version"] == 1)
            #expect(json["formerWorkflows"]?[0]?["revision"] == JSON(moved.revision))
            #expect(!json.text.contains("top secret") && !json.text.contains("4111"))
            let record = try SagaRecord(json)
            let replay = try SagaReplay(record)
            #expect(replay.differences == [] && replay.plan.version == 2)
            #expect(replay.saga.left == [.init(revision: moved.revision, version: 1)])
            #expect(try SagaReplay(record, upTo: moved.revision - 1).plan.version == 1)
            #expect(throws: SagaRecord.Flaw.self) {
                _ = try SagaReplay(try SagaRecord(json.patched(with: ["formerWorkflows": .null])))
            }
        }
    }

    @Test("are refused where something would be left behind, shown, or is not there; nothing changes then")
    func refusals() async throws {
        try await scene { scene in
            let before = try await scene.detail().saga.revision
            for (version, word) in [
                (3, "version 3 undoes it with stock.free"), (4, "book.code, which is sensitive"),
                (1, "goes by version 1 already"),
            ] {
                let answer = try await scene.ask(#"{"reason":"r","version":\#(version)}"#)
                try expectProblem(answer, 409, "SAGA-0209", naming: word)
            }
            try expectProblem(try await scene.ask(#"{"reason":"r","version":9}"#), 404, "SAGA-0203", naming: "9")
            try expectProblem(try await scene.ask(#"{"reason":"r"}"#), 400, "SAGA-0201", naming: "version")
            try expectProblem(try await scene.ask(#"{"reason":"r","version":0}"#), 400, "SAGA-0201", naming: "from 1")
            let stale = try await scene.ask(#"{"reason":"r","version":2}"#, headers: ["If-Match": "\"1\""])
            try expectProblem(stale, 412, "SAGA-0208", naming: "\(before)")
            #expect(try await scene.detail().saga.revision == before)
            let lines = try await scene.api.get("/v1/audit?verb=migrate").decode(AuditPage.self).audit
            #expect(lines.count >= 3 && lines.allSatisfy { $0.outcome == "refused" })
        }
    }

    @Test("move as a job, each once; those that cannot say why")
    func many() async throws {
        try await scene { scene in
            let order = #"{"verb":"migrate","version":2,"reason":"all","filter":{"workflow":"order"},"tenant":"acme"}"#
            let made = try await scene.api.send(
                "POST", "/v1/jobs", order, headers: ["Idempotency-Key": "job-1"]
            ).decode(JobAnswer.self)
            let job = try #require(made.job)
            #expect(job.verb == "migrate" && job.version == 2 && job.total == 1)
            try await eventually("the job is done") {
                try await scene.api.get("/v1/jobs/\(job.id)").decode(JobView.self).endedAt != nil
            }
            #expect(try await scene.api.get("/v1/jobs/\(job.id)").decode(JobView.self).done == 1)
            #expect(try await scene.detail().saga.version == 2)

            let nowhere = order.replacing(#""version":2"#, with: #""version":9"#)
            let second = try await scene.api.send(
                "POST", "/v1/jobs", nowhere, headers: ["Idempotency-Key": "job-2"]
            ).decode(JobAnswer.self)
            let lost = try #require(second.job)
            try await eventually("the job to a version that is not there ends") {
                try await scene.api.get("/v1/jobs/\(lost.id)").decode(JobView.self).endedAt != nil
            }
            let items = try await scene.api.get("/v1/jobs/\(lost.id)/items?status=refused").decode(JobItemPage.self)
            #expect(items.items.map(\.message) == ["there is no version 9 of workflow order"])
        }
    }
}
