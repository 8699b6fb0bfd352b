import LocalServers
import Logging
import Postgres
import RabbitMQ
import RabbitMQWire
import SagaValues
import SagaWire
import ServiceLifecycle
import Synchronization
import TestSupport
import Testing
import TestServers

@testable import CloudPhone
@testable import ParticipantKit

@Suite("The services on a broker", .serialized)
struct ServicesTests {
    /// A virtual host of its own: the services' queues have fixed names.
    private func broker(
        of platform: Platform, _ adjust: (inout CloudPhoneConfiguration) -> Void
    ) async throws -> CloudPhoneConfiguration {
        let server = try await TestServers.rabbitMQ()
        let vhost = TestServers.uniqueName("services")
        _ = try await server.rabbitmqctl("add_vhost", vhost)
        _ = try await server.rabbitmqctl("set_permissions", "-p", vhost, "guest", ".*", ".*", ".*")
        var configuration = platform.configuration
        configuration.broker = RabbitMQConfiguration(
            host: server.host, port: server.port, user: server.user, password: Secret(server.password), vhost: vhost)
        configuration.concurrency = 2
        adjust(&configuration)
        return configuration
    }

    /// Runs all services, once the client is there to hear them.
    private func start(
        _ configuration: CloudPhoneConfiguration, heardBy client: Client,
        in group: inout ThrowingTaskGroup<Void, any Error>
    ) async throws -> ServiceGroup {
        group.addTask { try await client.run() }
        try await client.waitUntilConnected()
        let services = try CloudPhoneService.allCases.map {
            try CloudPhone.service($0, configuration: configuration, logger: .quiet)
        }
        let running = ServiceGroup(configuration: .init(services: services, logger: .quiet))
        group.addTask { try await running.run() }
        return running
    }

    @Test("The services carry a purchase out, keep copies fresh and stop in time")
    func purchase() async throws {
        let platform = try await Platform()
        let configuration = try await broker(of: platform) { $0.hasFaultSwitches = true }
        let client = Client(configuration.broker)
        try await withThrowingTaskGroup(of: Void.self) { group in
            let running = try await start(configuration, heardBy: client, in: &group)
            let saga = UUID.v7()
            let user: JSON = "\(Seed.userID(7))", plan: JSON = "\(Seed.Plan.basic.id)"
            func done(_ action: String, _ step: String, _ body: JSON) async throws -> JSON {
                try await client.ask(action, saga: saga, step: step, body)
            }
            _ = try await done("billing.validate-plan", "validate-plan", ["planId": plan, "price": "99.00"])
            let order = try await done("billing.create-order", "create-order", ["userId": user, "planId": plan])
            let orderID = order["orderId"] ?? .null
            let device = try await done("device.allocate", "allocate-device", ["orderId": orderID, "userId": user])
            _ = try await done("billing.charge", "charge", ["orderId": orderID, "amount": "99.00"])
            _ = try await done(
                "billing.activate-order", "activate-order",
                ["orderId": orderID, "deviceId": device["deviceId"] ?? .null])
            _ = try await done("user.raise-quota", "raise-quota", ["userId": user, "planId": plan])
            _ = try await done("notification.send", "notify", ["userId": user, "template": "order-completed"])
            #expect(try await platform.violations() == [:])
            #expect(try await platform.value(platform.core, "SELECT count(*) FROM notifications") == "1")

            // The copies on the order follow the user.
            try await Users.change(
                Seed.userID(7), fullName: "Ada Lovelace", email: "ada@example.test", in: platform.core)
            try await eventually("the order has the new name") {
                try await platform.value(platform.billing, "SELECT user_name || ' ' || user_email FROM orders")
                    == "Ada Lovelace ada@example.test"
            }
            try await eventually("both outboxes are empty") {
                let core = try await platform.value(platform.core, "SELECT count(*) FROM saga_outbox")
                let billing = try await platform.value(platform.billing, "SELECT count(*) FROM saga_outbox")
                return core == "0" && billing == "0"
            }
            #expect(
                Set(client.events) == [
                    "order.created", "device.status.changed", "payment.completed", "order.paid", "user.updated",
                ])
            let stopping = ContinuousClock.now
            await running.triggerGracefulShutdown()
            try await group.next()
            #expect(ContinuousClock.now - stopping < .seconds(10))
            group.cancelAll()
        }
    }

    @Test("The payment provider calls back by itself, and events reach the services that listen")
    func callbacks() async throws {
        let platform = try await Platform()
        let configuration = try await broker(of: platform) { $0.providerDelay = .milliseconds(50) }
        let client = Client(configuration.broker)
        try await withThrowingTaskGroup(of: Void.self) { group in
            let running = try await start(configuration, heardBy: client, in: &group)
            let saga = UUID.v7()
            func done(_ action: String, _ body: JSON) async throws -> JSON {
                let step = String(action.split(separator: ".")[1])
                return try await client.ask(action, saga: saga, step: step, body)
            }
            let user: JSON = "\(Seed.userID(3))"
            let order = try await done("billing.create-order", ["userId": user, "planId": "\(Seed.Plan.basic.id)"])
            let orderID = order["orderId"] ?? .null
            _ = try await done("device.allocate", ["orderId": orderID, "userId": user])
            let charged = try await done("billing.charge", ["orderId": orderID, "amount": "99.00"])
            let payment = charged["paymentId"] ?? .null
            _ = try await done("billing.activate-order", ["orderId": orderID])

            _ = try await done("billing.initiate-refund", ["paymentId": payment, "reason": "x"])
            try await eventually("the provider calls back") { client.events.contains("payment.refunded") }
            _ = try await done("billing.record-refund", ["paymentId": payment])
            _ = try await done("billing.credit-balance", ["paymentId": payment])
            _ = try await done(
                "billing.close-order", ["orderId": orderID, "paymentId": payment, "reason": "x"])
            try await eventually("the device goes back to the pool") {
                try await platform.value(platform.core, "SELECT count(*) FROM devices WHERE status = 'idle'") == "5"
            }

            // Somebody who has no money: the plan is not renewed, and a message says so.
            let first = try await platform.buy(user: 4, at: "now() - interval '30 days'")
            try await platform.run(
                platform.billing, "UPDATE user_balances SET status = 'frozen' WHERE user_id = '\(Seed.userID(4))'")
            let renewal = try await done(
                "billing.create-renewal-order",
                [
                    "userId": "\(Seed.userID(4))", "orderId": .string(first), "planId": "\(Seed.Plan.basic.id)",
                ])
            let attempt = try await done(
                "billing.attempt-charge",
                ["orderId": renewal["orderId"] ?? .null, "amount": "99.00", "attempt": 1])
            #expect(attempt["paid"] == false)
            try await eventually("the user is asked for money") {
                try await platform.value(platform.core, "SELECT count(*) FROM notifications WHERE type = 'alert'")
                    == "1"
            }
            #expect(try await platform.violations() == [:])
            await running.triggerGracefulShutdown()
            try await group.next()
            group.cancelAll()
        }
    }

    @Test("A service that does not exist is an error with the names of those that do")
    func unknownService() async throws {
        let platform = try await Platform()
        do {
            try await CloudPhone.run(service: "biling", configuration: platform.configuration, logger: .quiet)
            Issue.record("it ran")
        } catch let error as ParticipantError {
            #expect(error.description.hasPrefix("SAGA-0601") && error.description.contains("billing, device"))
        }
    }
}

/// Sends commands and waits for what they give, and hears the events.
private final class Client: Sendable {
    private let publisher: RabbitMQPublisher
    private let replies: RabbitMQConsumer
    private let ear: RabbitMQConsumer

    init(_ broker: RabbitMQConfiguration) {
        publisher = RabbitMQPublisher(configuration: broker, topology: .saga, logger: .quiet)
        let box = Box()
        replies = RabbitMQConsumer(
            configuration: broker, topology: .engine(.quorum), queue: "saga.replies", prefetch: 1000, logger: .quiet
        ) { box.replies($0) }
        var topology = RabbitMQ.Topology.saga
        topology.queues.append(.init("ear", .classic, durable: false, autoDelete: true))
        topology.bindings.append(.init(exchange: "cloudphone.events", queue: "ear", routingKey: "#"))
        ear = RabbitMQConsumer(
            configuration: broker, topology: topology, queue: "ear", prefetch: 1000, logger: .quiet
        ) { box.events($0) }
        self.box = box
    }

    private let box: Box

    private final class Box: Sendable {
        let content = Mutex<(replies: [ReplyMessage], events: [String])>(([], []))

        func replies(_ deliveries: [Delivery]) {
            let messages = deliveries.compactMap { try? ReplyMessage($0.wireMessage) }
            content.withLock { $0.replies += messages }
        }

        func events(_ deliveries: [Delivery]) {
            content.withLock { $0.events += deliveries.map(\.routingKey) }
        }
    }

    var events: [String] { box.content.withLock { $0.events } }

    func run() async throws {
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask { try await self.publisher.run() }
            group.addTask { try await self.replies.run() }
            group.addTask { try await self.ear.run() }
            try await group.waitForAll()
        }
    }

    func waitUntilConnected() async throws {
        try await publisher.waitUntilConnected()
        try await replies.waitUntilConnected()
        try await ear.waitUntilConnected()
    }

    func ask(_ action: String, saga: UUID, step: String, _ body: JSON) async throws -> JSON {
        let command = CommandMessage(
            id: CommandID(saga: saga, step: step, direction: .do), action: action, workflow: "plan-purchase",
            workflowVersion: 1, body: Payload(body))
        let message = try command.wireMessage().outgoing
        try await eventually("\(action) is taken by a queue") { await publisher.publish([message]) == [.confirmed] }
        func answer() -> ReplyMessage? {
            box.content.withLock { $0.replies.first { $0.command == command.id } }
        }
        try await eventually("\(action) is answered") { answer() != nil }
        let reply = answer()
        let output = if case .done(let output) = reply?.outcome { output.json } else { JSON?.none }
        return try #require(output, "\(action): \(String(describing: reply?.outcome))")
    }
}
