import SagaAPI
import SagaEngine
import SagaValues
import TestAPI
import TestSupport
import Testing

@Suite("Who may do what to a saga") struct VerbAccessTests {
    private static let trip = """
        workflow: trip
        version: 1
        steps:
          - boss: { approval: { role: boss, title: "Go?" }, timeout: 7d }
          - pay: { do: travel.pay, pivot: true }
        output: { by: "${boss.by}" }
        """

    private func ask(
        _ api: TestAPI, _ verb: String, _ saga: UUID, as token: String, _ more: String = ""
    ) async throws -> HTTPAnswer {
        try await api.send("POST", "/v1/sagas/\(saga)/\(verb)", #"{"reason":"r"\#(more)}"#, as: token)
    }

    @Test("consent is given and refused by the group that the workflow names, and by admins, and kept with the name")
    func consent() async throws {
        try await TestAPI.run(bus: ScriptedBus { _ in .done() }) { api in
            try await api.deploy(Self.trip)
            func waiting(_ key: String) async throws -> UUID {
                let id = try await api.start("trip", key: key, tenant: "acme")
                try await eventually("it waits for consent") {
                    try await api.get("/v1/sagas/\(id)").decode(SagaDetail.self).waitsFor.contains { $0.step == "boss" }
                }
                return id
            }
            let outsider = try await api.token(.operator, tenant: "acme", groups: ["Boss", "board"]).text
            let member = try await api.token(.operator, tenant: "acme", groups: ["board", "boss"]).text
            let onlooker = try await api.token(.viewer, tenant: "acme", groups: ["boss"]).text
            let first = try await waiting("1")
            for verb in ["approve", "refuse"] {
                for more in ["", #","step":"boss""#, #","dryRun":true"#] {
                    try expectProblem(
                        try await ask(api, verb, first, as: outsider, more), 403, "SAGA-0216", naming: "boss")
                }
                try expectProblem(try await ask(api, verb, first, as: onlooker), 403, "SAGA-0216", naming: "operator")
            }
            #expect(try await ask(api, "approve", first, as: member).status == 200)
            let end = try await api.get("/v1/sagas/\(first)", headers: ["Prefer": "wait=60"]).decode(SagaDetail.self)
            #expect(end.output == ["by": "operator of acme"])
            let admin = try await api.token(.admin, tenant: "acme").text
            #expect(try await ask(api, "refuse", try await waiting("2"), as: admin).status == 200)
            #expect(try await ask(api, "refuse", try await waiting("3"), as: member).status == 200)
        }
    }

    @Test("a step is skipped against the workflow, and a saga abandoned, by admins alone")
    func force() async throws {
        let bus = ScriptedBus { $0.action == "parcel.ship" ? .rejected("no-address") : .done() }
        try await TestAPI.run(bus: bus) { api in
            try await api.deploy(TestAPI.delivery)
            let id = try await api.start("delivery", key: "key", tenant: "acme")
            try await eventually("it waits for a person") {
                try await api.get("/v1/incidents").decode(IncidentList.self).incidents.count == 1
            }
            let person = try await api.token(.operator, tenant: "acme").text
            let admin = try await api.token(.admin, tenant: "acme").text
            let forced = #","step":"ship","force":true"#
            try expectProblem(try await ask(api, "skip", id, as: person, forced), 403, "SAGA-0216", naming: "admin")
            try expectProblem(
                try await ask(api, "skip", id, as: person, forced + #","dryRun":true"#), 403, "SAGA-0216")
            try expectProblem(try await ask(api, "abandon", id, as: person), 403, "SAGA-0216", naming: "admin")
            #expect(try await ask(api, "skip", id, as: admin, forced + #","dryRun":true"#).status == 200)
            #expect(try await ask(api, "abandon", id, as: admin).status == 200)
            let history = try await api.get("/v1/sagas/\(id)/history").decode(HistoryPage.self).history
            #expect(history.last?.data?["by"] == "admin of acme")
        }
    }

    @Test("the engine keeps to it by itself, whatever the API has let through")
    func engine() async throws {
        try await TestAPI.run(bus: ScriptedBus { _ in .silence }) { api in
            try await api.deploy(TestAPI.delivery)
            let id = try await api.start("delivery", key: "key", tenant: "acme")
            func perform(_ verb: OperatorRequest.Verb, _ role: Requester.Role, _ tenant: String?) async -> String {
                do {
                    _ = try await api.engine.perform(
                        OperatorRequest(
                            saga: id, verb: verb, expectedRevision: 99, reason: "r",
                            requester: Requester(subject: "s", credential: "test", role: role, tenant: tenant)))
                    return "done"
                } catch {
                    return "\(error)".prefix { $0 != "(" }.description
                }
            }
            for verb in [OperatorRequest.Verb.compensate, .pause, .abandon] {
                #expect(await perform(verb, .admin, "globex") == "unknownSaga")
                #expect(await perform(verb, .admin, "acme") == "moved")
            }
            #expect(await perform(.abandon, .operator, "acme") == "forbidden")
        }
    }

    @Test("a saga in line is told that its lock is held, and not by which saga of another tenant")
    func locks() async throws {
        let workflow = """
            workflow: locked
            version: 1
            locks: ["seat"]
            onBusy: queue
            steps:
              - book: { do: seats.book, pivot: true }
            """
        try await TestAPI.run(bus: ScriptedBus { _ in .silence }) { api in
            try await api.deploy(workflow)
            let holder = try await api.start("locked", key: "1", tenant: "globex")
            let waiting = try await api.start("locked", key: "2", tenant: "acme")
            func explanation(_ tenant: String?) async throws -> (view: ExplanationView, text: String) {
                let token = try await api.token(.viewer, tenant: tenant).text
                let answer = try await api.send("GET", "/v1/sagas/\(waiting)/explanation", as: token)
                return (try answer.decode(ExplanationView.self), answer.text)
            }
            let all = try await explanation(nil)
            #expect(all.view.waits.first?.locks?.first?.holder == holder)
            let own = try await explanation("acme")
            #expect(own.view.waits.first?.locks?.first?.holder == nil)
            #expect(own.text.contains("a saga of another tenant holds it"))
            #expect(!own.text.contains(holder.description))
            let next = try await api.start("locked", key: "3", tenant: "globex")
            let token = try await api.token(.viewer, tenant: "globex").text
            let kin = try await api.send("GET", "/v1/sagas/\(next)/explanation", as: token)
            #expect(try kin.decode(ExplanationView.self).waits.first?.locks?.first?.holder == holder)
        }
    }
}
