/// RFC 8259, section 6: `-? (0 | [1-9][0-9]*) (. [0-9]+)? ([eE] [+-]? [0-9]+)?`
enum NumberGrammar {
    enum Outcome: Equatable {
        /// Where the longest number ends.
        case end(Int)
        /// Where a digit was due, or where one was that must not be there.
        case wrong(Int)
    }

    static func end(in span: Span<UInt8>, from start: Int) -> Outcome {
        var index = start
        if index < span.count, span[index] == UInt8(ascii: "-") { index += 1 }
        guard isDigit(span, index) else { return .wrong(index) }
        if span[index] == UInt8(ascii: "0") {
            index += 1
            if isDigit(span, index) { return .wrong(index) }
        } else {
            index = afterDigits(span, index)
        }
        if index < span.count, span[index] == UInt8(ascii: ".") {
            index += 1
            guard isDigit(span, index) else { return .wrong(index) }
            index = afterDigits(span, index)
        }
        if index < span.count, span[index] | 0x20 == UInt8(ascii: "e") {
            index += 1
            if index < span.count, span[index] == UInt8(ascii: "+") || span[index] == UInt8(ascii: "-") { index += 1 }
            guard isDigit(span, index) else { return .wrong(index) }
            index = afterDigits(span, index)
        }
        return .end(index)
    }

    private static func isDigit(_ span: Span<UInt8>, _ index: Int) -> Bool {
        index < span.count && span[index] &- UInt8(ascii: "0") < 10
    }

    private static func afterDigits(_ span: Span<UInt8>, _ start: Int) -> Int {
        var index = start
        while isDigit(span, index) { index += 1 }
        return index
    }
}
