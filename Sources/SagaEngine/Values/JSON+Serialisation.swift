extension JSON {
    /// Appends the compact text, with digits and order kept.
    public func append(to output: inout [UInt8]) {
        switch self {
        case .null:
            output.append(contentsOf: "null".utf8)
        case .bool(true):
            output.append(contentsOf: "true".utf8)
        case .bool(false):
            output.append(contentsOf: "false".utf8)
        case .number(let text):
            output.append(contentsOf: text.utf8)
        case .string(let text):
            JSON.append(text, to: &output)
        case .array(let elements):
            var mark = UInt8(ascii: "[")
            for element in elements {
                output.append(mark)
                element.append(to: &output)
                mark = UInt8(ascii: ",")
            }
            if elements.isEmpty { output.append(mark) }
            output.append(UInt8(ascii: "]"))
        case .object(let object):
            object.append(to: &output)
        }
    }

    /// The compact text in UTF-8.
    public var bytes: [UInt8] {
        var output: [UInt8] = []
        output.reserveCapacity(256)
        append(to: &output)
        return output
    }

    /// The compact text.
    public var text: String {
        String(decoding: bytes, as: UTF8.self)
    }

    /// The text for people: a line for each member and element.
    ///
    /// - Parameter indent: spaces a level.
    public func prettyText(indent: Int = 2) -> String {
        var output: [UInt8] = []
        appendPretty(to: &output, indent: max(0, indent), level: 0)
        return String(decoding: output, as: UTF8.self)
    }

    private func appendPretty(to output: inout [UInt8], indent: Int, level: Int) {
        func newLine(_ level: Int) {
            output.append(UInt8(ascii: "\n"))
            output.append(contentsOf: repeatElement(UInt8(ascii: " "), count: indent * level))
        }
        switch self {
        case .array(let elements) where !elements.isEmpty:
            output.append(UInt8(ascii: "["))
            for (index, element) in elements.enumerated() {
                if index > 0 { output.append(UInt8(ascii: ",")) }
                newLine(level + 1)
                element.appendPretty(to: &output, indent: indent, level: level + 1)
            }
            newLine(level)
            output.append(UInt8(ascii: "]"))
        case .object(let object) where !object.isEmpty:
            output.append(UInt8(ascii: "{"))
            for (index, member) in object.enumerated() {
                if index > 0 { output.append(UInt8(ascii: ",")) }
                newLine(level + 1)
                JSON.append(member.name, to: &output)
                output.append(contentsOf: ": ".utf8)
                member.value.appendPretty(to: &output, indent: indent, level: level + 1)
            }
            newLine(level)
            output.append(UInt8(ascii: "}"))
        case .null, .bool, .number, .string, .array, .object:
            append(to: &output)
        }
    }

    /// Appends the text in quotes; escapes what RFC 8259 demands and nothing else.
    static func append(_ text: String, to output: inout [UInt8]) {
        output.append(UInt8(ascii: "\""))
        text.utf8.span.withUnsafeBufferPointer { bytes in
            var start = 0
            for index in bytes.indices {
                let byte = bytes[index]
                guard byte < 0x20 || byte == UInt8(ascii: "\"") || byte == UInt8(ascii: "\\") else { continue }
                output.append(contentsOf: UnsafeBufferPointer(rebasing: bytes[start..<index]))
                appendEscape(of: byte, to: &output)
                start = index + 1
            }
            output.append(contentsOf: UnsafeBufferPointer(rebasing: bytes[start...]))
        }
        output.append(UInt8(ascii: "\""))
    }

    private static func appendEscape(of byte: UInt8, to output: inout [UInt8]) {
        output.append(UInt8(ascii: "\\"))
        switch byte {
        case 0x08: output.append(UInt8(ascii: "b"))
        case 0x09: output.append(UInt8(ascii: "t"))
        case 0x0A: output.append(UInt8(ascii: "n"))
        case 0x0C: output.append(UInt8(ascii: "f"))
        case 0x0D: output.append(UInt8(ascii: "r"))
        case UInt8(ascii: "\""), UInt8(ascii: "\\"): output.append(byte)
        default:
            output.append(contentsOf: "u00".utf8)
            output.append(lowercaseHexadecimal(byte >> 4))
            output.append(lowercaseHexadecimal(byte & 0xF))
        }
    }
}

extension JSON.Object {
    /// Appends the compact text, with the order kept.
    public func append(to output: inout [UInt8]) {
        var mark = UInt8(ascii: "{")
        for member in members {
            output.append(mark)
            JSON.append(member.name, to: &output)
            output.append(UInt8(ascii: ":"))
            member.value.append(to: &output)
            mark = UInt8(ascii: ",")
        }
        if members.isEmpty { output.append(mark) }
        output.append(UInt8(ascii: "}"))
    }
}

extension JSON: CustomStringConvertible {
    /// The compact text.
    public var description: String { text }
}

/// The digit for a value below 16.
func lowercaseHexadecimal(_ value: UInt8) -> UInt8 {
    value < 10 ? UInt8(ascii: "0") + value : UInt8(ascii: "a") + value - 10
}
