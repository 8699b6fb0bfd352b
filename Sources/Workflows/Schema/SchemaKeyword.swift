/// The keywords of JSON Schema that are checked.
enum SchemaKeyword: String, CaseIterable {
    case type, `enum`, const
    case properties, required, additionalProperties, minProperties, maxProperties
    case items, minItems, maxItems, uniqueItems
    case minLength, maxLength, pattern, format
    case minimum, maximum, exclusiveMinimum, exclusiveMaximum

    static let dialect = "https://json-schema.org/draft/2020-12/schema"

    /// They check nothing and are for people.
    static let annotations: Set<String> = ["title", "description", "default", "examples", "deprecated", "$comment"]

    /// The rest of the standard, so that it is not taken for a slip of the pen.
    static let unsupported: Set<String> = [
        "$ref", "$defs", "definitions", "$id", "$anchor", "$dynamicRef", "$dynamicAnchor", "$vocabulary", "allOf",
        "anyOf",
        "oneOf", "not", "if", "then", "else", "dependentSchemas", "dependentRequired", "dependencies", "prefixItems",
        "additionalItems", "contains", "minContains", "maxContains", "patternProperties", "propertyNames",
        "unevaluatedItems", "unevaluatedProperties", "multipleOf", "contentEncoding", "contentMediaType",
        "contentSchema", "readOnly", "writeOnly",
    ]

    /// What it says something about; nil: everything.
    var types: [SchemaType]? {
        switch self {
        case .type, .enum, .const: nil
        case .properties, .required, .additionalProperties, .minProperties, .maxProperties: [.object]
        case .items, .minItems, .maxItems, .uniqueItems: [.array]
        case .minLength, .maxLength, .pattern, .format: [.string]
        case .minimum, .maximum, .exclusiveMinimum, .exclusiveMaximum: [.number, .integer]
        }
    }
}
