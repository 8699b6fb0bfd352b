/// The functions of the language. Macros and `has` are no functions: they do not evaluate what they are given first.
enum Function: String, Sendable, CaseIterable {
    case size
    case contains, startsWith, endsWith, matches
    case lowerAscii, upperAscii, trim, replace, split, join, substring, indexOf, lastIndexOf, charAt
    case int, decimal, string, bool
    case greatest, least, abs, round, floor, ceil, trunc, sum

    /// How it is called.
    enum Form: Sendable {
        /// `f(x)`
        case global
        /// `x.f()`
        case method
        /// `f(x)` and `x.f()` alike; the tree has the latter.
        case either
        /// `math.f(x)`
        case math
    }

    var form: Form {
        switch self {
        case .size, .matches: .either
        case .contains, .startsWith, .endsWith, .lowerAscii, .upperAscii, .trim, .replace, .split, .join, .substring,
            .indexOf, .lastIndexOf, .charAt:
            .method
        case .int, .decimal, .string, .bool: .global
        case .greatest, .least, .abs, .round, .floor, .ceil, .trunc, .sum: .math
        }
    }

    /// How many arguments it takes, the value before the dot not counted.
    var argumentCount: ClosedRange<Int> {
        switch self {
        case .size, .lowerAscii, .upperAscii, .trim: 0...0
        case .contains, .startsWith, .endsWith, .matches, .charAt: 1...1
        case .join: 0...1
        case .split, .substring, .indexOf, .lastIndexOf: 1...2
        case .replace: 2...3
        case .int, .decimal, .string, .bool, .abs, .sum: 1...1
        case .round, .floor, .ceil, .trunc: 1...2
        case .greatest, .least: 1...100
        }
    }

    /// As it is written: "math.round".
    var fullName: String { form == .math ? "math." + rawValue : rawValue }

    static func named(_ name: String, _ forms: Set<Form>) -> Function? {
        Function(rawValue: name).flatMap { forms.contains($0.form) ? $0 : nil }
    }

    static func names(_ forms: Set<Form>) -> String {
        allCases.filter { forms.contains($0.form) }.map(\.fullName).joined(separator: ", ")
    }
}

/// What CEL has and this language has not, with what to do in its place.
enum NotSupported {
    static func function(_ name: String) -> (what: String, help: String)? {
        switch name {
        case "double":
            ("double() is not supported", "use decimal(): numbers are exact here")
        case "uint":
            ("uint() is not supported", "use int(): integers have 64 bits and a sign")
        case "bytes":
            ("bytes are not supported", "use text")
        case "type":
            ("type() is not supported", "compare the value itself, or let the schema say its type")
        case "dyn":
            ("dyn() is not supported", "leave it out: values have their types when they are evaluated")
        case "timestamp", "duration", "getFullYear", "getMonth", "getDate", "getDayOfMonth", "getDayOfWeek",
            "getDayOfYear", "getHours", "getMinutes", "getSeconds", "getMilliseconds":
            (
                "timestamps and durations are not supported",
                "compare times in one ISO 8601 format as text, or let a participant reckon with them"
            )
        case "of", "none", "ofNonZeroValue", "orValue", "hasValue", "optMap", "optFlatMap", "or":
            ("optional values are not supported", "use has(a.b) ? a.b : 'otherwise'")
        default: nil
        }
    }
}
