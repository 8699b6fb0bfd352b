import LocalServers
import RabbitMQ
import RabbitMQBus
import SagaEngine
import SagaValues
import Testing

@Suite("The queues of the participants", .timeLimit(.minutes(3)))
struct QueueTests {
    @Test("tell who takes commands off them and how many wait; one that is missing hides no other")
    func look() async throws {
        let hall = try await Hall()
        let ear = hall.ear(of: "billing")
        try await hall.open(ear) {
            let found = try await looked(hall, ["nobody", "billing", "noone"]) { $0["billing"]?.consumers == 1 }
            #expect(
                found == [
                    "nobody": .missing, "billing": QueueState(consumers: 1, ready: 0), "noone": .missing,
                ])
            // Again, and on a channel that the broker has not closed.
            #expect(await hall.bus.queues(of: ["billing"]) == ["billing": QueueState(consumers: 1, ready: 0)])
            #expect(await hall.bus.queues(of: []).isEmpty)
        }
    }

    @Test("tell that nobody takes commands any more")
    func left() async throws {
        let hall = try await Hall()
        let ear = hall.ear(of: "billing")
        try await hall.open(ear) {}
        let later = Hall(hall.server, hall.configuration, hall.kind)
        try await later.open {
            #expect(await later.bus.send([Command.example(saga: UUID.v7()), .example(saga: UUID.v7())]).count == 2)
            let found = try await looked(later, ["billing"]) { $0["billing"]?.ready == 2 }
            #expect(found == ["billing": QueueState(consumers: 0, ready: 2)])
        }
    }

    @Test("are asked again after the connection was lost")
    func lost() async throws {
        let hall = try await Hall()
        let ear = hall.ear(of: "billing")
        try await hall.open(ear) {
            _ = try await looked(hall, ["billing"]) { $0["billing"]?.consumers == 1 }
            try await hall.server.rabbitmqctl("close_all_connections", "--vhost", hall.configuration.vhost, "the test")
            let found = try await looked(hall, ["billing"]) { $0["billing"]?.consumers == 1 }
            #expect(found == ["billing": QueueState(consumers: 1, ready: 0)])
        }
    }

    /// Looks until it is as wanted; says what it was last.
    private func looked(
        _ hall: Hall, _ names: [String], until isReached: ([String: QueueState]) -> Bool
    ) async throws -> [String: QueueState] {
        var found: [String: QueueState] = [:]
        for _ in 0..<200 {
            found = await hall.bus.queues(of: names)
            if isReached(found) { break }
            try await Task.sleep(for: .milliseconds(50))
        }
        return found
    }
}
