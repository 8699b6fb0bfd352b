import SagaAPI
import SagaCore
import SagaEngine
import SagaValues
import TestAPI
import Testing

@Suite struct ListTests {
    @Test("clients and the machine agree on which statuses are open")
    func statuses() {
        #expect(Statuses.open == Saga.Status.allCases.filter { !$0.isTerminal }.map(\.rawValue))
        #expect(Saga.Status.allCases.allSatisfy { Statuses.isOpen($0.rawValue) != $0.isTerminal })
    }

    /// Five orders, of which the one with `n` 3 is refused and undone.
    private func withOrders(_ body: @escaping @Sendable (TestAPI) async throws -> Void) async throws {
        let bus = ScriptedBus { command in
            switch command.action {
            case "stock.reserve" where command.body["n"] == 3: .rejected("sold-out")
            case "parcel.ship": .done(#"{"id":1}"#)
            default: .done()
            }
        }
        try await TestAPI.run(bus: bus) { api in
            try await api.deploy(TestAPI.order)
            for n in 1...5 {
                let start = #"{"workflow":"order","businessKey":"customer \#(n % 2)","input":{"n":\#(n)}}"#
                let answer = try await api.post(start, key: "key-\(n)", headers: ["Prefer": "wait=60"])
                #expect(try answer.decode(SagaDetail.self).saga.endedAt != nil)
            }
            try await body(api)
        }
    }

    @Test("pages follow each other from the newest to the oldest, each saga on one of them")
    func pages() async throws {
        try await withOrders { api in
            var seen: [String] = []
            var cursor = ""
            for _ in 0..<5 {
                let page = try await api.get("/v1/sagas?limit=2\(cursor)").decode(SagaPage.self)
                seen += page.sagas.map(\.idempotencyKey)
                guard let next = page.next else { break }
                cursor = "&cursor=\(next)"
            }
            #expect(seen == ["key-5", "key-4", "key-3", "key-2", "key-1"])
        }
    }

    @Test("each filter finds what it says, and all of them hold together")
    func filters() async throws {
        try await withOrders { api in
            let all = ["key-5", "key-4", "key-3", "key-2", "key-1"]
            for (query, expected) in [
                ("status=compensated", ["key-3"]), ("status=completed,compensated", all), ("key=key-4", ["key-4"]),
                ("businessKey=customer%200", ["key-4", "key-2"]),
                ("businessKey=customer%201&status=compensated", ["key-3"]), ("workflow=order", all),
                ("workflow=other", []), ("tenant=default", all), ("tenant=other", []), ("incident=true", []),
                ("startedBefore=2026-01-01T00:00:00Z", []), ("startedAfter=2026-01-01T00:00:00Z", all),
            ] {
                let page = try await api.get("/v1/sagas?\(query)").decode(SagaPage.self)
                #expect(page.sagas.map(\.idempotencyKey) == expected, "\(query)")
            }
        }
    }

    @Test(
        "a query that is not understood completely is refused",
        arguments: [
            ("statsu=running", "status"), ("status=runing", "running"), ("status=running,", "running"),
            ("limit=0", "1 to 500"), ("limit=501", "1 to 500"), ("limit=many", "1 to 500"), ("cursor=5", "cursor"),
            ("incident=yes", "true or false"), ("startedAfter=today", "ISO 8601"), ("key=a&key=b", "2 times"),
            ("workflow=%00", "NUL"),
        ])
    func refused(query: String, word: String) async throws {
        try await TestAPI.run { api in
            try expectProblem(try await api.get("/v1/sagas?\(query)"), 400, "SAGA-0201", naming: word)
        }
    }

    @Test("a saga is shown with its steps and why it was undone; one that is not there is 404")
    func show() async throws {
        try await withOrders { api in
            let id = try await #require(api.get("/v1/sagas?key=key-3").decode(SagaPage.self).sagas.first).id
            let detail = try await api.get("/v1/sagas/\(id)").decode(SagaDetail.self)
            #expect(detail.failure?.kind == "rejected")
            #expect(detail.failure?.step == "reserve")
            #expect(detail.failure?.code == "sold-out")
            #expect(detail.steps.map(\.phase) == ["failed", "waiting"])
            #expect(detail.steps.map(\.attempts) == [1, 0])
            #expect(detail.input == ["n": 3])
            #expect(detail.isNew == nil)
            let other = UUID.v7()
            try expectProblem(
                try await api.get("/v1/sagas/\(other)"), 404, "SAGA-0203", naming: other.description)
            try expectProblem(
                try await api.get("/v1/sagas/\(other)", headers: ["Prefer": "wait=1"]), 404, "SAGA-0203")
            try expectProblem(try await api.get("/v1/sagas/17"), 400, "SAGA-0201", naming: "17")
        }
    }
}
