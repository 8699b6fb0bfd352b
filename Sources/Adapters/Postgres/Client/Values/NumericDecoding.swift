/// The binary form of `numeric`: digits in base 10,000, the weight of the first, sign and decimals.
enum NumericDecoding {
    private static let negative: UInt16 = 0x4000, notANumber: UInt16 = 0xC000
    private static let infinity: UInt16 = 0xD000, negativeInfinity: UInt16 = 0xF000

    /// The same text that the server would show, with every decimal; nil for bytes that are no numeric.
    static func text(_ bytes: UnsafeRawBufferPointer) -> String? {
        guard let count = bytes.bigEndian(Int16.self, at: 0), let weight = bytes.bigEndian(Int16.self, at: 2),
            let sign = bytes.bigEndian(UInt16.self, at: 4), let scale = bytes.bigEndian(Int16.self, at: 6),
            count >= 0, scale >= 0, bytes.count == 8 + 2 * Int(count)
        else { return nil }
        switch sign {
        case notANumber: return "NaN"
        case infinity: return "Infinity"
        case negativeInfinity: return "-Infinity"
        case 0, negative: break
        default: return nil
        }
        /// Digit groups at or beyond either end are zero.
        func group(_ index: Int) -> Int {
            guard index >= 0, index < Int(count) else { return 0 }
            return bytes.bigEndian(Int16.self, at: 8 + 2 * index).map(Int.init) ?? 0
        }
        var text = sign == negative ? "-" : ""
        if weight < 0 {
            text += "0"
        } else {
            text += String(group(0))
            for index in 1..<(Int(weight) + 1) { text += fourDigits(group(index)) }
        }
        guard scale > 0 else { return text }
        var decimals = ""
        var index = Int(weight) + 1
        while decimals.utf8.count < Int(scale) {
            decimals += fourDigits(group(index))
            index += 1
        }
        return text + "." + decimals.prefix(Int(scale))
    }

    private static func fourDigits(_ group: Int) -> String {
        let digits = String(group)
        return String(repeating: "0", count: max(0, 4 - digits.utf8.count)) + digits
    }
}
