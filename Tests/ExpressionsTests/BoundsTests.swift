import Foundation
import SagaValues
import TestSupport
import Testing

@testable import Expressions

@Suite("Expressions: bounds")
struct BoundsTests {
    @Test(
        "Text that is too long, too deep or has too many parts is refused, not followed",
        arguments: [
            (String(repeating: "a", count: 4097), .tooLong), (String(repeating: "(", count: 4096), .tooDeep),
            (String(repeating: "[", count: 4096), .tooDeep), (String(repeating: "{'a':", count: 800), .tooDeep),
            (String(repeating: "a[", count: 2000), .tooDeep), (String(repeating: "size(", count: 800), .tooDeep),
            (String(repeating: "(", count: 65) + "1" + String(repeating: ")", count: 65), .tooDeep),
            (String(repeating: "[1].map(x,", count: 300), .tooDeep), (String(repeating: "a?(", count: 1000), .tooDeep),
            (String(repeating: "!", count: 4096), .tooManyParts), (String(repeating: "-", count: 4096), .tooManyParts),
            ("a" + String(repeating: "+a", count: 2000), .tooManyParts),
            ("a" + String(repeating: ".a", count: 2040), .tooManyParts),
            ("[" + String(repeating: "1,", count: 2040) + "]", .tooManyParts), ("1e999999999999999999999", .badNumber),
            ("1" + String(repeating: "0", count: 400), .badNumber),
            ("0." + String(repeating: "1", count: 400), .badNumber),
            ("0x" + String(repeating: "F", count: 400), .badNumber),
            ("'" + String(repeating: "x", count: 4000), .badText),
        ] as [(String, ExpressionFinding.Code)])
    func refused(_ text: String, _ code: ExpressionFinding.Code) {
        #expect(findings(of: text).map(\.code) == [code])
    }

    /// The deepest that is read of an expression that stands in itself.
    private static func deepest(_ open: String, _ inner: String, _ close: String) -> String {
        let texts = (0...70).map { String(repeating: open, count: $0) + inner + String(repeating: close, count: $0) }
        return texts.last { findings(of: $0).isEmpty } ?? ""
    }

    private static let extremes: [String] =
        [
            ("(", "1", ")"), ("[", "1", "]"), ("{'a':", "1", "}"), ("size(", "'a'", ")"), ("-(", "1", ")"),
            ("a[", "0", "]"),
            ("(1 ? 2 : 3 || 4 && 5 == 6 + 7 * -", "a", ")"), ("[1].map(x,", "x", ")"), ("[1].all(x,", "true", ")"),
            ("has(a.map(x,", "x", ").b)"), ("1+(", "1", ")"), ("b ? c : (", "c", ")"), ("b && (", "b", ")"),
            ("!(b && (b || ", "b", "))"),
            ("'' + string(1 + (", "1", "))"), ("math.abs(", "1", ")"), ("[1].filter(x, true || ", "b", ")"),
            ("'a'.substring(", "0", ").size()"),
        ].map(deepest) + [
            "a" + String(repeating: "+a", count: 900), "true" + String(repeating: "&&a", count: 900),
            "a" + String(repeating: "||a", count: 900),
            "1" + String(repeating: "*1", count: 900), String(repeating: "!", count: 1900) + "true",
            String(repeating: "-", count: 1900) + "1",
            "a" + String(repeating: ".a", count: 900), "a" + String(repeating: "[0]", count: 400),
            String(repeating: "a?b:", count: 400) + "c",
            "a" + String(repeating: "==a", count: 900), "'a'" + String(repeating: ".trim()", count: 500),
            "[1]" + String(repeating: ".map(x,[x])", count: 300),
            "[1]" + String(repeating: ".map(x,{'a':x,'b':x})", count: 120),
            "[a]" + String(repeating: ".map(x,x+x)", count: 300),
            "['ab']" + String(repeating: ".map(x,x+x)", count: 300),
            "[1,2]" + String(repeating: ".map(x,[x,x])", count: 100) + "==[1]"
                + String(repeating: ".map(x,[x,x])", count: 100),
            "[1]" + String(repeating: ".map(x,[x])", count: 150) + "==[1]"
                + String(repeating: ".map(x,[x])", count: 150),
        ]

    @Test("Brackets and operators nest 64 levels deep, macros 16")
    func depths() throws {
        func read(_ open: String, _ inner: String, _ close: String, _ count: Int) -> [ExpressionFinding.Code] {
            findings(of: String(repeating: open, count: count) + inner + String(repeating: close, count: count)).map(
                \.code)
        }
        for (open, inner, close, most) in [
            ("(", "1", ")", 64), ("[", "1", "]", 64), ("a[", "0", "]", 64), ("-(", "1", ")", 64),
            ("size(", "a", ")", 64), ("1 + (", "1", ")", 64),
            ("[1].map(x,", "x", ")", 16), ("!(a && (b || ", "c", "))", 21),
        ] {
            #expect(read(open, inner, close, most) == [] && read(open, inner, close, most + 1) == [.tooDeep], "\(open)")
        }
    }

    @Test("The longest chains and the deepest brackets need little stack, in all that is done with them")
    func stack() async throws {
        let values: [String: JSON] = ["a": [["a": 1]], "b": true, "c": 5]
        try await onSmallStack { () throws in
            for text in BoundsTests.extremes {
                let expression = try Expression(text)
                _ = expression.hashValue
                _ = expression.check(["a": .any, "b": .bool])
                _ = expression.references
                _ = expression == (try Expression(expression.description, limits: ExpressionLimits(bytes: 10_000)))
                do throws(EvaluationError) { _ = try expression.evaluate(values) } catch { _ = error.description }
            }
        }
    }

    /// On a thread with one megabyte, an eighth of what threads have: whatever recursed without bound would end the
    /// process. (Frames of a build for debugging are several times those of a release.)
    private func onSmallStack(_ body: @escaping @Sendable () throws -> Void) async throws {
        try await withCheckedThrowingContinuation { (continuation: CheckedContinuation<Void, any Error>) in
            let thread = Thread { continuation.resume(with: Result { try body() }) }
            thread.stackSize = 1 << 20
            thread.start()
        }
    }

    @Test(
        "What costs too much ends within the budget",
        arguments: [
            "big.all(x, big.all(y, big.all(z, true)))", "big.map(x, big.map(y, x + y))", "big.all(x, big == big)",
            "big.filter(x, !(x in big))",
            "[0]" + String(repeating: ".map(x, [x, x])", count: 60) + " == [0]"
                + String(repeating: ".map(x, [x, x])", count: 60),
            "big.map(x, long.contains('aaaaaaaaaaaaaaaaaaaaaaaaab'))", "big.map(x, long.matches('(a|b)*(c|d)*e'))",
            "big.map(x, size(long))",
            "big.map(x, long + 'x')", "big.map(x, digits == digits)", "big.all(x, digits + 1 > 0 || x >= 0)",
            "big.all(x, math.sum(big) > 0)",
            "big.all(x, math.greatest(big) > 0)", "big.map(x, long.split(''))", "long.replace('', long)",
            "big.all(x, big + big != [])", "big.map(x, long.upperAscii())",
            "big.map(x, wide.m0)", "big.map(x, wide == wide)", "big.map(x, [long].join('x'))",
            "big.map(x, int(long + '1') == 1 || true)",
        ])
    func costly(_ text: String) throws {
        let values: [String: JSON] = [
            "big": .array((0..<5000).map { JSON($0) }), "long": .string(String(repeating: "a", count: 200_000)),
            "digits": .number(String(repeating: "9", count: 100_000)),
            "wide": .object(JSON.Object(uniqueMembers: (0..<5000).map { ("m\($0)", 0) })),
        ]
        let (error, took) = try measuringWork { try failure(text, values) }
        #expect([.tooCostly, .tooLarge].contains(error?.code) && took < .seconds(20), "\(took)")
    }

    @Test("A spent budget is not absorbed by what stands beside it")
    func notAbsorbed() throws {
        let big: [String: JSON] = ["big": .array((0..<1000).map { JSON($0) })]
        for text in [
            "big.all(x, big.all(y, true)) || true",
            "false && big.all(x, big.all(y, true)) || big.all(x, big.all(y, true)) || true",
        ] {
            #expect(try failure(text, big)?.code == .tooCostly)
        }
        #expect(try failure("[1, 2].exists(z, z == 2 || big.all(x, big.all(y, true)))", big)?.code == .tooCostly)
        let small = EvaluationBudget(steps: 1000, bytes: 10)
        #expect(try failure("'aaaaaa' + 'aaaaaa' == '' || true", budget: small)?.code == .tooLarge)
    }

    @Test("Steps are counted: one for each part, and one for each item")
    func steps() throws {
        #expect(try value("1 + 2", budget: EvaluationBudget(steps: 3)) == 3)
        #expect(try failure("1 + 2", budget: EvaluationBudget(steps: 2))?.code == .tooCostly)
        #expect(try value("[1, 2].map(x, x)", budget: EvaluationBudget(steps: 9)) == [1, 2])
        #expect(try failure("[1, 2].map(x, x)", budget: EvaluationBudget(steps: 8))?.code == .tooCostly)
    }

    @Test(
        "A result is counted to the byte, however often one value stands in it",
        arguments: [
            ("'aaaa'", 6), ("[1, 2.50, null, true, false]", 24), ("{'a': [], 'b': {}}", 15), (#"'\n\x01\"\\é'"#, 16),
            ("[]", 2), ("x", 28), ("[x, x]", 59),
        ])
    func size(_ text: String, _ bytes: Int) throws {
        let values: [String: JSON] = ["x": ["key": [1, "two", false, nil]]]
        let result = try value(text, values, budget: EvaluationBudget(bytes: bytes))
        #expect(result.bytes.count == bytes)
        #expect(try failure(text, values, budget: EvaluationBudget(bytes: bytes - 1))?.code == .tooLarge)
    }

    @Test("A result that would be large beyond measure, or deeper than JSON may be, is refused in time")
    func explosion() throws {
        let doubling = "[0]" + String(repeating: ".map(x, [x, x])", count: 60)
        let (error, took) = try measuringWork { try failure(doubling) }
        #expect(error?.code == .tooLarge && took < .seconds(10))
        #expect(try failure("[0]" + String(repeating: ".map(x, [x])", count: 100))?.code == .tooLarge)
        #expect(try value("[0]" + String(repeating: ".map(x, [x])", count: 62)).text.count == 127)
    }
}
