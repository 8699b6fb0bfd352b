import APIServer
import MemoryStore
import SagaValues
import Synchronization
import TestAPI
import TestSupport
import Testing

@Suite struct HealthTests {
    @Test("a node that works is alive and ready, for whoever asks")
    func ready() async throws {
        try await TestAPI.run { api in
            let live = try await api.get("/health/live", headers: ["Authorization": ""])
            #expect(live.status == 200)
            #expect(try live.json == ["status": "alive"])
            let ready = try await api.get("/health/ready", headers: ["Authorization": ""])
            #expect(ready.status == 200)
            #expect(try ready.json == ["status": "ready", "database": "here", "broker": "here"])
        }
    }

    @Test("a node whose database is away is alive and not ready, and is ready again by itself")
    func databaseAway() async throws {
        try await TestAPI.run { api in
            api.memory.cutOff()
            let away = try await api.get("/health/ready")
            #expect(away.status == 503)
            #expect(try away.json["status"] == "not ready")
            #expect(try away.json["database"] == "away")
            #expect(try away.json["broker"] == "here")
            #expect(try away.json["why"]?.stringValue?.isEmpty == false)
            #expect(try await api.get("/health/live").status == 200)
            api.memory.reconnect()
            // Without any work: nobody sends some to a node that is not ready.
            try await eventually("the node is ready again") { try await api.get("/health/ready").status == 200 }
        }
    }

    @Test("a node without its broker is ready, says so, and takes starts in")
    func brokerAway() async throws {
        let broker = Mutex(BrokerCondition.away)
        try await TestAPI.run(broker: { broker.withLock { $0 } }) { api in
            try await api.deploy(TestAPI.order)
            let answer = try await api.get("/health/ready")
            #expect(answer.status == 200)
            #expect(try answer.json == ["status": "ready", "database": "here", "broker": "away"])
            #expect(try await api.post().status == 201)
            broker.withLock { $0 = .blocked }
            #expect(try await api.get("/health/ready").json["broker"] == "blocked")
        }
    }
}
