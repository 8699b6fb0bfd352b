import SagaAPI
import SagaEngine
import SagaValues
import TestAPI
import TestSupport
import Testing

/// What a person asks about a saga that is not for its own state to decide: another run of it, and an event.
@Suite("Reruns and signals") struct RerunTests {
    private static let callback = """
        workflow: callback
        version: 1
        input: { type: object, required: [n], properties: { n: { type: integer } } }
        steps:
          - ask: { do: money.ask, undo: money.forget }
          - hear: { listen: [ { event: payment.done, where: "${event.n == input.n}" } ], timeout: 1h }
        """

    private func ended(_ api: TestAPI) async throws -> UUID {
        try await api.deploy(TestAPI.order)
        let answer = try await api.post(headers: ["Prefer": "wait=60"])
        let saga = try answer.decode(SagaDetail.self).saga
        #expect(saga.endedAt != nil)
        return saga.id
    }

    @Test("a rerun is 201 with the new saga, which names the old one; the same again is 200, under another key 201")
    func rerun() async throws {
        try await TestAPI.run { api in
            let id = try await ended(api)
            let path = "/v1/sagas/\(id)/rerun"
            let rehearsed = try await api.send("POST", path, #"{"reason":"r","dryRun":true}"#)
            #expect(rehearsed.status == 200)
            let outlook = try rehearsed.decode(RerunAnswer.self)
            #expect(outlook.id == nil && outlook.dryRun && outlook.isNew)
            let first = try await api.send("POST", path, #"{"reason":"r"}"#)
            #expect(first.status == 201)
            let started = try first.decode(RerunAnswer.self)
            let new = try #require(started.id)
            #expect(started.rerunOf == id && started.isNew && !started.dryRun && started.version == 1)
            #expect(try await api.get("/v1/sagas/\(new)").decode(SagaDetail.self).saga.rerunOf == id)
            let again = try await api.send("POST", path, #"{"reason":"r"}"#)
            #expect(again.status == 200)
            #expect(try again.decode(RerunAnswer.self).id == new)
            let other = try await api.send("POST", path, #"{"reason":"r"}"#, headers: ["Idempotency-Key": "x"])
            #expect(other.status == 201)
        }
    }

    @Test("a rerun without a reason, with a key that cannot be one, of a version or a saga that is not there")
    func badReruns() async throws {
        try await TestAPI.run { api in
            let id = try await ended(api)
            let path = "/v1/sagas/\(id)/rerun"
            try expectProblem(try await api.send("POST", path, #"{"reason":""}"#), 400, "SAGA-0201", naming: "reason")
            try expectProblem(
                try await api.send("POST", path, #"{"reason":"r","step":"s"}"#), 400, "SAGA-0201", naming: "version")
            let key = String(repeating: "k", count: 201)
            try expectProblem(
                try await api.send("POST", path, #"{"reason":"r"}"#, headers: ["Idempotency-Key": key]), 400,
                "SAGA-0201",
                naming: "Idempotency-Key")
            try expectProblem(
                try await api.send("POST", path, #"{"reason":"r","version":9}"#), 404, "SAGA-0203", naming: "version 9")
            try expectProblem(
                try await api.send("POST", "/v1/sagas/\(UUID.v7())/rerun", #"{"reason":"r"}"#), 404, "SAGA-0203")
        }
    }

    @Test("a signal ends the wait of its saga; what fits no wait is 409 and says what would")
    func signal() async throws {
        try await TestAPI.run { api in
            try await api.deploy(Self.callback)
            let id = try await api.start("callback", ["n": .number("7")], key: "key")
            try await eventually("it listens") {
                try await api.get("/v1/sagas/\(id)").decode(SagaDetail.self).steps[1].phase == "listening"
            }
            let path = "/v1/sagas/\(id)/signal"
            func body(_ event: String, _ n: Int, _ more: String = "") -> String {
                #"{"event":"\#(event)","id":"e1","body":{"n":\#(n)},"reason":"r"\#(more)}"#
            }
            try expectProblem(
                try await api.send("POST", path, body("payment.lost", 7)), 409, "SAGA-0209", naming: "payment.done")
            try expectProblem(
                try await api.send("POST", path, body("payment.done", 8)), 409, "SAGA-0209", naming: "hear", ".n")
            try expectProblem(
                try await api.send("POST", path, body("payment.done", 7), headers: ["If-Match": "\"1\""]), 412,
                "SAGA-0208")
            for bad in [
                #"{"event":"payment.done","id":"","body":{},"reason":"r"}"#,
                #"{"event":"payment.done","id":"e","body":[],"reason":"r"}"#,
                #"{"event":"payment.done","id":"e","body":{}}"#,
                #"{"event":"","id":"e","body":{},"reason":"r"}"#,
                "{\"event\":\"a\\u0000\",\"id\":\"e\",\"body\":{},\"reason\":\"r\"}",
            ] { try expectProblem(try await api.send("POST", path, bad), 400, "SAGA-0201") }
            let rehearsed = try await api.send("POST", path, body("payment.done", 7, #","dryRun":true"#))
            #expect(try rehearsed.decode(OperatorAnswer.self).status == "running")
            let answer = try await api.send("POST", path, body("payment.done", 7))
            #expect(answer.status == 200)
            #expect(try answer.decode(OperatorAnswer.self).status == "completed")
        }
    }
}
