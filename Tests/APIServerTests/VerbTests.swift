import SagaAPI
import SagaEngine
import SagaValues
import Synchronization
import TestAPI
import TestSupport
import Testing

/// What a person can ask of a saga, through the API and down to what participants are sent.
@Suite struct VerbTests {
    /// Its second step is the point of no return; whoever does not answer it leaves it in doubt.
    private static let rescue = """
        workflow: rescue
        version: 1
        input:
          type: object
          required: [to, card]
          properties: { to: { type: string }, card: { type: string } }
        sensitive: [input.card]
        steps:
          - book: { do: stock.book, undo: stock.unbook, onUnknown: incident, retry: { attempts: 1, timeout: 30ms }, undoRetry: { attempts: 1, timeout: 30ms } }
          - pay: { do: money.take, pivot: true, onUnknown: incident, retry: { attempts: 1, timeout: 30ms }, with: { card: "${input.card}" } }
          - ship: { do: parcel.ship, skippable: true, with: { to: "${input.to}", receipt: "${pay.id}" } }
          - tell: { do: mail.tell, with: { parcel: "${ship.id}" } }
        output: { parcel: "${ship.id}" }
        """

    /// The bodies of the commands of each action, in the order in which they were sent.
    private final class Sent: Sendable {
        private let bodies = Mutex<[String: [JSON]]>([:])

        func note(_ command: Command) {
            bodies.withLock { $0[command.action, default: []].append(command.body) }
        }

        func last(_ action: String) -> JSON? { bodies.withLock { $0[action]?.last } }
        func count(_ action: String) -> Int { bodies.withLock { $0[action]?.count ?? 0 } }
    }

    private struct Scene: Sendable {
        let api: TestAPI
        let id: UUID
        let sent: Sent

        func ask(_ verb: String, _ body: String) async throws -> HTTPAnswer {
            try await api.send("POST", "/v1/sagas/\(id)/\(verb)", body)
        }

        func done(_ verb: String, _ body: String) async throws -> OperatorAnswer {
            let answer = try await ask(verb, body)
            #expect(answer.status == 200, "\(verb) \(body): \(answer.text)")
            return try answer.decode(OperatorAnswer.self)
        }

        func refused(_ verb: String, _ body: String, naming words: String...) async throws {
            let before = try await detail().saga
            let answer = try await ask(verb, body)
            try expectProblem(answer, 409, "SAGA-0209")
            for word in words { #expect(answer.text.contains(word), "\(verb): \(answer.text)") }
            #expect(try await detail().saga.revision == before.revision, "\(verb) is refused and changes nothing")
        }

        func detail() async throws -> SagaDetail { try await api.get("/v1/sagas/\(id)").decode(SagaDetail.self) }

        func end() async throws -> SagaDetail {
            try await api.get("/v1/sagas/\(id)", headers: ["Prefer": "wait=60"]).decode(SagaDetail.self)
        }

        func phase(_ step: String) async throws -> String? { try await detail().steps.first { $0.name == step }?.phase }

        func history() async throws -> [HistoryItem] {
            try await api.get("/v1/sagas/\(id)/history").decode(HistoryPage.self).history
        }
    }

    /// Runs a saga of which one action is answered in its own way, and another may be refused, until a step of it waits
    /// for a person.
    private func withHeld(
        _ step: String, _ action: String, _ answer: ScriptedBus.Answer, refusing refused: String? = nil,
        _ body: @escaping @Sendable (Scene) async throws -> Void
    ) async throws {
        let sent = Sent()
        let bus = ScriptedBus { command in
            sent.note(command)
            if command.action == refused { return .rejected("no") }
            return command.action == action ? answer : .done(#"{"id":"\#(command.action)-1"}"#)
        }
        try await TestAPI.run(bus: bus) { api in
            try await api.deploy(Self.rescue)
            let id = try await api.start("rescue", ["to": "Rome", "card": "4111"], key: "key")
            let scene = Scene(api: api, id: id, sent: sent)
            try await eventually("it waits for a person") {
                ["held", "undo-held"].contains(try await scene.phase(step) ?? "")
            }
            bus.answer { command in
                sent.note(command)
                return .done(#"{"id":"\#(command.action)-2"}"#)
            }
            try await body(scene)
        }
    }

    @Test("the point of no return that nobody knows about: refused to be undone, and resolved as done")
    func resolvedDone() async throws {
        try await withHeld("pay", "money.take", .silence) { scene in
            try await scene.refused("compensate", #"{"reason":"r"}"#, naming: "pay", "resolve")
            try await scene.refused("skip", #"{"reason":"r","step":"pay","force":true}"#, naming: "point of no return")
            try await scene.refused(
                "resolve", #"{"reason":"r","step":"pay","outcome":"undone"}"#, naming: "not-done",
                "resolve 'pay' as done")
            let result = try await scene.done(
                "resolve", #"{"reason":"seen at the bank","step":"pay","outcome":"done","output":{"id":"r-77"}}"#)
            #expect(result.changes == ["resolve 'pay' as done: 'ship' is tried"])
            #expect(try await scene.end().saga.status == "completed")
            #expect(scene.sent.last("parcel.ship")?["receipt"] == "r-77", "others read the output that was given")
            #expect(scene.sent.count("stock.unbook") == 0)
            let row = try #require(try await scene.history().first { $0.kind == "resolved-done" })
            #expect(row.step == "pay" && row.data?["by"] != nil)
            #expect(row.data?["message"] == "seen at the bank" && row.data?["value"] == ["id": "r-77"])
        }
    }

    @Test("resolved as not done, the saga is undone")
    func resolvedNotDone() async throws {
        try await withHeld("pay", "money.take", .silence) { scene in
            _ = try await scene.done("resolve", #"{"reason":"not at the bank","step":"pay","outcome":"not-done"}"#)
            let end = try await scene.end()
            #expect(end.saga.status == "compensated" && end.failure?.step == "pay")
            #expect(scene.sent.count("stock.unbook") == 1 && scene.sent.count("money.take") == 1)
        }
    }

    @Test("a dry run says what would happen, and nothing happens")
    func dryRun() async throws {
        try await withHeld("pay", "money.take", .silence) { scene in
            let before = try await scene.detail().saga
            let told = try await scene.done(
                "resolve", #"{"reason":"r","step":"pay","outcome":"not-done","dryRun":true}"#)
            #expect(told.dryRun && told.revision == before.revision)
            #expect(told.changes.count == 1 && told.changes[0].contains("'book' is undone"), "\(told.changes)")
            #expect(try await scene.detail().saga.revision == before.revision)
            #expect(scene.sent.count("stock.unbook") == 0)
            // What was refused in earnest is refused in a dry run.
            try await scene.refused("compensate", #"{"reason":"r","dryRun":true}"#, naming: "pay")
        }
    }

    @Test("a step that is skipped gives what the person says, and its own command is not sent again")
    func skipped() async throws {
        try await withHeld("ship", "parcel.ship", .rejected("no-carrier")) { scene in
            let told = try await scene.done("skip", #"{"reason":"by hand","step":"ship","output":{"id":"by-hand"}}"#)
            #expect(told.changes[0].hasSuffix("'tell' is tried"), "\(told.changes)")
            let end = try await scene.end()
            #expect(end.saga.status == "completed" && end.output == ["parcel": "by-hand"])
            #expect(scene.sent.last("mail.tell")?["parcel"] == "by-hand")
            #expect(scene.sent.count("parcel.ship") == 1)
            #expect(end.steps.first { $0.name == "ship" }?.phase == "skipped")
            try await scene.refused("skip", #"{"reason":"r","step":"ship"}"#, naming: "completed")
        }
    }

    @Test("what was skipped and may have happened is undone, without the output that never came of it")
    func skippedAndUndone() async throws {
        try await withHeld("book", "stock.book", .silence) { scene in
            scene.api.bus.answer { command in
                scene.sent.note(command)
                return command.action == "money.take" ? .rejected("no-money") : .done()
            }
            _ = try await scene.done("skip", #"{"reason":"r","step":"book","output":{"id":"mine"},"force":true}"#)
            #expect(try await scene.end().saga.status == "compensated")
            #expect(scene.sent.last("stock.unbook") == ["input": [:]])
        }
    }

    @Test("a step that its workflow does not let be skipped takes force")
    func forced() async throws {
        try await withHeld("tell", "mail.tell", .rejected("no-address")) { scene in
            try await scene.refused("skip", #"{"reason":"r","step":"tell"}"#, naming: "forced")
            _ = try await scene.done("skip", #"{"reason":"r","step":"tell","force":true}"#)
            #expect(try await scene.end().saga.status == "completed")
            #expect(try await scene.history().contains { $0.kind == "skip-forced" })
        }
    }

    @Test("a patched step sends the changed body with its next attempt, and not before")
    func patched() async throws {
        try await withHeld("ship", "parcel.ship", .rejected("no-such-place")) { scene in
            _ = try await scene.done(
                "patch", #"{"reason":"moved","step":"ship","patch":{"to":"Bern","floor":{"number":3}}}"#)
            #expect(scene.sent.count("parcel.ship") == 1)
            // A second patch changes what the first has made of it.
            _ = try await scene.done("patch", #"{"reason":"r","step":"ship","patch":{"receipt":null}}"#)
            _ = try await scene.done("retry", #"{"reason":"r","step":"ship"}"#)
            #expect(try await scene.end().saga.status == "completed")
            #expect(scene.sent.last("parcel.ship") == ["to": "Bern", "floor": ["number": 3]])
            let rows = try await scene.history().filter { $0.kind == "patched" }
            #expect(rows.map { $0.data?["value"]?["to"] } == ["Bern", "Bern"])
        }
    }

    @Test("a retry may bring the change along, both or neither")
    func retriedPatched() async throws {
        try await withHeld("ship", "parcel.ship", .rejected("no-such-place")) { scene in
            try await scene.refused("retry", #"{"reason":"r","step":"book","patch":{"to":"x"}}"#, naming: "book")
            let told = try await scene.done("retry", #"{"reason":"r","step":"ship","patch":{"to":"Bern"}}"#)
            #expect(told.changes.count == 2, "\(told.changes)")
            #expect(try await scene.end().saga.status == "completed")
            #expect(scene.sent.last("parcel.ship")?["to"] == "Bern")
        }
    }

    @Test("an undo that hangs is not patched, and so not tried again with a patch either; done by hand, it is resolved")
    func undone() async throws {
        try await withHeld("book", "stock.unbook", .silence, refusing: "money.take") { scene in
            try await scene.refused("retry", #"{"reason":"r","step":"book","patch":{"n":1}}"#, naming: "being undone")
            try await scene.refused("resolve", #"{"reason":"r","step":"book","outcome":"done"}"#, naming: "undone")
            #expect(scene.sent.count("stock.unbook") == 1)
            _ = try await scene.done("resolve", #"{"reason":"by hand","step":"book","outcome":"undone"}"#)
            #expect(try await scene.end().saga.status == "compensated")
            #expect(scene.sent.count("stock.unbook") == 1)
        }
    }

    @Test("a patched body that is made of what nobody may see is not shown")
    func sensitive() async throws {
        try await withHeld("pay", "money.take", .silence) { scene in
            _ = try await scene.done("patch", #"{"reason":"r","step":"pay","patch":{"card":"4222"}}"#)
            let history = try await scene.api.get("/v1/sagas/\(scene.id)/history").text
            #expect(history.contains("patched") && !history.contains(#""4222""#) && !history.contains(#""4111""#))
        }
    }

    @Test("a paused saga sends nothing until it is resumed")
    func paused() async throws {
        try await withHeld("ship", "parcel.ship", .rejected("not-now")) { scene in
            _ = try await scene.done("pause", #"{"reason":"the carrier moves house"}"#)
            try await scene.refused("retry", #"{"reason":"r","step":"ship"}"#, naming: "resume")
            try await scene.refused("pause", #"{"reason":"r"}"#, naming: "paused already")
            _ = try await scene.done("skip", #"{"reason":"r","step":"ship","output":{"id":"p"}}"#)
            #expect(scene.sent.count("mail.tell") == 0)
            #expect(try await scene.detail().waitsFor.first?.what == "somebody to resume it")
            let told = try await scene.done("resume", #"{"reason":"they have moved"}"#)
            #expect(told.changes == ["resume: 'tell' is tried"])
            #expect(try await scene.end().saga.status == "completed")
        }
    }

    @Test("an abandoned saga ends where it is, and says what stays")
    func abandoned() async throws {
        try await withHeld("pay", "money.take", .silence) { scene in
            let told = try await scene.done("abandon", #"{"reason":"the customer is gone"}"#)
            #expect(told.status == "abandoned" && told.changes[0].contains("'book', 'pay'"), "\(told.changes)")
            let end = try await scene.end()
            #expect(end.saga.status == "abandoned" && !end.saga.hasOpenIncident)
            #expect(scene.sent.count("stock.unbook") == 0)
            for verb in ["retry", "compensate", "pause", "resume", "abandon", "approve"] {
                try await scene.refused(verb, #"{"reason":"r"}"#, naming: "abandoned")
            }
            let incidents = try await scene.api.get("/v1/incidents?state=all").decode(IncidentList.self).incidents
            #expect(incidents.map(\.resolution) == ["abandoned"])
        }
    }

    @Test("a child saga is abandoned after its parent only")
    func abandonedChild() async throws {
        try await TestAPI.run(bus: ScriptedBus { _ in .silence }) { api in
            try await api.deploy("workflow: child\nversion: 1\nsteps:\n  - a: { do: one.a, undo: one.b }\n")
            try await api.deploy("workflow: parent\nversion: 1\nsteps:\n  - part: { run: child, with: {} }\n")
            let parent = try await api.start("parent", key: "key")
            let children = "/v1/sagas?parent=\(parent)"
            try await eventually("the child runs") {
                try await api.get(children).decode(SagaPage.self).sagas.count == 1
            }
            let child = try #require(try await api.get(children).decode(SagaPage.self).sagas.first?.id)
            let refused = try await api.send("POST", "/v1/sagas/\(child)/abandon", #"{"reason":"r"}"#)
            try expectProblem(refused, 409, "SAGA-0209", naming: "\(parent)")
            for id in [parent, child] {
                #expect(try await api.send("POST", "/v1/sagas/\(id)/abandon", #"{"reason":"r"}"#).status == 200)
            }
        }
    }

    @Test("what is not said, or would be passed over, is refused")
    func malformed() async throws {
        try await withHeld("pay", "money.take", .silence) { scene in
            let cases = [
                ("resolve", #"{"reason":"r","step":"pay"}"#, "outcome"),
                ("resolve", #"{"reason":"r","step":"pay","outcome":"maybe"}"#, "not-done"),
                ("resolve", #"{"reason":"r","outcome":"done"}"#, "step"),
                ("resolve", #"{"reason":"r","step":"pay","outcome":"not-done","output":{}}"#, "output"),
                ("patch", #"{"reason":"r","step":"pay"}"#, "patch"),
                ("skip", #"{"reason":"r"}"#, "step"), ("pause", #"{"reason":"r","step":"pay"}"#, "step"),
                ("abandon", #"{"reason":"r","force":true}"#, "force"), ("resume", #"{"reason":""}"#, "reason"),
                ("retry", #"{"reason":"r","patch":{}}"#, "step"),
            ]
            for (verb, body, word) in cases {
                try expectProblem(try await scene.ask(verb, body), 400, "SAGA-0201", naming: word)
            }
            try await scene.refused("skip", #"{"reason":"r","step":"pya"}"#, naming: "pya", "book, pay, ship, tell")
        }
    }
}
