internal import Expressions
internal import SagaCore

/// What an event is found by, and what else has to hold: the `where` of a `listen`.
struct EventSearch {
    let formula: DraftFormula
    let path: [SagaCore.Reference.Component]
    let value: DraftFormula
    let condition: DraftFormula?

    /// Nil if no part of the condition is `event.member == value`, with a value that is known before the event.
    init?(_ formula: DraftFormula, _ source: SourceText) {
        self.formula = formula
        let conjunction = Conjunction(formula.expression)
        for (index, part) in conjunction.parts.enumerated() {
            guard let key = EventSearch.key(in: part, of: formula, source) else { continue }
            path = key.path
            value = key.value
            let others = conjunction.parts.enumerated().filter { $0.offset != index }.map(\.element.expression.text)
            let rest = others.count > 1 ? others.map { "(\($0))" } : others
            if rest.isEmpty {
                condition = nil
            } else if let expression = try? Expression(rest.joined(separator: " && ")) {
                condition = DraftFormula(expression: expression, place: formula.place.unknownWithin)
            } else {
                // With its new brackets it is too long: then all of it is asked again.
                condition = formula
            }
            return
        }
        return nil
    }

    private static func key(
        in part: Conjunction.Part, of formula: DraftFormula, _ source: SourceText
    ) -> (path: [SagaCore.Reference.Component], value: DraftFormula)? {
        let bytes = Array(part.expression.text.utf8)
        let words = OuterWords(bytes, 0..<bytes.count)
        // Of what is compared with itself again, such as a == b == c, no side is known before.
        guard words.found.count == 1, words.found[0].word == "==" else { return nil }
        let middle = words.found[0].offset
        let sides = [0..<middle, (middle + 2)..<bytes.count].map { Conjunction.trimmed(bytes, $0) }
        for (own, other) in [(sides[0], sides[1]), (sides[1], sides[0])] {
            let text = String(decoding: bytes[other], as: UTF8.self)
            guard let reference = (try? Expression(String(decoding: bytes[own], as: UTF8.self)))?.bareReference,
                reference.name == "event", !reference.components.isEmpty,
                let value = try? Expression(text), !value.variables.contains("event")
            else { continue }
            let place = formula.place.moved(by: part.offset + other.lowerBound, in: formula.expression.text, source)
            return (reference.path, DraftFormula(expression: value, place: place))
        }
        return nil
    }
}
