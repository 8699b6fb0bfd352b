internal import CRabbitMQ

/// Turns bytes from the socket into methods and whole messages.
///
/// Frames are cut and messages copied straight out of the receive buffer; rabbitmq-c decodes the methods, and its pool
/// is taken back after each, so memory stays flat.
final class FrameDecoder {
    /// A message whose frames are still arriving. Contents of one channel are never interleaved.
    private struct Content {
        enum Kind {
            case delivery(number: UInt64, redelivered: Bool, exchange: String, routingKey: String)
            case returned(Returned)
        }
        var kind: Kind
        var properties: MessageProperties?
        var missing: UInt64 = 0
        var body: [UInt8] = []
    }

    /// What a body may reserve on the word of its header alone.
    private static let trustedBodySize: UInt64 = 1 << 20

    private let pool: UnsafeMutablePointer<amqp_pool_t>
    private var contents: [UInt16: Content] = [:]

    private var methods = Queue<(channel: UInt16, Inbound)>()
    private(set) var deliveries: [Delivery] = []
    /// Marks the deliveries of the present connection and channel.
    var generation: UInt64 = 0
    /// Frames that are larger are refused.
    var frameMax = 131_072

    init() {
        pool = .allocate(capacity: 1)
        init_amqp_pool(pool, 4096)
    }

    deinit {
        empty_amqp_pool(pool)
        pool.deallocate()
    }

    /// The next method that has arrived, in order.
    func nextMethod() -> (channel: UInt16, Inbound)? {
        methods.removeFirst()
    }

    func takeDeliveries() -> [Delivery] {
        defer { deliveries = [] }
        return deliveries
    }

    /// Decodes the whole frames at the start of `bytes` and returns how many bytes they took.
    func decode(_ bytes: UnsafeRawBufferPointer) throws(RabbitMQError) -> Int {
        var used = 0
        while bytes.count - used >= OutputBuffer.frameOverhead {
            let size = Int(UInt32(bigEndian: bytes.loadUnaligned(fromByteOffset: used + 3, as: UInt32.self)))
            guard size + OutputBuffer.frameOverhead <= frameMax else {
                let isHeader = bytes[used..<(used + 4)].elementsEqual("AMQP".utf8)
                throw .protocol(isHeader ? "it wants another version of AMQP" : "a frame is larger than agreed")
            }
            let end = used + size + OutputBuffer.frameOverhead
            guard end <= bytes.count else { break }
            guard bytes[end - 1] == OutputBuffer.frameEnd else { throw .protocol("a frame does not end where it says") }
            try take(
                type: bytes[used],
                channel: UInt16(bigEndian: bytes.loadUnaligned(fromByteOffset: used + 1, as: UInt16.self)),
                UnsafeRawBufferPointer(rebasing: bytes[(used + 7)..<(end - 1)])
            )
            used = end
        }
        return used
    }

    private func take(type: UInt8, channel: UInt16, _ payload: UnsafeRawBufferPointer) throws(RabbitMQError) {
        switch Int32(type) {
        case AMQP_FRAME_METHOD:
            try takeMethod(channel, payload)
        case AMQP_FRAME_HEADER:
            guard var content = contents.removeValue(forKey: channel), content.properties == nil else {
                throw .protocol("a content header without its method")
            }
            var reader = FrameReader(payload)
            _ = reader.integer(UInt32.self)
            content.missing = reader.integer(UInt64.self)
            content.properties = reader.properties()
            finish(content, channel)
        case AMQP_FRAME_BODY:
            guard var content = contents.removeValue(forKey: channel), content.properties != nil,
                content.missing >= payload.count
            else { throw .protocol("a body without its header, or larger than it said") }
            if content.missing > payload.count, content.body.isEmpty {
                content.body.reserveCapacity(Int(min(content.missing, Self.trustedBodySize)))
            }
            content.body.append(contentsOf: payload)
            content.missing -= UInt64(payload.count)
            finish(content, channel)
        default:
            break
        }
    }

    private func finish(_ content: Content, _ channel: UInt16) {
        guard content.missing == 0, let properties = content.properties else {
            contents[channel] = content
            return
        }
        switch content.kind {
        case .delivery(let number, let redelivered, let exchange, let routingKey):
            deliveries.append(
                Delivery(
                    tag: DeliveryTag(generation: generation, number: number),
                    redelivered: redelivered,
                    exchange: exchange,
                    routingKey: routingKey,
                    properties: properties,
                    body: content.body
                )
            )
        case .returned(var returned):
            returned.messageID = properties.messageID
            methods.append((channel, .returned(returned)))
        }
    }

    private func takeMethod(_ channel: UInt16, _ payload: UnsafeRawBufferPointer) throws(RabbitMQError) {
        var reader = FrameReader(payload)
        let id = reader.integer(UInt32.self)
        switch id {
        case CRABBITMQ_BASIC_DELIVER:
            _ = reader.shortText()
            contents[channel] = Content(
                kind: .delivery(
                    number: reader.integer(),
                    redelivered: reader.integer(UInt8.self) & 1 != 0,
                    exchange: reader.shortText(),
                    routingKey: reader.shortText()
                )
            )
        case CRABBITMQ_BASIC_RETURN:
            let reason = Inbound.Reason(code: Int(reader.integer(UInt16.self)), text: reader.shortText())
            let returned = Returned(reason: reason, exchange: reader.shortText(), routingKey: reader.shortText())
            contents[channel] = Content(kind: .returned(returned))
        case CRABBITMQ_BASIC_ACK:
            methods.append((channel, .ack(tag: reader.integer(), multiple: reader.integer(UInt8.self) & 1 != 0)))
        default:
            contents[channel] = nil
            methods.append((channel, try decode(method: id, payload)))
        }
        guard !reader.isExhausted else { throw .protocol("a method is cut short") }
    }

    private func decode(method id: UInt32, _ payload: UnsafeRawBufferPointer) throws(RabbitMQError) -> Inbound {
        defer { recycle_amqp_pool(pool) }
        let arguments = payload.dropFirst(4)
        let encoded = amqp_bytes_t(
            len: arguments.count,
            bytes: arguments.isEmpty ? nil : UnsafeMutableRawPointer(mutating: payload.baseAddress! + 4)
        )
        var decoded: UnsafeMutableRawPointer?
        let status = amqp_decode_method(id, pool, encoded, &decoded)
        switch status {
        case Int32(AMQP_STATUS_OK.rawValue): return Inbound(amqp_method_t(id: id, decoded: decoded))
        case Int32(AMQP_STATUS_UNKNOWN_METHOD.rawValue): return .other(id)
        default: throw .protocol(String(cString: amqp_error_string2(status)))
        }
    }
}

extension RabbitMQError {
    fileprivate static func `protocol`(_ problem: String) -> RabbitMQError {
        RabbitMQError(.protocolViolation, "the peer does not keep to AMQP 0-9-1: \(problem)")
    }
}
