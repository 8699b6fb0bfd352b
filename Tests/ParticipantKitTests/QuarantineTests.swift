import LocalServers
import Postgres
import RabbitMQWire
import SagaValues
import SagaWire
import TestServers
import TestSupport
import Testing

@testable import ParticipantKit
@testable import RabbitMQ

@Suite("Commands that cannot be carried out")
struct QuarantineTests {
    private let saga = UUID.v7()

    @Test(
        "A body that is no clean JSON goes to the dead letters, with the reason and the way back",
        arguments: [
            (#"{"item":"a\u0000b"}"#, "nulCharacter"), (#"{"item":"\ud800"}"#, "loneSurrogate"),
            (#"{"item":"a","item":"b"}"#, "duplicateName"), ("", "unexpectedEnd"), ("{", "unexpectedEnd"),
            (String(repeating: "[", count: 100_000), "tooDeep"), ("\u{feff}{}", "byteOrderMark"),
            ("[1,]", "unexpectedCharacter"),
        ])
    func unreadableBody(body: String, what: String) async throws {
        try await Stage.play { stage in
            let running = try stage.start()
            var message = try stage.outgoing(stage.command("make", saga: saga))
            message.body = Array(body.utf8)
            try await stage.publish(message)
            let dead = try await stage.deadLetter(message.properties.messageID ?? "")
            #expect(dead.properties.header(HeaderName.deadReason)?.stringValue == "body-not-json")
            let detail = dead.properties.header(HeaderName.deadDetail)?.stringValue ?? ""
            let code = try #require(JSON.ParseError.Code(rawValue: what))
            #expect(detail.contains(code.explanation), "\(detail)")
            #expect(dead.properties.header(HeaderName.deadExchange)?.stringValue == "saga.commands")
            #expect(dead.properties.header(HeaderName.deadRoutingKey)?.stringValue == "\(stage.shop.name).make")
            #expect(dead.body == message.body)
            try await stillWorks(stage)
            try await running.stop()
        }
    }

    @Test(
        "Bytes that are not UTF-8, and a command without an id, a reply address or a known protocol, are put aside too")
    func brokenParts() async throws {
        try await Stage.play { stage in
            let running = try stage.start()
            let breakages: [(String, @Sendable (inout OutgoingMessage) -> Void)] = [
                ("body-not-json", { $0.body = [0x7B, 0x22, 0xFF, 0x22, 0x7D] }),
                ("invalid-property", { $0.properties.messageID = "nonsense-\($0.properties.messageID ?? "")" }),
                ("missing-property", { $0.properties.replyTo = nil }),
                ("contradiction", { $0.properties.correlationID = UUID.v7().description }),
                (
                    "unsupported-protocol",
                    { message in
                        message.properties.headers = message.properties.headers.map {
                            $0.0 == HeaderName.version ? ($0.0, 99) : $0
                        }
                    }
                ),
                ("missing-header", { $0.properties.headers = [] }),
                ("unsupported-content-type", { $0.properties.contentType = "text/xml" }),
            ]
            for (code, breakage) in breakages {
                var message = try stage.outgoing(stage.command("make", saga: .v7()))
                breakage(&message)
                try await stage.publish(message)
                let dead = try await stage.deadLetter(message.properties.messageID ?? "")
                #expect(dead.properties.header(HeaderName.deadReason)?.stringValue == code)
            }
            #expect(try await stage.shop.effects().isEmpty)
            #expect(running.participant.statistics.deadLettered == breakages.count)
            try await stillWorks(stage)
            try await running.stop()
        }
    }

    @Test("A body above the limit is refused, and stays refused")
    func tooLarge() async throws {
        try await Stage.play { stage in
            let running = try stage.start()
            var message = try stage.outgoing(stage.command("make", saga: saga))
            message.body = Array(#"{"item":"\#(String(repeating: "x", count: 1 << 20))"}"#.utf8)
            try await stage.publish(message)
            try await stage.send(stage.command("make", saga: saga, attempt: 2))
            let replies = try await stage.replies(to: saga, count: 2)
            #expect(replies.map(\.outcome.line) == Array(repeating: "rejected \(KitCode.payloadTooLarge)", count: 2))
            #expect(try await stage.shop.effects().isEmpty)
            try await running.stop()
        }
    }

    @Test("A command whose reply no queue takes ends among the dead letters, its effect kept")
    func replyUnroutable() async throws {
        try await Stage.play { stage in
            let running = try stage.start()
            var command = stage.command("make", saga: saga)
            command.replyTo = "nobody-listens-here"
            try await stage.send(command)
            let dead = try await stage.deadLetter(command.id.description)
            #expect(dead.properties.header(HeaderName.deadReason)?.stringValue == "reply-unroutable")
            #expect(try await stage.shop.effects() == ["make cup"])
            try await running.stop()
        }
    }

    @Test("A message that was begun too often without an end is put aside before it is looked at; others are not")
    func poison() async throws {
        try await Stage.play { stage in
            // The messages are delivered once in vain and come back: they are redeliveries.
            let running = try stage.start()
            try await stillWorks(stage)
            let guilty = stage.command("make", saga: saga)
            let innocent = stage.command("make", saga: .v7())
            try await running.stop()
            try await stage.send(guilty, innocent)
            try await stage.deliverInVain(count: 2)
            try await stage.shop.pool.execute(
                PostgresStatement("INSERT INTO saga_suspects (message_id, tries) VALUES ($1, 3)"),
                [.text(guilty.id.description)])

            let heir = try stage.start()
            let dead = try await stage.deadLetter(guilty.id.description)
            #expect(dead.properties.header(HeaderName.deadReason)?.stringValue == "delivered-too-often")
            #expect(try await stage.replies(to: innocent.id.saga, count: 1)[0].outcome.line.hasPrefix("done"))
            #expect(try await stage.shop.effects(of: saga).isEmpty)
            try await eventually("the notes are struck off") {
                try await stage.shop.count("SELECT count(*) FROM saga_suspects") == 0
            }
            try await heir.stop()
        }
    }

    @Test("A command that was cut off by an orderly stop is no suspect for it")
    func cutOff() async throws {
        try await Stage.play { stage in
            try await stage.sendInVain(stage.command("make", saga: saga))
            let begun = Flag()
            let endless = try stage.start(actions: [
                .do("make") { (_: JSON, _: ActionContext) in
                    begun.set()
                    try await Task.sleep(for: .seconds(3600))
                }
            ]) { $0.stopTimeout = .seconds(1) }
            try await eventually("the handler is at work") { begun.isSet }
            #expect(try await stage.shop.count("SELECT count(*) FROM saga_suspects") == 1)
            // It ends with an error: the time was up.
            try? await endless.stop()
            #expect(try await stage.shop.count("SELECT count(*) FROM saga_suspects") == 0)
        }
    }

    @Test("A message that cannot be published with its reason goes to the dead letters all the same, and holds up none")
    func unpublishable() async throws {
        try await Stage.play { stage in
            var broker = stage.broker
            broker.frameMax = 8192
            let running = try stage.start(broker: broker)
            // It just fits into a frame, but not with our headers beside its own.
            for number in 1...4 {
                let id = "\(saga) \(number)"
                try await stage.publish(
                    OutgoingMessage(
                        exchange: "saga.commands", routingKey: "\(stage.shop.name).make",
                        properties: MessageProperties(
                            messageID: id, headers: [("big", .string(String(repeating: "x", count: 8020)))]),
                        body: Array("{}".utf8)))
            }
            for number in 1...4 {
                let dead = try await stage.deadLetter("\(saga) \(number)")
                #expect(
                    dead.properties.header(HeaderName.deadReason) == nil && dead.properties.header("x-death") != nil)
            }
            try await stillWorks(stage)
            try await eventually("the queue is empty") { try await stage.messagesLeft(in: "commands") == 0 }
            try await running.stop()
        }
    }

    @Test("A message of another account, or with a time to live, is put aside with its reason and stays there")
    func foreignProperties() async throws {
        try await Stage.play { stage in
            let running = try stage.start()
            let server = try await TestServers.rabbitMQ()
            let account = TestServers.uniqueName("account")
            _ = try await server.rabbitmqctl("add_user", account, "secret")
            _ = try await server.rabbitmqctl("set_permissions", account, ".*", ".*", ".*")
            var broker = stage.broker
            (broker.user, broker.password) = (account, Secret("secret"))
            let stranger = RabbitMQPublisher(configuration: broker, logger: .quiet)
            try await withThrowingTaskGroup(of: Void.self) { group in
                group.addTask { try await stranger.run() }
                try await stranger.waitUntilConnected()
                let message = OutgoingMessage(
                    exchange: "saga.commands", routingKey: "\(stage.shop.name).make",
                    properties: MessageProperties(messageID: "\(saga)", userID: account, expiration: "3600000"),
                    body: Array("{}".utf8))
                try await eventually("it is confirmed") { await stranger.publish([message]) == [.confirmed] }
                group.cancelAll()
            }
            let dead = try await stage.deadLetter("\(saga)").properties
            #expect(dead.header(HeaderName.deadReason)?.stringValue != nil)
            #expect(dead.userID == nil && dead.header("saga-dead-user-id")?.stringValue == account)
            #expect(dead.expiration == nil && dead.header("saga-dead-expiration")?.stringValue == "3600000")
            try await running.stop()
        }
    }

    @Test("Bytes that are no UTF-8 and became longer as text make no dead letter that AMQP cannot carry")
    func longerAsText() throws {
        // 86 of them become 258 bytes.
        let text = String(decoding: Array(repeating: 0xFF as UInt8, count: 86), as: UTF8.self)
        let delivery = Delivery(
            tag: DeliveryTag(generation: 1, number: 1), redelivered: false, exchange: "saga.commands",
            routingKey: text,
            properties: MessageProperties(
                messageID: text, correlationID: text, type: text, replyTo: text, contentType: text,
                contentEncoding: text, appID: text, headers: [(text, 1), ("saga-dead-reason", "forged")]),
            body: [])
        let dead = delivery.deadLetter(
            DeadReason(code: "invalid-property", detail: String(repeating: "é", count: 5000)))
        let properties = dead.properties
        let texts = [
            dead.routingKey, properties.messageID, properties.correlationID, properties.type, properties.replyTo,
            properties.contentType, properties.contentEncoding, properties.appID, properties.headers.first?.0,
        ]
        #expect(texts == Array(repeating: String(text.prefix(85)), count: 9))
        #expect(properties.headers.count { $0.0 == HeaderName.deadReason } == 1)
        #expect(properties.header(HeaderName.deadReason)?.stringValue == "invalid-property")
        #expect(properties.header(HeaderName.deadDetail)?.stringValue == String(repeating: "é", count: 500))
        #expect(properties.header(HeaderName.deadRoutingKey)?.stringValue == text)
    }

    private func stillWorks(_ stage: Stage) async throws {
        let other = UUID.v7()
        try await stage.send(stage.command("make", saga: other))
        #expect(try await stage.replies(to: other, count: 1)[0].outcome.line.hasPrefix("done"))
    }
}

extension Stage {
    /// A command that is a redelivery for whoever comes next.
    func sendInVain(_ command: CommandMessage) async throws {
        // The queue is there once its participant has worked.
        let first = try start()
        try await send(self.command("make", saga: .v7()))
        try await eventually("it works") { first.participant.statistics.done == 1 }
        try await first.stop()
        try await send(command)
        try await deliverInVain(count: 1)
    }

    /// Takes messages of the participant's queue and gives them back, as a process that died would.
    func deliverInVain(count: Int, from queue: String = "commands") async throws {
        let box = Flag()
        let consumer = RabbitMQConsumer(
            configuration: broker, queue: "\(shop.name).\(queue)", prefetch: count, logger: .quiet
        ) { _ in box.set() }
        let task = Task { try await consumer.run() }
        try await eventually("a delivery in vain") { box.isSet && consumer.statistics.messagesDelivered >= count }
        task.cancel()
        _ = await task.result
    }
}
