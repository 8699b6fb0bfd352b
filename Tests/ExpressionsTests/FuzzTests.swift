import SagaValues
import TestSupport
import Testing

@testable import Expressions

@Suite("Expressions: made at random")
struct FuzzTests {
    private static let values: [String: JSON] = [
        "a": ["b": [1, 2.50, "x", nil], "c": ["d": true, "e-f": "text"], "n": 7, "m": .number("1.50")], "b": [3, 1, 2],
        "create-order": ["id": "0197"], "s": "héllo wörld", "n": -12, "t": true, "huge": .number("1e99"),
    ]

    @Test("What the printer writes is read as the same tree, and evaluates to the same", arguments: 0..<8)
    func printing(_ seed: UInt64) throws {
        var generator = ExpressionGenerator(seed: seed)
        var withValue = 0
        for round in 0..<400 {
            let text = generator.expression()
            let expression = try Expression(text)
            let printed = expression.description
            let again = try Expression(printed)
            #expect(again.shape == expression.shape, "seed \(seed), round \(round): \(text) was printed as \(printed)")
            #expect(again.description == printed)
            let (first, second) = (outcome(of: expression), outcome(of: again))
            #expect(first == second, "seed \(seed), round \(round): \(text)")
            if case .success = first { withValue += 1 }
            for finding in expression.check(["a": .any, "s": .string, "n": .int, "b": .list(of: .int)]).findings {
                #expect(finding.range.end <= text.utf8.count && !finding.message.isEmpty)
            }
        }
        // A generator whose expressions all fail would prove little.
        #expect(withValue > 40)
    }

    /// The value, or why there is none.
    private func outcome(of expression: Expression) -> Result<JSON, Failed> {
        do throws(EvaluationError) {
            return .success(
                try expression.evaluate(FuzzTests.values, budget: EvaluationBudget(steps: 2000, bytes: 5000)))
        } catch {
            #expect(error.range.end <= expression.text.utf8.count)
            return .failure(Failed(code: error.code))
        }
    }

    private struct Failed: Error, Equatable {
        let code: EvaluationError.Code
    }

    @Test("A check that finds nothing is right: about members, names, and the type of the value", arguments: 100..<104)
    func soundness(_ seed: UInt64) throws {
        var generator = ExpressionGenerator(seed: seed)
        let values: [String: JSON] = [
            "n": 3, "d": 2.50, "s": "abc", "t": true, "ns": [1, 2, 3], "o": ["n": 1, "s": "x"],
        ]
        let types: [String: StaticType] = [
            "n": .int, "d": .decimal, "s": .string, "t": .bool, "ns": .list(of: .int),
            "o": .object(ObjectType([.init("n", .int), .init("s", .string)])),
        ]
        var clean = 0
        for _ in 0..<600 {
            let text = generator.typed()
            let expression = try Expression(text)
            let check = expression.check(types)
            do throws(EvaluationError) {
                let value = try expression.evaluate(values)
                // What has a value may be odd, but its type is the one that was said.
                #expect(check.type.admits(value), "\(text) is \(value.text), not \(check.typeName)")
            } catch {
                if check.findings.isEmpty, !check.type.isVague {
                    #expect(error.code != .noSuchMember && error.code != .noValue, "\(text): \(error)")
                }
            }
            if check.findings.isEmpty { clean += 1 }
        }
        #expect(clean > 60)
    }

    @Test("Whatever bytes come in, they are read or refused with a finding inside of the text", arguments: 0..<4)
    func bytes(_ seed: UInt64) {
        var generator = SeededGenerator(seed: seed)
        let words = [
            "a", "in", "1", "0x", "1e", "'", "\"", "'''", "\\", "(", ")", "[", "]", "{", "}", ".", ",", ":", "?", "!",
            "-", "+", "*", "/", "%",
            "&&", "||", "==", "<", ">=", "has(", "map(x,", "math.", "r'", "b'", "null", " ", "\n", "//", "é",
            "\u{202E}", "\0", "create-order",
        ]
        for _ in 0..<4000 {
            var text = ""
            for _ in 0..<Int.random(in: 0..<24, using: &generator) {
                text +=
                    generator.chance(80)
                    ? words.randomElement(using: &generator) ?? ""
                    : String(decoding: [UInt8.random(in: 0...255, using: &generator)], as: UTF8.self)
            }
            for finding in findings(of: text) {
                #expect(
                    finding.range.offset >= 0 && finding.range.length >= 0 && finding.range.end <= text.utf8.count,
                    "\(text.debugDescription)")
                #expect(!finding.help.isEmpty)
            }
        }
    }
}

extension StaticType {
    fileprivate var isVague: Bool { alternatives.contains(.any) }

    /// Whether a value can be of this type.
    fileprivate func admits(_ value: JSON) -> Bool {
        alternatives.contains { type in
            switch (type, value) {
            case (.any, _), (.null, .null), (.bool, .bool), (.string, .string), (.int, .number), (.decimal, .number):
                true
            case (.list(let items), .array(let elements)): elements.allSatisfy { items.admits($0) }
            case (.object(let object), .object(let members)):
                object.members.allSatisfy { member in
                    members[member.name].map { member.type.admits($0) } ?? !member.isRequired
                }
            default: false
            }
        }
    }
}
