import Expressions
import SagaValues
import Testing

@Suite("Expressions: errors")
struct ErrorTests {
    private static let secret = "s3cr3t"
    private static let values: [String: JSON] = [
        "input": ["password": .string(secret), "list": [.string(secret)], "pin": 987_654_321, "map": ["s3cr3t": 1]],
        "flag": true,
    ]

    @Test(
        "An error says where it is and never what the value was",
        arguments: [
            ("input.password.x", .noSuchOverload, 14, 2), ("input.x", .noSuchMember, 5, 2),
            ("input[input.password]", .noSuchMember, 5, 16),
            ("input.password + 1", .noSuchOverload, 15, 1), ("1 + input.password", .noSuchOverload, 2, 1),
            ("input.password < 1", .noSuchOverload, 15, 1),
            ("int(input.password)", .invalidArgument, 0, 19), ("decimal(input.password)", .invalidArgument, 0, 23),
            ("bool(input.password)", .invalidArgument, 0, 20),
            ("input.list[7]", .indexOutOfRange, 10, 3), ("input.list[input.pin]", .indexOutOfRange, 10, 11),
            ("input.password.charAt(input.pin)", .indexOutOfRange, 14, 18),
            ("-input.password", .noSuchOverload, 0, 15), ("!input.pin", .noSuchOverload, 0, 10),
            ("input.pin ? 1 : 2", .noSuchOverload, 0, 9),
            ("input.pin / 0", .divisionByZero, 10, 1), ("input.pin * 987654321987", .overflow, 10, 1),
            ("{input.pin: 1}", .noSuchOverload, 1, 9),
            ("{input.password: 1, input.password: 2}", .invalidArgument, 20, 14),
            ("input.list.map(x, x + 1)", .noSuchOverload, 20, 1),
            ("flag && input.password", .noSuchOverload, 8, 14), ("math.round(input.pin, 99)", .invalidArgument, 0, 25),
            ("input.pin.trim()", .noSuchOverload, 9, 7),
            ("input.pin.matches('x')", .noSuchOverload, 9, 13), ("input.pin in input.password", .noSuchOverload, 10, 2),
            ("missing", .noValue, 0, 7),
            ("input.list.all(x, x)", .noSuchOverload, 18, 1), ("has(input.password.x)", .noSuchOverload, 0, 21),
            ("input.pin.all(x, true)", .noSuchOverload, 9, 13),
        ] as [(String, EvaluationError.Code, Int, Int)])
    func places(_ text: String, _ code: EvaluationError.Code, _ offset: Int, _ length: Int) throws {
        let error = try #require(try failure(text, ErrorTests.values))
        #expect(
            error.code == code && error.range == TextRange(offset: offset, length: length), "\(error) at \(error.range)"
        )
        #expect(!error.description.contains(ErrorTests.secret) && !error.description.contains("987"))
    }

    @Test("An error that is absorbed leaves the variables of macros as they were")
    func absorbed() throws {
        #expect(try value("[1, 2].map(x, ([0].all(y, 1 / y > x) || x > 0) ? x : 0)") == [1, 2])
        #expect(try value("[1, 2].filter(x, [[0]].all(y, y.all(z, 1 / z > x)) || x == 2 || x == 1)") == [1, 2])
    }

    @Test("The first error of those that nothing absorbs is the one that is told")
    func first() throws {
        #expect(try failure("1 / 0 > 1 || input.x")?.code == .divisionByZero)
        #expect(try failure("input.x && 1 / 0 > 1", ErrorTests.values)?.code == .noSuchMember)
    }
}
