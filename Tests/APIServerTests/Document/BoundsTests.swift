import Foundation
import SagaEngine
import SagaValues
import TestAPI
import TestSupport
import Testing

@testable import APIServer

/// What the document says of parameters and bodies against what the server takes: of each value at, below and beyond each
/// bound, the two have to say the same.
@Suite("The bounds in the API's document") struct BoundsTests {
    /// A request that is understood, of which one thing at a time is changed.
    private struct Ask {
        let method: String
        let path: String
        let parameters: [JSON]
        let schema: JSON?
        var values: [String: String] = [:]
        var body: JSON?

        var isStream: Bool { path.hasSuffix("/changes") }

        var target: String {
            var path = path
            var query: [String] = []
            for parameter in parameters {
                guard let name = parameter["name"]?.stringValue, let value = values[name] else { continue }
                let text = value.addingPercentEncoding(withAllowedCharacters: .alphanumerics) ?? ""
                switch parameter["in"] {
                case "path": path = path.replacing("{\(name)}", with: text)
                case "query": query.append("\(name)=\(text)")
                default: break
                }
            }
            return query.isEmpty ? path : "\(path)?\(query.joined(separator: "&"))"
        }

        var headers: [String: String] {
            var headers: [String: String] = [:]
            for parameter in parameters where parameter["in"] == "header" {
                if let name = parameter["name"]?.stringValue { headers[name] = values[name] }
            }
            return headers
        }
    }

    /// Of what a pattern says.
    private static let examples: [String: String] = [
        "If-Match": "\"7\"", "Idempotency-Key": "order 1", "Last-Event-ID": "1",
        "cursor": "1763721960000000.0192f0c1-2345-7abc-8def-0123456789ab.3",
    ]

    private static func text(_ schema: JSON, _ name: String) -> String {
        if schema["format"] == "saga-duration" { return "90d" }
        if let example = schema["enum"]?[0]?.stringValue { return example }
        if schema["pattern"] != nil, let example = examples[name] { return example }
        switch (schema["type"], schema["format"]) {
        case ("integer", _): return schema["minimum"]?.numberText ?? "1"
        case ("boolean", _): return "true"
        case ("array", _): return text(schema["items"] ?? [:], name)
        case (_, "uuid"): return "0192f0c1-2345-7abc-8def-0123456789ab"
        case (_, "date-time"): return "2026-11-21T10:00:00Z"
        default: return "s"
        }
    }

    private static func value(_ schema: JSON, _ name: String) -> JSON {
        let types = [schema["type"]] + (schema["type"]?.arrayValue ?? [])
        if types.contains("object") {
            var object = JSON.Object()
            for member in schema["properties"]?.objectValue ?? [:] {
                object[member.name] = value(member.value, member.name)
            }
            return .object(object)
        }
        if types.contains("array") { return [value(schema["items"] ?? [:], name)] }
        if types.contains("integer") { return .number(text(["type": "integer"], name)) }
        if types.contains("boolean") { return true }
        if types.contains("string") { return .string(text(schema, name)) }
        return [:]
    }

    /// What a parameter may be tried with.
    private static func texts(_ schema: JSON) -> [String] {
        let isFree = ["pattern", "format", "enum", "maxLength"].allSatisfy { schema[$0] == nil }
        if schema["type"] == "string", isFree { return ["", "x", "1"] }
        var texts = ["", "x", "0", "1", "-1", "+1", "01", "1.0", "1e2", "true", "True", "null", " ", "s,s"]
        texts += ["0192f0c1-2345-7abc-8def-0123456789ab", "0192f0c1-2345-7abc-8def-0123456789aX"]
        texts += [
            "2026-11-21T10:00:00Z", "2026-11-21", "2026-02-30T10:00:00Z", "0000-01-01T00:00:00+23:59",
        ]
        texts += [
            "9999-12-31T23:59:59-23:59", "-200000-01-01T00:00:00Z", "+200000-01-01T00:00:00Z", "99999999999999999999",
            "%", "59s", "1m",
            "365d", "365d1us",
        ]
        for bound in ["minimum", "maximum"] {
            guard let limit = schema[bound]?.int64Value else { continue }
            texts += [limit.description, (limit &- 1).description, (limit &+ 1).description]
        }
        if let limit = schema["maxLength"]?.int64Value.map({ Int($0) }) {
            texts += [limit, limit + 1].map { String(repeating: "s", count: $0) }
            texts += [limit / 2, limit].map { String(repeating: "é", count: $0) }
        }
        if let limit = schema["maxItems"]?.int64Value.map({ Int($0) }),
            let first = schema["items"]?["enum"]?[0]?.stringValue
        {
            texts += [limit, limit + 1].map { Array(repeating: first, count: $0).joined(separator: ",") }
        }
        let cases = (schema["enum"]?.arrayValue ?? schema["items"]?["enum"]?.arrayValue ?? []).compactMap(\.stringValue)
        return texts + cases
            + (cases.isEmpty ? [] : ["\(cases[0]),\(cases[0])", "\(cases[0]),", cases[0].uppercased()])
    }

    private static func values(_ schema: JSON) -> [JSON] {
        var values =
            ["type", "pattern", "enum"].allSatisfy { schema[$0] == nil } ? [] : texts(schema).map { JSON.string($0) }
        values += [.null, true, 0, 1, -1, 1.5, [], [:], ["x"], [1], ["s": 1]]
        for bound in ["minimum", "maximum"] {
            guard let limit = schema[bound]?.int64Value else { continue }
            values += [limit, limit &- 1, limit &+ 1].map { JSON.number($0.description) }
        }
        if let limit = schema["maxItems"]?.int64Value.map({ Int($0) }) {
            values += [limit, limit + 1].map { JSON.array(Array(repeating: "s", count: $0)) }
        }
        return values
    }

    /// A parameter's text as its schema sees it.
    private static func read(_ text: String, _ schema: JSON) -> JSON {
        switch schema["type"] {
        case "integer": text.wholeMatch(of: /-?(0|[1-9][0-9]*)/) != nil ? .number(text) : .string(text)
        case "boolean": text == "true" ? true : text == "false" ? false : .string(text)
        case "array":
            .array(
                text.split(separator: ",", omittingEmptySubsequences: false).map {
                    read(String($0), schema["items"] ?? [:])
                })
        default: .string(text)
        }
    }

    private static func asks(_ documented: DocumentedAnswers) -> [Ask] {
        var asks: [Ask] = []
        for path in documented.document["paths"]?.objectValue ?? [:] {
            for (method, operation) in path.value.objectValue ?? [:] where operation["x-saga-permission"] != nil {
                let parameters = operation["parameters"]?.arrayValue ?? []
                var schema = operation["requestBody"]?["content"]?["application/json"]?["schema"]
                if let name = schema?["$ref"]?.stringValue?.split(separator: "/").last {
                    schema = documented.document["components"]?["schemas"]?[String(name)]
                }
                var ask = Ask(method: method.uppercased(), path: path.name, parameters: parameters, schema: schema)
                for parameter in parameters {
                    guard let name = parameter["name"]?.stringValue, let schema = parameter["schema"] else { continue }
                    ask.values[name] = text(schema, name)
                }
                if ask.isStream { ask.values["Prefer"] = "wait=0" }
                ask.body = schema.map { value($0, "") }
                if path.name == jobs, schema != nil {
                    ask.body = ["verb": "pause", "filter": ["workflow": "s"], "reason": "s", "dryRun": true]
                }
                asks.append(ask)
            }
        }
        return asks
    }

    private static let jobs = "/v1/jobs"
    /// What a job takes depends on its verb, which one schema of all verbs does not say, and whether it needs a key on
    /// whether it is made; `JobTests` has that.
    private static let ofVerbs: Set = [
        "dryRun", "verb", "filter", "step", "outcome", "output", "patch", "force", "version",
    ]

    /// Whether the server understands it.
    private static func isUnderstood(_ ask: Ask, _ api: TestAPI) async throws -> Bool {
        let text = ask.body?.text ?? (ask.method == "POST" ? "x: 1" : nil)
        var headers = ask.headers
        if ask.method == "POST", ask.schema == nil { headers["Content-Type"] = "application/yaml" }
        let answer = try await api.send(ask.method, ask.target, text, headers: headers)
        return answer.status != 400
    }

    @Test("are those of the server: of parameters")
    func parameters() async throws {
        try await TestAPI.run(access: AccessConfiguration(adminToken: Secret(TestAPI.token), rate: 0)) { api in
            let documented = try await DocumentedAnswers.of(api)
            let validator = SchemaValidator(root: documented.document)
            var count = 0
            for ask in Self.asks(documented) {
                #expect(try await Self.isUnderstood(ask, api), "\(ask.method) \(ask.target)")
                // A stream that is asked for anything but one look goes on.
                for parameter in ask.parameters where !(ask.isStream && parameter["name"] == "Prefer") {
                    let name = try #require(parameter["name"]?.stringValue)
                    let schema = try #require(parameter["schema"])
                    for text in Self.texts(schema) {
                        // A header is trimmed, and the test's client cannot send all of them; an empty path is another.
                        let isPlain = text.utf8.allSatisfy { (33...126).contains($0) } && !text.isEmpty
                        if parameter["in"] != "query", !isPlain { continue }
                        var changed = ask
                        changed.values[name] = text
                        let isTold = try validator.violations(of: Self.read(text, schema), schema).isEmpty
                        let isTaken = try await Self.isUnderstood(changed, api)
                        #expect(
                            isTold == isTaken,
                            "\(ask.method) \(ask.path): \(name)=\(text.prefix(80)) (\(text.utf8.count))")
                        count += 1
                    }
                    var less = ask
                    less.values[name] = nil
                    guard parameter["in"] != "path" else { continue }
                    #expect(
                        try await Self.isUnderstood(less, api) == (parameter["required"] != true), "without \(name)")
                }
                if ask.method == "GET" {
                    let target = ask.target + (ask.target.contains("?") ? "&" : "?") + "misspelt=1"
                    #expect(try await api.get(target).status == 400, "\(target)")
                }
            }
            #expect(count > 1_000)
        }
    }

    @Test("leave the cursors of incidents within the times that a store can hold")
    func cursors() throws {
        let saga = "0192f0c1-2345-7abc-8def-0123456789ab"
        let stored =
            try #require(Timestamp(iso8601: "1900-01-01T00:00:00Z"))...Timestamp(microseconds: 9_999_999_999_999_999)
        for at in ["-880564985649833388", "880564985649833388", "0"] {
            #expect(stored.contains(try #require(IncidentPlace(cursor: "\(at).\(saga).3")).at))
        }
        let told = "1763721960000000.\(saga).3"
        #expect(IncidentPlace(cursor: told)?.cursor == told)
    }

    @Test("are those of the server: of bodies")
    func bodies() async throws {
        try await TestAPI.run(access: AccessConfiguration(adminToken: Secret(TestAPI.token), rate: 0)) { api in
            let documented = try await DocumentedAnswers.of(api)
            let validator = SchemaValidator(root: documented.document)
            var count = 0
            func compare(_ ask: Ask, _ body: JSON, _ what: String) async throws {
                var ask = ask
                ask.body = body
                let isTold = try validator.violations(of: body, try #require(ask.schema)).isEmpty
                #expect(try await Self.isUnderstood(ask, api) == isTold, "\(ask.path): \(what)")
                count += 1
            }
            for ask in Self.asks(documented) {
                guard let schema = ask.schema, let whole = ask.body?.objectValue else { continue }
                try await compare(ask, .object(whole), "all members")
                for member in schema["properties"]?.objectValue ?? [:]
                where ask.path != Self.jobs || !Self.ofVerbs.contains(member.name) {
                    for value in Self.values(member.value).map({ $0 as JSON? }) + [nil] {
                        var body = whole
                        body[member.name] = value
                        try await compare(ask, .object(body), "\(member.name): \(value?.text.prefix(80) ?? "none")")
                    }
                }
                var more = whole
                more["misspelt"] = 1
                try await compare(ask, .object(more), "a member more")
                for value: JSON in [.null, [], "x", 1, [:]] { try await compare(ask, value, "a body of \(value)") }
            }
            #expect(count > 500)
        }
    }
}
