import MemoryStore
import SagaAPI
import SagaEngine
import SagaStoreContract
import SagaValues
import TestAPI
import TestSupport
import Testing

@testable import APIServer

@Suite("The bounds of streams", .serialized) struct StreamBoundsTests {
    private func settings(_ adjust: (inout StreamSettings) -> Void) -> StreamSettings {
        var settings = ChangeStreamTests.quick
        adjust(&settings)
        return settings
    }

    @Test("so many of one credential and so many of all are open, and a place is free again once its reader has left")
    func seats() async throws {
        let few = settings { ($0.each, $0.all) = (2, 3) }
        try await TestAPI.run(streams: few) { api in
            try await api.deploy(TestAPI.order)
            let saga = try await api.start("order", ["n": 1], key: "a")
            let token = try await api.token(.viewer).text
            let first = try await StreamReader(api, "/v1/changes").opened()
            let second = try await StreamReader(api, "/v1/changes").opened()
            let third = try await api.get("/v1/sagas/\(saga)/changes")
            try expectProblem(third, 429, "SAGA-0250", naming: "2")
            let other = try await StreamReader(api, "/v1/changes", as: token).opened()
            let last = try await api.token(.viewer).text
            try expectProblem(try await api.send("GET", "/v1/changes", as: last), 429, "SAGA-0250", naming: "3")
            first.leave()
            try await eventually("a place is free") {
                try await api.get("/v1/changes", headers: ["Prefer": "wait=0"]).status == 200
            }
            _ = (second, other)
        }
    }

    /// Sagas with long names, so that little of them fills what lies between two ends of a connection.
    private func fill(_ api: TestAPI, batches: Int) async throws {
        var author = try await Author(on: api.store)
        let name = String(repeating: "n", count: 200)
        for _ in 0..<batches {
            try await author.start((0..<1_000).map { _ in author.sample(tenant: name, businessKey: name) })
        }
    }

    @Test("a reader that is too slow is cut off, with a last event that says so, and goes on from there")
    func slow() async throws {
        let narrow = settings { ($0.backlog, $0.page, $0.farewell) = (1_500, 500, .seconds(60)) }
        let database = MemoryDatabase()
        try await TestAPI.run(watching: { _ in MemoryStore(database) }, streams: narrow) { api in
            let slow = try StreamReader(api, "/v1/changes", isReading: false)
            // Its place among those who follow is taken once it was answered, which it does not look at.
            try await eventually("it follows") { database.looks > 1 }
            try await fill(api, batches: 20)
            // Forty pages, and the one that was under way.
            let looks = database.looks
            try await eventually("all was told") { database.looks > looks + 41 }
            slow.read()
            _ = try await slow.closed()
            let end = try #require(try slow.end)
            #expect(end.reason == "too-slow" && end.detail.contains("Last-Event-ID"))
            let seen = try slow.changes.count
            #expect(seen < 20_000, "not everything was kept for it")
            #expect(slow.told.events.last?.name == "end")
            // Nothing is lost for who comes back.
            var (sagas, mark) = (Set(try slow.changes.map(\.saga)), slow.told.lastID)
            var rounds = 0
            while sagas.count < 20_000 {
                rounds += 1
                try #require(rounds < 20, "\(sagas.count) of all were told")
                let next = try await StreamReader(
                    api, "/v1/changes", headers: ["Last-Event-ID": mark, "Prefer": "wait=0"]
                ).closed()
                try #require(try next.end?.reason == "waited")
                sagas.formUnion(try next.changes.map(\.saga))
                mark = next.told.lastID
            }
        }
    }

    @Test("a reader that takes nothing at all is hung up on")
    func deaf() async throws {
        let short = settings { ($0.patience, $0.all) = (.milliseconds(200), 1) }
        let database = MemoryDatabase()
        try await TestAPI.run(watching: { _ in MemoryStore(database) }, streams: short) { api in
            let deaf = try StreamReader(api, "/v1/changes", isReading: false)
            try await eventually("it follows") { database.looks > 1 }
            try await fill(api, batches: 20)
            try await eventually("its place is free") {
                try await api.get("/v1/changes", headers: ["Prefer": "wait=0"]).status == 200
            }
            deaf.read()
            _ = try await deaf.closed()
            #expect(try deaf.changes.count < 20_000)
        }
    }
}
