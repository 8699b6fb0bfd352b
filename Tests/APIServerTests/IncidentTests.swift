import SagaAPI
import SagaEngine
import SagaValues
import TestAPI
import TestSupport
import Testing

@Suite struct IncidentTests {
    /// Five deliveries that are refused after their point of no return; the last for another reason.
    private func withIncidents(_ body: @escaping @Sendable (TestAPI, [UUID]) async throws -> Void) async throws {
        let bus = ScriptedBus { $0.action == "parcel.ship" ? .rejected("no-address") : .done() }
        try await TestAPI.run(bus: bus) { api in
            try await api.deploy(TestAPI.delivery)
            var ids: [UUID] = []
            for n in 1...5 {
                if n == 5 { api.bus.answer { $0.action == "parcel.ship" ? .rejected("Too-Heavy") : .done() } }
                ids.append(try await api.start("delivery", key: "key \(n)"))
                try await eventually("the incident is open") {
                    try await api.store.incidents(saga: nil, openOnly: true, limit: 9).count == n
                }
            }
            try await body(api, ids)
        }
    }

    private func incidents(_ api: TestAPI, _ query: String) async throws -> IncidentList {
        try await api.get("/v1/incidents?\(query)").decode(IncidentList.self)
    }

    @Test("incidents are grouped by their cause, the most frequent first, with the newest sagas")
    func groups() async throws {
        try await withIncidents { api, ids in
            let groups = try await api.get("/v1/incident-groups").decode(IncidentGroupList.self).groups
            #expect(groups.map(\.count) == [4, 1] && groups.map(\.errorCode) == ["no-address", "Too-Heavy"])
            #expect(groups[0].sagas == [ids[3], ids[2], ids[1]] && groups[1].sagas == [ids[4]])
            #expect(groups.allSatisfy { $0.workflow == "delivery" && $0.step == "ship" && $0.cause == "rejected" })
            #expect(groups[0].first < groups[0].last)
            let some = try await api.get("/v1/incident-groups?error=HEAVY").decode(IncidentGroupList.self).groups
            #expect(some.map(\.count) == [1])
        }
    }

    @Test("incidents come page by page, and sagas are found by what theirs are like")
    func pages() async throws {
        try await withIncidents { api, ids in
            let first = try await incidents(api, "limit=3&workflow=delivery&version=1&participant=parcel")
            #expect(first.incidents.map(\.saga) == [ids[4], ids[3], ids[2]])
            let next = try #require(first.next)
            let second = try await incidents(api, "limit=3&workflow=delivery&cursor=\(next)")
            #expect(second.incidents.map(\.saga) == [ids[1], ids[0]] && second.next == nil)
            for (query, expected) in [
                ("code=no-address", 4), ("code=no", 0), ("error=no-a", 4), ("cause=rejected", 5), ("cause=unknown", 0),
                ("step=pay", 0), ("version=2", 0), ("tenant=other", 0), ("state=resolved", 0), ("state=all", 5),
                ("openedAfter=2026-01-01T00:00:00Z", 5), ("openedBefore=2026-01-01T00:00:00Z", 0), ("error=%25", 0),
            ] {
                #expect(try await incidents(api, query).incidents.count == expected, "\(query)")
            }
            for (query, expected) in [
                ("step=ship", 5), ("step=ship&error=heavy", 1), ("participant=stock", 0),
                ("cause=rejected&version=1", 5),
                ("version=2", 0), ("endedAfter=2026-01-01T00:00:00Z", 0), ("updatedAfter=2026-01-01T00:00:00Z", 5),
                ("updatedBefore=2026-01-01T00:00:00Z", 0), ("error=_", 0),
            ] {
                let page = try await api.get("/v1/sagas?\(query)").decode(SagaPage.self)
                #expect(page.sagas.count == expected, "\(query)")
            }
        }
    }

    @Test("an incident has somebody who sees to it, and comments; nothing is said about one that is not there")
    func notes() async throws {
        try await withIncidents { api, ids in
            let incident = try #require(try await incidents(api, "saga=\(ids[0])").incidents.first)
            let path = "/v1/incidents/\(ids[0])/\(incident.openedRevision)"
            #expect(try await api.send("POST", path + "/assign", #"{"assignee":"anna"}"#).status == 200)
            #expect(try await api.send("POST", path + "/comment", #"{"text":"asked the customer"}"#).status == 201)
            let view = try await api.get(path).decode(IncidentView.self)
            #expect(view.assignee == "anna" && view.comments?.map(\.text) == ["asked the customer"])
            #expect(view.saga == ids[0] && view.errorCode == "no-address" && view.workflow == "delivery")
            #expect(try await incidents(api, "saga=\(ids[0])").incidents.map(\.assignee) == ["anna"])
            let nobody = try await api.send("POST", path + "/assign", #"{"assignee":null}"#)
            #expect(try nobody.decode(IncidentView.self).assignee == nil)

            let other = "/v1/incidents/\(ids[0])/99"
            try expectProblem(try await api.get(other), 404, "SAGA-0203", naming: "99")
            try expectProblem(try await api.send("POST", other + "/comment", #"{"text":"x"}"#), 404, "SAGA-0203")
            try expectProblem(try await api.send("POST", other + "/assign", #"{"assignee":"x"}"#), 404, "SAGA-0203")
            let long = String(repeating: "x", count: 1_001)
            for body in [#"{"text":""}"#, #"{"text":"\#(long)"}"#, #"{"txt":"x"}"#] {
                try expectProblem(try await api.send("POST", path + "/comment", body), 400, "SAGA-0201")
            }
            try expectProblem(try await api.send("POST", path + "/assign", #"{"assignee":""}"#), 400, "SAGA-0201")
        }
    }

    @Test(
        "a query that is not understood completely is refused",
        arguments: [
            ("state=closed", "open, resolved"), ("cause=bad", "undo-failed"), ("version=0", "from 1"),
            ("error=", "1 to 200"), ("cursor=5", "cursor"), ("cursor=1.x.2", "cursor"), ("stap=x", "stap"),
            ("openedAfter=today", "ISO 8601"), ("all=true", "all"),
        ])
    func refused(query: String, word: String) async throws {
        try await TestAPI.run { api in
            try expectProblem(try await api.get("/v1/incidents?\(query)"), 400, "SAGA-0201", naming: word)
        }
    }

    @Test("statistics tell how many sagas ended and why they failed, by the names of the steps")
    func statistics() async throws {
        let bus = ScriptedBus { $0.body["n"] == 3 ? .rejected("sold-out") : .done(#"{"id":1}"#) }
        try await TestAPI.run(bus: bus) { api in
            try await api.deploy(TestAPI.order)
            for n in 1...5 {
                let start = #"{"workflow":"order","input":{"n":\#(n)}}"#
                #expect(try await api.post(start, key: "key-\(n)", headers: ["Prefer": "wait=60"]).status == 201)
            }
            for window in ["1h", "24h", "7d"] {
                let path = "/v1/workflows/order/statistics?window=\(window)"
                let view = try await api.get(path).decode(StatisticsView.self)
                #expect(view.started == 5 && view.completed == 4 && view.compensated == 1 && view.abandoned == 0)
                #expect(view.failures.map(\.step) == ["reserve"] && view.failures.map(\.code) == ["sold-out"])
                #expect(view.failures.map(\.kind) == ["rejected"] && view.failures.map(\.count) == [1])
                #expect(view.durations.map { $0.p50 <= $0.p95 && $0.p95 <= $0.p99 } == true)
            }
            let none = "/v1/workflows/none/statistics"
            try expectProblem(try await api.get(none), 404, "SAGA-0203", naming: "none")
            let month = "/v1/workflows/order/statistics?window=1m"
            try expectProblem(try await api.get(month), 400, "SAGA-0201", naming: "24h")
        }
    }
}
