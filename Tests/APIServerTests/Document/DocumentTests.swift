import Foundation
import Logging
import SagaAPI
import SagaEngine
import SagaValues
import TestAPI
import TestSupport
import Testing

@testable import APIServer

@Suite("The API's document") struct DocumentTests {
    /// As it is served, and its server.
    private func withDocument(_ body: @escaping @Sendable (TestAPI, JSON) async throws -> Void) async throws {
        try await TestAPI.run { api in
            let answer = try await api.get("/openapi.json", headers: ["Authorization": ""])
            #expect(answer.status == 200)
            #expect(answer.headers["content-type"] == "application/json")
            try await body(api, try JSON(parsing: answer.bytes))
        }
    }

    /// Each operation with its path and method.
    private func operations(_ document: JSON) -> [(path: String, method: String, operation: JSON)] {
        (document["paths"]?.objectValue ?? [:]).flatMap { path in
            (path.value.objectValue ?? [:]).map { (path.name, $0.name.uppercased(), $0.value) }
        }
    }

    @Test("is served to whoever asks, and is the same bytes each time, on each node")
    func served() async throws {
        var bytes: Set<[UInt8]> = []
        for _ in 0..<2 {
            let served = try await TestAPI.run { api in
                let first = try await api.get("/openapi.json", headers: ["Authorization": ""])
                #expect(try await api.get("/openapi.json").bytes == first.bytes)
                return first.bytes
            }
            bytes.insert(served)
        }
        #expect(bytes.count == 1)
    }

    @Test("has the routes of the router, each with its permission, and no other")
    func routes() async throws {
        try await withDocument { api, document in
            let told = operations(document)
            #expect(
                Set(told.map { "\($0.method) \($0.path)" }) == Set(api.routes.map { "\($0.method) \($0.path)" }))
            #expect(told.count == api.routes.count)
            for route in api.routes {
                let operation = document["paths"]?[route.path]?[route.method.lowercased()]
                let permission = operation?["x-saga-permission"]?.stringValue
                switch route.access {
                case .open: #expect(permission == nil && operation?["security"] == [])
                case .needs(let needed): #expect(permission == needed.rawValue && operation?["security"] == nil)
                case .nobody: Issue.record("\(route.path) is for nobody")
                }
            }
        }
    }

    @Test("is put together as OpenAPI 3.1 says")
    func structure() async throws {
        try await withDocument { _, document in
            #expect(document["openapi"] == "3.1.0")
            let tags = Set((document["tags"]?.arrayValue ?? []).compactMap { $0["name"]?.stringValue })
            var names: Set<String> = []
            for (path, method, operation) in operations(document) {
                let place = "\(method) \(path)"
                let name = try #require(operation["operationId"]?.stringValue, "\(place)")
                #expect(names.insert(name).inserted, "\(name) is there twice")
                #expect(operation["summary"]?.stringValue?.hasSuffix(".") == false, "\(place)")
                #expect((operation["tags"]?.arrayValue ?? []).allSatisfy { tags.contains($0.stringValue ?? "") })
                let parameters = operation["parameters"]?.arrayValue ?? []
                #expect(Set(parameters).count == parameters.count)
                let inPath = parameters.filter { $0["in"] == "path" }
                #expect(inPath.allSatisfy { $0["required"] == true }, "\(place)")
                let placeholders = path.split(separator: "/").filter { $0.hasPrefix("{") }.map {
                    $0.dropFirst().dropLast()
                }
                #expect(inPath.compactMap { $0["name"]?.stringValue.map { $0[...] } } == placeholders, "\(place)")
                for parameter in parameters {
                    #expect(
                        parameter["description"]?.stringValue?.isEmpty == false, "\(place) \(parameter["name"] ?? [])")
                }
                #expect((operation["responses"]?.objectValue ?? [:]).contains { $0.name.hasPrefix("2") }, "\(place)")
            }
        }
    }

    @Test("says of each text and list in a query how long it may be: the server takes none without end")
    func queryTexts() async throws {
        try await withDocument { _, document in
            for (path, method, operation) in operations(document) {
                for parameter in operation["parameters"]?.arrayValue ?? [] where parameter["in"] == "query" {
                    let schema = try #require(parameter["schema"])
                    if schema["type"] == "array" {
                        #expect(schema["maxItems"] != nil, "\(method) \(path) \(parameter)")
                    }
                    guard schema["type"] == "string" else { continue }
                    // As long as a target may be; no more than its beginning is kept.
                    if parameter["name"] == "file" { continue }
                    let bounds = ["enum", "pattern", "format", "x-max-bytes"]
                    #expect(bounds.contains { schema[$0] != nil }, "\(method) \(path) \(parameter)")
                }
            }
        }
    }

    @Test("refers to nothing that it has not, has nothing that is not referred to, and only keywords that are checked")
    func references() async throws {
        try await withDocument { _, document in
            var referred: Set<String> = []
            func look(_ json: JSON, _ name: String) throws {
                if let reference = json["$ref"]?.stringValue { referred.insert(reference) }
                if name == "schema" {
                    _ = try SchemaValidator(root: document).violations(of: .null, json)
                    _ = try SchemaValidator(root: document).violations(of: [:], json)
                }
                for member in json.objectValue ?? [:] { try look(member.value, member.name) }
                for element in json.arrayValue ?? [] { try look(element, name) }
            }
            try look(document, "")
            var there: Set<String> = []
            for kind in ["responses", "schemas"] {
                for entry in document["components"]?[kind]?.objectValue ?? [:] {
                    there.insert("#/components/\(kind)/\(entry.name)")
                    guard kind == "schemas" else { continue }
                    #expect(entry.value["description"]?.stringValue?.hasSuffix(".") == true, "\(entry.name)")
                    let members = Set((entry.value["properties"]?.objectValue ?? [:]).names)
                    let required = (entry.value["required"]?.arrayValue ?? []).compactMap(\.stringValue)
                    #expect(members.isSuperset(of: required), "\(entry.name)")
                }
            }
            // A response that always stands together with others is told where it stands.
            #expect(referred.subtracting(there).isEmpty)
            #expect(there.subtracting(referred).filter { $0.contains("/schemas/") }.isEmpty)
        }
    }

    @Test("has each member of each view and body, of its type, and says which may be missing")
    func members() async throws {
        try await withDocument { api, document in
            let server = try APIServer(
                engine: api.engine, store: api.store, host: "127.0.0.1", port: 0,
                access: AccessConfiguration(adminToken: Secret(TestAPI.token)), broker: { .here },
                logger: Logger(label: "test"))
            let types = server.table.document.types
            #expect(types.count > 30)
            for type in types where type != OpenAPIDocument.self {
                let name = type.schemaName
                let schema = try #require(document["components"]?["schemas"]?[name])
                let members = try MemberProbe.members(of: try #require(type as? any Decodable.Type, "\(name)"))
                #expect(Set(members.keys) == Set((schema["properties"]?.objectValue ?? [:]).names), "\(name)")
                let required = Set(members.filter { !$0.value.isOptional }.keys)
                #expect(required == Set((schema["required"]?.arrayValue ?? []).compactMap(\.stringValue)), "\(name)")
                for (member, probed) in members {
                    let told = try #require(schema["properties"]?[member], "\(name).\(member)")
                    #expect(fits(probed.type, told), "\(name).\(member) is a \(probed.type)")
                }
            }
            let verbs = OperatorBody.Verb.allCases.map { OperatorBody.schema(of: $0).json }
            let told = Set(verbs.flatMap { ($0["properties"]?.objectValue ?? [:]).names })
            #expect(told == Set(try MemberProbe.members(of: OperatorBody.self).keys))
        }
    }

    /// Whether a schema is one of a type's values.
    private func fits(_ type: Any.Type, _ schema: JSON) -> Bool {
        func isOf(_ name: JSON) -> Bool { ([schema["type"]] + (schema["type"]?.arrayValue ?? [])).contains(name) }
        if type == String.self { return isOf("string") }
        if type == Int.self || type == Int64.self { return isOf("integer") }
        if type == Bool.self { return isOf("boolean") }
        if type == SagaValues.UUID.self { return schema["format"] == "uuid" }
        if type == Timestamp.self { return schema["format"] == "date-time" }
        if type == JSON.self { return schema["type"] == nil || isOf("object") }
        if let described = type as? any Described.Type {
            return schema["$ref"]?.stringValue == "#/components/schemas/\(described.schemaName)"
        }
        if type is any CaseIterable.Type { return isOf("string") && schema["enum"] != nil }
        if let list = type as? any Sequence.Type { return isOf("array") && element(of: list, fits: schema) }
        return false
    }

    private func element<List: Sequence>(of list: List.Type, fits schema: JSON) -> Bool {
        guard let items = schema["items"] else { return false }
        // Findings are objects, of two kinds.
        return fits(List.Element.self, items) || List.Element.self == JSON.self && items["type"] == "object"
    }
}
