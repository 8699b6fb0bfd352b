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

@Suite("Events over RabbitMQ", .timeLimit(.minutes(3)))
struct EventTests {
    private func event(_ name: String = "device.created", _ body: JSON = ["n": "1"]) -> OutgoingEvent {
        OutgoingEvent(
            id: CommandID(saga: UUID.v7(), step: "tell", direction: .do), name: name, body: body,
            trace: TraceContext(
                traceparent: "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01", tracestate: "vendor=1"))
    }

    private func message(
        _ name: String, _ body: String, id: String? = nil, exchange: String = "cloudphone.events"
    ) -> OutgoingMessage {
        OutgoingMessage(
            exchange: exchange, routingKey: name, mandatory: false, properties: MessageProperties(messageID: id),
            body: Array(body.utf8))
    }

    // MARK: Out

    @Test("go out as a participant's do, and need nobody who listens")
    func published() async throws {
        let hall = try await Hall()
        let ear = hall.ear(ofEvents: "device.created")
        try await hall.open(ear) {
            let (heard, unheard) = (event(), event("nobody.cares"))
            #expect(await hall.bus.publish([unheard, heard]) == [.confirmed, .confirmed])
            let delivery = try await ear.heard.waitFor(1)[0]
            #expect(delivery.exchange == "cloudphone.events" && delivery.routingKey == "device.created")
            let properties = delivery.properties
            #expect(properties.messageID == heard.id.description && properties.type == "device.created")
            #expect(properties.contentType == "application/json" && properties.appID == "saga/test")
            #expect(properties.persistent && properties.replyTo == nil && properties.correlationID == nil)
            let time = try #require(properties.timestamp)
            #expect(abs(time - Timestamp.now().microseconds / 1_000_000) < 60)
            #expect(properties.header("traceparent")?.stringValue == heard.trace?.traceparent)
            #expect(properties.header("tracestate") == "vendor=1")
            #expect(String(decoding: delivery.body, as: UTF8.self) == #"{"n":"1"}"#)
        }
    }

    @Test("that do not fit on the wire are told apart, and the others of their batch go out")
    func unsendable() async throws {
        let hall = try await Hall()
        let ear = hall.ear(ofEvents: "#")
        try await hall.open(ear) {
            let deep = (0..<70).reduce(JSON.null) { inner, _ in .array([inner]) }
            let outcomes = await hall.bus.publish([
                event("big", text(1 << 20)), event("fine"), event("deep", deep),
                event(String(repeating: "n", count: 256)),
            ])
            #expect(outcomes[0] == .tooLarge(bytes: (1 << 20) + 2, limit: 1 << 20))
            #expect(outcomes[1] == .confirmed)
            for outcome in outcomes[2...] {
                guard case .invalid = outcome else {
                    Issue.record("\(outcome)")
                    continue
                }
            }
            let heard = try await ear.heard.waitFor(1)
            #expect(heard.map(\.routingKey) == ["fine"])
        }
    }

    @Test("are unconfirmed at once while there is no broker")
    func away() async throws {
        let hall = try await Hall()
        #expect(await hall.bus.publish([event()]) == [.unconfirmed])
        #expect(await hall.bus.publish([]) == [])
    }

    // MARK: In

    @Test("of the names that were subscribed to come in, of others not; names are added while it runs")
    func subscribed() async throws {
        let hall = try await Hall(.quorum)
        try await hall.open(hall.intake) {
            hall.bus.subscribe(to: ["order.paid"])
            try await eventually("the queue is bound") { try await hall.bindings() == ["order.paid"] }
            try await hall.publish([
                message("order.paid", #"{"n":1}"#, id: "e1"), message("order.lost", "{}", id: "e2"),
            ])
            let first = try await hall.events.waitFor(1)[0]
            #expect(first.name == "order.paid" && first.messageID == "e1" && first.redeliveries == 0)
            #expect(String(decoding: first.body, as: UTF8.self) == #"{"n":1}"#)

            hall.bus.subscribe(to: ["order.paid", "order.lost"])
            hall.bus.acknowledge(events: [first.receipt])
            try await eventually("the other is bound too") {
                try await hall.bindings() == ["order.lost", "order.paid"]
            }
            try await hall.publish([message("order.lost", "{}", id: "e3")])
            let second = try await hall.events.waitFor(2)[1]
            #expect(second.messageID == "e3")
            hall.bus.acknowledge(events: [second.receipt])
            try await eventually("all are settled") { try await hall.depth("saga.events") == "0 0" }
            // Fewer names take nothing away.
            hall.bus.subscribe(to: ["order.lost"])
            try await hall.publish([message("order.paid", "{}", id: "e4")])
            hall.bus.acknowledge(events: [try await hall.events.waitFor(3)[2].receipt])
            #expect(hall.events.count == 3)
        }
    }

    @Test("bring their trace with them; what is no trace is left out")
    func trace() async throws {
        let hall = try await Hall(.quorum)
        try await hall.open(hall.intake) {
            hall.bus.subscribe(to: ["device.created"])
            try await eventually("the queue is bound") { try await hall.bindings() == ["device.created"] }
            var strange = message("device.created", "{}", id: "strange")
            strange.properties.headers = [("traceparent", .string("yesterday")), ("tracestate", .int(1))]
            #expect(await hall.bus.publish([event()]) == [.confirmed])
            try await hall.publish([strange])
            let events = try await hall.events.waitFor(2)
            #expect(events.first { $0.messageID != "strange" }?.trace == event().trace)
            #expect(events.first { $0.messageID == "strange" }.map(\.trace) == .some(nil))
        }
    }

    @Test(
        "are the broker's until they are acknowledged; given back they come again, counted, and put aside they are dead letters"
    )
    func settled() async throws {
        let hall = try await Hall(.quorum)
        let dead = hall.earOfTheDead()
        try await hall.open(hall.intake, dead) {
            hall.bus.subscribe(to: ["order.paid"])
            try await eventually("the queue is bound") { try await hall.bindings() == ["order.paid"] }
            try await hall.publish((1...3).map { message("order.paid", "{}", id: "e\($0)") })
            let events = try await hall.events.waitFor(3)
            try await eventually("all three wait for an answer") { try await hall.depth("saga.events") == "0 3" }
            hall.bus.acknowledge(events: [events[0].receipt])
            hall.bus.giveBack(events: [events[1].receipt])
            hall.bus.quarantine(events[2], reason: "no object")
            let again = try await hall.events.waitFor(4)[3]
            #expect(again.messageID == events[1].messageID && again.redeliveries == 1)
            let letter = try await dead.heard.waitFor(1)[0]
            #expect(letter.properties.messageID == events[2].messageID)
            #expect(letter.properties.header("x-first-death-queue") == "saga.events")
            hall.bus.acknowledge(events: [again.receipt])
            hall.bus.acknowledge(events: [])
            try await eventually("all are settled") { try await hall.depth("saga.events") == "0 0" }
        }
    }

    @Test("wait at the broker once as many are unanswered as the prefetch allows, and are shared by two nodes")
    func backPressure() async throws {
        let hall = try await Hall(.quorum, prefetch: 5)
        let other = Hall(hall.server, hall.configuration, .quorum, prefetch: 5)
        try await hall.open(hall.intake, other.intake) {
            hall.bus.subscribe(to: ["order.paid"])
            try await eventually("the queue is bound") { try await hall.bindings() == ["order.paid"] }
            try await hall.publish((0..<20).map { message("order.paid", "{}", id: "e\($0)") })
            _ = try await hall.events.waitFor(5)
            try await eventually("the broker holds the rest") { try await hall.depth("saga.events") == "15 5" }
            other.bus.subscribe(to: ["order.paid"])
            _ = try await other.events.waitFor(5)
            try await eventually("the broker holds the rest") { try await hall.depth("saga.events") == "10 10" }
            try await eventually("all are settled") {
                for one in [hall, other] { one.bus.acknowledge(events: one.events.all.map(\.receipt)) }
                return try await hall.depth("saga.events") == "0 0"
            }
            #expect(Set((hall.events.all + other.events.all).map(\.messageID)).count == 20)
        }
    }

    @Test("have an exchange that may be called otherwise")
    func otherExchange() async throws {
        let hall = try await Hall(eventsExchange: "platform.events")
        try await hall.open(hall.intake) {
            hall.bus.subscribe(to: ["order.paid"])
            try await eventually("the queue is bound") { try await hall.bindings() == ["order.paid"] }
            #expect(await hall.bus.publish([event("order.paid")]) == [.confirmed])
            let came = try await hall.events.waitFor(1)[0]
            hall.bus.acknowledge(events: [came.receipt])
        }
    }
}

extension Hall {
    /// The names that bring events to the engine's queue.
    fileprivate func bindings() async throws -> [String] {
        let lines = try await server.rabbitmqctl(
            "-q", "list_bindings", "-p", configuration.vhost, "--no-table-headers", "destination_name", "routing_key",
            "source_name")
        return lines.split(separator: "\n").compactMap { line in
            let parts = line.split(separator: "\t", omittingEmptySubsequences: false)
            guard parts.count == 3, parts[0] == "saga.events", !parts[2].isEmpty else { return nil }
            return String(parts[1])
        }.sorted()
    }
}
