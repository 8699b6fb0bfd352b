import LocalServers
import RabbitMQ
import RabbitMQBus
import RabbitMQWire
import SagaEngine
import SagaValues
import SagaWire
import ServiceLifecycle
import TestServers
import TestSupport
import Testing

@Suite("The bus in trouble", .timeLimit(.minutes(3)))
struct TroubleTests {
    @Test("declares again what was deleted under it, and goes on in both directions")
    func deleted() async throws {
        let hall = try await Hall()
        let billing = hall.ear(of: "billing")
        try await hall.open(billing) {
            try await hall.reply(.example())
            let stale = try await hall.replies.waitFor(1)
            try await hall.server.rabbitmqctl("delete_queue", "-p", hall.configuration.vhost, "saga.replies")
            let after = ReplyMessage.example()
            try await eventually("a reply gets through again") {
                _ = await hall.participant.publish([try after.wireMessage().outgoing])
                return hall.replies.all.contains { $0.id == after.command }
            }
            hall.bus.acknowledge(stale.map(\.receipt))
            // It was published until one was seen, so more copies may come later.
            var settled = 1
            try await eventually("all are settled") {
                let arrived = hall.replies.all
                hall.bus.acknowledge(arrived[settled...].map(\.receipt))
                settled = arrived.count
                return try await hall.depth() == "0 0"
            }

            try await hall.server.rabbitmqctl(
                "eval",
                """
                rabbit_exchange:delete(rabbit_misc:r(<<"\(hall.configuration.vhost)">>, exchange, \
                <<"saga.commands">>), false, <<"test">>).
                """)
            let lost = Command.example("stock.reserve")
            #expect(await hall.bus.send([lost]) == [.unconfirmed])
            try await eventually("there is an exchange again, and no queue bound to it") {
                await hall.bus.waitUntilReady()
                return await hall.bus.send([lost]) == [.unroutable]
            }
        }
    }

    @Test("says at once that nothing is confirmed while there is no broker, and when it is ready")
    func away() async throws {
        let hall = try await Hall()
        var nowhere = hall.configuration
        nowhere.port = 1
        let lonely = Hall(hall.server, nowhere, .classic)
        #expect(await lonely.bus.send([.example()]) == [.unconfirmed])
        try await running([lonely.bus.publisher]) {
            #expect(await lonely.bus.send([.example(), .example()]) == [.unconfirmed, .unconfirmed])
            let waiting = Task { await lonely.bus.waitUntilReady() }
            waiting.cancel()
            await waiting.value
        }
        // Whoever waits first is there when the broker comes.
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask { await hall.bus.waitUntilReady() }
            group.addTask { try await hall.bus.publisher.run() }
            try await group.next()
            #expect(hall.bus.publisher.state == .connected)
            group.cancelAll()
        }
    }

    @Test("ends at once when nothing is unanswered; what is unanswered goes back to the queue, and sending says no")
    func close() async throws {
        let hall = try await Hall { $0.drainTimeout = .seconds(100) }
        try await stoppingGracefully(hall) {
            try await hall.reply(.example())
            hall.bus.acknowledge(try await hall.replies.waitFor(1).map(\.receipt))
            #expect(await hall.bus.send([.example()]) == [.unroutable])
        }
        #expect(hall.bus.publisher.state == .stopped && hall.consumer.state == .stopped)
        #expect(await hall.bus.send([.example()]) == [.unconfirmed])
        try await eventually("the answer has arrived") { try await hall.depth() == "0 0" }

        var brief = hall.configuration
        brief.drainTimeout = .milliseconds(200)
        let second = Hall(hall.server, brief, .classic)
        try await stoppingGracefully(second) {
            try await second.reply(.example(), .example())
            hall.bus.acknowledge([])
            second.bus.acknowledge([try await second.replies.waitFor(2)[0].receipt])
        }
        try await eventually("the other one is back") { try await hall.depth() == "1 0" }
    }

    /// Runs the bus as the server does, and stops it; that takes less than the drain would.
    private func stoppingGracefully(_ hall: Hall, _ body: () async throws -> Void) async throws {
        let services: [any Service] = [hall.bus.publisher, hall.consumer]
        let group = ServiceGroup(configuration: .init(services: services.map { .init(service: $0) }, logger: quiet))
        try await running([hall.participant]) {
            async let ended: Void = group.run()
            await hall.bus.waitUntilReady()
            try await hall.consumer.waitUntilConnected()
            try await hall.participant.waitUntilConnected()
            try await body()
            let start = ContinuousClock.now
            await group.triggerGracefulShutdown()
            try await ended
            #expect(ContinuousClock.now - start < .seconds(30))
        }
    }
}
