import SagaValues
import Testing

@testable import Expressions

/// The value of an expression, with its findings and errors as test failures.
func value(
    _ text: String, _ values: [String: JSON] = [:], budget: EvaluationBudget = .default
) throws -> JSON {
    try Expression(text).evaluate(values, budget: budget)
}

/// The error of an expression that can be read and has no value.
func failure(
    _ text: String, _ values: [String: JSON] = [:], budget: EvaluationBudget = .default,
    sourceLocation: SourceLocation = #_sourceLocation
) throws -> EvaluationError? {
    let expression = try Expression(text)
    do throws(EvaluationError) {
        let value = try expression.evaluate(values, budget: budget)
        Issue.record("\(text) has the value \(value.text.prefix(200))", sourceLocation: sourceLocation)
        return nil
    } catch {
        return error
    }
}

/// What is wrong with text that is no expression.
func findings(of text: String, limits: ExpressionLimits = .default) -> [ExpressionFinding] {
    do throws(ExpressionFindings) {
        _ = try Expression(text, limits: limits)
        return []
    } catch {
        return error.findings
    }
}

/// What a case of a table expects.
enum Expected: Sendable, CustomStringConvertible {
    case value(JSON)
    case error(EvaluationError.Code)

    var description: String {
        switch self {
        case .value(let value): value.text
        case .error(let code): "error \(code.rawValue)"
        }
    }
}

extension Expected: ExpressibleByBooleanLiteral, ExpressibleByIntegerLiteral, ExpressibleByStringLiteral,
    ExpressibleByNilLiteral, ExpressibleByArrayLiteral
{
    init(booleanLiteral value: Bool) { self = .value(.bool(value)) }
    init(integerLiteral value: Int64) { self = .value(JSON(value)) }
    init(stringLiteral value: String) { self = .value(.string(value)) }
    init(nilLiteral: ()) { self = .value(.null) }
    init(arrayLiteral elements: JSON...) { self = .value(.array(elements)) }

    /// A number by its very digits.
    static func digits(_ text: String) -> Expected { .value(.number(text)) }
    static let noOverload = Expected.error(.noSuchOverload)
}

/// An expression, what it is evaluated with, and what comes out.
struct Case: Sendable, CustomStringConvertible {
    let text: String
    let values: [String: JSON]
    let expected: Expected

    init(_ text: String, _ expected: Expected, with values: [String: JSON] = [:]) {
        self.text = text
        self.values = values
        self.expected = expected
    }

    var description: String { "\(text) → \(expected)" }

    /// Reads, evaluates and compares; and does it again with what the printer makes of it.
    func check(sourceLocation: SourceLocation = #_sourceLocation) throws {
        let expression = try Expression(text)
        for expression in [expression, try Expression(expression.description)] {
            do throws(EvaluationError) {
                let value = try expression.evaluate(values)
                guard case .value(value) = expected else {
                    Issue.record("\(expression.text) is \(value.text), not \(expected)", sourceLocation: sourceLocation)
                    return
                }
            } catch {
                guard case .error(error.code) = expected else {
                    Issue.record("\(expression.text) fails: \(error), not \(expected)", sourceLocation: sourceLocation)
                    return
                }
            }
        }
    }
}

func ~= (pattern: JSON, value: JSON) -> Bool { pattern == value }
