import LocalServers
import RabbitMQ
import SagaValues
import ServiceLifecycle
import TestServers
import TestSupport
import Testing

@Suite("What cannot work is said clearly", .timeLimit(.minutes(3)))
struct RefusalTests {
    private static func refusal(
        _ configuration: RabbitMQConfiguration,
        _ topology: Topology = Topology(),
        within limit: Duration = .seconds(20)
    ) async throws -> RabbitMQError {
        let publisher = RabbitMQPublisher(configuration: configuration, topology: topology, logger: quiet)
        return try await running(publisher) {
            do throws(RabbitMQError) {
                try await publisher.waitUntilConnected(within: limit)
            } catch {
                return error
            }
            throw Overdue(description: "it connected")
        }
    }

    @Test("a wrong password, without showing it")
    func wrongPassword() async throws {
        let bench = try await Bench.make { $0.password = Secret("hunter2-secret") }
        let error = try await Self.refusal(bench.configuration)
        #expect(error.code == .loginRefused)
        #expect(error.message.contains("ACCESS_REFUSED"))
        #expect(!"\(error)\(String(reflecting: error))\(bench.configuration)".contains("hunter2"))
    }

    @Test("a virtual host that does not exist")
    func wrongVhost() async throws {
        let bench = try await Bench.make { $0.vhost = "nowhere" }
        let error = try await Self.refusal(bench.configuration)
        #expect(error.code == .loginRefused)
        #expect(error.message.contains("nowhere"))
    }

    @Test("queue arguments that have changed, naming the queue")
    func changedArguments() async throws {
        let bench = try await Bench.make()
        let publisher = bench.publisher(bench.topology(.classic, [("x-max-length", 1000)]))
        try await running(publisher) { try await publisher.waitUntilConnected() }
        let error = try await Self.refusal(bench.configuration, bench.topology(.classic, [("x-max-length", 5)]))
        #expect(error.code == .argumentsChanged)
        #expect(error.description.hasPrefix("SAGA-0509: queue '\(bench.queue)': PRECONDITION_FAILED"))
        #expect(error.message.contains("x-max-length"))
    }

    @Test("an exchange that is bound but missing, and a queue that is consumed but missing")
    func missing() async throws {
        let bench = try await Bench.make()
        var topology = bench.topology()
        topology.exchanges = []
        let binding = try await Self.refusal(bench.configuration, topology)
        #expect(binding.code == .exchangeNotFound)
        #expect(binding.message.contains(bench.exchange))

        let (consumer, collector) = Collector.consuming(TestServers.uniqueName("nobody"), bench.configuration)
        try await running(consumer) {
            let error = await #expect(throws: RabbitMQError.self) { try await consumer.waitUntilConnected() }
            #expect(error?.code == .queueNotFound)
            #expect(error?.message.contains("nobody") == true)
            #expect(consumer.state.error?.code == .queueNotFound)
            #expect(collector.count == 0)
        }
    }

    @Test("a consumer starts by itself once its queue appears")
    func queueAppears() async throws {
        let bench = try await Bench.make { $0.reconnect.maximum = .milliseconds(300) }
        let (consumer, collector) = Collector.consuming(bench.queue, bench.configuration)
        let publisher = bench.publisher()
        try await running(consumer) {
            try await eventually("it is refused") { consumer.state.error?.code == .queueNotFound }
            try await running(publisher) {
                try await publisher.waitUntilConnected()
                #expect(await publisher.publish([bench.message("a")]) == [.confirmed])
                try await collector.waitFor(1)
            }
        }
    }

    @Test("a broker that is there and lets nobody in is not asked without a pause, by neither side")
    func pauses() async throws {
        let sides: [@Sendable (RabbitMQConfiguration) -> any Service] = [
            { RabbitMQPublisher(configuration: $0, logger: quiet) },
            { Collector.consuming("queue", $0).0 },
        ]
        for side in sides {
            let peer = try FakePeer(.hangsUp)
            defer { peer.stop() }
            try await running(side(RabbitMQConfiguration(port: peer.port))) {
                try await eventually("it is asked again") { peer.connections >= 2 }
                // Not for something to happen, but for it not to: without pauses these are hundreds.
                try await Task.sleep(for: .milliseconds(500))
                // At the soonest after 50, 100, 200 and 400 milliseconds, each from the last one.
                #expect(peer.connections <= 5)
            }
        }
    }

    @Test("a missing permission")
    func noPermission() async throws {
        let bench = try await Bench.make()
        let user = TestServers.uniqueName("limited")
        try await bench.server.rabbitmqctl("add_user", user, "limited-password")
        try await bench.server.rabbitmqctl("set_permissions", user, "nothing", "amq.direct", "nothing")
        var configuration = bench.configuration
        configuration.user = user
        configuration.password = Secret("limited-password")
        let declaring = try await Self.refusal(configuration, bench.topology())
        #expect(declaring.code == .permissionDenied)
        #expect(declaring.message.contains(bench.exchange))

        let publisher = RabbitMQPublisher(configuration: configuration, logger: quiet)
        try await running(publisher) {
            try await publisher.waitUntilConnected()
            let allowed = OutgoingMessage(exchange: "amq.direct", routingKey: "x", mandatory: false, body: [])
            let denied = OutgoingMessage(exchange: "amq.topic", routingKey: "x", mandatory: false, body: [])
            let outcomes = await publisher.publish([allowed, denied, allowed])
            #expect(outcomes[0] == .confirmed && outcomes[2] == .confirmed)
            #expect(outcomes[1].error?.code == .permissionDenied)
            #expect(outcomes[1].error?.message.contains("amq.topic") == true)
        }
    }

    @Test("a queue that another connection has for itself")
    func locked() async throws {
        let bench = try await Bench.make()
        let topology = Topology(queues: [.init(bench.queue, .classic, durable: false, exclusive: true)])
        let owner = bench.publisher(topology)
        try await running(owner) {
            try await owner.waitUntilConnected()
            let error = try await Self.refusal(bench.configuration, topology)
            #expect(error.code == .queueLocked)
        }
    }

    @Test("nobody at the address, and a name that does not exist")
    func nobodyThere() async throws {
        let refused = RabbitMQConfiguration(port: 1)
        let error = try await Self.refusal(refused, within: .milliseconds(300))
        #expect(error.code == .cannotConnect)
        #expect(error.message.contains("127.0.0.1:1"))
        let unknown = RabbitMQConfiguration(host: "no-such-host.invalid")
        #expect(try await Self.refusal(unknown, within: .seconds(10)).code == .cannotConnect)
    }

    @Test("a peer that says nothing, hangs up, or speaks another protocol")
    func strangePeers() async throws {
        for (behaviour, code) in [
            (FakePeer.Behaviour.silent, RabbitMQError.Code.cannotConnect),
            (.hangsUp, .cannotConnect),
            (.says(Array("HTTP/1.1 400 Bad Request\r\n\r\n".utf8)), .protocolViolation),
            (.says(Array("AMQP".utf8) + [0, 0, 8, 0]), .protocolViolation),
            (.says([1, 0, 0, 0, 0, 0, 4, 0, 60, 0, 60, 0xCE]), .protocolViolation),
        ] {
            let peer = try FakePeer(behaviour)
            defer { peer.stop() }
            var configuration = RabbitMQConfiguration(port: peer.port)
            configuration.connectTimeout = .milliseconds(200)
            let error = try await Self.refusal(configuration, within: .seconds(1))
            #expect(error.code == code, "\(behaviour): \(error)")
        }
    }

    @Test("every cause has a page")
    func pages() throws {
        #expect(Set(RabbitMQError.Code.allCases.map(\.rawValue)).count == RabbitMQError.Code.allCases.count)
        for code in RabbitMQError.Code.allCases {
            #expect(errorPage(code.rawValue) != nil, "docs/errors/\(code.rawValue).md")
        }
    }
}
