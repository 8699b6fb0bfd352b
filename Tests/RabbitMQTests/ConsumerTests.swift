import LocalServers
import RabbitMQ
import TestServers
import TestSupport
import Testing

@Suite("A consumer", .timeLimit(.minutes(3)))
struct ConsumerTests {
    @Test("gets what arrived meanwhile as one batch, in order, bounded by the prefetch")
    func batches() async throws {
        let bench = try await Bench.make()
        let publisher = bench.publisher()
        let gate = Gate()
        let (consumer, collector) = Collector.consuming(
            bench.queue,
            bench.configuration,
            topology: bench.topology(),
            prefetch: 300
        ) { _ in await gate.pass() }
        try await running(publisher, consumer) {
            try await publisher.waitUntilConnected()
            try await consumer.waitUntilConnected()
            _ = await publisher.publish(bench.messages(0..<1))
            try await collector.waitFor(1)
            _ = await publisher.publish(bench.messages(1..<1000))
            try await eventually("the prefetch is used up") { consumer.statistics.messagesDelivered == 300 }
            gate.open()
            try await collector.waitFor(1000)
            #expect(collector.ids == (0..<1000).map { "m\($0)" })
            #expect(collector.batches[0] == 1)
            #expect(collector.batches[1] == 299)
        }
    }

    @Test("with a stuck handler takes no more than its prefetch")
    func backPressure() async throws {
        let bench = try await Bench.make()
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
            _ = await publisher.publish(bench.messages(0..<500))
            try await eventually("ten are here") { consumer.statistics.messagesDelivered == 10 }
            // Another consumer finds all the others, so the broker has really kept them.
            let (other, others) = Collector.consuming(bench.queue, bench.configuration, prefetch: 1000)
            try await running(other) { _ = try await others.waitFor(490) }
            #expect(consumer.statistics.messagesDelivered == 10)
            gate.open()
            try await collector.waitFor(10)
        }
    }

    @Test("answers in any order, from anywhere, in few frames, and never twice")
    func acknowledgements() async throws {
        let bench = try await Bench.make()
        let publisher = bench.publisher()
        let (consumer, collector) = Collector.consuming(
            bench.queue,
            bench.configuration,
            topology: bench.topology(),
            prefetch: 2000,
            acknowledges: false
        )
        try await running(publisher, consumer) {
            try await publisher.waitUntilConnected()
            _ = await publisher.publish(bench.messages(0..<1000))
            let tags = try await collector.waitFor(1000).map(\.tag)
            // All in order: one frame.
            consumer.acknowledge(Array(tags[0..<500]))
            try await eventually("the first are answered") { consumer.statistics.acknowledgementFrames > 0 }
            #expect(consumer.statistics.acknowledgementFrames == 1)
            // The rest in disorder, each twice, from several tasks.
            await withTaskGroup { group in
                for part in 0..<10 {
                    group.addTask {
                        let own = tags[500...].indices.filter { $0 % 10 == part }.map { tags[$0] }.shuffled()
                        consumer.acknowledge(own)
                        consumer.acknowledge(own + tags[0..<100])
                        consumer.reject(own, requeue: true)
                    }
                }
            }
            // Nothing is left for the next one, and the channel was never closed over an unknown tag.
            try await eventually("the queue is empty") { try await bench.depth() == "0 0" }
            #expect(consumer.statistics.connects == 1)
            #expect(consumer.state == .connected)
            _ = await publisher.publish([bench.message("after")])
            try await eventually("it goes on") { collector.ids.last == "after" }
        }
    }

    @Test("keeps its connection by heartbeats alone, and so does a publisher")
    func quiet() async throws {
        let bench = try await Bench.make { $0.heartbeat = .seconds(1) }
        let publisher = bench.publisher()
        let (consumer, collector) = Collector.consuming(bench.queue, bench.configuration, topology: bench.topology())
        try await running(publisher, consumer) {
            try await publisher.waitUntilConnected()
            try await consumer.waitUntilConnected()
            // The broker gives up a silent client after two to three heartbeats.
            try await Task.sleep(for: .seconds(6))
            #expect(await publisher.publish([bench.message("a")]) == [.confirmed])
            try await collector.waitFor(1)
            #expect(publisher.statistics.connects == 1)
            #expect(consumer.statistics.connects == 1)
        }
    }

    @Test("gives deliveries back to the queue, which counts them, or to the dead letters")
    func rejects() async throws {
        let bench = try await Bench.make()
        let dead = "\(bench.queue).dead"
        var topology = bench.topology(.quorum)
        topology.queues[0].deadLetterExchange = ""
        topology.queues[0].deadLetterRoutingKey = dead
        topology.queues.append(.init(dead, .quorum))
        let publisher = bench.publisher(topology)
        let (consumer, collector) = Collector.consuming(
            bench.queue,
            bench.configuration,
            topology: topology,
            acknowledges: false
        )
        let (deadConsumer, deadLetters) = Collector.consuming(dead, bench.configuration, topology: topology)
        try await running(publisher, consumer, deadConsumer) {
            try await publisher.waitUntilConnected()
            _ = await publisher.publish([bench.message("a")])
            for round in 0..<3 {
                let delivery = try await collector.waitFor(round + 1)[round]
                #expect(delivery.deliveryCount == round)
                #expect(delivery.redelivered == (round > 0))
                consumer.reject([delivery.tag], requeue: round < 2)
            }
            let letter = try await deadLetters.waitFor(1)[0]
            #expect(letter.properties.messageID == "a")
            #expect(letter.properties.header("x-first-death-reason") == "rejected")
            guard case .array(let deaths) = letter.properties.header("x-death") else {
                Issue.record("no x-death header")
                return
            }
            #expect(deaths.count == 1)
        }
    }

    @Test("whose queue is deleted declares it again and goes on")
    func queueDeleted() async throws {
        let bench = try await Bench.make()
        let publisher = bench.publisher()
        let (consumer, collector) = Collector.consuming(
            bench.queue,
            bench.configuration,
            topology: bench.topology(),
            acknowledges: false
        )
        try await running(publisher, consumer) {
            try await publisher.waitUntilConnected()
            _ = await publisher.publish([bench.message("before")])
            let stale = try await collector.waitFor(1).map(\.tag)
            try await bench.server.rabbitmqctl("delete_queue", bench.queue)
            try await eventually("a message gets through again") {
                _ = await publisher.publish([bench.message("after")])
                return collector.ids.contains("after")
            }
            // Answers to the lost deliveries hurt nobody, though the tag numbers are in use again.
            let settled = consumer.statistics.acknowledgementFrames
            consumer.acknowledge(stale)
            consumer.reject(stale, requeue: true)
            _ = await publisher.publish([bench.message("last")])
            try await eventually("it goes on") { collector.ids.contains("last") }
            #expect(consumer.statistics.acknowledgementFrames == settled)
            #expect(consumer.statistics.connects == 1)
            #expect(consumer.state == .connected)
        }
    }

    @Test("keeps its memory flat over 50,000 messages")
    func flatMemory() async {
        // In a process of its own: the memory of this one is also that of the other tests.
        await #expect(processExitsWith: .success) { try await Self.receiveMany() }
    }

    private static func receiveMany() async throws {
        let bench = try await Bench.make()
        let publisher = bench.publisher()
        let (consumer, collector) = Collector.consuming(
            bench.queue,
            bench.configuration,
            topology: bench.topology(),
            prefetch: 500,
            keeps: false
        )
        try await running(publisher, consumer) {
            try await publisher.waitUntilConnected()
            func pass(_ count: Int) async throws {
                let target = consumer.statistics.messagesDelivered + UInt64(count)
                for start in stride(from: 0, to: count, by: 500) {
                    let body = [UInt8](repeating: 7, count: 4000)
                    let messages = (start..<(start + 500)).map { bench.message("m\($0)", body: body) }
                    let outcomes = await publisher.publish(messages)
                    try #require(outcomes.allSatisfy { $0 == .confirmed })
                }
                try await eventually("all received") { consumer.statistics.messagesDelivered >= target }
            }
            try await pass(10_000)
            let before = residentBytes()
            try await pass(50_000)
            let growth = residentBytes() - before
            try #require(collector.count == 0)
            // Kept messages would be 200 MB and more.
            try #require(growth < 60 << 20, "grew by \(growth >> 10) KiB")
        }
    }
}
