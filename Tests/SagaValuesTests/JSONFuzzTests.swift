import SagaValues
import TestSupport
import Testing

@Suite("JSON: made at random")
struct JSONFuzzTests {
    @Test("whatever is written is read back the same", arguments: 1...20 as ClosedRange<UInt64>)
    func roundTrip(seed: UInt64) throws {
        var random = SeededGenerator(seed: seed)
        for _ in 0..<50 {
            let value = JSON.random(depth: 4, using: &random)
            let limits = JSON.Limits(depth: 8)
            #expect(try JSON(parsing: value.bytes, limits: limits) == value, "seed \(seed)")
            #expect(try JSON(parsing: value.prettyText(), limits: limits) == value, "seed \(seed)")
            #expect(try JSON(parsing: value.bytes, limits: limits).bytes == value.bytes)
        }
    }

    @Test(
        "no damage makes the parser trap, and what it accepts it can repeat", arguments: 1...20 as ClosedRange<UInt64>)
    func damage(seed: UInt64) throws {
        var random = SeededGenerator(seed: seed)
        let pieces = [
            "\"", "\\", "\\u", "\\ud83d", "[", "]", "{", "}", ",", ":", "0", "-", ".", "e", "\u{E9}", "\0", " ",
        ]
        .map { Array($0.utf8) }
        var accepted = 0
        for _ in 0..<100 {
            var bytes = JSON.random(depth: 3, using: &random).bytes
            for _ in 0..<Int.random(in: 1...3, using: &random) {
                let position = Int.random(in: 0...bytes.count, using: &random)
                let end = Int.random(in: position...min(bytes.count, position + 3), using: &random)
                switch Int.random(in: 0..<4, using: &random) {
                case 0: bytes.removeSubrange(position..<end)
                case 1: bytes.insert(UInt8.random(in: 0...255, using: &random), at: position)
                case 2: bytes.replaceSubrange(position..<end, with: pieces.randomElement(using: &random) ?? [])
                default: bytes.insert(contentsOf: bytes[position..<end], at: position)
                }
            }
            do throws(JSON.ParseError) {
                let value = try JSON(parsing: bytes)
                accepted += 1
                let again = try JSON(parsing: value.bytes)
                #expect(again == value, "seed \(seed)")
                #expect(value.bytes.count <= bytes.count * 6)
            } catch {
                #expect(0...bytes.count ~= error.offset, "seed \(seed)")
                #expect(error.line >= 1 && error.column >= 1)
            }
        }
        #expect(accepted > 0, "the damage leaves something to accept")
    }

    @Test("noise is refused without a trap", arguments: 1...10 as ClosedRange<UInt64>)
    func noise(seed: UInt64) {
        var random = SeededGenerator(seed: seed)
        let alphabet = Array("{}[]\",:\\u0019dDe+-.tfn \u{E9}".utf8) + [0x00, 0xFF, 0xED, 0xA0]
        for _ in 0..<300 {
            let length = Int.random(in: 0...24, using: &random)
            let bytes = (0..<length).map { _ in alphabet.randomElement(using: &random) ?? 0 }
            _ = refusal(of: bytes)
        }
    }
}

extension JSON {
    static func random(depth: Int, using random: inout some RandomNumberGenerator) -> JSON {
        switch Int.random(in: 0..<(depth > 0 ? 7 : 5), using: &random) {
        case 0: return .null
        case 1: return .bool(.random(using: &random))
        case 2: return .number(numberText(using: &random))
        case 3, 4: return .string(string(using: &random))
        case 5:
            let count = Int.random(in: 0...5, using: &random)
            return .array((0..<count).map { _ in .random(depth: depth - 1, using: &random) })
        default:
            var object = Object()
            for _ in 0..<Int.random(in: 0...12, using: &random) {
                object[string(using: &random)] = .random(depth: depth - 1, using: &random)
            }
            return .object(object)
        }
    }

    private static func numberText(using random: inout some RandomNumberGenerator) -> String {
        var text = Bool.random(using: &random) ? "-" : ""
        text += String(UInt64.random(in: 0...UInt64.max >> UInt64.random(in: 0..<64, using: &random), using: &random))
        if Bool.random(using: &random) { text += ".\(UInt32.random(in: 0 ... .max, using: &random))" }
        if Bool.random(using: &random) { text += ["e", "E", "e+", "E-"][Int.random(in: 0..<4, using: &random)] + "07" }
        return text
    }

    private static func string(using random: inout some RandomNumberGenerator) -> String {
        let ranges: [ClosedRange<UInt32>] = [
            1...0x1F, 0x20...0x7E, 0x20...0x7E, 0x80...0x7FF, 0x800...0xD7FF, 0x1_0000...0x10_FFFF,
        ]
        var text = ""
        for _ in 0..<Int.random(in: 0...20, using: &random) {
            let range = ranges[Int.random(in: 0..<ranges.count, using: &random)]
            if let scalar = Unicode.Scalar(UInt32.random(in: range, using: &random)) {
                text.unicodeScalars.append(scalar)
            }
        }
        return text
    }
}
