import Foundation
import FoundationNetworking
import SagaValues
import Synchronization
import TestAPI
import TestSupport
import Testing

/// Holds answers to the document that the server itself serves: status, headers, media type, and every member.
struct DocumentedAnswers: Sendable {
    let document: JSON
    private let validator: SchemaValidator

    private static let known = Mutex<DocumentedAnswers?>(nil)

    init(document: JSON) {
        self.document = document
        validator = SchemaValidator(root: document, isStrict: true)
    }

    /// Read once: all servers of the tests have the same routes, and a test of its own says that it is always the same.
    static func of(_ api: TestAPI) async throws -> DocumentedAnswers {
        if let known = known.withLock({ $0 }) { return known }
        let url = try #require(URL(string: api.url + "/openapi.json"))
        let read = DocumentedAnswers(document: try JSON(parsing: Array(try await URLSession.shared.data(from: url).0)))
        known.withLock { $0 = read }
        return read
    }

    /// What is wrong with an answer; nothing, if it is as the document says.
    func violations(of answer: HTTPAnswer, to method: String, _ target: String) throws -> [String] {
        let path = String(target.prefix { $0 != "?" })
        guard let operation = operation(method, path) else {
            // Of what is not in the document only problems are known.
            guard [400, 401, 404, 405, 414, 429, 503].contains(answer.status) else {
                return ["\(method) \(path) is not in the document, and answers \(answer.status)"]
            }
            return try violations(
                of: answer, media: "application/problem+json", ["$ref": "#/components/schemas/Problem"])
        }
        guard let response = try resolve(operation["responses"]?["\(answer.status)"]) else {
            return ["\(method) \(path) answers \(answer.status), which is not in the document"]
        }
        guard let content = response["content"]?.objectValue?.first else {
            return answer.bytes.isEmpty ? [] : ["\(answer.status) has content, and the document has none"]
        }
        var found = try violations(of: answer, media: content.name, try #require(content.value["schema"]))
        for header in response["headers"]?.objectValue ?? [:] {
            guard let text = answer.headers[header.name.lowercased()] else {
                found.append("\(answer.status) comes without \(header.name)")
                continue
            }
            let schema = try #require(header.value["schema"])
            let value: JSON = schema["type"] == "integer" ? .number(text) : .string(text)
            found += try validator.violations(of: value, schema, at: header.name)
        }
        return found
    }

    private func violations(of answer: HTTPAnswer, media: String, _ schema: JSON) throws -> [String] {
        guard answer.headers["content-type"] == media else {
            return ["the answer is \(answer.headers["content-type"] ?? "of no type"), and not \(media)"]
        }
        // Its events are held to their schemas by those who read them.
        guard media != "text/event-stream" else { return [] }
        return try validator.violations(of: try JSON(parsing: answer.bytes, limits: .init(bytes: 8 << 20)), schema)
    }

    /// The operation that a request is for, by the template that its path fits best.
    func operation(_ method: String, _ path: String) -> JSON? {
        let names = path.split(separator: "/", omittingEmptySubsequences: false)
        let fitting = (document["paths"]?.objectValue ?? [:]).filter { template in
            let parts = template.name.split(separator: "/", omittingEmptySubsequences: false)
            return parts.count == names.count && zip(parts, names).allSatisfy { $0.hasPrefix("{") || $0 == $1 }
        }
        let best = fitting.min { $0.name.count { $0 == "{" } < $1.name.count { $0 == "{" } }
        return best?.value[method.lowercased()]
    }

    private func resolve(_ response: JSON?) throws -> JSON? {
        guard let name = response?["$ref"]?.stringValue?.split(separator: "/").last else { return response }
        return try #require(document["components"]?["responses"]?[String(name)], "no response \(name)")
    }
}
