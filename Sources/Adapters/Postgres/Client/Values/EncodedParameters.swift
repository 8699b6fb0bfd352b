internal import SagaValues

/// All parameters of one statement, encoded one after another in one buffer.
struct EncodedParameters {
    /// The server takes messages of less than 1 GB; some room is left for what is not a value.
    static let largest = 1 << 30 - 1 << 20
    static let most = 65_535

    /// Nil for a NULL, otherwise where it lies in ``bytes``.
    private(set) var ranges: [Range<Int>?]
    private(set) var bytes: [UInt8]
    private(set) var typeIDs: [UInt32]
    /// 1 for binary, 0 for text.
    private(set) var formats: [Int32]

    init(_ parameters: [PostgresParameter]) throws(PostgresError) {
        guard parameters.count <= Self.most else {
            throw PostgresError(.badSQL, "a statement takes at most \(Self.most) parameters")
        }
        ranges = []
        typeIDs = []
        formats = []
        ranges.reserveCapacity(parameters.count)
        typeIDs.reserveCapacity(parameters.count)
        formats.reserveCapacity(parameters.count)
        var size = 0
        for parameter in parameters {
            typeIDs.append(parameter.typeID)
            guard case .null = parameter else {
                let (end, overflow) = size.addingReportingOverflow(parameter.encodedSize)
                guard !overflow, end <= Self.largest else {
                    throw PostgresError(.invalidData, "the parameters of one statement are larger than 1 GB")
                }
                ranges.append(size..<end)
                if case .numeric(let text) = parameter {
                    // libpq reads a value in text form up to its first NUL: it would send another number.
                    guard !text.utf8.contains(0) else {
                        throw PostgresError(.invalidData, "a numeric parameter holds a NUL")
                    }
                    formats.append(0)
                } else {
                    formats.append(1)
                }
                size = end
                continue
            }
            ranges.append(nil)
            formats.append(1)
        }
        let places = ranges
        // One byte more than needed: an empty value, too, must have an address.
        bytes = [UInt8](unsafeUninitializedCapacity: size + 1) { buffer, count in
            let base = UnsafeMutableRawPointer(buffer.baseAddress!)
            for (parameter, range) in zip(parameters, places) {
                if let range { parameter.encode(to: base + range.lowerBound) }
            }
            base.storeBytes(of: 0, toByteOffset: size, as: UInt8.self)
            count = size + 1
        }
    }
}

extension PostgresParameter {
    fileprivate var encodedSize: Int {
        switch self {
        case .null: 0
        case .bool: 1
        case .int16: 2
        case .int32: 4
        case .int64, .double, .timestamp: 8
        case .uuid: 16
        case .numeric(let text): text.utf8.count + 1
        case .text(let text): text.utf8.count
        case .json(let text): text.utf8.count + 1
        case .bytes(let bytes): bytes.count
        case .bools(let values): ArrayEncoding.size(values)
        case .int16s(let values): ArrayEncoding.size(values)
        case .int32s(let values): ArrayEncoding.size(values)
        case .int64s(let values): ArrayEncoding.size(values)
        case .texts(let values): ArrayEncoding.size(values)
        case .byteArrays(let values): ArrayEncoding.size(values)
        case .uuids(let values): ArrayEncoding.size(values)
        case .timestamps(let values): ArrayEncoding.size(values)
        case .optionalBools(let values): ArrayEncoding.size(values)
        case .optionalInt16s(let values): ArrayEncoding.size(values)
        case .optionalInt32s(let values): ArrayEncoding.size(values)
        case .optionalInt64s(let values): ArrayEncoding.size(values)
        case .optionalTexts(let values): ArrayEncoding.size(values)
        case .optionalByteArrays(let values): ArrayEncoding.size(values)
        case .optionalUUIDs(let values): ArrayEncoding.size(values)
        case .optionalTimestamps(let values): ArrayEncoding.size(values)
        }
    }

    fileprivate func encode(to target: UnsafeMutableRawPointer) {
        switch self {
        case .null: break
        case .bool(let value): value.encode(to: target)
        case .int16(let value): value.encode(to: target)
        case .int32(let value): value.encode(to: target)
        case .int64(let value): value.encode(to: target)
        case .double(let value): value.bitPattern.storeBigEndian(at: target)
        case .timestamp(let value): value.encode(to: target)
        case .uuid(let value): value.encode(to: target)
        case .text(let text): text.encode(to: target)
        case .numeric(let text):
            text.encode(to: target)
            target.storeBytes(of: 0, toByteOffset: text.utf8.count, as: UInt8.self)
        case .json(let text):
            // The version of jsonb's binary form.
            target.storeBytes(of: 1, as: UInt8.self)
            text.encode(to: target + 1)
        case .bytes(let bytes): bytes.encode(to: target)
        case .bools(let values): ArrayEncoding.encode(values, to: target)
        case .int16s(let values): ArrayEncoding.encode(values, to: target)
        case .int32s(let values): ArrayEncoding.encode(values, to: target)
        case .int64s(let values): ArrayEncoding.encode(values, to: target)
        case .texts(let values): ArrayEncoding.encode(values, to: target)
        case .byteArrays(let values): ArrayEncoding.encode(values, to: target)
        case .uuids(let values): ArrayEncoding.encode(values, to: target)
        case .timestamps(let values): ArrayEncoding.encode(values, to: target)
        case .optionalBools(let values): ArrayEncoding.encode(values, to: target)
        case .optionalInt16s(let values): ArrayEncoding.encode(values, to: target)
        case .optionalInt32s(let values): ArrayEncoding.encode(values, to: target)
        case .optionalInt64s(let values): ArrayEncoding.encode(values, to: target)
        case .optionalTexts(let values): ArrayEncoding.encode(values, to: target)
        case .optionalByteArrays(let values): ArrayEncoding.encode(values, to: target)
        case .optionalUUIDs(let values): ArrayEncoding.encode(values, to: target)
        case .optionalTimestamps(let values): ArrayEncoding.encode(values, to: target)
        }
    }
}
