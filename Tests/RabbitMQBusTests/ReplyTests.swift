import LocalServers
import RabbitMQ
import RabbitMQBus
import RabbitMQWire
import SagaCore
import SagaEngine
import SagaValues
import SagaWire
import TestSupport
import Testing

@Suite("Replies over RabbitMQ", .timeLimit(.minutes(3)))
struct ReplyTests {
    @Test("of each class come in with their attempt and their body as it was sent")
    func classes() async throws {
        let hall = try await Hall()
        let id = CommandID(saga: UUID.v7(), step: "charge", direction: .undo)
        let refusal = ReplyError(code: "no-stock", message: "none is left", details: ["free": .number("0.10")])
        let failure = ReplyError(code: "database-unavailable", message: "later", retryAfter: .milliseconds(2500))
        let doubt = ReplyError(code: "answer-lost", message: "who knows", retryAfter: .seconds(3))
        try await hall.open {
            try await hall.reply(
                .example(.done(Payload(["price": .number("99.10")])), to: id, attempt: 7), .example(.rejected(refusal)),
                .example(.retry(failure), attempt: nil), .example(.working(nil)), .example(.unknown(doubt), attempt: 2))
            let replies = try await hall.replies.waitFor(5)
            #expect(replies[0].id == id && replies[0].attempt == 7 && replies[0].reply == .done)
            #expect(String(decoding: replies[0].body, as: UTF8.self) == #"{"price":99.10}"#)
            #expect(replies[1].reply == .rejected(StepError(code: "no-stock", message: "none is left")))
            #expect(try JSON(parsing: replies[1].body)["details"] == ["free": .number("0.10")])
            #expect(
                replies[2].reply
                    == .retry(StepError(code: "database-unavailable", message: "later"), after: .milliseconds(2500)))
            #expect(replies[2].attempt == nil)
            #expect(replies[3].reply == .working && replies[3].attempt == 1)
            #expect(
                replies[4].reply
                    == .unknown(StepError(code: "answer-lost", message: "who knows"), after: .seconds(3)))
            #expect(replies[4].attempt == 2)
            #expect(try JSON(parsing: replies[4].body) == doubt.json)
        }
    }

    @Test("are the broker's until the engine has answered: they come again when the connection dies before")
    func settled() async throws {
        let hall = try await Hall(.quorum)
        try await hall.open {
            try await hall.reply(.example(), .example(), .example())
            let first = try await hall.replies.waitFor(3)
            hall.bus.acknowledge([first[1].receipt])
            try await eventually("one is settled") { try await hall.depth() == "0 2" }
            try await hall.server.rabbitmqctl("close_all_connections", "--vhost", hall.configuration.vhost, "test")
            // The two that were not answered, and no others.
            let again = try await hall.replies.waitFor(5)[3...]
            #expect(Set(again.map(\.id)) == [first[0].id, first[2].id])
            // Receipts of the lost connection settle nothing, though their numbers are in use again.
            hall.bus.acknowledge(first.map(\.receipt))
            hall.bus.quarantine(first[0], reason: "stale")
            hall.bus.acknowledge([])
            try await eventually("two wait") { try await hall.depth() == "0 2" }
            hall.bus.acknowledge(again.map(\.receipt))
            try await eventually("all are settled") { try await hall.depth() == "0 0" }
            #expect(hall.replies.count == 5)
        }
    }

    @Test("that cannot be read are put among the dead letters with the reason, and harm none of their batch")
    func malformed() async throws {
        let hall = try await Hall()
        let dead = hall.earOfTheDead()
        let good = try (0..<2).map { _ in try ReplyMessage.example().wireMessage().outgoing }
        func bad(_ id: String, _ change: (inout OutgoingMessage) -> Void) throws -> OutgoingMessage {
            var message = try ReplyMessage.example().wireMessage().outgoing
            message.properties.messageID = id
            change(&message)
            return message
        }
        let messages = [
            try bad("body-not-json") { $0.body = Array("hunter2".utf8) }, good[0],
            try bad("unknown-reply-type") { $0.properties.type = "maybe" },
            try bad("missing-property") { $0.properties.correlationID = nil },
            try bad("invalid-property") { $0.properties.correlationID = "somebody" },
            try bad("unsupported-protocol") { $0.properties.headers = [("saga-protocol", 2)] }, good[1],
            try bad("invalid-body") { $0.body = Array("[]".utf8) },
            try bad("body-too-large") { $0.body = [UInt8](repeating: 0x20, count: (1 << 20) + 1) },
        ]
        try await hall.open(dead) {
            try await hall.publish(messages)
            let replies = try await hall.replies.waitFor(2)
            #expect(replies.map(\.id.description) == good.map { $0.properties.correlationID })
            let letters = try await dead.heard.waitFor(7)
            for letter in letters {
                let id = try #require(letter.properties.messageID)
                #expect(letter.properties.header("saga-dead-reason") == .string(id))
                #expect(letter.properties.header("saga-dead-detail")?.stringValue?.hasPrefix(id) == true)
                #expect(letter.properties.header("saga-dead-detail")?.stringValue?.contains("hunter2") == false)
                #expect(letter.properties.header("saga-dead-exchange") == "saga.replies")
                #expect(letter.properties.header("saga-dead-routing-key") == "saga.replies")
                #expect(letter.properties.header("x-death") == nil)
                #expect(letter.body == messages.first { $0.properties.messageID == id }?.body)
            }
            #expect(Set(letters.map { $0.properties.messageID }).count == 7)
            hall.bus.acknowledge(replies.map(\.receipt))
            try await eventually("none is left") { try await hall.depth() == "0 0" }
            #expect(hall.replies.count == 2)
        }
    }

    @Test("that mean nothing to the engine, and all bad ones while nothing can be published, are moved by the broker")
    func rejected() async throws {
        let hall = try await Hall()
        let dead = hall.earOfTheDead()
        // The bus's publisher does not run.
        try await running([hall.consumer, hall.participant, dead]) {
            try await hall.consumer.waitUntilConnected()
            try await hall.participant.waitUntilConnected()
            try await dead.waitUntilConnected()
            var unreadable = try ReplyMessage.example().wireMessage().outgoing
            unreadable.body = Array("{".utf8)
            try await hall.publish([unreadable, try ReplyMessage.example().wireMessage().outgoing])
            let reply = try await hall.replies.waitFor(1)[0]
            hall.bus.quarantine(reply, reason: "no such saga")
            let letters = try await dead.heard.waitFor(2)
            for letter in letters {
                #expect(letter.properties.header("x-first-death-queue") == "saga.replies")
                #expect(letter.properties.header("x-first-death-reason") == "rejected")
            }
            try await eventually("none is left") { try await hall.depth() == "0 0" }
        }
    }

    @Test("wait at the broker once as many are unanswered as the prefetch allows")
    func backPressure() async throws {
        let hall = try await Hall(prefetch: 5)
        try await hall.open {
            try await hall.publish((0..<20).map { _ in try ReplyMessage.example().wireMessage().outgoing })
            let first = try await hall.replies.waitFor(5)
            try await eventually("the broker holds the rest") { try await hall.depth() == "15 5" }
            #expect(hall.replies.count == 5)
            hall.bus.acknowledge(first[..<3].map(\.receipt))
            let next = try await hall.replies.waitFor(8)
            try await eventually("the broker holds the rest") { try await hall.depth() == "12 5" }
            hall.bus.acknowledge((first[3...] + next[5...]).map(\.receipt))
            while hall.replies.count < 20 {
                let seen = hall.replies.count
                hall.bus.acknowledge(hall.replies.all.map(\.receipt))
                try await eventually("more come") { hall.replies.count > seen }
            }
            #expect(Set(hall.replies.all.map(\.id)).count == 20)
        }
    }
}
