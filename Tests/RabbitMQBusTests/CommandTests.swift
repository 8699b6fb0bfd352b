import RabbitMQ
import RabbitMQBus
import RabbitMQWire
import SagaCore
import SagaEngine
import SagaValues
import SagaWire
import Testing

@Suite("Commands over RabbitMQ", .timeLimit(.minutes(3)))
struct CommandTests {
    @Test("reach their participant's queue with every property and header of the protocol")
    func complete() async throws {
        let hall = try await Hall()
        let ear = hall.ear(of: "billing")
        let saga = UUID.v7()
        let parent = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"
        let deadline = try #require(Timestamp(iso8601: "2026-11-21T12:48:52.167Z"))
        try await hall.open(ear) {
            let before = Timestamp.now().microseconds / 1_000_000
            let full = Command.example(
                saga: saga, attempt: 2, round: 4, deadline: deadline,
                trace: TraceContext(traceparent: parent, tracestate: "vendor=1"),
                body: ["amount": .number("12345678901234567890.10")])
            let plain = Command.example("billing.refund", .undo, saga: saga, body: ["input": [:]])
            #expect(await hall.bus.send([full, plain]) == [.confirmed, .confirmed])
            let heard = try await ear.heard.waitFor(2)
            let (first, second) = (heard[0], heard[1])

            #expect(first.exchange == "saga.commands" && first.routingKey == "billing.charge")
            #expect(first.properties.messageID == "\(saga).charge.0.do")
            #expect(first.properties.correlationID == saga.description)
            #expect(first.properties.type == "billing.charge")
            #expect(first.properties.replyTo == "saga.replies")
            #expect(first.properties.contentType == "application/json")
            #expect(first.properties.appID == "saga/test")
            #expect(first.properties.persistent)
            #expect(before...(before + 60) ~= (first.properties.timestamp ?? 0))
            #expect(String(decoding: first.body, as: UTF8.self) == #"{"amount":12345678901234567890.10}"#)
            #expect(
                headers(first) == [
                    "saga-protocol": 1, "saga-workflow": "plan-purchase", "saga-version": 3, "saga-step": "charge",
                    "saga-iteration": 0, "saga-direction": "do", "saga-attempt": 2, "saga-round": 4,
                    "saga-deadline": .string(deadline.description), "saga-tenant": "acme",
                    "traceparent": .string(parent), "tracestate": "vendor=1",
                ])

            #expect(second.routingKey == "billing.refund" && second.properties.type == "billing.refund")
            #expect(second.properties.messageID == "\(saga).charge.0.undo")
            #expect(
                headers(second) == [
                    "saga-protocol": 1, "saga-workflow": "plan-purchase", "saga-version": 3, "saga-step": "charge",
                    "saga-iteration": 0, "saga-direction": "undo", "saga-attempt": 1, "saga-tenant": "acme",
                ])
            // And a participant understands them.
            #expect(try CommandMessage(first.wireMessage).deadline == deadline)
            #expect(try CommandMessage(second.wireMessage).id.direction == .undo)
        }
    }

    @Test("go out in batches of any size, each confirmed, in their order, to whom they are for")
    func batches() async throws {
        let hall = try await Hall()
        let (billing, stock) = (hall.ear(of: "billing"), hall.ear(of: "stock"))
        try await hall.open(billing, stock) {
            #expect(await hall.bus.send([]).isEmpty)
            let commands = (0..<1000).map { Command.example($0 % 3 == 0 ? "stock.reserve" : "billing.charge") }
            #expect(await hall.bus.send(commands) == Array(repeating: .confirmed, count: 1000))
            try await stock.heard.waitFor(334)
            try await billing.heard.waitFor(666)
            #expect(stock.ids == commands.filter { $0.action == "stock.reserve" }.map(\.id.description))
            #expect(billing.ids == commands.filter { $0.action == "billing.charge" }.map(\.id.description))
        }
    }

    @Test("without a queue are unroutable, each for itself, and routable once the participant is there")
    func unroutable() async throws {
        let hall = try await Hall()
        let billing = hall.ear(of: "billing")
        try await hall.open(billing) {
            // The same id for a command with and without a queue: what came back is told by the key as well.
            let saga = UUID.v7()
            let commands = (0..<300).map { index in
                Command.example(
                    index % 7 == 3 ? "stock.reserve" : "billing.charge", saga: index % 2 == 0 ? saga : .v7())
            }
            for (command, outcome) in zip(commands, await hall.bus.send(commands)) {
                #expect(outcome == (command.action == "stock.reserve" ? .unroutable : .confirmed))
            }
            try await billing.heard.waitFor(commands.count { $0.action == "billing.charge" })
            let stock = hall.ear(of: "stock")
            try await running([stock]) {
                try await stock.waitUntilConnected()
                #expect(await hall.bus.send([.example("stock.reserve")]) == [.confirmed])
                try await stock.heard.waitFor(1)
            }
        }
    }

    @Test("that are too large or too deep are not sent, and say so; their neighbours are")
    func doNotFit() async throws {
        let hall = try await Hall()
        let ear = hall.ear(of: "billing")
        // {"a":"…"} has eight bytes around the text.
        let largest = JSON.object(["a": text((1 << 20) - 8)])
        let tooLarge = JSON.object(["a": text((1 << 20) - 7)])
        func nested(_ levels: Int) -> JSON { (0..<levels).reduce(.null) { deep, _ in .array([deep]) } }
        try await hall.open(ear) {
            let commands: [Command] = [
                .example(body: [:]), .example(body: tooLarge), .example(body: largest), .example(body: nested(64)),
                .example(body: nested(65)), .example("billing.refund", .probe, body: tooLarge), .example(body: [:]),
            ]
            let outcomes = await hall.bus.send(commands)
            let isTooLarge = SendOutcome.tooLarge(bytes: (1 << 20) + 1, limit: 1 << 20)
            #expect(
                outcomes == [
                    .confirmed, isTooLarge, .confirmed, .confirmed,
                    .invalid(reason: "its body has arrays and objects inside each other on more than 64 levels"),
                    isTooLarge, .confirmed,
                ])
            let heard = try await ear.heard.waitFor(4)
            #expect(heard.map(\.body.count) == [2, 1 << 20, 132, 2])
            for delivery in heard { #expect(throws: Never.self) { try CommandMessage(delivery.wireMessage) } }
            // What the client cannot put into AMQP would not fit the next time either.
            let long = Command.example("billing." + String(repeating: "x", count: 255))
            #expect(await hall.bus.send([long, .example()]).map(\.isInvalid) == [true, false])
        }
    }

    @Test("to undo go without the output where both together do not fit")
    func largeUndo() async throws {
        let hall = try await Hall()
        let ear = hall.ear(of: "billing")
        try await hall.open(ear) {
            let input = JSON.object(["a": text(600_000)])
            let both = JSON.object(["input": input, "output": ["b": text(600_000)]])
            let deep = JSON.object(["input": [:], "output": (0..<64).reduce(.null) { deep, _ in .array([deep]) }])
            let hopeless = JSON.object(["input": ["a": text(1 << 20)], "output": [:]])
            let outcomes = await hall.bus.send(
                [both, deep, hopeless].map { .example("billing.refund", .undo, body: $0) })
            #expect(outcomes == [.confirmed, .confirmed, .tooLarge(bytes: (1 << 20) + 18, limit: 1 << 20)])
            let heard = try await ear.heard.waitFor(2)
            let body = try UndoBody(CommandMessage(heard[0].wireMessage).body)
            #expect(body == UndoBody(input: input, output: nil))
            #expect(String(decoding: heard[1].body, as: UTF8.self) == #"{"input":{}}"#)
        }
    }

    private func headers(_ delivery: Delivery) -> [String: FieldValue] {
        Dictionary(delivery.properties.headers) { first, _ in first }
    }
}

extension SendOutcome {
    var isInvalid: Bool {
        if case .invalid = self { true } else { false }
    }
}
