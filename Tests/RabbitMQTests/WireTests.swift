import CRabbitMQ
import TestSupport
import Testing

@testable import RabbitMQ

@Suite("Frames", .timeLimit(.minutes(3)))
struct WireTests {
    /// The frames of a delivery, made of those of a publish: only the method differs.
    private func delivery(_ message: OutgoingMessage, frameMax: Int = 4096) -> [UInt8] {
        let output = OutputBuffer()
        output.frameMax = frameMax
        _ = output.method(CRABBITMQ_BASIC_DELIVER, channel: 1) { arena in
            amqp_basic_deliver_t(
                consumer_tag: arena.shortText("tag"),
                delivery_tag: 1,
                redelivered: 1,
                exchange: arena.shortText(message.exchange),
                routing_key: arena.shortText(message.routingKey)
            )
        }
        _ = output.contentHeader(channel: 1, bodySize: message.body.count) { $0.properties(message.properties) }
        output.body(message.body, channel: 1)
        return Array(output.pending)
    }

    private let message = OutgoingMessage(
        exchange: "e",
        routingKey: "k",
        properties: MessageProperties(
            messageID: "id",
            timestamp: -1,
            headers: [("list", .array([1, "x", .null])), ("t", .table([("n", .double(.pi))]))]
        ),
        body: (0..<10_000).map { UInt8(truncatingIfNeeded: $0) }
    )

    private func decode(_ decoder: FrameDecoder, _ bytes: [UInt8]) throws -> Int {
        try bytes.withUnsafeBytes { try decoder.decode($0) }
    }

    @Test("are put together however they are cut", arguments: [1, 7, 8, 100, 4096, 100_000])
    func cuts(size: Int) throws {
        let bytes = delivery(message)
        let decoder = FrameDecoder()
        let input = InputBuffer(capacity: 1 << 18)
        var start = 0
        while start < bytes.count {
            let part = bytes[start..<min(start + size, bytes.count)]
            input.space.copyBytes(from: part)
            input.received(part.count)
            input.consume(try decoder.decode(input.bytes))
            start += size
        }
        let got = decoder.takeDeliveries()
        #expect(got.count == 1)
        #expect(got.first?.body == message.body)
        #expect(got.first?.redelivered == true)
        #expect(got.first?.properties.timestamp == -1)
        #expect(
            FieldValue.table(got.first?.properties.headers ?? []) == FieldValue.table(message.properties.headers))
    }

    @Test("that are damaged anywhere are an error or a strange message, never a crash")
    func damage() throws {
        var small = message
        small.body = [1, 2, 3]
        let bytes = delivery(small)
        var random = SeededGenerator(seed: 7)
        for round in 0..<2000 {
            var damaged = bytes
            for _ in 0...(round % 3) {
                damaged[Int.random(in: 0..<damaged.count, using: &random)] = UInt8.random(in: 0...255, using: &random)
            }
            let decoder = FrameDecoder()
            let used = (try? decode(decoder, damaged)) ?? 0
            #expect(used <= damaged.count)
            while decoder.nextMethod() != nil {}
        }
    }

    @Test("with tables nested without end do not exhaust the stack")
    func deepTables() throws {
        // Each level is a table with one field, an unnamed table: 4 bytes of length, an empty name, the letter F.
        var table: [UInt8] = [0, 0, 0, 0]
        for _ in 0..<15_000 {
            let size = UInt32(table.count + 2)
            table = withUnsafeBytes(of: size.bigEndian) { Array($0) } + [0, UInt8(ascii: "F")] + table
        }
        let payload: [UInt8] = [0, 60, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0x20, 0] + table
        var small = message
        small.body = []
        let method = delivery(small).prefix { $0 != 0xCE } + [0xCE]
        let header =
            [2, 0, 1] + withUnsafeBytes(of: UInt32(payload.count).bigEndian) { Array($0) } + payload + [0xCE]
        let decoder = FrameDecoder()
        #expect(try decode(decoder, Array(method) + header) == method.count + header.count)
        let headers = decoder.takeDeliveries().first?.properties.headers ?? []
        #expect(headers.count == 1)
    }

    @Test("that are larger than agreed, or end elsewhere than they say, are refused")
    func refused() throws {
        let decoder = FrameDecoder()
        decoder.frameMax = 4096
        #expect(throws: RabbitMQError.self) { try self.decode(decoder, [3, 0, 1, 0, 0, 15, 249, 0]) }
        #expect(throws: RabbitMQError.self) { try self.decode(decoder, [8, 0, 0, 0, 0, 0, 0, 0xCD]) }
        #expect(throws: RabbitMQError.self) { try self.decode(decoder, [3, 0, 1, 0, 0, 0, 1, 9, 0xCE]) }
        #expect(try decode(decoder, [8, 0, 0, 0, 0, 0, 0, 0xCE]) == 8)
    }

    @Test("stay whole in the output however much of it is sent at a time")
    func output() {
        let output = OutputBuffer()
        output.frameMax = 4096
        var random = SeededGenerator(seed: 3)
        var expected: [UInt8] = []
        var sent: [UInt8] = []
        for _ in 0..<3000 {
            let body = [UInt8](repeating: UInt8.random(in: 0...255, using: &random), count: 300)
            let mark = output.count
            output.body(body, channel: 7)
            expected += output.pending.dropFirst(mark)
            let part = output.pending.prefix(Int.random(in: 0...700, using: &random))
            sent += part
            output.consume(part.count)
        }
        sent += output.pending
        #expect(sent == expected)
        #expect(sent.count == 3000 * 308)
    }

    @Test("of a message that does not fit leave nothing behind")
    func truncated() {
        let output = OutputBuffer()
        output.frameMax = 4096
        output.appendHeartbeat()
        var big = message
        big.properties.headers = [("h", .string(String(repeating: "x", count: 5000)))]
        #expect(output.publish(big, channel: 2)?.code == .invalidMessage)
        #expect(output.count == 8)
        #expect(output.publish(message, channel: 2) == nil)
    }
}

@Suite("The time between tries", .timeLimit(.minutes(3)))
struct ReconnectPolicyTests {
    @Test("doubles up to a limit, and is spread")
    func delays() {
        let policy = ReconnectPolicy(initial: .milliseconds(100), maximum: .seconds(5))
        #expect(policy.delay(attempt: 0, random: 0) == .milliseconds(50))
        #expect(policy.delay(attempt: 0, random: 1) == .milliseconds(100))
        #expect(policy.delay(attempt: 3, random: 1) == .milliseconds(800))
        #expect(policy.delay(attempt: 1000, random: 1) == .seconds(5))
        #expect(policy.delay(attempt: 1000, random: 0) == .milliseconds(2500))
        #expect(policy.delay(attempt: -1, random: 0) == .milliseconds(50))
    }
}
