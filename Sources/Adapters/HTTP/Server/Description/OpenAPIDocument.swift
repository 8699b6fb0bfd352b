internal import SagaAPI
internal import SagaEngine
internal import SagaValues

/// The API as OpenAPI 3.1 tells it, made of the routes themselves.
struct OpenAPIDocument: Sendable {
    let json: JSON
    /// Those that have a schema in it.
    let types: [any Described.Type]

    /// - Parameter routes: in whatever order.
    init(_ routes: [Routes.Entry]) {
        let sorted = routes.sorted { ($0.path, $0.method) < ($1.path, $1.method) }
        var paths = JSON.Object()
        for route in sorted {
            var item = paths[route.path]?.objectValue ?? [:]
            item[route.method.lowercased()] = route.json
            paths[route.path] = .object(item)
        }
        types = Self.types(sorted)
        json = [
            "openapi": "3.1.0",
            "info": Self.info,
            "servers": [["url": "/", "description": "The node that answers this."]],
            "security": [["bearer": []]],
            "tags": .array(
                Operation.Tag.allCases.map { ["name": .string($0.rawValue), "description": .string($0.text)] }),
            "paths": .object(paths),
            "components": [
                "securitySchemes": ["bearer": Self.bearer],
                "responses": Self.refusals(sorted),
                "schemas": Self.schemas(of: types),
            ],
        ]
    }

    private static let info: JSON = [
        "title": "Saga",
        // Of the API, whose paths begin with it, and not of the program.
        "version": "1",
        "summary": "Starts sagas, watches them, and lets people act on them.",
        "description": .string(
            "JSON over HTTP. Whatever is no success is a problem (RFC 9457) with a `code`. A member of a body or a parameter "
                + "of a query that is not known is refused. Members without a value are left out of answers, and new ones may "
                + "come: pass over those that are not known. Whole numbers are written without a fraction or an exponent. `x-max-bytes` bounds a text in bytes of UTF-8, and no text may "
                + "have NUL characters. `x-saga-permission` names what a route takes, and `x-saga-roles` who has that."),
        "license": ["name": "Apache-2.0", "identifier": "Apache-2.0"],
    ]

    private static let bearer: JSON = [
        "type": "http", "scheme": "bearer",
        "description": "The server's `http.token`, a token that was made with `POST /v1/tokens`, or a JWT.",
    ]

    /// The answers that stand alone for their status somewhere; operations refer to them.
    private static func refusals(_ routes: [Routes.Entry]) -> JSON {
        let all = Set(routes.flatMap { $0.operation.refusals($0.access) })
        var responses = JSON.Object()
        for refusal in all.sorted(by: { $0.name < $1.name }) { responses[refusal.name] = [refusal].json }
        return .object(responses)
    }

    /// What is referred to, and what that refers to, by name.
    private static func types(_ routes: [Routes.Entry]) -> [any Described.Type] {
        var found: [String: any Described.Type] = [:]
        var open: [any Described.Type] = routes.flatMap { [$0.answer] + ($0.operation.body?.schema.references ?? []) }
        open.append(Problem.self)
        while let type = open.popLast() {
            guard found[type.schemaName] == nil else { continue }
            found[type.schemaName] = type
            open += type.schema.references
        }
        return found.values.sorted { $0.schemaName < $1.schemaName }
    }

    private static func schemas(of types: [any Described.Type]) -> JSON {
        var schemas = JSON.Object()
        for type in types { schemas[type.schemaName] = type.schema.json }
        return .object(schemas)
    }
}

extension Routes.Entry {
    fileprivate var json: JSON {
        var object: JSON.Object = [
            "operationId": .string(operation.id), "tags": [.string(operation.tag.rawValue)],
            "summary": .string(operation.summary),
        ]
        let text = [operation.text, needs].filter { !$0.isEmpty }.joined(separator: "\n\n")
        if !text.isEmpty { object["description"] = .string(text) }
        switch access {
        case .open: object["security"] = []
        case .needs(let permission):
            object["x-saga-permission"] = .string(permission.rawValue)
            object["x-saga-roles"] = .array(permission.roleNames.map { .string($0) })
        case .nobody: break
        }
        if !operation.parameters.isEmpty { object["parameters"] = .array(operation.parameters.map(\.json)) }
        object["requestBody"] = operation.body?.json
        object["responses"] = .object(responses)
        return .object(object)
    }

    private var needs: String {
        switch access {
        case .open: return "Open to all."
        case .nobody: return ""
        case .needs(let permission):
            let roles = permission.roleNames.joined(separator: ", ")
            return "Takes the permission `\(permission.rawValue)`: \(roles)"
                + (permission.isForAllTenants ? "; only who is bound to no tenant." : ".")
        }
    }

    private var responses: JSON.Object {
        var responses = JSON.Object()
        for (status, text) in operation.answers {
            var response: JSON.Object = ["description": .string(text)]
            if !isStream {
                response["content"] = ["application/json": ["schema": Schema.of(answer).json]]
            } else if status == 200 {
                response["content"] = ["text/event-stream": ["schema": StreamEndView.event(or: Schema.of(answer))]]
            }
            responses["\(status)"] = .object(response)
        }
        for (status, refusals) in Dictionary(grouping: operation.refusals(access), by: \.status).sorted(by: {
            $0.key < $1.key
        }) {
            // The route's own answer with this status comes first: it is the one that is expected.
            guard responses["\(status)"] == nil else { continue }
            responses["\(status)"] =
                refusals.count == 1
                ? ["$ref": .string("#/components/responses/\(refusals[0].name)")] : refusals.json
        }
        return responses
    }
}

extension [Refusal] {
    /// A response with any of them, which have one status.
    fileprivate var json: JSON {
        var response: JSON.Object = [
            "description": .string(map { "\($0.code): \($0.text)" }.joined(separator: "\n\n"))
        ]
        response["headers"] = Refusal.headers(self[0].status)
        let codes: JSON = ["type": "string", "enum": .array(map { .string($0.code) })]
        let status: JSON = ["type": "integer", "const": JSON(self[0].status)]
        response["content"] = [
            "application/problem+json": [
                "schema": [
                    "allOf": [Schema.of(Problem.self).json, ["properties": ["status": status, "code": codes]]]
                ]
            ]
        ]
        return .object(response)
    }
}

extension Permission {
    fileprivate var roleNames: [String] { Requester.Role.allCases.filter(roles.contains).map(\.rawValue) }
}
