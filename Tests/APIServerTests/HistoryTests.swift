import SagaAPI
import SagaCore
import SagaEngine
import SagaValues
import TestAPI
import Testing
import Workflows

@testable import APIServer

@Suite struct HistoryTests {
    @Test("a history tells each event, what it led to, and where the saga stood")
    func told() async throws {
        try await TestAPI.run { api in
            try await api.deploy(TestAPI.order)
            let detail = try await api.post(headers: ["Prefer": "wait=60"]).decode(SagaDetail.self)
            let page = try await api.get("/v1/sagas/\(detail.saga.id)/history").decode(HistoryPage.self)
            #expect(page.history.map(\.revision) == [1, 2, 3])
            #expect(page.history.map(\.kind) == ["started", "done", "done"])
            #expect(page.history.map(\.step) == [nil, "reserve", "ship"])
            #expect(
                page.history.map(\.effects) == [["do stock.reserve"], ["do parcel.ship"], ["the saga is completed"]])
            #expect(page.history.map(\.status) == ["running", "running", "completed"])
            #expect(page.next == nil)
            let end = try await api.get("/v1/sagas/\(detail.saga.id)/history?after=2").decode(HistoryPage.self)
            #expect(end.history.map(\.revision) == [3])
            #expect(end.history.map(\.effects) == [["the saga is completed"]])
        }
    }

    @Test("whoever follows a saga has only new rows read, and none if there are none")
    func followed() async throws {
        let watched = Watched()
        let bus = ScriptedBus { _ in .silence }
        try await TestAPI.run(bus: bus, watching: watched.store) { api in
            try await api.deploy(TestAPI.order)
            let id = try await api.start("order", ["n": 1], key: "key")
            func page(_ after: Int) async throws -> HistoryPage {
                try await api.get("/v1/sagas/\(id)/history?after=\(after)").decode(HistoryPage.self)
            }
            #expect(try await page(0).history.map(\.kind) == ["started"])
            #expect(watched.historyReads == [0])
            for _ in 0..<5 { #expect(try await page(1).history.isEmpty) }
            #expect(watched.historyReads == [0], "nothing has happened, so nothing is read")

            bus.answer { _ in .done() }
            bus.answerPending()
            _ = try await api.engine.waitForEnd(id, upTo: .seconds(60))
            let rest = try await page(1)
            #expect(rest.history.map(\.kind) == ["done", "done"])
            #expect(rest.history.last?.effects == ["the saga is completed"])
            #expect(watched.historyReads == [0, 1], "the rows before are not read again")
        }
    }

    @Test("a long history comes in pages, each read once, and from the beginning by who begins in its midst")
    func pages() async throws {
        let watched = Watched()
        try await TestAPI.run(watching: watched.store) { api in
            try await api.deploy(TestAPI.order)
            let id = try await api.start("order", ["n": 1], key: "key")
            _ = try await api.engine.waitForEnd(id, upTo: .seconds(60))
            let views = Views(engine: api.engine, store: api.store, page: 1)
            var after: Int? = 0
            var seen: [Int] = []
            while let revision = after {
                let page = try await views.history(id, after: revision, for: .anybody)
                seen += page.history.map(\.revision)
                after = page.next
            }
            #expect(seen == [1, 2, 3])
            #expect(watched.historyReads == [0, 1, 2])

            let other = Views(engine: api.engine, store: api.store, page: 1)
            let last = try await other.history(id, after: 2, for: .anybody)
            #expect(last.history.map(\.revision) == [3])
            #expect(last.history.map(\.effects) == [["the saga is completed"]])
            #expect(last.next == nil)
            #expect(watched.historyReads == [0, 1, 2, 0, 1, 2])
        }
    }

    @Test("any revision may be named, also one that is far beyond the last")
    func bounds() async throws {
        try await TestAPI.run { api in
            try await api.deploy(TestAPI.order)
            let id = try await api.start("order", ["n": 1], key: "key")
            let beyond = try await api.get("/v1/sagas/\(id)/history?after=\(Int.max)")
            #expect(beyond.status == 200)
            #expect(try beyond.decode(HistoryPage.self).history.isEmpty)
            for after in ["-1", "1.5", "first", "\(Int.max)0"] {
                try expectProblem(
                    try await api.get("/v1/sagas/\(id)/history?after=\(after)"), 400, "SAGA-0201", naming: "after")
            }
            try expectProblem(try await api.get("/v1/sagas/\(UUID.v7())/history"), 404, "SAGA-0203")
        }
    }

    @Test("of many bookmarks the oldest goes first, and a saga that has ended needs none")
    func bookmarks() throws {
        let plan = try Workflow.compile(TestAPI.order).plan
        let bookmarks = Bookmarks(limit: 2)
        let sagas = (0..<3).map { _ in Saga(id: UUID.v7(), plan: plan, at: Timestamp.now()) }
        for saga in sagas { bookmarks.keep(saga) }
        #expect(bookmarks.saga(sagas[0].id, at: 0) == nil)
        #expect(bookmarks.saga(sagas[1].id, at: 0) == sagas[1])
        #expect(bookmarks.saga(sagas[2].id, at: 0) == sagas[2])
        #expect(bookmarks.saga(sagas[2].id, at: 1) == nil, "another revision is not where the bookmark is")
    }
}
