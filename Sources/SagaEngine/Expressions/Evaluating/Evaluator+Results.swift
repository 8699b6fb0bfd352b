internal import SagaValues

/// What an evaluation gives, within its size.
extension Evaluator {
    /// - Throws: when the text is larger than the budget's bytes.
    func text(_ text: String, _ range: TextRange) throws(EvaluationError) -> Value {
        guard text.utf8.count <= budget.bytes else { throw tooLarge("a text", range) }
        return .string(text)
    }

    func tooLarge(_ what: String, _ range: TextRange) -> EvaluationError {
        EvaluationError(.tooLarge, range, "\(what) has more than \(budget.bytes) bytes")
    }

    /// The value as JSON.
    ///
    /// One value can stand in a result many times over without taking memory, so its size is counted while the JSON
    /// is made, and the making ends when it is too large.
    func finished(_ value: Value, _ range: TextRange) throws(EvaluationError) -> JSON {
        var room = budget.bytes
        return try json(value, depth: 0, &room, range)
    }

    private func json(
        _ value: Value, depth: Int, _ room: inout Int, _ range: TextRange
    ) throws(EvaluationError) -> JSON {
        switch value {
        case .json(let json):
            try measure(json, depth: depth, &room, range)
            return json
        case .int(let value):
            let text = String(value)
            try take(text.utf8.count, from: &room, range)
            return .number(text)
        case .decimal(let value):
            let text = value.description
            try take(text.utf8.count, from: &room, range)
            return .number(text)
        case .list(let items):
            try check(depth: depth, range)
            try take(max(1, items.count) + 1, from: &room, range)
            var elements: [JSON] = []
            for item in items { elements.append(try json(item, depth: depth + 1, &room, range)) }
            return .array(elements)
        case .map(let members):
            try check(depth: depth, range)
            try take(max(1, members.count) + 1, from: &room, range)
            var object: [JSON.Object.Member] = []
            for (name, value) in members {
                try take(JSON.quotedLength(of: name) + 1, from: &room, range)
                object.append((name, try json(value, depth: depth + 1, &room, range)))
            }
            return .object(JSON.Object(uniqueMembers: object))
        }
    }

    private func measure(
        _ json: JSON, depth: Int, _ room: inout Int, _ range: TextRange
    ) throws(EvaluationError) {
        switch json {
        case .null, .bool(true): try take(4, from: &room, range)
        case .bool(false): try take(5, from: &room, range)
        case .number(let text): try take(text.utf8.count, from: &room, range)
        case .string(let text): try take(JSON.quotedLength(of: text), from: &room, range)
        case .array(let elements):
            try check(depth: depth, range)
            try take(max(1, elements.count) + 1, from: &room, range)
            for element in elements { try measure(element, depth: depth + 1, &room, range) }
        case .object(let object):
            try check(depth: depth, range)
            try take(max(1, object.count) + 1, from: &room, range)
            for (name, value) in object {
                try take(JSON.quotedLength(of: name) + 1, from: &room, range)
                try measure(value, depth: depth + 1, &room, range)
            }
        }
    }

    private func take(_ bytes: Int, from room: inout Int, _ range: TextRange) throws(EvaluationError) {
        room -= bytes
        guard room >= 0 else { throw tooLarge("the result", range) }
    }

    /// How deep lists and maps may stand in each other, as in all JSON of the engine.
    func check(depth: Int, _ range: TextRange) throws(EvaluationError) {
        let limit = JSON.Limits.default.depth
        guard depth < limit else {
            throw EvaluationError(
                .tooLarge, range, "lists and maps stand in each other more than \(limit) levels deep")
        }
    }
}

extension JSON {
    /// How many bytes a text takes with its quotes and escapes.
    fileprivate static func quotedLength(of text: String) -> Int {
        text.utf8.reduce(2) { length, byte in
            switch byte {
            case UInt8(ascii: "\""), UInt8(ascii: "\\"), 0x08, 0x09, 0x0A, 0x0C, 0x0D: length + 2
            case 0..<0x20: length + 6
            default: length + 1
            }
        }
    }
}
