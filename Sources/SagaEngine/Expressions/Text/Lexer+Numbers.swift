internal import SagaValues

extension Lexer {
    /// `12`, `0x1F`, `1.50`, `.5`, `1e3`: what has a point or an exponent is a decimal, and exact.
    mutating func number() throws(ExpressionFinding) -> Token.Kind {
        let start = index
        if peek() == UInt8(ascii: "0"), let mark = peek(1), mark | 0x20 == UInt8(ascii: "x") {
            index += 2
            return .int(try hexadecimal(from: start))
        }
        skipDigits()
        var isDecimal = false
        if peek() == UInt8(ascii: "."), let digit = peek(1), isDigit(digit) {
            isDecimal = true
            index += 1
            skipDigits()
        }
        if let mark = peek(), mark | 0x20 == UInt8(ascii: "e") {
            isDecimal = true
            index += 1
            if let sign = peek(), sign == UInt8(ascii: "+") || sign == UInt8(ascii: "-") { index += 1 }
            guard let digit = peek(), isDigit(digit) else {
                throw wrong(from: start, "the exponent has no digits", help: "write 1e3, or put the name in quotes")
            }
            skipDigits()
        }
        let text = String(decoding: bytes[start..<index], as: UTF8.self)
        try endNumber(from: start)
        guard isDecimal else {
            guard let value = UInt64(text), value <= Int64.min.magnitude else { throw tooLarge(from: start) }
            return .int(value)
        }
        guard let value = ExactDecimal(text.hasPrefix(".") ? "0" + text : text) else {
            throw wrong(
                from: start, "the number has more than \(ExactDecimal.maximumDigits) digits",
                help: "numbers have at most \(ExactDecimal.maximumDigits) digits, counting those behind the point")
        }
        return .decimal(value)
    }

    private mutating func hexadecimal(from start: Int) throws(ExpressionFinding) -> UInt64 {
        let first = index
        while let byte = peek(), isDigit(byte) || (byte | 0x20) &- UInt8(ascii: "a") < 6 { index += 1 }
        let digits = String(decoding: bytes[first..<index], as: UTF8.self)
        try endNumber(from: start)
        guard !digits.isEmpty else { throw wrong(from: start, "0x has no digits", help: "write 0x1F") }
        guard let value = UInt64(digits, radix: 16), value <= Int64.min.magnitude else { throw tooLarge(from: start) }
        return value
    }

    private mutating func skipDigits() {
        while let byte = peek(), isDigit(byte) { index += 1 }
    }

    private func endNumber(from start: Int) throws(ExpressionFinding) {
        guard let byte = peek(), isNamePart(byte) else { return }
        if byte | 0x20 == UInt8(ascii: "u") {
            throw ExpressionFinding(
                .notSupported, TextRange(from: start, to: index + 1), "unsigned integers are not supported",
                help: "leave the 'u' out: integers have 64 bits and a sign")
        }
        throw wrong(from: start, "the number runs into a name", help: "put a space or an operator between them")
    }

    private func tooLarge(from start: Int) -> ExpressionFinding {
        wrong(
            from: start, "the integer does not fit 64 bits",
            help: "write it as a decimal, such as 9223372036854775808.0, or as text")
    }

    private func wrong(from start: Int, _ message: String, help: String) -> ExpressionFinding {
        ExpressionFinding(.badNumber, TextRange(from: start, to: index), message, help: help)
    }
}
