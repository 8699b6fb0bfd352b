extension JSON: ExpressibleByNilLiteral, ExpressibleByBooleanLiteral, ExpressibleByIntegerLiteral,
    ExpressibleByFloatLiteral, ExpressibleByStringInterpolation, ExpressibleByArrayLiteral,
    ExpressibleByDictionaryLiteral
{
    public init(nilLiteral: ()) {
        self = .null
    }

    public init(booleanLiteral value: Bool) {
        self = .bool(value)
    }

    public init(integerLiteral value: Int64) {
        self = .number(String(value))
    }

    /// The shortest text that reads back as this `Double`; write exact decimals with ``JSON/number(_:)``.
    ///
    /// - Precondition: the literal is finite.
    public init(floatLiteral value: Double) {
        precondition(value.isFinite, "JSON has no infinity")
        self = .number(value.description)
    }

    public init(stringLiteral value: String) {
        self = .string(value)
    }

    public init(arrayLiteral elements: JSON...) {
        self = .array(elements)
    }

    /// - Precondition: no name stands twice.
    public init(dictionaryLiteral elements: (String, JSON)...) {
        self = .object(Object(uniqueMembers: elements.lazy.map { (name: $0.0, value: $0.1) }))
    }
}
