internal import CRabbitMQ

/// What is to be sent, as bytes: frames are appended at the end and sent from the front, many with one system call.
///
/// rabbitmq-c writes the payloads straight into the buffer.
final class OutputBuffer {
    static let frameEnd: UInt8 = 0xCE
    /// Type, channel and size before the payload; the end mark after it.
    static let frameOverhead = 8

    private var storage: UnsafeMutableRawPointer
    private var capacity: Int
    private var start = 0
    private var end = 0
    private let arena = Arena()

    /// The largest frame, as agreed with the broker.
    var frameMax = 4096

    init() {
        capacity = 1 << 18
        storage = .allocate(byteCount: capacity, alignment: 16)
    }

    deinit {
        storage.deallocate()
    }

    var count: Int { end - start }
    var isEmpty: Bool { start == end }
    var pending: UnsafeRawBufferPointer { UnsafeRawBufferPointer(start: storage + start, count: end - start) }

    func consume(_ count: Int) {
        start += count
        if start == end {
            start = 0
            end = 0
        }
    }

    func removeAll() {
        start = 0
        end = 0
    }

    func append(_ bytes: UnsafeRawBufferPointer) {
        guard let address = bytes.baseAddress else { return }
        makeRoom(bytes.count)
        (storage + end).copyMemory(from: address, byteCount: bytes.count)
        end += bytes.count
    }

    /// Makes room for `count` more bytes at the end.
    private func makeRoom(_ count: Int) {
        guard capacity - end < count else { return }
        let used = end - start
        if capacity - used >= count, start >= used {
            storage.copyMemory(from: storage + start, byteCount: used)
        } else {
            capacity = max(capacity * 2, used + count)
            let larger = UnsafeMutableRawPointer.allocate(byteCount: capacity, alignment: 16)
            larger.copyMemory(from: storage + start, byteCount: used)
            storage.deallocate()
            storage = larger
        }
        start = 0
        end = used
    }

    // MARK: Frames

    private enum FrameType: UInt8 {
        case method = 1
        case header = 2
        case body = 3
        case heartbeat = 8
    }

    func appendProtocolHeader() {
        append(UnsafeRawBufferPointer(start: "AMQP\u{0}\u{0}\u{9}\u{1}" as StaticString))
    }

    func appendHeartbeat() {
        _ = frame(.heartbeat, channel: 0) { _ in 0 }
    }

    /// Appends a method whose texts and tables `fill` takes from the arena.
    ///
    /// Returns false, and appends nothing, when the arguments cannot be encoded or do not fit into a frame.
    func method<Method: BitwiseCopyable>(_ id: UInt32, channel: UInt16, _ fill: (Arena) -> Method) -> Bool {
        arena.recycle()
        var method = fill(arena)
        guard arena.isSound else { return false }
        return frame(.method, channel: channel) { payload in
            payload.storeBytes(of: id.bigEndian, as: UInt32.self)
            let room = amqp_bytes_t(len: payload.count - 4, bytes: payload.baseAddress! + 4)
            let length = amqp_encode_method(id, &method, room)
            return length < 0 ? nil : 4 + Int(length)
        }
    }

    /// Appends the content header of a message; the same rules as for a method.
    func contentHeader(
        channel: UInt16,
        bodySize: Int,
        _ fill: (Arena) -> amqp_basic_properties_t
    ) -> Bool {
        arena.recycle()
        var properties = fill(arena)
        guard arena.isSound else { return false }
        return frame(.header, channel: channel) { payload in
            payload.storeBytes(of: UInt16(AMQP_BASIC_CLASS).bigEndian, as: UInt16.self)
            payload.storeBytes(of: 0, toByteOffset: 2, as: UInt16.self)
            payload.storeBytes(of: UInt64(bodySize).bigEndian, toByteOffset: 4, as: UInt64.self)
            let room = amqp_bytes_t(len: payload.count - 12, bytes: payload.baseAddress! + 12)
            let length = amqp_encode_properties(UInt16(AMQP_BASIC_CLASS), &properties, room)
            return length < 0 ? nil : 12 + Int(length)
        }
    }

    /// Appends a body as however many frames it takes; none when it is empty.
    func body(_ body: [UInt8], channel: UInt16) {
        body.withUnsafeBytes { bytes in
            var rest = bytes[...]
            while !rest.isEmpty {
                let part = rest.prefix(frameMax - Self.frameOverhead)
                rest = rest[part.endIndex...]
                _ = frame(.body, channel: channel) { payload in
                    payload.copyMemory(from: UnsafeRawBufferPointer(rebasing: part))
                    return part.count
                }
            }
        }
    }

    /// Where the buffer ends now, to go back to with ``truncate(to:)`` before anything else happens to it.
    var mark: Int { count }

    func truncate(to mark: Int) {
        end = start + mark
    }

    /// Frames the payload that `write` puts into the space it is given; nil takes the frame back.
    private func frame(
        _ type: FrameType,
        channel: UInt16,
        _ write: (UnsafeMutableRawBufferPointer) -> Int?
    ) -> Bool {
        makeRoom(frameMax)
        let frame = storage + end
        let room = UnsafeMutableRawBufferPointer(start: frame + 7, count: frameMax - Self.frameOverhead)
        guard let size = write(room) else { return false }
        frame.storeBytes(of: type.rawValue, as: UInt8.self)
        frame.storeBytes(of: channel.bigEndian, toByteOffset: 1, as: UInt16.self)
        frame.storeBytes(of: UInt32(size).bigEndian, toByteOffset: 3, as: UInt32.self)
        frame.storeBytes(of: Self.frameEnd, toByteOffset: 7 + size, as: UInt8.self)
        end += size + Self.frameOverhead
        return true
    }
}

extension UnsafeRawBufferPointer {
    fileprivate init(start text: StaticString) {
        self.init(start: text.utf8Start, count: text.utf8CodeUnitCount)
    }
}
