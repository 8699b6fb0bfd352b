import LocalServers
import MemoryStore
import RabbitMQ
import RabbitMQBus
import RabbitMQWire
import SagaEngine
import SagaValues
import SagaWire
import ServiceLifecycle
import Synchronization
import TestSupport
import Testing

@Suite("Dead letters over RabbitMQ", .timeLimit(.minutes(3)))
struct DeadLetterTests {
    /// A node that keeps dead letters in memory.
    private struct Keeper {
        let hall: Hall
        let store = MemoryStore()
        let consumer: RabbitMQConsumer
        let isAway = Switch()

        init(_ hall: Hall) {
            self.hall = hall
            consumer = hall.bus.deadLetterConsumer(configuration: hall.configuration, queues: hall.kind) {
                [store, isAway] letters in
                guard !isAway.isOn, (try? await store.keep(deadLetters: letters)) != nil else {
                    return letters.map { _ in false }
                }
                return letters.map { _ in true }
            }
        }

        func all() async throws -> [DeadLetter] {
            var filter = DeadLetterFilter()
            filter.state = .any
            return try await store.deadLetters(filter, after: nil, limit: 100)
        }

        @discardableResult
        func waitFor(_ count: Int) async throws -> [DeadLetter] {
            try await eventually("\(count) dead letters are kept") { try await all().count >= count }
            return try await all()
        }

        func content(_ letter: DeadLetter) async throws -> DeadLetterContent {
            try #require(try await store.deadLetter(letter.id)).content
        }
    }

    private final class Switch: Sendable {
        private let state = Mutex(false)
        var isOn: Bool { state.withLock { $0 } }
        func turn(_ on: Bool) { state.withLock { $0 = on } }
    }

    /// With a header of each type that a message can have.
    private static func command(_ id: String, body: String = "no json") -> OutgoingMessage {
        OutgoingMessage(
            exchange: "saga.commands", routingKey: "billing.charge",
            properties: MessageProperties(
                messageID: id, correlationID: UUID.v7().description, type: "billing.charge", replyTo: "saga.replies",
                contentType: "application/json", contentEncoding: "identity", appID: "saga/n", timestamp: 1_795_265_032,
                expiration: "3600000", priority: 3,
                headers: [
                    ("text", "余额\u{1}"), ("number", 7), ("flag", true), ("bytes", .bytes([0xFF, 0])),
                    ("time", .timestamp(5)), ("double", .double(-0.0)), ("decimal", .decimal(scale: 2, value: 99)),
                    ("table", .table([("a", .array([1, .null]))])), ("text", "twice"),
                ]),
            body: Array(body.utf8))
    }

    @Test("are kept and taken off the queue; put back they arrive as they were, but for what was added")
    func roundTrip() async throws {
        let hall = try await Hall()
        let keeper = Keeper(hall)
        let billing = hall.ear(of: "billing")
        try await hall.open(keeper.consumer, billing) {
            // Nobody reads it yet: its queue has to be there, and its reader puts it aside by hand.
            try await hall.publish([Self.command("c-1")])
            let original = try await billing.heard.waitFor(1)[0]
            let dead = original.deadLetter(DeadReason(code: "body-not-json", detail: "it is none"))
            #expect(await hall.participant.publish([dead]) == [.confirmed])
            let letter = try await keeper.waitFor(1)[0]
            #expect(letter.traits.exchange == "saga.commands" && letter.traits.routingKey == "billing.charge")
            #expect(letter.traits.reason == "body-not-json" && letter.traits.detail == "it is none")
            #expect(letter.traits.queue == nil && letter.traits.messageID == "c-1")
            try await eventually("the broker has none") { try await hall.depth("saga.dead") == "0 0" }

            let content = try await keeper.content(letter)
            #expect(await hall.bus.putBack(content, isRehearsal: true) == .confirmed)
            #expect(await hall.bus.putBack(content, isRehearsal: false) == .confirmed)
            let again = try await billing.heard.waitFor(2)[1]
            #expect(again.exchange == "saga.commands" && again.routingKey == "billing.charge")
            #expect(again.body == original.body)
            let (old, new) = (original.properties, again.properties)
            #expect(new.headers.count == old.headers.count)
            for (left, right) in zip(old.headers, new.headers) {
                #expect(left.0 == right.0 && left.1 == right.1, "\(left) \(right)")
            }
            #expect(new.messageID == old.messageID && new.correlationID == old.correlationID && new.type == old.type)
            #expect(new.replyTo == old.replyTo && new.contentType == old.contentType && new.appID == old.appID)
            #expect(new.contentEncoding == old.contentEncoding && new.timestamp == old.timestamp)
            #expect(new.priority == old.priority && new.persistent)
            #expect(new.expiration == nil, "it would vanish before anybody takes it")
            #expect(billing.heard.count == 2, "the rehearsal published nothing")

            // It dies again: the same letter.
            #expect(
                await hall.participant.publish([again.deadLetter(DeadReason(code: "x", detail: ""))]) == [.confirmed])
            try await eventually("it has come twice") { try await keeper.all().first?.seen == 2 }
            #expect(try await keeper.all().count == 1)
            #expect(try await keeper.all().first?.traits.reason == "x")
        }
    }

    @Test("that the broker moved by itself say from which queue, and go back to where they were published")
    func moved() async throws {
        let hall = try await Hall()
        let keeper = Keeper(hall)
        try await hall.open(keeper.consumer) {
            try await hall.reply(.example())
            let reply = try await hall.replies.waitFor(1)[0]
            hall.bus.quarantine(reply, reason: "no such saga")
            let letter = try await keeper.waitFor(1)[0]
            #expect(letter.traits.exchange == "saga.replies" && letter.traits.routingKey == "saga.replies")
            #expect(letter.traits.queue == "saga.replies" && letter.traits.reason == "rejected")
            #expect(letter.traits.correlationID == reply.id.description)
            #expect(await hall.bus.putBack(try await keeper.content(letter), isRehearsal: false) == .confirmed)
            let again = try await hall.replies.waitFor(2)[1]
            #expect(again.id == reply.id && again.body == reply.body)
            // Once more: known again, though the broker counts and times its deaths.
            hall.bus.quarantine(again, reason: "no such saga")
            try await eventually("it has come twice") { try await keeper.all().map(\.seen) == [2] }
        }
    }

    @Test("stay with the broker until they are kept, and come again")
    func unkept() async throws {
        let hall = try await Hall()
        let keeper = Keeper(hall)
        keeper.isAway.turn(true)
        try await hall.open(keeper.consumer) {
            #expect(
                await hall.participant.publish([
                    OutgoingMessage(exchange: "saga.dlx", routingKey: "k", body: [1]),
                    OutgoingMessage(exchange: "saga.dlx", routingKey: "k", body: [2]),
                ]) == [.confirmed, .confirmed])
            try await eventually("they are taken and not answered") { try await hall.depth("saga.dead") == "0 2" }
            #expect(try await keeper.all().isEmpty)
            keeper.isAway.turn(false)
            try await hall.server.rabbitmqctl("close_all_connections", "--vhost", hall.configuration.vhost, "test")
            let letters = try await keeper.waitFor(2)
            #expect(letters.allSatisfy { $0.traits.exchange == nil && $0.traits.reason == "unknown" })
            try await eventually("the broker has none") { try await hall.depth("saga.dead") == "0 0" }
        }
    }

    @Test("that do not say where they were meant for, or name a place that is none of ours, are not put back")
    func elsewhere() async throws {
        let hall = try await Hall()
        let keeper = Keeper(hall)
        func dead(_ id: String, _ exchange: String?, _ key: String, more: [(String, FieldValue)] = [])
            -> OutgoingMessage
        {
            var headers = more
            if let exchange {
                headers += [
                    ("saga-dead-reason", "x"), ("saga-dead-exchange", .string(exchange)),
                    ("saga-dead-routing-key", .string(key)),
                ]
            }
            return OutgoingMessage(
                exchange: "saga.dlx", routingKey: "k", properties: MessageProperties(messageID: id, headers: headers),
                body: [])
        }
        try await hall.open(keeper.consumer) {
            try await hall.publish([
                dead("nowhere", nil, ""), dead("default", "", "saga.replies"), dead("direct", "amq.direct", "k"),
                dead("gone", "saga.commands", "nobody.home"),
                dead(
                    "copied", "saga.commands", "nobody.home",
                    more: [("CC", .array(["saga.replies"])), ("BCC", .array(["saga.replies"]))]),
                dead("large", "saga.commands", "nobody.home").with(
                    [UInt8](repeating: 0, count: DeadLetterContent.bodyLimit + 1)),
            ])
            var outcomes: [String: SendOutcome] = [:]
            for letter in try await keeper.waitFor(6) {
                outcomes[letter.traits.messageID ?? ""] = await hall.bus.putBack(
                    try await keeper.content(letter), isRehearsal: false)
            }
            #expect(outcomes["gone"] == .unroutable && outcomes["copied"] == .unroutable)
            for (id, word) in [("nowhere", "where"), ("default", "''"), ("direct", "amq.direct"), ("large", "large")] {
                guard case .invalid(let reason)? = outcomes[id] else {
                    Issue.record("\(id): \(String(describing: outcomes[id]))")
                    continue
                }
                #expect(reason.contains(word), "\(reason)")
            }
            #expect(hall.replies.count == 0)
        }
    }

    @Test("cannot be put back while there is no broker, and nobody says they were")
    func away() async throws {
        let hall = try await Hall()
        let properties: JSON = ["exchange": "saga.replies", "routingKey": "saga.replies", "headers": []]
        let content = DeadLetterContent(properties: properties.bytes, body: [], bodyBytes: 0, isWhole: true)
        #expect(await hall.bus.putBack(content, isRehearsal: false) == .unconfirmed)
    }
}

extension OutgoingMessage {
    fileprivate func with(_ body: [UInt8]) -> OutgoingMessage {
        var message = self
        message.body = body
        return message
    }
}
