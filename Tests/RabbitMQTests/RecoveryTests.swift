import LocalServers
import RabbitMQ
import TestServers
import TestSupport
import Testing

/// One node that may be killed and frozen, for these tests in turn.
private actor Victim {
    static let shared = Victim()
    private var server: LocalRabbitMQ?

    func running() async throws -> LocalRabbitMQ {
        if let server {
            try await server.startAgain()
            return server
        }
        let started = try await TestServers.ownRabbitMQ()
        server = started
        return started
    }
}

@Suite("A broker in trouble", .serialized, .timeLimit(.minutes(3)))
struct RecoveryTests {
    @Test("that is killed and started again: both sides come back, and what was not confirmed says so")
    func killed() async throws {
        let bench = Bench(on: try await Victim.shared.running()) { $0.reconnect.maximum = .milliseconds(500) }
        var topology = bench.topology(.quorum)
        // The broker forgets it, so it must be declared again.
        topology.exchanges[0].durable = false
        let publisher = bench.publisher(topology)
        // The exchange is the publisher's to declare.
        let (consumer, collector) = Collector.consuming(
            bench.queue, bench.configuration, topology: Topology(queues: topology.queues))
        try await running(publisher, consumer) {
            try await publisher.waitUntilConnected()
            // A quorum queue that is killed right after its declaration may forget what it confirmed.
            try await Task.sleep(for: .seconds(1))
            var confirmed: Set<String> = []
            var unsure: [String] = []
            try await withThrowingTaskGroup(of: Void.self) { group in
                group.addTask {
                    try await eventually("something is confirmed") { publisher.statistics.messagesConfirmed > 500 }
                    bench.server.kill()
                }
                var next = 0
                while unsure.isEmpty {
                    let batch = bench.messages(next..<(next + 50))
                    next += 50
                    for (message, outcome) in zip(batch, await publisher.publish(batch)) {
                        let id = message.properties.messageID!
                        switch outcome {
                        case .confirmed: confirmed.insert(id)
                        case .notSent: unsure.append(id)
                        case .returned, .nacked: Issue.record("\(id): \(outcome)")
                        }
                    }
                }
                try await group.waitForAll()
            }
            try await eventually("both have noticed") { publisher.state.error != nil && consumer.state.error != nil }
            #expect(await publisher.publish([bench.message("while down")])[0].error != nil)
            try await bench.server.startAgain()
            try await eventually("both are back") { publisher.state == .connected && consumer.state == .connected }
            for id in unsure {
                #expect(await publisher.publish([bench.message(id)]) == [.confirmed])
                confirmed.insert(id)
            }
            try await eventually("everything confirmed arrives") { confirmed.isSubset(of: collector.ids) }
            #expect(publisher.statistics.connects == 2)
        }
    }

    @Test("that is frozen is noticed within two heartbeats, and its return too")
    func frozen() async throws {
        let bench = Bench(on: try await Victim.shared.running()) {
            $0.heartbeat = .seconds(2)
            $0.connectTimeout = .seconds(1)
            $0.reconnect.maximum = .milliseconds(500)
        }
        let publisher = bench.publisher()
        let (consumer, collector) = Collector.consuming(bench.queue, bench.configuration, topology: bench.topology())
        try await running(publisher, consumer) {
            try await publisher.waitUntilConnected()
            try await consumer.waitUntilConnected()
            bench.server.freeze()
            defer { bench.server.thaw() }
            let start = ContinuousClock.now
            let outcome = await publisher.publish([bench.message("lost")])[0]
            #expect(outcome.error?.code == .heartbeatMissed)
            try await eventually("the consumer has noticed", within: .seconds(2)) { consumer.state.error != nil }
            #expect(ContinuousClock.now - start < .milliseconds(5500))
            bench.server.thaw()
            try await eventually("both are back") { publisher.state == .connected && consumer.state == .connected }
            #expect(await publisher.publish([bench.message("found")]) == [.confirmed])
            try await eventually("it arrives") { collector.ids.contains("found") }
        }
    }

    @Test("that has an alarm holds publishing back, not consuming, and goes on afterwards")
    func alarm() async throws {
        let bench = Bench(on: try await Victim.shared.running()) { $0.heartbeat = .seconds(2) }
        let publisher = bench.publisher()
        let gate = Gate()
        let (consumer, collector) = Collector.consuming(
            bench.queue,
            bench.configuration,
            topology: bench.topology(),
            prefetch: 10
        ) { _ in await gate.pass() }
        try await running(publisher, consumer) {
            try await publisher.waitUntilConnected()
            #expect(await publisher.publish(bench.messages(0..<100)).allSatisfy { $0 == .confirmed })
            try await bench.server.rabbitmqctl("set_vm_memory_high_watermark", "0")
            // Far more than sockets and buffers hold, in many calls.
            let body = [UInt8](repeating: 1, count: 100_000)
            try await withThrowingTaskGroup(of: [PublishOutcome].self) { group in
                for call in 0..<20 {
                    group.addTask {
                        await publisher.publish((0..<10).map { bench.message("late\(call).\($0)", body: body) })
                    }
                }
                let checks = await Result {
                    try await eventually("it is blocked") { publisher.state.isBlocked }
                    gate.open()
                    // Those from before the alarm are consumed meanwhile, and heartbeats keep both connections.
                    try await collector.waitFor(100)
                    try await Task.sleep(for: .seconds(5))
                    #expect(publisher.state.isBlocked)
                    #expect(publisher.state.description.contains("memory"))
                    #expect(publisher.statistics.messagesConfirmed < 300)
                }
                try await bench.server.rabbitmqctl("set_vm_memory_high_watermark", "0.4")
                try checks.get()
                for try await outcomes in group { #expect(outcomes == Array(repeating: .confirmed, count: 10)) }
            }
            #expect(publisher.state == .connected)
            try await collector.waitFor(300)
            #expect(Set(collector.ids).count == 300)
            #expect(publisher.statistics.connects == 1)
            #expect(consumer.statistics.connects == 1)
        }
    }

    @Test("that closes the connection says why")
    func forced() async throws {
        let bench = Bench(on: try await Victim.shared.running())
        let publisher = bench.publisher()
        let states = StateLog()
        let (consumer, collector) = Collector.consuming(bench.queue, bench.configuration, topology: bench.topology())
        let watched = RabbitMQPublisher(
            configuration: bench.configuration,
            logger: quiet,
            onStateChange: { states.append($0) }
        )
        try await running(publisher, consumer, watched) {
            try await publisher.waitUntilConnected()
            try await consumer.waitUntilConnected()
            try await watched.waitUntilConnected()
            try await bench.server.rabbitmqctl("close_all_connections", "maintenance")
            try await eventually("all are back") {
                publisher.statistics.connects == 2 && consumer.statistics.connects == 2
                    && watched.statistics.connects == 2
            }
            let error = states.all.compactMap(\.error).first
            #expect(error?.code == .closedByBroker)
            #expect(error?.message.contains("maintenance") == true)
            try await publisher.waitUntilConnected()
            #expect(await publisher.publish([bench.message("after")]) == [.confirmed])
            try await eventually("it arrives") { collector.ids == ["after"] }
        }
        try await eventually("it has stopped") { states.all.last == .stopped }
    }
}
