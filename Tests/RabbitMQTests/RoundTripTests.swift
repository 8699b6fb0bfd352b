import LocalServers
import RabbitMQ
import TestServers
import Testing

@Suite("A message on its way through the broker", .timeLimit(.minutes(3)))
struct RoundTripTests {
    @Test("a broker that is known by its host's name is found at whichever address it answers")
    func byName() async throws {
        let bench = try await Bench.make { $0.host = "localhost" }
        let publisher = bench.publisher()
        try await running(publisher) {
            try await publisher.waitUntilConnected()
            #expect(await publisher.publish([bench.message("m")]) == [.confirmed])
        }
    }

    @Test("keeps all its properties, headers and body")
    func allProperties() async throws {
        let bench = try await Bench.make()
        let publisher = bench.publisher()
        let (consumer, collector) = Collector.consuming(bench.queue, bench.configuration, topology: bench.topology())
        let headers: [(String, FieldValue)] = [
            ("text", "plan-purchase"), ("long", .string(String(repeating: "ä", count: 5000))), ("empty", ""),
            ("int", .int(.min)), ("bool", true), ("no", false), ("bytes", .bytes([0, 255, 128])),
            ("at", .timestamp(1_700_000_000)), ("double", .double(-0.125)), ("price", .decimal(scale: 2, value: 1250)),
            ("null", .null), ("list", .array([1, "two", .table([("three", 3)]), .array([])])),
            ("table", .table([("inner", .table([("deep", .null)])), ("b", .bool(true))])),
        ]
        let properties = MessageProperties(
            messageID: "01957f3c-0000-7000-8000-000000000001",
            correlationID: "01957f3c-0000-7000-8000-000000000002",
            type: "billing.create-order",
            replyTo: "saga.replies",
            contentType: "application/json",
            contentEncoding: "identity",
            appID: "saga",
            userID: "guest",
            timestamp: 1_763_720_760,
            expiration: "600000",
            priority: 7,
            persistent: true,
            headers: headers
        )
        let body = Array(#"{"amount":"12.50","n":9223372036854775807}"#.utf8)
        try await running(publisher, consumer) {
            try await publisher.waitUntilConnected()
            let message = OutgoingMessage(
                exchange: bench.exchange,
                routingKey: bench.queue,
                properties: properties,
                body: body
            )
            #expect(await publisher.publish([message]) == [.confirmed])
            let got = try await collector.waitFor(1)[0]
            #expect(got.exchange == bench.exchange)
            #expect(got.routingKey == bench.queue)
            #expect(!got.redelivered)
            #expect(got.deliveryCount == 0)
            #expect(got.body == body)
            let seen = got.properties
            #expect(seen.messageID == properties.messageID)
            #expect(seen.correlationID == properties.correlationID)
            #expect(seen.type == properties.type)
            #expect(seen.replyTo == properties.replyTo)
            #expect(seen.contentType == properties.contentType)
            #expect(seen.contentEncoding == properties.contentEncoding)
            #expect(seen.appID == properties.appID)
            #expect(seen.userID == properties.userID)
            #expect(seen.timestamp == properties.timestamp)
            #expect(seen.expiration == properties.expiration)
            #expect(seen.priority == properties.priority)
            #expect(seen.persistent)
            #expect(FieldValue.table(seen.headers) == FieldValue.table(headers))
        }
    }

    @Test("has none of the properties that were not set")
    func noProperties() async throws {
        let bench = try await Bench.make()
        let publisher = bench.publisher()
        let (consumer, collector) = Collector.consuming(bench.queue, bench.configuration, topology: bench.topology())
        try await running(publisher, consumer) {
            try await publisher.waitUntilConnected()
            let properties = MessageProperties(persistent: false)
            let message = OutgoingMessage(exchange: "", routingKey: bench.queue, properties: properties, body: [])
            #expect(await publisher.publish([message]) == [.confirmed])
            let seen = try await collector.waitFor(1)[0].properties
            #expect(seen.messageID == nil && seen.correlationID == nil && seen.type == nil && seen.replyTo == nil)
            #expect(seen.contentType == nil && seen.contentEncoding == nil && seen.appID == nil && seen.userID == nil)
            #expect(seen.timestamp == nil && seen.expiration == nil && seen.priority == nil && seen.headers.isEmpty)
            #expect(!seen.persistent)
        }
    }

    @Test("may have a body of any size, split into frames", arguments: [131_072, 4096])
    func bodies(frameMax: Int) async throws {
        let bench = try await Bench.make { $0.frameMax = frameMax }
        let publisher = bench.publisher()
        let (consumer, collector) = Collector.consuming(bench.queue, bench.configuration, topology: bench.topology())
        let whole = frameMax - 8
        let sizes = [0, 1, whole - 1, whole, whole + 1, 2 * whole, 1 << 20, (1 << 20) + 1]
        let bodies = sizes.map { size in (0..<size).map { UInt8(truncatingIfNeeded: $0 &* 31 ^ ($0 >> 8)) } }
        try await running(publisher, consumer) {
            try await publisher.waitUntilConnected()
            let messages = bodies.enumerated().map { bench.message("m\($0)", body: $1) }
            let outcomes = await publisher.publish(messages)
            #expect(outcomes == Array(repeating: .confirmed, count: sizes.count))
            let got = try await collector.waitFor(sizes.count)
            #expect(got.map(\.body.count) == sizes)
            #expect(got.map(\.body) == bodies)
        }
    }

    @Test("may be larger than the socket takes at once")
    func largerThanSocket() async throws {
        let bench = try await Bench.make()
        let publisher = bench.publisher()
        let (consumer, collector) = Collector.consuming(bench.queue, bench.configuration, topology: bench.topology())
        try await running(publisher, consumer) {
            try await publisher.waitUntilConnected()
            let messages = (0..<3).map { bench.message("m\($0)", body: [UInt8](repeating: UInt8($0), count: 16 << 20)) }
            #expect(await publisher.publish(messages) == [.confirmed, .confirmed, .confirmed])
            let got = try await collector.waitFor(3)
            #expect(got.map(\.body) == messages.map(\.body))
            #expect(publisher.statistics.connects == 1)
        }
    }

    @Test("may have text that is not UTF-8, which arrives as bytes or replaced, never as a crash")
    func notUTF8() async throws {
        let bench = try await Bench.make()
        let (consumer, collector) = Collector.consuming(bench.queue, bench.configuration, topology: bench.topology())
        try await running(consumer) {
            try await consumer.waitUntilConnected()
            // Our own API cannot write such text; the broker can. The record lists content_type, content_encoding,
            // headers, delivery_mode, priority, correlation_id, reply_to, expiration, message_id and five more.
            let headers = "[{<<\"h\">>, longstr, <<195, 40>>}, {<<200>>, signedint, 5}]"
            let unset = "undefined, undefined, undefined, undefined"
            let properties =
                "{'P_basic', undefined, undefined, \(headers), 2, \(unset), <<255, 254>>, undefined, \(unset)}"
            let exchange = "rabbit_misc:r(<<\"/\">>, exchange, <<>>)"
            _ = try await bench.server.rabbitmqctl(
                "eval",
                "rabbit_basic:publish(\(exchange), <<\"\(bench.queue)\">>, \(properties), <<1>>)."
            )
            let seen = try await collector.waitFor(1)[0].properties
            #expect(seen.messageID == "\u{FFFD}\u{FFFD}")
            #expect(seen.header("h") == .bytes([195, 40]))
            #expect(seen.headers.map(\.0) == ["h", "\u{FFFD}"])
        }
    }
}
