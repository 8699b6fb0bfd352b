internal import SagaValues

/// The functions of text. Places are counted in Unicode code points, from 0.
extension Evaluator {
    mutating func textual(
        _ function: Function, _ arguments: [Value], _ range: TextRange
    ) throws(EvaluationError) -> Value {
        guard let subject = arguments[0].stringValue else { throw noOverload(function, arguments, range) }
        let wrong = noOverload(function, arguments, range)
        for argument in arguments { try spend(bytes: argument.stringValue?.utf8.count ?? 0, range) }
        let text = Array(subject.utf8)
        switch function {
        case .lowerAscii: return .string(subject.mapASCII { $0 &- UInt8(ascii: "A") < 26 ? $0 | 0x20 : $0 })
        case .upperAscii: return .string(subject.mapASCII { $0 &- UInt8(ascii: "a") < 26 ? $0 & ~0x20 : $0 })
        case .trim: return .string(subject.trimmed)
        case .charAt, .substring: return try part(of: subject, function, arguments, range)
        default: break
        }
        guard let argument = arguments[1].stringValue else { throw wrong }
        let needle = Array(argument.utf8)
        let search = ByteSearch(needle)
        switch function {
        case .contains: return .bool(search.first(in: text, from: 0) != nil)
        case .startsWith: return .bool(text.starts(with: needle))
        case .endsWith: return .bool(text.suffix(needle.count).elementsEqual(needle))
        case .indexOf, .lastIndexOf:
            let place = try arguments.count > 2 ? offset(arguments[2], in: subject, wrong, range) : nil
            let found =
                function == .indexOf
                ? search.first(in: text, from: place ?? 0) : search.last(in: text, before: place ?? text.count)
            return .int(found.map { Int64(text[..<$0].count { $0 & 0xC0 != 0x80 }) } ?? -1)
        case .split:
            let limit = try arguments.count > 2 ? count(arguments[2], wrong) : -1
            return try split(text, needle, limit, range)
        default:
            guard let other = arguments[2].stringValue else { throw wrong }
            let limit = try arguments.count > 3 ? count(arguments[3], wrong) : -1
            return try replace(text, needle, Array(other.utf8), limit, range)
        }
    }

    // MARK: Parts

    private func part(
        of text: String, _ function: Function, _ arguments: [Value], _ range: TextRange
    ) throws(EvaluationError) -> Value {
        let wrong = noOverload(function, arguments, range)
        let bytes = text.utf8
        let start = try offset(arguments[1], in: text, wrong, range)
        let end: Int
        if function == .charAt {
            end =
                start
                + (text.unicodeScalars[text.utf8.index(bytes.startIndex, offsetBy: start)...].first.map {
                    UTF8.width($0)
                } ?? 0)
        } else {
            end = arguments.count > 2 ? try offset(arguments[2], in: text, wrong, range) : bytes.count
        }
        guard start <= end else {
            throw EvaluationError(.indexOutOfRange, range, "the part of the text ends before it begins")
        }
        return .string(String(decoding: bytes.dropFirst(start).prefix(end - start), as: UTF8.self))
    }

    /// The bytes before a place that is counted in code points.
    private func offset(
        _ place: Value, in text: String, _ wrong: EvaluationError, _ range: TextRange
    ) throws(EvaluationError) -> Int {
        guard let number = place.number else { throw wrong }
        guard let wanted = number.wholeValue else {
            throw EvaluationError(.invalidArgument, range, "a place in a text must be a whole number")
        }
        let scalars = text.unicodeScalars
        guard wanted >= 0, wanted <= text.utf8.count,
            let index = scalars.index(scalars.startIndex, offsetBy: Int(wanted), limitedBy: scalars.endIndex)
        else {
            throw EvaluationError(.indexOutOfRange, range, "the text has no such place")
        }
        return text.utf8.distance(from: text.startIndex, to: index)
    }

    private func count(_ value: Value, _ wrong: EvaluationError) throws(EvaluationError) -> Int {
        guard let whole = value.number?.wholeValue else { throw wrong }
        return Int(clamping: whole)
    }

    // MARK: Taking apart and putting together

    /// - Parameter limit: how many parts at most; below 0 for all.
    private mutating func split(
        _ text: [UInt8], _ separator: [UInt8], _ limit: Int, _ range: TextRange
    ) throws(EvaluationError) -> Value {
        guard limit != 0 else { return .list([]) }
        var parts: [Value] = []
        var start = 0
        let places = Places(of: separator, in: text)
        while limit < 0 || parts.count < limit - 1, let place = places.next(from: start) {
            try spend(1, range)
            parts.append(.string(String(decoding: text[start..<place], as: UTF8.self)))
            start = place + separator.count
        }
        if !separator.isEmpty || start < text.count {
            parts.append(.string(String(decoding: text[start...], as: UTF8.self)))
        }
        return .list(parts)
    }

    /// - Parameter limit: how many times at most; below 0 for all.
    private mutating func replace(
        _ text: [UInt8], _ old: [UInt8], _ new: [UInt8], _ limit: Int, _ range: TextRange
    ) throws(EvaluationError) -> Value {
        var result: [UInt8] = []
        var start = 0
        var count = 0
        let search = ByteSearch(old)
        while limit < 0 || count < limit {
            // Nothing stands before each character, and at the end.
            let from = old.isEmpty && count > 0 ? text.nextCharacter(from: start) : start
            guard let from, let place = search.first(in: text, from: from) else { break }
            try spend(1 + new.count >> 6, range)
            result += text[start..<place]
            result += new
            start = place + old.count
            count += 1
            guard result.count <= budget.bytes else { throw tooLarge("a text", range) }
        }
        result += text[start...]
        return try self.text(String(decoding: result, as: UTF8.self), range)
    }

    mutating func join(_ arguments: [Value], _ range: TextRange) throws(EvaluationError) -> Value {
        guard let items = arguments[0].items else { throw noOverload(.join, arguments, range) }
        var separator = ""
        if arguments.count > 1 {
            guard let text = arguments[1].stringValue else { throw noOverload(.join, arguments, range) }
            separator = text
        }
        var result = ""
        for index in 0..<items.count {
            guard let part = items[index].stringValue else { throw noOverload(.join, [items[index]], range) }
            try spend(1 + (part.utf8.count + separator.utf8.count) >> 6, range)
            if index > 0 { result += separator }
            result += part
            guard result.utf8.count <= budget.bytes else { throw tooLarge("a text", range) }
        }
        return .string(result)
    }
}

/// Where a separator stands in a text. An empty one stands behind each character but the last.
private struct Places {
    private let search: ByteSearch
    private let text: [UInt8]
    private let isEmpty: Bool

    init(of separator: [UInt8], in text: [UInt8]) {
        search = ByteSearch(separator)
        self.text = text
        isEmpty = separator.isEmpty
    }

    func next(from start: Int) -> Int? {
        guard isEmpty else { return search.first(in: text, from: start) }
        guard let place = text.nextCharacter(from: start), place < text.count else { return nil }
        return place
    }
}

extension [UInt8] {
    /// Where the character behind the one at `start` begins; nil at the end.
    fileprivate func nextCharacter(from start: Int) -> Int? {
        guard start < count else { return nil }
        var index = start + 1
        while index < count, self[index] & 0xC0 == 0x80 { index += 1 }
        return index
    }
}

extension String {
    fileprivate func mapASCII(_ change: (UInt8) -> UInt8) -> String {
        String(decoding: utf8.map(change), as: UTF8.self)
    }

    /// Without Unicode white space at its ends.
    fileprivate var trimmed: String {
        let scalars = unicodeScalars
        let rest = scalars.drop { $0.properties.isWhitespace }
        guard let last = rest.lastIndex(where: { !$0.properties.isWhitespace }) else { return "" }
        return String(rest[...last])
    }
}
