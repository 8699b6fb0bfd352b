internal import SagaValues

/// A value of a fixed or known size in PostgreSQL's binary form.
protocol BinaryEncodable {
    static var elementTypeID: UInt32 { get }
    var encodedSize: Int { get }
    /// Writes ``encodedSize`` bytes at `target`.
    func encode(to target: UnsafeMutableRawPointer)
}

extension FixedWidthInteger {
    @inline(__always)
    func storeBigEndian(at target: UnsafeMutableRawPointer) {
        target.storeBytes(of: bigEndian, as: Self.self)
    }
}

extension Bool: BinaryEncodable {
    static var elementTypeID: UInt32 { TypeID.bool }
    var encodedSize: Int { 1 }
    func encode(to target: UnsafeMutableRawPointer) { target.storeBytes(of: self ? 1 : 0, as: UInt8.self) }
}

extension Int16: BinaryEncodable {
    static var elementTypeID: UInt32 { TypeID.int2 }
    var encodedSize: Int { 2 }
    func encode(to target: UnsafeMutableRawPointer) { storeBigEndian(at: target) }
}

extension Int32: BinaryEncodable {
    static var elementTypeID: UInt32 { TypeID.int4 }
    var encodedSize: Int { 4 }
    func encode(to target: UnsafeMutableRawPointer) { storeBigEndian(at: target) }
}

extension Int64: BinaryEncodable {
    static var elementTypeID: UInt32 { TypeID.int8 }
    var encodedSize: Int { 8 }
    func encode(to target: UnsafeMutableRawPointer) { storeBigEndian(at: target) }
}

extension UUID: BinaryEncodable {
    static var elementTypeID: UInt32 { TypeID.uuid }
    var encodedSize: Int { 16 }
    func encode(to target: UnsafeMutableRawPointer) {
        high.storeBigEndian(at: target)
        low.storeBigEndian(at: target + 8)
    }
}

extension Timestamp: BinaryEncodable {
    static var elementTypeID: UInt32 { TypeID.timestamptz }
    /// PostgreSQL counts from 2000-01-01, we from 1970-01-01.
    static let epochDistance: Int64 = 946_684_800_000_000
    var encodedSize: Int { 8 }
    func encode(to target: UnsafeMutableRawPointer) {
        let (shifted, overflow) = microseconds.subtractingReportingOverflow(Self.epochDistance)
        // One above the value that means minus infinity: the server refuses it as out of range.
        (overflow ? Int64.min + 1 : shifted).storeBigEndian(at: target)
    }
}

extension String: BinaryEncodable {
    static var elementTypeID: UInt32 { TypeID.text }
    var encodedSize: Int { utf8.count }
    func encode(to target: UnsafeMutableRawPointer) {
        utf8.span.withUnsafeBufferPointer { bytes in
            if let base = bytes.baseAddress { target.copyMemory(from: base, byteCount: bytes.count) }
        }
    }
}

extension [UInt8]: BinaryEncodable {
    static var elementTypeID: UInt32 { TypeID.bytea }
    var encodedSize: Int { count }
    func encode(to target: UnsafeMutableRawPointer) {
        withUnsafeBytes { bytes in
            if let base = bytes.baseAddress { target.copyMemory(from: base, byteCount: bytes.count) }
        }
    }
}

/// One-dimensional arrays: a header of 20 bytes (12 when empty), then length and bytes of each element.
enum ArrayEncoding {
    static func size(_ elements: [some BinaryEncodable]) -> Int {
        if elements.isEmpty { return 12 }
        var size = 20 + 4 * elements.count
        for element in elements { size += element.encodedSize }
        return size
    }

    static func size(_ elements: [(some BinaryEncodable)?]) -> Int {
        if elements.isEmpty { return 12 }
        var size = 20 + 4 * elements.count
        for element in elements { size += element?.encodedSize ?? 0 }
        return size
    }

    static func encode<Element: BinaryEncodable>(_ elements: [Element], to target: UnsafeMutableRawPointer) {
        var position = header(Element.self, elements.count, hasNulls: false, at: target)
        for element in elements {
            let size = element.encodedSize
            Int32(truncatingIfNeeded: size).storeBigEndian(at: position)
            element.encode(to: position + 4)
            position += 4 + size
        }
    }

    static func encode<Element: BinaryEncodable>(_ elements: [Element?], to target: UnsafeMutableRawPointer) {
        var position = header(Element.self, elements.count, hasNulls: true, at: target)
        for element in elements {
            guard let element else {
                Int32(-1).storeBigEndian(at: position)
                position += 4
                continue
            }
            let size = element.encodedSize
            Int32(truncatingIfNeeded: size).storeBigEndian(at: position)
            element.encode(to: position + 4)
            position += 4 + size
        }
    }

    private static func header<Element: BinaryEncodable>(
        _: Element.Type, _ count: Int, hasNulls: Bool, at target: UnsafeMutableRawPointer
    ) -> UnsafeMutableRawPointer {
        Int32(count == 0 ? 0 : 1).storeBigEndian(at: target)
        Int32(hasNulls ? 1 : 0).storeBigEndian(at: target + 4)
        Element.elementTypeID.storeBigEndian(at: target + 8)
        if count == 0 { return target + 12 }
        Int32(truncatingIfNeeded: count).storeBigEndian(at: target + 12)
        // Arrays count from 1.
        Int32(1).storeBigEndian(at: target + 16)
        return target + 20
    }
}
