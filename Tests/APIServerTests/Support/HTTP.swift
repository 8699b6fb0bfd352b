import Foundation
import FoundationNetworking
import SagaAPI
import SagaValues
import TestAPI
import Testing

/// What a server answered.
struct HTTPAnswer: Sendable {
    let status: Int
    let headers: [String: String]
    let bytes: [UInt8]

    var text: String { String(decoding: bytes, as: UTF8.self) }

    var json: JSON {
        get throws { try JSON(parsing: bytes) }
    }

    func decode<Body: Decodable>(_ type: Body.Type) throws -> Body {
        try JSONValueDecoder.decode(type, from: json)
    }
}

extension TestAPI {
    /// One request, with the token and as JSON unless `headers` say otherwise; an empty one leaves it out. Its answer is held
    /// to the document, unless it is told before any route is.
    func send(
        _ method: String, _ target: String, _ body: String? = nil, headers: [String: String] = [:],
        isDocumented: Bool = true
    ) async throws -> HTTPAnswer {
        var request = URLRequest(url: try #require(URL(string: url + target)), timeoutInterval: 60)
        request.httpMethod = method
        var all = ["Authorization": "Bearer \(TestAPI.token)"]
        if body != nil { all["Content-Type"] = "application/json" }
        all.merge(headers) { _, new in new }
        for (name, value) in all where !value.isEmpty { request.setValue(value, forHTTPHeaderField: name) }
        request.httpBody = body.map { Data($0.utf8) }
        let (data, response) = try await URLSession.shared.data(for: request)
        let http = try #require(response as? HTTPURLResponse)
        let names = http.allHeaderFields.map { ("\($0.key)".lowercased(), "\($0.value)") }
        let answer = HTTPAnswer(
            status: http.statusCode, headers: Dictionary(names) { _, new in new }, bytes: Array(data))
        guard isDocumented else { return answer }
        let violations = try await DocumentedAnswers.of(self).violations(of: answer, to: method, target)
        #expect(violations.isEmpty, "the answer to \(method) \(target) is not as /openapi.json says")
        return answer
    }

    func get(_ target: String, headers: [String: String] = [:]) async throws -> HTTPAnswer {
        try await send("GET", target, headers: headers)
    }

    /// Starts a saga through the API.
    func post(
        _ body: String = #"{"workflow":"order","input":{"n":1}}"#, key: String = "key", headers: [String: String] = [:]
    ) async throws -> HTTPAnswer {
        try await send(
            "POST", "/v1/sagas", body, headers: headers.merging(["Idempotency-Key": key]) { own, _ in own })
    }
}

/// The answer is a problem (RFC 9457) with this status and code, whose detail names these things.
func expectProblem(
    _ answer: HTTPAnswer, _ status: Int, _ code: String, naming words: String...,
    at location: SourceLocation = #_sourceLocation
) throws {
    let text = String(decoding: answer.bytes.prefix(500), as: UTF8.self)
    try #require(answer.status == status, "\(text)", sourceLocation: location)
    #expect(answer.headers["content-type"] == "application/problem+json", sourceLocation: location)
    let problem = try answer.decode(Problem.self)
    #expect(problem.status == answer.status, "the body and the status line agree", sourceLocation: location)
    #expect(problem.code == code, sourceLocation: location)
    #expect(problem.type == "errors/\(code)", sourceLocation: location)
    #expect(!problem.title.isEmpty, sourceLocation: location)
    for word in words {
        #expect(problem.detail.contains(word), "\(problem.detail)", sourceLocation: location)
    }
}
