import SagaAPI
import SagaEngine
import SagaValues
import TestAPI
import TestSupport
import Testing

@Suite struct OperatorTests {
    /// A delivery that is refused after its point of no return, and so waits for a person.
    private func withIncident(_ body: @escaping @Sendable (TestAPI, UUID) async throws -> Void) async throws {
        let bus = ScriptedBus { $0.action == "parcel.ship" ? .rejected("no-address") : .done() }
        try await TestAPI.run(bus: bus) { api in
            try await api.deploy(TestAPI.delivery)
            let id = try await api.start("delivery", key: "key")
            try await eventually("the incident is open") { try await incidents(api).count == 1 }
            try await body(api, id)
        }
    }

    private func incidents(_ api: TestAPI, _ query: String = "") async throws -> [IncidentView] {
        try await api.get("/v1/incidents\(query)").decode(IncidentList.self).incidents
    }

    @Test("an incident is listed, a retry resolves it, and then it is listed among all only")
    func resolved() async throws {
        try await withIncident { api, id in
            let open = try #require(try await incidents(api, "?saga=\(id)").first)
            #expect(open.step == "ship")
            #expect(open.cause == "rejected")
            #expect(open.errorCode == "no-address")
            #expect(try await incidents(api, "?saga=\(UUID.v7())").isEmpty)

            api.bus.answer { _ in .done() }
            let answer = try await api.send(
                "POST", "/v1/sagas/\(id)/retry", #"{"reason":"address mended","step":"ship"}"#)
            #expect(answer.status == 200)
            #expect(try answer.decode(OperatorAnswer.self).id == id)
            let end = try await api.get("/v1/sagas/\(id)", headers: ["Prefer": "wait=60"]).decode(SagaDetail.self)
            #expect(end.saga.status == "completed")
            #expect(try await incidents(api).isEmpty)
            #expect(try await incidents(api, "?state=all").map(\.resolution) == ["retry-requested"])
            let history = try await api.get("/v1/sagas/\(id)/history").decode(HistoryPage.self).history
            let asked = try #require(history.first { $0.kind == "retry-requested" })
            #expect(asked.data?["message"] == "address mended")
        }
    }

    private static let trip = """
        workflow: trip
        version: 1
        steps:
          - book: { do: travel.book, undo: travel.cancel }
          - boss: { approval: { role: boss, title: "Go to ${input.place}?" }, timeout: 7d }
          - pay: { do: travel.pay, with: { by: "${boss.by}" }, pivot: true }
        output: { by: "${boss.by}", why: "${boss.reason}" }
        """

    private func withTrip(_ body: @escaping @Sendable (TestAPI, UUID) async throws -> Void) async throws {
        try await TestAPI.run(bus: ScriptedBus { _ in .done() }) { api in
            try await api.deploy(Self.trip)
            let id = try await api.start("trip", ["place": "Rome"], key: "key")
            try await eventually("it waits for consent") {
                try await api.get("/v1/sagas/\(id)").decode(SagaDetail.self).waitsFor.contains { $0.step == "boss" }
            }
            try await body(api, id)
        }
    }

    @Test("consent that is given lets the saga go on, with who gave it and why")
    func approved() async throws {
        try await withTrip { api, id in
            let wrong = try await api.send("POST", "/v1/sagas/\(id)/approve", #"{"reason":"fine","step":"book"}"#)
            try expectProblem(wrong, 409, "SAGA-0209", naming: "consent")
            let answer = try await api.send("POST", "/v1/sagas/\(id)/approve", #"{"reason":"fine"}"#)
            #expect(answer.status == 200)
            let end = try await api.get("/v1/sagas/\(id)", headers: ["Prefer": "wait=60"]).decode(SagaDetail.self)
            #expect(end.saga.status == "completed")
            #expect(end.output == ["by": "admin", "why": "fine"])
            let again = try await api.send("POST", "/v1/sagas/\(id)/approve", #"{"reason":"fine"}"#)
            try expectProblem(again, 409, "SAGA-0209", naming: "completed")
        }
    }

    @Test("consent that is refused undoes the saga, and the reason stays")
    func refused() async throws {
        try await withTrip { api, id in
            _ = try await api.send("POST", "/v1/sagas/\(id)/refuse", #"{"reason":"too dear","step":"boss"}"#)
            let end = try await api.get("/v1/sagas/\(id)", headers: ["Prefer": "wait=60"]).decode(SagaDetail.self)
            #expect(end.saga.status == "compensated")
            #expect(end.failure?.step == "boss")
            #expect(end.failure?.code == "not-approved")
            #expect(end.failure?.message == "too dear")
            #expect(end.steps.first { $0.name == "book" }?.phase == "undone")
        }
    }

    @Test("a request for another revision than the present one is 412 and says which it is")
    func revision() async throws {
        try await withIncident { api, id in
            let now = try await api.get("/v1/sagas/\(id)").decode(SagaDetail.self).saga.revision
            func retry(_ match: String) async throws -> HTTPAnswer {
                try await api.send(
                    "POST", "/v1/sagas/\(id)/retry", #"{"reason":"again"}"#, headers: ["If-Match": match])
            }
            let moved = try await retry("\"\(now - 1)\"")
            try expectProblem(moved, 412, "SAGA-0208", naming: "\(now)")
            #expect(try moved.decode(Problem.self).revision == now)
            for match in ["*", "W/\"3\"", "\"1\"\"2\"", "-1", "\""] {
                try expectProblem(try await retry(match), 400, "SAGA-0201", naming: "If-Match")
            }
            #expect(try await retry("\(now)").status == 200)
        }
    }

    @Test("a saga is undone before its point of no return, and not after it")
    func compensate() async throws {
        try await withIncident { api, id in
            let late = try await api.send("POST", "/v1/sagas/\(id)/compensate", #"{"reason":"not wanted"}"#)
            try expectProblem(late, 409, "SAGA-0209", naming: "no way back")
        }
        try await TestAPI.run(bus: ScriptedBus { _ in .silence }) { api in
            try await api.deploy(TestAPI.order)
            let id = try await api.start("order", ["n": 1], key: "key")
            let answer = try await api.send("POST", "/v1/sagas/\(id)/compensate", #"{"reason":"not wanted"}"#)
            #expect(answer.status == 200)
            api.bus.answer { _ in .done() }
            api.bus.answerPending()
            let end = try await api.get("/v1/sagas/\(id)", headers: ["Prefer": "wait=60"]).decode(SagaDetail.self)
            #expect(end.saga.status == "compensated")
            #expect(end.failure?.kind == "cancelled")
        }
    }

    @Test("a request without a reason of the right length, or with a step that would be passed over, is refused")
    func malformed() async throws {
        try await withIncident { api, id in
            func ask(_ verb: String, _ body: String) async throws -> HTTPAnswer {
                try await api.send("POST", "/v1/sagas/\(id)/\(verb)", body)
            }
            let long = String(repeating: "r", count: 1_001)
            for verb in ["retry", "compensate"] {
                try expectProblem(try await ask(verb, #"{"reason":""}"#), 400, "SAGA-0201", naming: "reason")
                try expectProblem(try await ask(verb, #"{"reason":"\#(long)"}"#), 400, "SAGA-0201", naming: "1000")
                try expectProblem(try await ask(verb, "{}"), 400, "SAGA-0201", naming: "reason")
            }
            try expectProblem(
                try await ask("compensate", #"{"reason":"r","step":"ship"}"#), 400, "SAGA-0201", naming: "step")
            try expectProblem(
                try await ask("retry", #"{"reason":"r","step":"nothing"}"#), 409, "SAGA-0209")
            try expectProblem(
                try await api.send("POST", "/v1/sagas/\(UUID.v7())/retry", #"{"reason":"r"}"#), 404, "SAGA-0203")
        }
    }
}
