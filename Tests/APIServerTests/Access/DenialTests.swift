import MemoryStore
import SagaAPI
import SagaEngine
import SagaValues
import TestAPI
import Testing

@testable import APIServer

@Suite("What roles do not allow is in the audit") struct DenialTests {
    private func lines(_ api: TestAPI, as token: String = TestAPI.token) async throws -> [AuditView] {
        try await api.send("GET", "/v1/audit?verb=denied", as: token).decode(AuditPage.self).audit
    }

    @Test("with who, what, why and from where; a saga is named to those alone who may know of it")
    func denied() async throws {
        try await TestAPI.run(bus: ScriptedBus { _ in .silence }) { api in
            try await api.deploy(TestAPI.delivery)
            let id = try await api.start("delivery", key: "k", tenant: "acme")
            let own = try await api.token(.viewer, tenant: "acme")
            let foreign = try await api.token(.viewer, tenant: "globex")
            let all = try await api.token(.service)
            let body = #"{"reason":"secret-of-the-body"}"#
            for token in [own, foreign, all] {
                let answer = try await api.send("POST", "/v1/sagas/\(id)/abandon", body, as: token.text)
                try expectProblem(answer, 403, "SAGA-0216", naming: "admin")
            }
            let admin = try await api.token(.admin, tenant: "acme")
            let deployed = try await api.send("POST", "/v1/workflows", "x", as: admin.text)
            try expectProblem(deployed, 403, "SAGA-0216")
            // Nobody is noted for looking, nor for what there is not.
            _ = try await api.send("GET", "/v1/tokens", as: own.text)
            _ = try await api.send("POST", "/v1/nothing", body, as: own.text)
            _ = try await api.send("POST", "/v1/sagas/\(id)/abandon", body, as: "no token at all")

            let found = try await lines(api)
            try #require(found.count == 4)
            let request = "POST /v1/sagas/{id}/abandon"
            #expect(
                found.map { $0.detail["request"]?.stringValue } == ["POST /v1/workflows"] + [request, request, request])
            #expect(found.map(\.credential) == [admin.id, all.id, foreign.id, own.id])
            #expect(found.map(\.role) == ["admin", "service", "viewer", "viewer"])
            #expect(found.allSatisfy { $0.outcome == "refused" && $0.address == "127.0.0.1" && $0.reason.isEmpty })
            #expect(found[3].detail["refusal"]?.stringValue?.contains("has the role viewer") == true)
            #expect(found[0].detail["refusal"]?.stringValue?.contains("bound to one tenant") == true)
            #expect(found.map(\.saga) == [nil, id, nil, id])
            #expect(found.map(\.tenant) == ["acme", "acme", "globex", "acme"])
            #expect(found.map(\.workflow) == [nil, "delivery", nil, "delivery"])
            // Each tenant sees what is its own.
            #expect(try await lines(api, as: own.text).map(\.tenant) == ["acme", "acme", "acme"])
            #expect(try await lines(api, as: foreign.text).map(\.saga) == [nil])
        }
    }

    @Test("a flood leaves so many lines of one credential, whether the route or the engine refuses it")
    func flood() async throws {
        try await TestAPI.run(bus: ScriptedBus { _ in .silence }) { api in
            try await api.deploy(TestAPI.delivery)
            let id = try await api.start("delivery", key: "k")
            let (viewer, person) = (try await api.token(.viewer), try await api.token(.operator))
            for _ in 0..<60 {
                let abandon = try await api.send(
                    "POST", "/v1/sagas/\(id)/abandon", #"{"reason":"r"}"#, as: viewer.text)
                let skip = try await api.send(
                    "POST", "/v1/sagas/\(id)/skip", #"{"reason":"r","step":"pay","force":true}"#, as: person.text)
                #expect(abandon.status == 403 && skip.status == 403)
            }
            let all = try await api.send("GET", "/v1/audit?outcome=refused&limit=500", as: TestAPI.token)
                .decode(AuditPage.self).audit
            // On a slow machine a minute may pass, and another.
            for (credential, verb) in [(viewer.id, "denied"), (person.id, "skip-forced")] {
                let own = all.filter { $0.credential == credential }
                #expect(own.allSatisfy { $0.verb == verb } && (20..<40).contains(own.count), "\(own.count)")
            }
        }
    }

    @Test("a job that somebody may not have set going again is in it, too")
    func resumed() async throws {
        try await TestAPI.run(bus: ScriptedBus { _ in .silence }) { api in
            try await api.deploy(TestAPI.delivery)
            let order = JobOrder(
                id: .v7(), tenant: nil, verb: .abandon, filter: [:], reason: "r",
                requester: Requester(subject: "a", credential: "a", role: .admin), rate: 1, key: "k", digest: [1])
            let line = AuditRecord(
                at: .now(), author: .init(subject: "a", credential: "a", role: "admin", address: nil), verb: "v",
                outcome: .done, tenant: nil, reason: "")
            _ = try await api.start("delivery", key: "k")
            _ = try await api.memory.create(order, over: SagaFilter(), limit: 9, audit: line)
            let token = try await api.token(.operator)
            let answer = try await api.send(
                "POST", "/v1/jobs/\(order.id)/resume", #"{"reason":"again"}"#, as: token.text)
            try expectProblem(answer, 403, "SAGA-0216", naming: "admin")
            let found = try await api.send("GET", "/v1/audit?verb=job-resume", as: TestAPI.token)
                .decode(AuditPage.self).audit
            #expect(found.map(\.credential) == [token.id] && found.map(\.outcome) == ["refused"])
            #expect(found.first?.reason == "again" && found.first?.detail["refusal"] != nil)
        }
    }
}
