import LocalServers
import Postgres
import RabbitMQ
import SagaValues
import SagaWire
import TestSupport
import TestServers
import Testing

@testable import ParticipantKit

@Suite("Domain events")
struct EventTests {
    private let saga = UUID.v7()

    private func emitter(_ shop: Workshop, _ event: String) -> [Action] {
        [
            .do("make") { (input: Make, context) in
                for turn in 1...3 {
                    try context.emit(
                        event, about: context.sagaID, ["saga": "\(context.sagaID)", "turn": .number("\(turn)")])
                }
                switch input.item {
                case "refuse": throw Rejection("no", "no")
                case "fail": throw TemporaryFailure("later", "later")
                default: return
                }
            }
        ]
    }

    @Test("An event leaves exactly when its transaction commits, with id, source, trace and order")
    func emitted() async throws {
        try await Stage.play { stage in
            let event = "\(stage.shop.name).made"
            let running = try stage.start(actions: emitter(stage.shop, event))
            for item in ["refuse", "fail"] {
                try await stage.send(stage.command("make", saga: .v7(), ["item": .string(item)]))
            }
            var command = stage.command("make", saga: saga)
            command.trace = TraceContext(
                traceparent: "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01", tracestate: "a=b")
            try await stage.send(command)
            _ = try await stage.replies(to: saga, count: 1)
            try await eventually("three events") { stage.events(event).count >= 3 }
            let events = stage.events(event)
            #expect(
                events.map { String(decoding: $0.body, as: UTF8.self) }
                    == (1...3).map {
                        #"{"saga":"\#(saga)","turn":\#($0)}"#
                    })
            #expect(Set(events.map(\.properties.messageID)).count == 3)
            let first = events[0].properties
            #expect(first.appID == stage.shop.name && first.type == event && first.contentType == "application/json")
            #expect(first.header("traceparent")?.stringValue == command.trace?.traceparent)
            #expect(first.header("tracestate")?.stringValue == "a=b")
            try await eventually("the outbox is empty") {
                try await stage.shop.count("SELECT count(*) FROM saga_outbox") == 0
            }
            try await running.stop()
        }
    }

    @Test("An event stays in the outbox until the broker has confirmed it")
    func notConfirmed() async throws {
        try await Stage.play { stage in
            let event = "\(stage.shop.name).refused"
            let full = try await stage.fullQueue(of: .init("cloudphone.events", .topic), key: event)
            let running = try stage.start(actions: emitter(stage.shop, event))
            try await stage.send(stage.command("make", saga: saga))
            try await eventually("the events are sent") {
                stage.events(event).contains { !$0.body.isEmpty }
            }
            let kept = try await stage.shop.count("SELECT count(*) FROM saga_outbox")
            #expect(kept == 3, "though they are not confirmed")
            try await TestServers.rabbitMQ().rabbitmqctl("delete_queue", full)
            try await eventually("the outbox is empty") {
                try await stage.shop.count("SELECT count(*) FROM saga_outbox") == 0
            }
            try await running.stop()
        }
    }

    @Test("No event is lost, and those about one subject keep their order, while relays are killed in the middle")
    func relaysKilled() async throws {
        try await Stage.play { stage in
            let event = "\(stage.shop.name).counted"
            let count = 2000
            // The relays do not wait for the events: they come in while relays come and go.
            let quiet: (inout ParticipantConfiguration) -> Void = { $0.outboxInterval = .milliseconds(1) }
            let inserting = Task {
                for number in 1...count {
                    try await stage.shop.pool.transaction { transaction in
                        try await Outbox.add(
                            event, about: saga, ["n": .number("\(number)")], source: "test", in: transaction)
                    }
                }
            }
            var running = [try stage.start(quiet), try stage.start(quiet)]
            var kills = 0
            while kills < 10 || stage.events(event).isEmpty {
                try await Task.sleep(for: .milliseconds(Int.random(in: 20...150)))
                await running.removeFirst().kill()
                running.append(try stage.start(quiet))
                kills += 1
            }
            try await inserting.value
            try await eventually("the outbox is empty") {
                try await stage.shop.count("SELECT count(*) FROM saga_outbox") == 0
            }
            try await eventually("every event has arrived") {
                Set(stage.events(event).map(\.properties.messageID)).count == count
            }
            // Some come twice, with the same id; the first time that each is seen is in order.
            var seen = Set<String>()
            let firsts = stage.events(event).filter { seen.insert($0.properties.messageID ?? "").inserted }
            let numbers = try firsts.map { try JSON(parsing: $0.body)["n"]?.numberText.flatMap { Int($0) } ?? 0 }
            #expect(numbers == Array(1...count))
            for one in running { try await one.stop() }
        }
    }

    @Test("An event that is delivered twice is taken in once; one that cannot be understood is put aside")
    func subscription() async throws {
        try await Stage.play { stage in
            let event = "\(stage.shop.name).heard"
            let running = try stage.start(subscriptions: [
                .on(event) { (make: Make, context) in
                    stage.shop.note("heard")
                    try await context.transaction.execute(
                        Workshop.insertEffect, [.uuid(saga), .text("heard \(make.item)")])
                    if make.item == "bad" { throw Rejection("not-wanted", "not wanted") }
                    if make.item == "late", stage.shop.runCount("heard") < 4 { throw TemporaryFailure("busy", "busy") }
                }
            ])
            func publish(_ id: String, _ body: String) async throws {
                try await stage.publish(
                    OutgoingMessage(
                        exchange: "cloudphone.events", routingKey: event,
                        properties: MessageProperties(messageID: id, contentType: "application/json"),
                        body: Array(body.utf8)))
            }
            let ids = (0..<4).map { _ in UUID.v7().description }
            try await eventually("the subscription is bound") {
                try await publish(ids[0], #"{"item":"cup"}"#)
                return try await stage.shop.effects() == ["heard cup"]
            }
            try await publish(ids[0], #"{"item":"cup"}"#)
            try await publish(ids[1], #"{"item":"bad"}"#)
            try await publish(ids[2], #"{"item":"a","item":"b"}"#)
            try await publish(ids[3], #"{"item":"late"}"#)
            try await eventually("the last one is taken in") { try await stage.shop.effects().contains("heard late") }
            let effects = try await stage.shop.effects()
            #expect(effects == ["heard cup", "heard late"])
            #expect(
                try await stage.deadLetter(ids[1]).properties.header(HeaderName.deadReason)?.stringValue
                    == "event-refused")
            #expect(
                try await stage.deadLetter(ids[2]).properties.header(HeaderName.deadReason)?.stringValue
                    == "body-not-json")
            try await running.stop()
        }
    }

    @Test("An event that fails for good is put aside after some tries, one that must wait is not")
    func failingForGood() async throws {
        try await Stage.play { stage in
            let event = "\(stage.shop.name).heard"
            let year = PostgresStatement("SELECT $1::text::timestamptz")
            let running = try stage.start(subscriptions: [
                .on(event) { (make: Make, context) in
                    stage.shop.note(make.item)
                    switch make.item {
                    case "surprise": throw Surprise()
                    case "year": try await context.transaction.execute(year, [.text("-005000-01-01T00:00:00Z")])
                    case "late" where stage.shop.runCount("late") < 5: throw TemporaryFailure("busy", "busy")
                    default: break
                    }
                    try await context.transaction.execute(
                        Workshop.insertEffect, [.uuid(saga), .text("heard \(make.item)")])
                }
            ]) { $0.maximumEventTries = 2 }
            try await eventually("the subscription is bound") {
                try await stage.publish(event, "\(saga)", "cup")
                return try await stage.shop.effects() == ["heard cup"]
            }
            for item in ["surprise", "year", "late", "last"] { try await stage.publish(event, item, item) }
            for (item, detail) in [("surprise", "Surprise"), ("year", "SQLSTATE 22")] {
                let dead = try await stage.deadLetter(item).properties
                #expect(dead.header(HeaderName.deadReason)?.stringValue == "event-failed")
                #expect(dead.header(HeaderName.deadDetail)?.stringValue?.contains(detail) == true)
                #expect(stage.shop.runCount(item) == 2)
            }
            try await eventually("the others are taken in") { try await stage.shop.effects().count == 3 }
            #expect(try await stage.shop.effects() == ["heard cup", "heard late", "heard last"])
            try await running.stop()
        }
    }

    @Test("An event that makes its process die each time is put aside, and those behind it are taken in")
    func poison() async throws {
        try await Stage.play { stage in
            let event = "\(stage.shop.name).heard"
            let subscription = Subscription.on(event) { (make: Make, context) in
                try await context.transaction.execute(Workshop.insertEffect, [.uuid(saga), .text(make.item)])
            }
            let first = try stage.start(subscriptions: [subscription])
            try await eventually("the subscription is bound") {
                try await stage.publish(event, "\(saga)", "cup")
                return try await stage.shop.effects() == ["cup"]
            }
            // What was published more often than was needed would be delivered in place of what is to be looked at.
            try await eventually("the queue is empty") { try await stage.messagesLeft(in: "events") == 0 }
            try await first.stop()
            let ids = (0..<2).map { _ in UUID.v7().description }
            try await stage.publish(event, ids[0], "bad")
            try await stage.publish(event, ids[1], "good")
            try await stage.deliverInVain(count: 2, from: "events")
            try await stage.shop.pool.execute(
                PostgresStatement("INSERT INTO saga_suspects (message_id, tries) VALUES ($1, 3)"),
                [.text("\(stage.shop.name)/\(ids[0])")])
            let heir = try stage.start(subscriptions: [subscription])
            let dead = try await stage.deadLetter(ids[0]).properties
            #expect(dead.header(HeaderName.deadReason)?.stringValue == "delivered-too-often")
            try await eventually("the next one is taken in") { try await stage.shop.effects() == ["cup", "good"] }
            try await eventually("the notes are struck off") {
                try await stage.shop.count("SELECT count(*) FROM saga_suspects") == 0
            }
            try await heir.stop()
        }
    }
}

extension Stage {
    fileprivate func publish(_ event: String, _ id: String, _ item: String) async throws {
        try await publish(
            OutgoingMessage(
                exchange: "cloudphone.events", routingKey: event,
                properties: MessageProperties(messageID: id, contentType: "application/json"),
                body: Array(#"{"item":"\#(item)"}"#.utf8)))
    }
}
