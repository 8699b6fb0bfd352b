internal import SagaAPI
internal import SagaValues

/// What stands in a path, a query or a header. Of a query no other is let in.
struct Parameter: Sendable {
    enum Place: String {
        case path, query, header
    }

    let place: Place
    let name: String
    let schema: Schema
    private(set) var isRequired: Bool

    static func path(_ name: String, _ schema: Schema) -> Parameter {
        Parameter(place: .path, name: name, schema: schema, isRequired: true)
    }

    static func query(_ name: String, _ schema: Schema) -> Parameter {
        Parameter(place: .query, name: name, schema: schema, isRequired: false)
    }

    static func header(_ name: String, _ schema: Schema) -> Parameter {
        Parameter(place: .header, name: name, schema: schema, isRequired: false)
    }

    var required: Parameter {
        var parameter = self
        parameter.isRequired = true
        return parameter
    }

    var json: JSON {
        var object: JSON.Object = ["name": .string(name), "in": .string(place.rawValue)]
        object["description"] = schema.keywords["description"]
        if isRequired { object["required"] = true }
        // Several values with commas between them.
        if schema.keywords["type"] == "array" { (object["style"], object["explode"]) = ("form", false) }
        object["schema"] = schema.with("description", nil).json
        return .object(object)
    }
}

// Those that several operations have.
extension Parameter {
    static let sagaID = path("id", .id(sagaText))
    private static let sagaText = "The saga's id."
    /// Whether it names a saga.
    var isSaga: Bool { place == .path && schema.keywords["description"] == .string(Self.sagaText) }
    static let workflowName = path("name", .sought("The workflow's name."))
    static let limit = query(
        "limit",
        .whole("How many of the list at most.", 1...Limits.page).with("default", JSON(Limits.defaultPage)))
    static let tenant = query("tenant", .sought("Only what belongs to this tenant."))
    static let ifMatch = header(
        "If-Match",
        .matching(
            #"^("[1-9][0-9]{0,17}"|[1-9][0-9]{0,17})$"#,
            "The revision that the saga must have; nothing happens (412) if it has moved on since."))
    static let prefer = header(
        "Prefer",
        .text(
            "`wait=N`: waits up to N seconds, \(Limits.wait) at most, for the saga to end (RFC 7240). Other preferences are "
                + "passed over."))

    static func idempotencyKey(_ text: String) -> Parameter {
        header("Idempotency-Key", Schema.label(text).with("pattern", #"^[!-~]([ -~]*[!-~])?$"#))
    }

    static func after(_ name: String, _ what: String) -> Parameter {
        query(name, .time("\(what) at this time or later."))
    }
    static func before(_ name: String, _ what: String) -> Parameter { query(name, .time("\(what) before this time.")) }
}
