import SagaAPI
import SagaEngine
import SagaValues
import TestAPI
import TestSupport
import Synchronization
import Testing

@Suite struct StartTests {
    @Test("a start is 201, its repetition 200 with the same saga, and another input under its key is 409")
    func idempotent() async throws {
        try await TestAPI.run { api in
            try await api.deploy(TestAPI.order)
            let first = try await api.post()
            #expect(first.status == 201)
            #expect(first.headers["content-type"] == "application/json")
            let made = try first.decode(SagaDetail.self)
            #expect(made.isNew == true)

            let second = try await api.post()
            #expect(second.status == 200)
            let found = try second.decode(SagaDetail.self)
            #expect(found.isNew == false)
            #expect(found.saga.id == made.saga.id)

            let other = try await api.post(#"{"workflow":"order","input":{"n":2}}"#)
            try expectProblem(other, 409, "SAGA-0206", naming: made.saga.id.description)
            #expect(try other.decode(Problem.self).saga == made.saga.id)
        }
    }

    @Test("a start that waits is answered with the end of the saga, whatever else is preferred")
    func waits() async throws {
        try await TestAPI.run(bus: ScriptedBus { $0.action == "parcel.ship" ? .done(#"{"id":7}"#) : .done() }) { api in
            try await api.deploy(TestAPI.order)
            for (number, prefer) in ["wait=30", "respond-async, Wait=30"].enumerated() {
                let answer = try await api.post(key: "key \(number)", headers: ["Prefer": prefer])
                let detail = try answer.decode(SagaDetail.self)
                #expect(detail.saga.status == "completed", "Prefer: \(prefer)")
                #expect(detail.output == ["parcel": 7])
                #expect(detail.steps.map(\.phase) == ["done", "done"])
            }
        }
    }

    @Test("a wait that is over before the saga is answered with the saga as it is")
    func waitsInVain() async throws {
        try await TestAPI.run(bus: ScriptedBus { _ in .silence }) { api in
            try await api.deploy(TestAPI.order)
            let answer = try await api.post(headers: ["Prefer": "wait=1"])
            #expect(answer.status == 201)
            let detail = try answer.decode(SagaDetail.self)
            #expect(detail.saga.status == "running")
            #expect(detail.waitsFor.map(\.step) == ["reserve"])
        }
    }

    @Test("a stopping node answers those who wait for a saga at once")
    func stopEndsWaits() async throws {
        let watched = Watched()
        try await TestAPI.run(bus: ScriptedBus { _ in .silence }, watching: watched.store) { api in
            try await api.deploy(TestAPI.order)
            let id = try await api.start("order", ["n": 1], key: "key")
            let begin = ContinuousClock.now
            async let waiting = api.get("/v1/sagas/\(id)", headers: ["Prefer": "wait=60"])
            try await eventually("somebody waits") { watched.summaryReads > 0 }
            await api.stop()
            let answer = try await waiting
            #expect(answer.status == 200)
            #expect(try answer.decode(SagaDetail.self).saga.status == "running")
            #expect(ContinuousClock.now - begin < .seconds(20), "the wait of 60 s was cut")
        }
    }

    @Test("what is wrong in a start is told, and nothing is started")
    func malformed() async throws {
        try await TestAPI.run { api in
            try await api.deploy(TestAPI.order)
            func refused(_ body: String, _ word: String, _ status: Int = 400, _ code: String = "SAGA-0201") async throws
            {
                try expectProblem(try await api.post(body), status, code, naming: word)
            }
            try await refused("no JSON", "line 1")
            try await refused("[]", "the body")
            try await refused("", "JSON")
            try await refused(#"{"workflow":"order","workflow":"order","input":{"n":1}}"#, "member of this name")
            try await refused(#"{"workflow":"order","input":{"n":1,"n":2}}"#, "column 36")
            try await refused(#"{"workflow":"order","input":{"n":1,"t":"\u0000"}}"#, "U+0000")
            try await refused(#"{"workflow":"order"}"#, "\"input\" is missing")
            try await refused(#"{"workflow":7,"input":{}}"#, "\"workflow\"")
            try await refused(#"{"workflow":"order","versoin":2,"input":{"n":1}}"#, "unknown member \"versoin\"")
            try await refused(#"{"workflow":"order","tenant":"","input":{"n":1}}"#, "tenant")
            let long = String(repeating: "b", count: 201)
            try await refused(#"{"workflow":"order","businessKey":"\#(long)","input":{"n":1}}"#, "businessKey")
            let deep = String(repeating: "[", count: 100) + String(repeating: "]", count: 100)
            try await refused(#"{"workflow":"order","input":\#(deep)}"#, "nested deeper")
            try await refused(#"{"workflow":"order","input":{"n":"x"}}"#, "/n", 422, "SAGA-0204")
            try await refused(#"{"workflow":"orders","input":{"n":1}}"#, "GET /v1/workflows", 404, "SAGA-0203")
            try await refused(#"{"workflow":"order","version":9,"input":{"n":1}}"#, "version 9", 404, "SAGA-0203")
            let list = try await api.get("/v1/sagas").decode(SagaPage.self)
            #expect(list.sagas.isEmpty)
        }
    }

    @Test("the key of a start must be there, within its length")
    func keys() async throws {
        try await TestAPI.run { api in
            try await api.deploy(TestAPI.order)
            try expectProblem(try await api.post(key: ""), 400, "SAGA-0201", naming: "Idempotency-Key")
            let limit = String(repeating: "k", count: 200)
            try expectProblem(try await api.post(key: limit + "k"), 400, "SAGA-0201", naming: "200 bytes")
            #expect(try await api.post(key: limit).status == 201)
            let foreign = try await api.post(key: "заказ-1").decode(SagaDetail.self)
            #expect(foreign.saga.idempotencyKey == "заказ-1")
        }
    }

    @Test("a body is refused that is too large or says it is something else")
    func bodies() async throws {
        try await TestAPI.run { api in
            try await api.deploy(TestAPI.order)
            func start(_ bytes: Int) -> String {
                #"{"workflow":"order","input":{"n":1,"t":"\#(String(repeating: "x", count: bytes))"}}"#
            }
            try expectProblem(try await api.post(start(1 << 20)), 413, "SAGA-0214", naming: "an input")
            try expectProblem(try await api.post(start(1_200_000)), 413, "SAGA-0214", naming: "a body")
            #expect(try await api.post(start((1 << 20) - 20)).status == 201)
            let form = ["Content-Type": "application/x-www-form-urlencoded"]
            try expectProblem(
                try await api.post(headers: form), 415, "SAGA-0201", naming: "x-www-form-urlencoded", "application/json"
            )
            let charset = ["Content-Type": "Application/JSON; charset=utf-8"]
            #expect(try await api.post(key: "charset", headers: charset).status == 201)
        }
    }

    @Test("the caller's trace goes with every command; one that is none does not stop the work")
    func trace() async throws {
        let traces = Mutex<[TraceContext?]>([])
        let bus = ScriptedBus { command in
            traces.withLock { $0.append(command.trace) }
            return .done()
        }
        try await TestAPI.run(bus: bus) { api in
            try await api.deploy(TestAPI.order)
            let parent = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"
            let wait = ["Prefer": "wait=30"]
            let both = ["traceparent": parent, "tracestate": "vendor=1"].merging(wait) { own, _ in own }
            #expect(try await api.post(key: "traced", headers: both).status == 201)
            let trace = try #require(TraceContext(traceparent: parent, tracestate: "vendor=1"))
            let sent = traces.withLock { $0 }
            #expect(!sent.isEmpty && sent.allSatisfy { $0 == trace })

            let broken = ["traceparent": "00-nonsense", "tracestate": "vendor=1"].merging(wait) { own, _ in own }
            #expect(try await api.post(key: "broken", headers: broken).status == 201)
            #expect(traces.withLock { $0.dropFirst(sent.count).allSatisfy { $0 == nil } })
        }
    }
}
