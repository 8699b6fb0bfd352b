import Logging
import RabbitMQ
import ServiceLifecycle
import TestServers
import TestSupport
import Testing

@Suite("The end of a publisher or consumer", .timeLimit(.minutes(3)))
struct ShutdownTests {
    /// Runs services in a group and shuts it down gracefully after `body`.
    private func gracefully(_ services: any Service..., body: () async throws -> Void) async throws -> Duration {
        let configuration = ServiceGroupConfiguration(
            services: services.map { .init(service: $0, successTerminationBehavior: .ignore) },
            logger: quiet
        )
        let group = ServiceGroup(configuration: configuration)
        return try await withThrowingTaskGroup(of: Void.self) { tasks in
            tasks.addTask { try await group.run() }
            try await body()
            let start = ContinuousClock.now
            await group.triggerGracefulShutdown()
            try await tasks.waitForAll()
            return ContinuousClock.now - start
        }
    }

    @Test("a consumer takes no more, lets its handler finish, and sends all answers")
    func consumer() async throws {
        let bench = try await Bench.make()
        let publisher = bench.publisher()
        let gate = Gate()
        let (consumer, collector) = Collector.consuming(
            bench.queue,
            bench.configuration,
            topology: bench.topology(),
            prefetch: 50
        ) { _ in await gate.pass() }
        try await running(publisher) {
            try await publisher.waitUntilConnected()
            _ = await publisher.publish([bench.message("a")])
            _ = try await gracefully(consumer) {
                // The handler has one, and the prefetch the next; they wait for it.
                try await collector.waitFor(1)
                _ = await publisher.publish(bench.messages(0..<100))
                try await eventually("the prefetch is used up") { consumer.statistics.messagesDelivered == 50 }
                Task {
                    try await Task.sleep(for: .milliseconds(300))
                    gate.open()
                }
            }
            #expect(consumer.state == .stopped)
            #expect(collector.ids == ["a"])
            // The handled one is answered, the others are back in order and not marked as handled.
            let (next, rest) = Collector.consuming(bench.queue, bench.configuration)
            try await running(next) {
                try await rest.waitFor(100)
                #expect(rest.ids == (0..<100).map { "m\($0)" })
            }
        }
    }

    @Test("a consumer waits for late answers, but not for ever")
    func lateAnswers() async throws {
        let bench = try await Bench.make { $0.drainTimeout = .seconds(4) }
        let publisher = bench.publisher()
        let (consumer, collector) = Collector.consuming(
            bench.queue,
            bench.configuration,
            topology: bench.topology(),
            acknowledges: false
        )
        try await running(publisher) {
            try await publisher.waitUntilConnected()
            _ = await publisher.publish(bench.messages(0..<2))
            let took = try await gracefully(consumer) {
                let tags = try await collector.waitFor(2).map(\.tag)
                Task {
                    try await Task.sleep(for: .milliseconds(200))
                    consumer.acknowledge([tags[0]])
                }
            }
            #expect(took > .milliseconds(3900) && took < .seconds(20))
            let (next, rest) = Collector.consuming(bench.queue, bench.configuration)
            try await running(next) {
                try await rest.waitFor(1)
                #expect(rest.ids == ["m1"])
            }
        }
    }

    @Test("a publisher waits for its confirms, and says of later messages that they were not sent")
    func publisher() async throws {
        let bench = try await Bench.make { $0.drainTimeout = .seconds(60) }
        let publisher = bench.publisher(bench.topology(.quorum))
        try await withThrowingTaskGroup(of: [PublishOutcome].self) { group in
            _ = try await gracefully(publisher) {
                try await publisher.waitUntilConnected()
                for part in 0..<10 {
                    group.addTask { await publisher.publish(bench.messages((part * 500)..<(part * 500 + 500))) }
                }
                try await eventually("some are on their way") { publisher.statistics.messagesPublished > 0 }
            }
            for try await outcomes in group {
                for outcome in outcomes where outcome != .confirmed {
                    #expect(outcome.error?.code == .stopped)
                }
            }
        }
        #expect(publisher.state == .stopped)
        #expect(publisher.statistics.messagesConfirmed == publisher.statistics.messagesPublished)
        #expect(publisher.statistics.messagesConfirmed >= 500)
        #expect(await publisher.publish([bench.message("late")])[0].error?.code == .stopped)
    }

    @Test("comes soon, whatever is being waited for")
    func soon() async throws {
        let silent = try FakePeer(.silent)
        defer { silent.stop() }
        for port in [silent.port, 1] {
            var configuration = RabbitMQConfiguration(port: port)
            configuration.connectTimeout = .seconds(30)
            configuration.reconnect = ReconnectPolicy(initial: .seconds(30), maximum: .seconds(30))
            let publisher = RabbitMQPublisher(configuration: configuration, logger: quiet)
            let (consumer, _) = Collector.consuming("none", configuration)
            let took = try await gracefully(publisher, consumer) {
                try await Task.sleep(for: .milliseconds(200))
            }
            #expect(took < .seconds(10))
            #expect(publisher.state == .stopped && consumer.state == .stopped)
        }
    }

    @Test("by cancellation does not wait for confirms")
    func cancelled() async throws {
        let silent = try FakePeer(.silent)
        defer { silent.stop() }
        var configuration = RabbitMQConfiguration(port: silent.port)
        configuration.connectTimeout = .seconds(60)
        configuration.drainTimeout = .seconds(60)
        let publisher = RabbitMQPublisher(configuration: configuration, logger: quiet)
        let start = ContinuousClock.now
        try await running(publisher) { try await Task.sleep(for: .milliseconds(100)) }
        #expect(ContinuousClock.now - start < .seconds(20))
    }

    @Test("before it began is possible too")
    func stoppedBeforeItBegan() async throws {
        let publisher = RabbitMQPublisher(configuration: .init(port: 1), logger: quiet)
        let task = Task {
            withUnsafeCurrentTask { $0?.cancel() }
            try await publisher.run()
        }
        try await task.value
        #expect(publisher.state == .stopped)
        await #expect(throws: RabbitMQError.self) { try await publisher.waitUntilConnected() }
    }
}
