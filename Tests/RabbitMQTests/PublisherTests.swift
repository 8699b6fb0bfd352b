import RabbitMQ
import Synchronization
import TestServers
import Testing

@Suite("A publisher", .timeLimit(.minutes(3)))
struct PublisherTests {
    @Test("gets every one of 20,000 messages confirmed whose confirms come out of order, and none is lost or doubled")
    func outOfOrder() async throws {
        let bench = try await Bench.make()
        let kinds: [Topology.Queue.Kind] = [.quorum, .classic, .quorum, .classic]
        let queues = kinds.indices.map { "\(bench.queue).\($0)" }
        let topology = Topology(
            exchanges: [.init(bench.exchange, .direct)],
            queues: zip(queues, kinds).map { .init($0, $1) },
            bindings: queues.map { .init(exchange: bench.exchange, queue: $0, routingKey: $0) }
        )
        let publisher = bench.publisher(topology)
        let total = 20_000
        let pairs = queues.map { Collector.consuming($0, bench.configuration, topology: topology, prefetch: 1000) }
        try await running(publisher, pairs[0].0, pairs[1].0, pairs[2].0, pairs[3].0) {
            try await publisher.waitUntilConnected()
            // Many calls in flight at once, each over all queues.
            let confirmed = await withTaskGroup(of: Int.self) { group in
                for start in stride(from: 0, to: total, by: 100) {
                    group.addTask {
                        let messages = (start..<(start + 100)).map { number in
                            OutgoingMessage(
                                exchange: bench.exchange,
                                routingKey: queues[number % queues.count],
                                properties: MessageProperties(messageID: "m\(number)"),
                                body: [UInt8(number % 256)]
                            )
                        }
                        return await publisher.publish(messages).count { $0 == .confirmed }
                    }
                }
                var sum = 0
                for await count in group { sum += count }
                return sum
            }
            #expect(confirmed == total)
            for (_, collector) in pairs { try await collector.waitFor(total / queues.count) }
            #expect(Set(pairs.flatMap { $0.1.ids }) == Set((0..<total).map { "m\($0)" }))
            #expect(pairs.reduce(0) { $0 + $1.1.count } == total)
            #expect(publisher.statistics.messagesConfirmed == UInt64(total))
        }
    }

    @Test("sends many messages with one system call")
    func fewSystemCalls() async throws {
        let bench = try await Bench.make()
        let publisher = bench.publisher()
        try await running(publisher) {
            try await publisher.waitUntilConnected()
            let before = publisher.statistics
            let outcomes = await publisher.publish(bench.messages(0..<1000))
            #expect(outcomes.allSatisfy { $0 == .confirmed })
            let after = publisher.statistics
            #expect(after.messagesPublished - before.messagesPublished == 1000)
            #expect(after.sendCalls - before.sendCalls < 50)
        }
    }

    @Test("never sleeps through a message, whenever it comes")
    func promptly() async throws {
        // Only a heartbeat would wake a loop that has missed one: after 30 seconds, half of what the broker agrees to.
        let bench = try await Bench.make { $0.heartbeat = .seconds(60) }
        let longest = Longest()
        let publisher = bench.publisher()
        let (consumer, collector) = Collector.consuming(bench.queue, bench.configuration, topology: bench.topology())
        try await running(publisher, consumer) {
            try await publisher.waitUntilConnected()
            try await consumer.waitUntilConnected()
            await withTaskGroup { group in
                for caller in 0..<4 {
                    group.addTask {
                        for number in 0..<1000 {
                            var message = bench.message("\(caller).\(number)")
                            if number % 100 == 7 { message.exchange = "nowhere" }
                            let start = ContinuousClock.now
                            _ = await publisher.publish([message])
                            longest.note(ContinuousClock.now - start)
                        }
                    }
                }
            }
            #expect(longest.duration < .seconds(25))
            try await collector.waitFor(3960, within: .seconds(25))
        }
    }

    @Test("learns which messages no queue took, and why, whether they have ids or not", arguments: [true, false])
    func unroutable(haveIDs: Bool) async throws {
        let bench = try await Bench.make()
        let publisher = bench.publisher()
        try await running(publisher) {
            try await publisher.waitUntilConnected()
            var messages = bench.messages(0..<200)
            for index in stride(from: 0, to: 200, by: 3) { messages[index].routingKey = "nobody.\(index % 2)" }
            messages[3].mandatory = false
            if !haveIDs { for index in messages.indices { messages[index].properties.messageID = nil } }
            let outcomes = await publisher.publish(messages)
            for (index, outcome) in outcomes.enumerated() {
                let isLost = index % 3 == 0 && index != 3
                #expect(outcome == (isLost ? .returned(code: 312, text: "NO_ROUTE") : .confirmed), "message \(index)")
            }
        }
    }

    @Test("is told about an exchange that does not exist, while all others go on undisturbed")
    func missingExchange() async throws {
        let bench = try await Bench.make()
        let publisher = bench.publisher()
        let missing = TestServers.uniqueName("nowhere")
        try await running(publisher) {
            try await publisher.waitUntilConnected()
            for round in 0..<20 {
                var messages = bench.messages((round * 50)..<(round * 50 + 50))
                for index in stride(from: 0, to: 50, by: 5) { messages[index].exchange = missing }
                let outcomes = await publisher.publish(messages)
                for (index, outcome) in outcomes.enumerated() {
                    if index % 5 == 0 {
                        #expect(outcome.error?.code == .exchangeNotFound)
                        #expect(outcome.error?.message.contains("'\(missing)'") == true)
                    } else {
                        #expect(outcome == .confirmed)
                    }
                }
            }
            #expect(publisher.state == .connected)
            #expect(publisher.statistics.connects == 1)
        }
    }

    @Test("publishes to an exchange that appears after it was missing")
    func exchangeAppears() async throws {
        let bench = try await Bench.make()
        let publisher = bench.publisher(Topology())
        try await running(publisher) {
            try await publisher.waitUntilConnected()
            #expect(await publisher.publish([bench.message("a")])[0].error?.code == .exchangeNotFound)
            let other = bench.publisher()
            try await running(other) { try await other.waitUntilConnected() }
            #expect(await publisher.publish([bench.message("b")]) == [.confirmed])
        }
    }

    @Test("refuses a message that AMQP cannot carry, and sends the others")
    func invalid() async throws {
        let bench = try await Bench.make()
        let publisher = bench.publisher()
        var bad = bench.messages(0..<9)
        bad[0].routingKey = String(repeating: "k", count: 256)
        bad[1].properties.userID = "somebody-else"
        bad[2].properties.expiration = "soon"
        bad[3].properties.headers = [("big", .string(String(repeating: "x", count: 200_000)))]
        bad[4].properties.headers = [(String(repeating: "n", count: 256), 1)]
        bad[5].properties.headers = [("CC", "not-an-array")]
        bad[6].exchange = String(repeating: "e", count: 256)
        bad[7].properties.messageID = String(repeating: "ä", count: 128)
        bad[8].properties.headers = [("deep", (0..<100).reduce(FieldValue.null) { deep, _ in .array([deep]) })]
        let messages = bad.flatMap { [bench.message("good"), $0] }
        try await running(publisher) {
            try await publisher.waitUntilConnected()
            let outcomes = await publisher.publish(messages)
            for (index, outcome) in outcomes.enumerated() {
                if index % 2 == 0 {
                    #expect(outcome == .confirmed, "good one before \(index)")
                } else {
                    #expect(outcome.error?.code == .invalidMessage, "bad one \(index / 2)")
                }
            }
            #expect(publisher.statistics.connects == 1)
        }
    }

    @Test("uses more exchanges than it has channels for")
    func manyExchanges() async throws {
        let bench = try await Bench.make()
        let names = (0..<260).map { "\(bench.exchange).\($0)" }
        let topology = Topology(
            exchanges: names.map { .init($0, .fanout, durable: false) },
            queues: [.init(bench.queue, .classic, durable: false)],
            bindings: names.map { .init(exchange: $0, queue: bench.queue) }
        )
        let publisher = bench.publisher(topology)
        try await running(publisher) {
            try await publisher.waitUntilConnected()
            for _ in 0..<2 {
                let messages = names.map { OutgoingMessage(exchange: $0, routingKey: "", body: [1]) }
                let outcomes = await publisher.publish(messages)
                #expect(outcomes == Array(repeating: .confirmed, count: names.count))
            }
            #expect(publisher.statistics.connects == 1)
        }
    }

    @Test("answers nothing with nothing, and before it runs says that it does not")
    func beforeItRuns() async throws {
        let bench = try await Bench.make()
        let publisher = bench.publisher()
        #expect(await publisher.publish([]).isEmpty)
        #expect(await publisher.publish([bench.message("early")])[0].error?.code == .stopped)
        #expect(publisher.state == .connecting(nil))
    }
}
