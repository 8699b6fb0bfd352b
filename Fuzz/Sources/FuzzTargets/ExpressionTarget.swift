import Expressions
import Patterns
import SagaValues

enum ExpressionTarget {
    private static let defaults: JSON.Object = [
        "a": ["b": [1, 2.50, "x", nil], "c": ["d": true, "e-f": "text"], "n": 7, "m": .number("1.50")],
        "b": [3, 1, 2], "create-order": ["id": "0197"], "s": "héllo wörld", "n": -12, "t": true,
        "huge": .number("1e99"), "input": ["price": "99.00", "count": 3, "items": [["id": "x"], ["id": "y"]]],
    ]

    static func take(_ bytes: [UInt8]) {
        let (text, json) = halves(of: bytes, at: 0)
        var values = defaults
        if let given = try? JSON(parsing: json), case .object(let object) = given { values = object }
        let source = String(decoding: text, as: UTF8.self)
        do throws(ExpressionFindings) {
            check(try Expression(source), values)
        } catch {
            promise(!error.findings.isEmpty, "refused without a finding")
            check(error.findings, source)
        }
    }

    private static func check(_ expression: Expression, _ values: JSON.Object) {
        let printed = expression.description
        let again: Expression
        do throws(ExpressionFindings) {
            again = try Expression(printed)
        } catch {
            // Written out it may be longer than an expression may be, and nothing else.
            promise(
                error.findings.allSatisfy { $0.code == .tooLong }, "\(printed) cannot be read again: \(error.findings)")
            return
        }
        promise(again.description == printed, "printed \(printed), and then \(again.description)")
        promise(Set(again.variables) == Set(expression.variables), "other variables: \(printed)")
        let (first, second) = (outcome(of: expression, values), outcome(of: again, values))
        promise(first == second, "\(expression.text) is \(first), printed as \(printed) it is \(second)")

        check(expression.check([:]).findings, expression.text)
        var types: [String: StaticType] = [:]
        for name in expression.variables { types[name] = values[name].map(type) }
        let check = expression.check(types)
        self.check(check.findings, expression.text)
        if check.findings.isEmpty, case .failure(let code) = first {
            // The types are those of these very values, all members required.
            let isExcluded = code == .noSuchMember && types.count == Set(expression.variables).count
            if isExcluded { promise(mayMiss(expression.text), "\(expression.text) was found right, but is \(code)") }
        }
    }

    /// What the check lets through is told apart by its text: an index, a value of several types, a search by name.
    private static func mayMiss(_ text: String) -> Bool {
        text.contains("[") || text.contains("?") || text.contains("(") || text.contains("{")
    }

    private enum Outcome: Equatable {
        case success(JSON)
        case failure(EvaluationError.Code)
    }

    private static func outcome(of expression: Expression, _ values: JSON.Object) -> Outcome {
        do throws(EvaluationError) {
            let value = try expression.evaluate(budget: EvaluationBudget(steps: 20_000, bytes: 100_000)) {
                values[expression.variables[$0]]
            }
            // What comes out is stored and sent: it has to be JSON that can be read back.
            if let read = try? JSON(parsing: value.bytes, limits: JSON.Limits(bytes: 1 << 22, depth: 256)) {
                promise(read == value, "\(expression.text) gives what reads as something else")
            } else {
                fatalError("\(expression.text) gives what cannot be read: \(value.text.prefix(200))")
            }
            promise(value.bytes.count <= 200_000, "a result of \(value.bytes.count) bytes")
            return .success(value)
        } catch {
            promise(error.range.end <= expression.text.utf8.count, "an error outside of the text")
            return .failure(error.code)
        }
    }

    private static func check(_ findings: [ExpressionFinding], _ text: String) {
        for finding in findings {
            let range = finding.range
            promise(
                range.offset >= 0 && range.length >= 0 && range.end <= text.utf8.count,
                "a finding outside of the text: \(range)")
            promise(!finding.message.isEmpty && !finding.help.isEmpty, "a finding without words: \(finding.code)")
        }
    }

    private static func type(of value: JSON) -> StaticType {
        switch value {
        case .null: .null
        case .bool: .bool
        case .string: .string
        case .number(let text): text.utf8.allSatisfy { $0 == 0x2D || (0x30...0x39).contains($0) } ? .int : .decimal
        case .array: .list(of: .any)
        case .object(let members):
            .object(ObjectType(members.map { ObjectType.Member($0.name, type(of: $0.value)) }))
        }
    }

    static func takePattern(_ bytes: [UInt8]) {
        let (text, subject) = halves(of: bytes, at: 0)
        let source = String(decoding: text, as: UTF8.self)
        do throws(PatternError) {
            let pattern = try Pattern(source)
            promise((1...1000).contains(pattern.stepsPerCharacter), "\(pattern.stepsPerCharacter) steps a character")
            let subject = String(decoding: subject, as: UTF8.self)
            promise(pattern.matches(subject) == pattern.matches(subject), "a pattern that changes its mind")
        } catch {
            promise(!error.message.isEmpty && !error.help.isEmpty, "an error without words")
        }
    }
}
