internal import Expressions
internal import Patterns
public import SagaValues

/// What a saga's input must look like: a subset of JSON Schema (draft 2020-12), checked when deployed.
///
/// Keywords outside the subset are refused at deployment, never ignored, so a schema checks all that it
/// says. Patterns are matched in time proportional to the text.
public struct InputSchema: Sendable {
    let root: Schema
    /// As it was written, annotations among it.
    public let json: JSON
    /// What expressions have to know of the input as a whole.
    let whole: StaticType

    init(root: Schema, json: JSON) {
        self.root = root
        self.json = json
        var room = 500
        whole = root.whole(&room)
    }

    /// Whatever the input breaks, at most 20 of it, in the order of the input.
    public func violations(of input: JSON) -> [SchemaViolation] {
        var validation = SchemaValidation()
        validation.check(input, against: root)
        return validation.violations
    }
}

/// A place of the input that breaks a rule of the schema.
///
/// The message tells the rule and never the value, which may be a secret.
public struct SchemaViolation: Error, Sendable, Hashable, CustomStringConvertible {
    /// A JSON Pointer (RFC 6901): `/price`; empty for the whole input. Cut off when longer than 500 bytes.
    public let pointer: String
    /// What is wrong: `must be a string`.
    public let message: String

    public var description: String { "\(pointer.isEmpty ? "the input" : pointer): \(message)" }
}

indirect enum Schema: Sendable {
    case any
    case never
    case rules(SchemaRules)
}

/// The rules of one place; nil or empty where nothing is said.
struct SchemaRules: Sendable {
    /// Empty: any.
    var types: [SchemaType] = []
    var allowed: [JSON]?
    var constant: JSON?

    var properties: [ByteKey: Schema] = [:]
    var propertyNames: [String] = []
    var required: [String] = [] {
        didSet { requiredKeys = Set(required.map { ByteKey($0) }) }
    }
    private(set) var requiredKeys: Set<ByteKey> = []
    /// What is true of members that ``properties`` does not name.
    var additional: Schema = .any
    /// Whether the schema itself says something about them.
    var mentionsAdditional = false
    var propertyCount = SizeRule()

    var items: Schema = .any
    var itemCount = SizeRule()
    var uniqueItems = false

    var length = SizeRule()
    var pattern: Pattern?
    var format: SchemaFormat?

    var minimum: Bound?
    var maximum: Bound?
    var exclusiveMinimum: Bound?
    var exclusiveMaximum: Bound?

    /// A limit of a number, with its text for messages.
    struct Bound: Sendable {
        let text: String
        let value: DecimalNumber

        init(_ text: String) {
            self.text = text
            value = DecimalNumber(text)
        }
    }

    struct SizeRule: Sendable {
        var least: Int?
        var most: Int?
    }
}

enum SchemaType: String, Sendable, CaseIterable {
    case null, boolean, object, array, number, string, integer

    func matches(_ json: JSON) -> Bool {
        switch (self, json) {
        case (.null, .null), (.boolean, .bool), (.object, .object), (.array, .array), (.number, .number),
            (.string, .string):
            true
        case (.integer, .number(let text)): DecimalNumber(text).isInteger
        default: false
        }
    }

    /// `a string`
    var phrase: String {
        switch self {
        case .null: "null"
        case .object, .array, .integer: "an \(rawValue)"
        case .boolean, .number, .string: "a \(rawValue)"
        }
    }
}

enum SchemaFormat: String, Sendable, CaseIterable {
    case uuid
    case dateTime = "date-time"
    case date
    case email

    func matches(_ text: String) -> Bool {
        switch self {
        case .uuid:
            return UUID(text) != nil
        case .dateTime:
            // RFC 3339 knows years of four digits only.
            return text.utf8.first != UInt8(ascii: "+") && text.utf8.first != UInt8(ascii: "-")
                && Timestamp(iso8601: text) != nil
        case .date:
            return text.utf8.count == 10 && Timestamp(iso8601: text + "T00:00:00Z") != nil
        case .email:
            return isEmail(text)
        }
    }

    /// One `@` between a local part and a domain of two or more labels; no more can be known without asking.
    private func isEmail(_ text: String) -> Bool {
        let halves = text.split(separator: "@", omittingEmptySubsequences: false)
        guard halves.count == 2, (1...64).contains(halves[0].utf8.count), halves[1].utf8.count <= 253 else {
            return false
        }
        let isLocal = halves[0].unicodeScalars.allSatisfy { $0.value > 0x20 && $0.value != 0x7F }
        let labels = halves[1].split(separator: ".", omittingEmptySubsequences: false)
        return isLocal && labels.count >= 2
            && labels.allSatisfy { label in
                (1...63).contains(label.utf8.count) && !label.hasPrefix("-") && !label.hasSuffix("-")
                    && label.unicodeScalars.allSatisfy {
                        $0.properties.isAlphabetic || $0 == "-" || $0.properties.numericType != nil
                    }
            }
    }
}
