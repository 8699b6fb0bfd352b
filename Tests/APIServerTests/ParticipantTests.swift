import SagaAPI
import SagaEngine
import SagaValues
import TestAPI
import TestSupport
import Testing

@Suite("Participants over the API") struct ParticipantTests {
    private func with(_ body: @escaping @Sendable (TestAPI) async throws -> Void) async throws {
        let bus = ScriptedBus { $0.action == "parcel.ship" ? .silence : .done() }
        try await TestAPI.run(bus: bus, { $0.participantPoll = .milliseconds(10) }) { api in
            try await api.deploy(TestAPI.order)
            try await body(api)
        }
    }

    private func participant(_ api: TestAPI, _ name: String) async throws -> ParticipantView {
        try await api.get("/v1/participants/\(name)").decode(ParticipantView.self)
    }

    @Test("those that a workflow names are there, with what was seen of them")
    func seen() async throws {
        try await with { api in
            let list = try await api.get("/v1/participants").decode(ParticipantList.self).participants
            #expect(list.map(\.name) == ["parcel", "stock"])
            #expect(list.allSatisfy { $0.health == "unknown" && $0.breaker.state == "closed" && $0.isNamed })
            _ = try await api.start("order", ["n": 1], key: "k")
            try await eventually("one has answered, the other has a command") {
                let (stock, parcel) = (try await participant(api, "stock"), try await participant(api, "parcel"))
                return stock.outcomes.done == 1 && stock.lastReplyAt != nil && stock.health == "up"
                    && parcel.inFlight == 1 && parcel.lastReplyAt == nil
            }
            try expectProblem(try await api.get("/v1/participants/nobody"), 404, "SAGA-0203", naming: "nobody")
        }
    }

    @Test(
        "a breaker that a person opens holds back, says so in the explanation, and is in the audit; closed, it goes on")
    func breaker() async throws {
        try await with { api in
            let path = "/v1/participants/parcel/breaker"
            let opened = try await api.send("POST", path, #"{"mode":"open","reason":"new racks"}"#)
            let view = try opened.decode(ParticipantView.self)
            #expect(view.health == "down" && view.breaker.state == "open" && view.breaker.mode == "open")
            #expect(view.breaker.reason?.contains("new racks") == true)
            let id = try await api.start("order", ["n": 1], key: "k")
            try await eventually("it is held back") { try await participant(api, "parcel").heldBack == 1 }
            let explanation = try await api.get("/v1/sagas/\(id)/explanation").decode(ExplanationView.self)
            let wait = try #require(explanation.waits.first)
            #expect(wait.kind == "turn" && wait.cause == "breaker" && wait.participant == "parcel")
            for words in ["'ship' is held back: the circuit breaker of parcel is open", "is open since", "new racks"] {
                #expect(explanation.lines.contains { $0.contains(words) }, "\(explanation.lines)")
            }
            _ = try await api.send("POST", path, #"{"mode":"automatic","reason":"done"}"#)
            try await eventually("it was sent") { try await participant(api, "parcel").inFlight == 1 }
            let audit = try await api.get("/v1/audit").decode(AuditPage.self).audit
            #expect(audit.map(\.verb) == ["breaker-automatic", "breaker-open"])
            #expect(audit.allSatisfy { $0.detail["participant"] == "parcel" && $0.subject == "admin" })
        }
    }

    @Test("limits are set, shown, lifted and in the audit")
    func limits() async throws {
        try await with { api in
            let path = "/v1/participants/stock/limits"
            let set = try await api.send("POST", path, #"{"inFlight":5,"perSecond":10,"reason":"small"}"#)
            let view = try set.decode(ParticipantView.self)
            #expect(view.limits.inFlight == 5 && view.limits.perSecond == 10)
            #expect(try await participant(api, "parcel").limits.inFlight == nil)
            let lifted = try await api.send("POST", path, #"{"reason":"large"}"#).decode(ParticipantView.self)
            #expect(lifted.limits.inFlight == nil && lifted.limits.perSecond == nil)
            let audit = try await api.get("/v1/audit?verb=participant-limit").decode(AuditPage.self).audit
            #expect(audit.count == 2 && audit[0].detail["before"]?["inFlight"] == 5 && audit[0].reason == "large")
        }
    }

    @Test(
        "what cannot be meant is refused",
        arguments: [
            ("limits", #"{"inFlight":0,"reason":"r"}"#), ("limits", #"{"perSecond":-1,"reason":"r"}"#),
            ("limits", #"{"inFlight":100001,"reason":"r"}"#), ("limits", #"{"inFlight":5}"#),
            ("limits", #"{"inFlight":5,"reason":""}"#), ("limits", #"{"inflight":5,"reason":"r"}"#),
            ("breaker", #"{"mode":"half-open","reason":"r"}"#), ("breaker", #"{"mode":"open","reason":""}"#),
            ("breaker", #"{"reason":"r"}"#), ("breaker", #"{"mode":"open","reason":"a\u0000b"}"#),
        ])
    func refused(route: String, body: String) async throws {
        try await with { api in
            try expectProblem(try await api.send("POST", "/v1/participants/stock/\(route)", body), 400, "SAGA-0201")
            #expect(try await participant(api, "stock").limits.inFlight == nil)
        }
    }
}
