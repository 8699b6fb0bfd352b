import MemoryStore
import SagaAPI
import SagaEngine
import SagaValues
import TestAPI
import TestSupport
import Testing

@testable import APIServer

@Suite("A stream of changes") struct ChangeStreamTests {
    /// Quick, so that tests are.
    static let quick: StreamSettings = {
        var settings = StreamSettings()
        settings.pause = .milliseconds(5)
        settings.beat = .milliseconds(20)
        return settings
    }()

    private func told(_ reader: StreamReader, of saga: UUID) throws -> [Int] {
        try reader.changes.filter { $0.saga == saga }.map(\.revision)
    }

    @Test("tells what any node does, in the order of each saga, and nothing of what was before")
    func nodes() async throws {
        let database = MemoryDatabase()
        try await TestAPI.run(watching: { _ in MemoryStore(database) }, streams: Self.quick) { asked in
            try await TestAPI.run(watching: { _ in MemoryStore(database) }) { other in
                try await asked.deploy(TestAPI.order)
                try await other.deploy(TestAPI.order)
                let before = try await asked.start("order", ["n": 1], key: "before")
                _ = try await asked.engine.waitForEnd(before, upTo: .seconds(60))
                let reader = try await StreamReader(asked, "/v1/changes").opened()
                #expect(reader.headers["content-type"] == "text/event-stream")
                let (mine, theirs) = (
                    try await asked.start("order", ["n": 1], key: "mine"),
                    try await other.start("order", ["n": 1], key: "theirs")
                )
                try await eventually("both are told to their end") {
                    try reader.changes.count { $0.status == "completed" } == 2
                }
                #expect(try told(reader, of: mine) == [1, 2, 3])
                #expect(try told(reader, of: theirs) == [1, 2, 3])
                #expect(try reader.changes.count == 6)
                let last = try #require(try reader.changes.last { $0.saga == theirs })
                #expect((last.workflow, last.version, last.tenant, last.kind) == ("order", 1, "default", "done"))
                #expect((last.step, last.direction, last.attempt) == ("ship", "do", 1))
                try await eventually("it is said to be alive") { reader.told.comments > 2 }
            }
        }
    }

    @Test("asks nothing of the store while nobody reads")
    func nobody() async throws {
        let database = MemoryDatabase()
        try await TestAPI.run(watching: { _ in MemoryStore(database) }, streams: Self.quick) { api in
            try await api.deploy(TestAPI.order)
            let saga = try await api.start("order", ["n": 1], key: "a")
            _ = try await api.engine.waitForEnd(saga, upTo: .seconds(60))
            #expect(database.looks == 0)
            let reader = try await StreamReader(api, "/v1/changes").opened()
            try await eventually("it is asked") { database.looks > 3 }
            reader.leave()
            // Whoever comes after everybody has left begins anew.
            try await eventually("nobody follows any more") {
                let before = database.firstLooks
                let next = try await StreamReader(api, "/v1/changes", headers: ["Prefer": "wait=0"]).closed()
                #expect(next.status == 200)
                return database.firstLooks == before + 1
            }
        }
    }

    @Test("goes on where a reader was cut off, with nothing lost")
    func resume() async throws {
        let database = MemoryDatabase()
        try await TestAPI.run(watching: { _ in MemoryStore(database) }, streams: Self.quick) { api in
            try await api.deploy(TestAPI.order)
            let first = try await StreamReader(api, "/v1/changes").opened()
            var sagas = [try await api.start("order", ["n": 1], key: "0")]
            try await eventually("the first is told") { try !first.changes.isEmpty }
            first.leave()
            _ = try await first.closed()
            for key in 1...5 { sagas.append(try await api.start("order", ["n": 1], key: "\(key)")) }
            for saga in sagas { _ = try await api.engine.waitForEnd(saga, upTo: .seconds(60)) }
            // At another node.
            let all = sagas
            try await TestAPI.run(watching: { _ in MemoryStore(database) }, streams: Self.quick) { other in
                let second = try await StreamReader(
                    other, "/v1/changes", headers: ["Last-Event-ID": first.told.lastID]
                ).opened()
                let late = try await api.start("order", ["n": 1], key: "late")
                try await eventually("all are told") {
                    try second.changes.count { $0.status == "completed" } == 7
                }
                // The id of a change alone will do: whoever is cut off behind the first has not the others.
                let behindOne = try await StreamReader(
                    other, "/v1/changes",
                    headers: ["Last-Event-ID": try #require(first.told.events.first?.id), "Prefer": "wait=0"]
                ).closed()
                for saga in all.dropFirst() + [late] { #expect(try told(behindOne, of: saga) == [1, 2, 3]) }
                for saga in all + [late] {
                    let revisions = try told(first, of: saga) + told(second, of: saga)
                    #expect(Set(revisions) == [1, 2, 3])
                    #expect(try told(second, of: saga) == told(second, of: saga).sorted())
                }
            }
        }
    }

    @Test("without a wait it tells what is there and ends, so that one can ask now and again")
    func asking() async throws {
        try await TestAPI.run(streams: Self.quick) { api in
            try await api.deploy(TestAPI.order)
            let none = try await StreamReader(api, "/v1/changes", headers: ["Prefer": "wait=0"]).closed()
            #expect(try none.changes.isEmpty && none.end?.reason == "waited")
            let saga = try await api.start("order", ["n": 1], key: "a")
            _ = try await api.engine.waitForEnd(saga, upTo: .seconds(60))
            let headers = ["Prefer": "wait=0", "Last-Event-ID": none.told.lastID]
            let some = try await StreamReader(api, "/v1/changes", headers: headers).closed()
            #expect(try told(some, of: saga) == [1, 2, 3])
            let one = try await StreamReader(
                api, "/v1/sagas/\(saga)/changes", headers: ["Prefer": "wait=1", "Last-Event-ID": "1"]
            ).closed()
            #expect(one.told.events.filter { $0.name == "change" }.map(\.id) == ["2", "3"])
            #expect(try one.end?.reason == "saga-ended" && one.end?.status == "completed")
        }
    }

    @Test("of one saga it is its history, and ends with it; who comes back is told that nothing follows")
    func one() async throws {
        let bus = ScriptedBus { $0.action == "parcel.ship" ? .silence : .done() }
        try await TestAPI.run(bus: bus, streams: Self.quick) { api in
            try await api.deploy(TestAPI.order)
            let saga = try await api.start("order", ["n": 1], key: "a")
            let reader = try await StreamReader(api, "/v1/sagas/\(saga)/changes").opened()
            try await eventually("what was before is told") { reader.told.events.count == 2 }
            bus.answer { _ in .done(#"{"id":7}"#) }
            bus.answerPending()
            _ = try await reader.closed()
            #expect(try reader.end?.status == "completed")
            let history = try await api.get("/v1/sagas/\(saga)/history").json["history"]?.arrayValue
            let events = reader.told.events.filter { $0.name == "change" }
            #expect(try events.map { try JSON(parsing: $0.data) } == history)
            #expect(events.map(\.id) == ["1", "2", "3"])
            for (id, revisions) in [("", [1, 2, 3]), ("1", [2, 3]), ("2", [3])] {
                let again = try await StreamReader(
                    api, "/v1/sagas/\(saga)/changes", headers: ["Last-Event-ID": id]
                ).closed()
                let told = again.told.events.filter { $0.name == "change" }
                #expect(try told.map { try $0.decode(HistoryItem.self).revision } == revisions)
            }
            let over = try await api.get("/v1/sagas/\(saga)/changes", headers: ["Last-Event-ID": "3"])
            #expect(over.status == 204 && over.bytes.isEmpty)
            for id in ["\(Int.max)", "01", "-1", "x"] {
                try expectProblem(
                    try await api.get("/v1/sagas/\(saga)/changes", headers: ["Last-Event-ID": id]), 400, "SAGA-0201")
            }
        }
    }

    @Test("shows nothing that a history hides")
    func sensitive() async throws {
        let source = """
            workflow: secretive
            version: 1
            input: { type: object, required: [card], properties: { card: { type: string } } }
            sensitive: [input.card]
            steps:
              - pay: { do: money.take, pivot: true, with: { card: "${input.card}" } }
            """
        try await TestAPI.run(streams: Self.quick) { api in
            try await api.deploy(source)
            let all = try await StreamReader(api, "/v1/changes").opened()
            let saga = try await api.start("secretive", ["card": "4111"], key: "a")
            let one = try await StreamReader(api, "/v1/sagas/\(saga)/changes").closed()
            try await eventually("all of it is told") { try all.changes.count == 2 }
            #expect(one.text.contains("***"))
            #expect(!one.text.contains("4111") && !all.text.contains("4111"))
        }
    }

    @Test("tells of one's own tenant alone, and of the workflow that is asked for")
    func tenants() async throws {
        try await TestAPI.run(streams: Self.quick) { api in
            try await api.deploy(TestAPI.order)
            try await api.deploy(TestAPI.delivery)
            let viewer = try await api.token(.viewer, tenant: "acme").text
            let own = try await StreamReader(api, "/v1/changes", as: viewer).opened()
            let foreign = try await StreamReader(api, "/v1/changes?tenant=globex", as: viewer).opened()
            let deliveries = try await StreamReader(api, "/v1/changes?workflow=delivery&tenant=globex").opened()
            let mine = try await api.start("order", ["n": 1], key: "a", tenant: "acme")
            let theirs = try await api.start("order", ["n": 1], key: "a", tenant: "globex")
            let delivery = try await api.start("delivery", key: "a", tenant: "globex")
            try await eventually("the delivery is told") { try told(deliveries, of: delivery) == [1, 2, 3] }
            try await eventually("one's own is told") { try told(own, of: mine) == [1, 2, 3] }
            #expect(try deliveries.changes.allSatisfy { $0.saga == delivery })
            #expect(try own.changes.allSatisfy { $0.tenant == "acme" })
            #expect(try foreign.changes.isEmpty)
            // Also of what was before.
            let again = try await StreamReader(
                api, "/v1/changes", as: viewer, headers: ["Last-Event-ID": own.told.lastID, "Prefer": "wait=0"]
            ).closed()
            #expect(try Set(again.changes.map(\.saga)) == [mine])
            let refused = try await api.send("GET", "/v1/sagas/\(theirs)/changes", as: viewer)
            try expectProblem(refused, 404, "SAGA-0203")
        }
    }

    @Test("leaves out the children of sagas unless they are asked for")
    func children() async throws {
        let parent = """
            workflow: parent
            version: 1
            steps:
              - ask: { run: delivery, with: {} }
            """
        try await TestAPI.run(streams: Self.quick) { api in
            try await api.deploy(TestAPI.delivery)
            try await api.deploy(parent)
            let plain = try await StreamReader(api, "/v1/changes").opened()
            let all = try await StreamReader(api, "/v1/changes?children=true").opened()
            let saga = try await api.start("parent", key: "a")
            try await eventually("the end of the parent is told") {
                try plain.changes.contains { $0.status == "completed" }
                    && all.changes.count { $0.status == "completed" } == 2
            }
            #expect(try plain.changes.allSatisfy { $0.saga == saga && $0.parent == nil })
            #expect(try all.changes.contains { $0.parent == saga && $0.workflow == "delivery" })
        }
    }

    @Test("ends when the node stops, with a word to each reader")
    func shutdown() async throws {
        let readers = try await TestAPI.run(streams: Self.quick) { api in
            try await api.deploy(TestAPI.order)
            api.bus.answer { _ in .silence }
            let saga = try await api.start("order", ["n": 1], key: "a")
            return [
                try await StreamReader(api, "/v1/changes").opened(),
                try await StreamReader(api, "/v1/sagas/\(saga)/changes").opened(),
            ]
        }
        for reader in readers { #expect(try await reader.closed().end?.reason == "shutdown") }
    }

    @Test("ends when its credential is revoked")
    func revoked() async throws {
        try await TestAPI.run(streams: Self.quick) { api in
            let token = try await api.token(.viewer)
            let reader = try await StreamReader(api, "/v1/changes", as: token.text).opened()
            let answer = try await api.send("POST", "/v1/tokens/\(token.id)/revoke")
            #expect(answer.status == 200)
            #expect(try await reader.closed().end?.reason == "credential")
        }
    }

    @Test("refuses to go on from where nobody was, or too long ago")
    func marks() async throws {
        try await TestAPI.run { api in
            for mark in ["x", "-1", "1.5", "99999999999999999999"] {
                let answer = try await api.get("/v1/changes", headers: ["Last-Event-ID": mark])
                try expectProblem(answer, 400, "SAGA-0201", naming: "Last-Event-ID")
            }
            let old = (Timestamp.now() - .seconds(2 * 86_400)).microseconds
            let answer = try await api.get("/v1/changes", headers: ["Last-Event-ID": "\(old)"])
            try expectProblem(answer, 410, "SAGA-0251", naming: "1d")
        }
    }
}
