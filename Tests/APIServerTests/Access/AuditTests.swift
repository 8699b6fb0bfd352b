import SagaAPI
import SagaEngine
import SagaValues
import TestAPI
import TestSupport
import Testing

@Suite("The audit") struct AuditTests {
    private static let order = """
        workflow: order
        version: 1
        input:
          type: object
          required: [card]
          properties: { card: { type: string } }
        sensitive: [input.card]
        steps:
          - pay: { do: money.take, pivot: true }
          - ship: { do: parcel.ship, with: { card: "${input.card}", n: "1" } }
        """

    private func audit(_ api: TestAPI, _ query: String = "", as token: String = TestAPI.token) async throws
        -> [AuditView]
    {
        try await api.send("GET", "/v1/audit\(query)", as: token).decode(AuditPage.self).audit
    }

    /// A saga of the tenant acme that waits for a person.
    private func withHeld(_ body: @escaping @Sendable (TestAPI, UUID) async throws -> Void) async throws {
        let bus = ScriptedBus { $0.action == "parcel.ship" ? .rejected("no-address") : .done() }
        try await TestAPI.run(bus: bus) { api in
            try await api.deploy(Self.order)
            let id = try await api.start("order", ["card": "4111"], key: "key", tenant: "acme")
            try await eventually("it waits for a person") {
                try await api.get("/v1/sagas/\(id)").decode(SagaDetail.self).saga.hasOpenIncident
            }
            try await body(api, id)
        }
    }

    @Test("says who asked for what and why, what was before and after, and what was refused")
    func lines() async throws {
        try await withHeld { api, id in
            let token = try await api.token(.operator, tenant: "acme").text
            func ask(_ verb: String, _ body: String) async throws -> Int {
                try await api.send("POST", "/v1/sagas/\(id)/\(verb)", body, as: token).status
            }
            #expect(try await ask("compensate", #"{"reason":"wrong"}"#) == 409)
            #expect(try await ask("skip", #"{"reason":"no force","step":"ship","force":true}"#) == 403)
            #expect(try await ask("patch", #"{"reason":"moved","step":"ship","patch":{"card":"4222"}}"#) == 200)
            #expect(try await ask("pause", #"{"reason":"looking","dryRun":true}"#) == 200)
            #expect(
                try await ask("resolve", #"{"reason":"seen","step":"ship","outcome":"done","output":{"id":"p"}}"#)
                    == 200)

            let lines = try await audit(api, "?saga=\(id)")
            try #require(lines.map(\.verb) == ["resolve-done", "patch", "skip-forced", "compensate"])
            #expect(lines.map(\.outcome) == ["done", "done", "refused", "refused"])
            #expect(lines.map(\.reason) == ["seen", "moved", "no force", "wrong"])
            #expect(
                lines.allSatisfy { $0.subject == "operator of acme" && $0.role == "operator" && $0.tenant == "acme" })
            #expect(lines.allSatisfy { $0.address == "127.0.0.1" && $0.workflow == "order" && $0.saga == id })
            #expect(
                lines[0].detail["before"]?["status"] == "running" && lines[0].detail["after"]?["status"] == "completed")
            #expect(lines[0].detail["output"] == ["id": "p"] && lines[0].step == "ship")
            #expect(lines[2].detail["refusal"]?.stringValue?.contains("admin") == true)
            #expect(lines[3].detail["refusal"]?.stringValue?.contains("no way back") == true)
            // The body is made of what nobody may see, so nothing of it is shown.
            #expect(lines[1].detail["bodyAfter"] == "***" && lines[1].detail["bodyBefore"] == "***")
        }
    }

    @Test("has what is no saga's, and never a secret")
    func others() async throws {
        try await TestAPI.run { api in
            let deployed = try await api.send(
                "POST", "/v1/workflows?file=order.yaml", Self.order, headers: ["Content-Type": "application/yaml"])
            #expect(deployed.status == 201)
            let made = try await api.send(
                "POST", "/v1/tokens", #"{"subject":"mia","role":"viewer","tenant":"acme","expires":"1h"}"#)
            let token = try made.decode(TokenView.self)
            let secret = try #require(token.token)
            #expect(try await api.send("POST", "/v1/tokens/\(token.id)/revoke", "").status == 200)
            let lines = try await audit(api)
            try #require(lines.map(\.verb) == ["token-revoke", "token-create", "deploy"])
            #expect(lines[2].workflow == "order" && lines[2].reason == "order.yaml")
            #expect(lines[1].detail["token"]?.stringValue == token.id)
            let page = try await api.get("/v1/audit")
            let text = String(decoding: page.bytes, as: UTF8.self)
            #expect(!text.contains(secret) && !text.contains(secret.split(separator: "_").last!))
            #expect(!text.contains(TestAPI.token))
        }
    }

    @Test("shows those who are bound to a tenant what is of that tenant alone, page by page")
    func tenants() async throws {
        try await withHeld { api, id in
            for number in 1...3 {
                _ = try await api.send("POST", "/v1/sagas/\(id)/compensate", #"{"reason":"\#(number)"}"#)
            }
            _ = try await api.send("POST", "/v1/tokens", #"{"subject":"x","role":"viewer"}"#)
            let own = try await api.token(.viewer, tenant: "acme").text
            let other = try await api.token(.viewer, tenant: "other").text
            let service = try await api.token(.service, tenant: "acme").text
            #expect(try await audit(api, as: own).map(\.reason) == ["3", "2", "1"])
            #expect(try await audit(api, as: other).isEmpty)
            #expect(try await audit(api, "?tenant=acme", as: other).isEmpty)
            try expectProblem(try await api.send("GET", "/v1/audit", as: service), 403, "SAGA-0216")
            let first = try await api.send("GET", "/v1/audit?limit=2", as: own).decode(AuditPage.self)
            let rest = try await audit(api, "?limit=2&cursor=\(try #require(first.next))", as: own)
            #expect((first.audit + rest).map(\.reason) == ["3", "2", "1"])
            #expect(try await audit(api, "?text=2&outcome=refused", as: own).map(\.reason) == ["2"])
            try expectProblem(
                try await api.send("GET", "/v1/audit?outcome=maybe", as: own), 400, "SAGA-0201", naming: "done")
        }
    }

    @Test("of a saga that one may not know of keeps nothing")
    func unknown() async throws {
        try await withHeld { api, id in
            let other = try await api.token(.operator, tenant: "other").text
            for saga in [id, UUID.v7()] {
                let answer = try await api.send("POST", "/v1/sagas/\(saga)/pause", #"{"reason":"r"}"#, as: other)
                try expectProblem(answer, 404, "SAGA-0203")
            }
            #expect(try await audit(api, "?saga=\(id)").isEmpty)
        }
    }
}
