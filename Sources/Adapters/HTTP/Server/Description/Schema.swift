internal import SagaAPI
internal import SagaValues

/// A JSON Schema (2020-12), of the kinds that the API has.
struct Schema: Sendable {
    private(set) var keywords: JSON.Object
    /// The named schemas that it refers to.
    private(set) var references: [any Described.Type] = []
    /// Whether the member that it is of may be missing.
    private(set) var isOptional = false

    init(_ keywords: JSON.Object, _ description: String = "") {
        self.keywords = keywords
        if !description.isEmpty { self.keywords["description"] = .string(description) }
    }

    var json: JSON { .object(keywords) }

    func with(_ keyword: String, _ argument: JSON?) -> Schema {
        var schema = self
        schema.keywords[keyword] = argument
        return schema
    }

    /// Of a member of an answer that is left out if there is no value.
    var optional: Schema {
        var schema = self
        schema.isOptional = true
        return schema
    }

    /// Of a member of a request that may be missing or null, which is the same.
    var nullable: Schema {
        let types: JSON? = keywords["type"].map { [$0, "null"] }
        var schema = with("type", types).optional
        if let cases = keywords["enum"]?.arrayValue { schema.keywords["enum"] = .array(cases + [.null]) }
        return schema
    }
}

/// What has a schema of its own in the document, under its own name: a view or a body. Routes answer with nothing else.
protocol Described: SendableMetatype {
    static var schema: Schema { get }
}

extension Described {
    static var schemaName: String { String(describing: Self.self) }
}

extension Schema {
    /// Refers to the schema of a view.
    static func of<View: Described>(_ view: View.Type, _ description: String = "") -> Schema {
        var schema = Schema(["$ref": .string("#/components/schemas/\(View.schemaName)")], description)
        schema.references = [view]
        return schema
    }

    static func object(_ description: String, _ members: KeyValuePairs<String, Schema>) -> Schema {
        object(description, members.map { ($0.key, $0.value) })
    }

    static func object(_ description: String, _ members: [(name: String, schema: Schema)]) -> Schema {
        var properties = JSON.Object()
        for (name, member) in members { properties[name] = member.json }
        let required = members.filter { !$0.schema.isOptional }.map { JSON.string($0.name) }
        var schema = Schema(["type": "object", "properties": .object(properties)], description)
        if !required.isEmpty { schema.keywords["required"] = .array(required) }
        schema.references = members.flatMap(\.schema.references)
        return schema
    }

    /// What a request may bring: nothing but these members, see ``Request/decode(_:members:)``.
    static func body(_ description: String, _ members: KeyValuePairs<String, Schema>) -> Schema {
        body(description, members.map { ($0.key, $0.value) })
    }

    static func body(_ description: String, _ members: [(name: String, schema: Schema)]) -> Schema {
        object(description, members).with("additionalProperties", false)
    }

    static func list(of items: Schema, _ description: String, atMost limit: Int? = nil) -> Schema {
        var schema = Schema(["type": "array", "items": items.json], description)
        schema.keywords["maxItems"] = limit.map { JSON($0) }
        schema.references = items.references
        return schema
    }

    /// - Parameter bytes: how many of UTF-8 it may have. JSON Schema counts characters, of which there are no more than bytes;
    ///   `x-max-bytes` says it exactly.
    static func text(_ description: String = "", bytes: ClosedRange<Int>? = nil) -> Schema {
        let schema = Schema(["type": "string"], description)
        guard let bytes else { return schema }
        return schema.with("minLength", JSON(bytes.lowerBound)).with("maxLength", JSON(bytes.upperBound))
            .with("format", "utf8-text").with("x-max-bytes", JSON(bytes.upperBound))
    }

    /// Keys, tenants, names of people: see ``Problem/checkLabel(_:_:)``.
    static func label(_ description: String) -> Schema { text(description, bytes: 1...Limits.label) }

    /// What is looked for: a text that may be empty, and then finds nothing. See ``Request/query(_:atMost:)``.
    static func sought(_ description: String, atMost limit: Int = Limits.label) -> Schema {
        text(description, bytes: 0...limit)
    }

    static func matching(_ pattern: String, _ description: String) -> Schema {
        Schema(["type": "string", "pattern": .string(pattern)], description)
    }

    static func id(_ description: String) -> Schema { Schema(["type": "string", "format": "uuid"], description) }

    static func time(_ description: String) -> Schema {
        Schema(["type": "string", "format": "date-time"], description)
    }

    static func flag(_ description: String) -> Schema { Schema(["type": "boolean"], description) }

    static func whole(_ description: String, _ range: ClosedRange<Int>) -> Schema {
        Schema(
            ["type": "integer", "minimum": JSON(range.lowerBound), "maximum": JSON(range.upperBound)], description)
    }

    /// How many of something.
    static func count(_ description: String) -> Schema { Schema(["type": "integer", "minimum": 0], description) }

    /// Revisions, versions: what begins with 1 and fits the store.
    static func number(_ description: String) -> Schema { whole(description, Limits.numbers) }

    /// Any JSON: what a workflow says it is.
    static func any(_ description: String) -> Schema { Schema([:], description) }

    static func one(of cases: [String], _ description: String) -> Schema {
        Schema(["type": "string", "enum": .array(cases.map { .string($0) })], description)
    }

    /// Of a query: any of the cases of a type, with commas between them. See ``FilterSource/query(_:severalOf:)``.
    static func several<Case: CaseIterable & RawRepresentable<String>>(of type: Case.Type) -> Schema {
        list(of: .one(of: type, ""), "Any of these.", atMost: type.allCases.count).with("minItems", 1)
    }

    /// One of the cases of a type of the engine: those that there are.
    static func one<Case: CaseIterable & RawRepresentable<String>>(
        of type: Case.Type, _ description: String
    ) -> Schema {
        one(of: type.allCases.map(\.rawValue), description)
    }
}
