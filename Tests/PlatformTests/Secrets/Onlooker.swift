import Foundation
import FoundationNetworking
import LocalPlatform
import LocalServers
import SagaValues
import Testing

/// Asks a node for everything that it can be asked for, and keeps what it hears.
struct Onlooker: Sendable {
    let orchestra: Orchestra
    let evidence: Evidence

    /// Sends a request, and keeps the answer under a name.
    @discardableResult
    func ask(
        _ method: String, _ path: String, _ body: String? = nil, as role: (name: String, token: String),
        headers: [String: String] = [:]
    ) async throws -> (status: Int, text: String) {
        let base = "http://127.0.0.1:\(try #require(orchestra.nodes[0].port))"
        var request = URLRequest(url: try #require(URL(string: base + path)))
        request.httpMethod = method
        request.setValue("Bearer \(role.token)", forHTTPHeaderField: "Authorization")
        if body != nil { request.setValue("application/json", forHTTPHeaderField: "Content-Type") }
        for (name, value) in headers { request.setValue(value, forHTTPHeaderField: name) }
        request.httpBody = body.map { Data($0.utf8) }
        let (data, answer) = try await URLSession.shared.data(for: request)
        let text = String(decoding: data, as: UTF8.self)
        let response = try #require(answer as? HTTPURLResponse)
        evidence.add("API as \(role.name): \(method) \(path)", "\(response.allHeaderFields)\n\(text)")
        return (response.statusCode, text)
    }

    /// Every way of looking that the document knows, at each of these things.
    ///
    /// - Parameter things: what may stand at a place of a path, such as `/v1/sagas/{id}`.
    func lookEverywhere(_ things: [String: [String]], as role: (name: String, token: String)) async throws -> Int {
        let document = try JSON(parsing: try await ask("GET", "/openapi.json", as: role).text)
        let paths = document["paths"]?.objectValue?.filter { $0.value["get"] != nil }.map(\.name) ?? []
        var answered = 0
        for template in paths {
            for path in filled(template, things) {
                let since = "\((Timestamp.now() - .seconds(3_600)).microseconds)"
                let answer = try await ask(
                    "GET", path, as: role, headers: ["Prefer": "wait=0", "Last-Event-ID": since])
                if answer.status == 200 { answered += 1 }
            }
        }
        return answered
    }

    private func filled(_ template: String, _ things: [String: [String]]) -> [String] {
        guard let open = template.firstIndex(of: "{"), let close = template.firstIndex(of: "}") else {
            return [template]
        }
        let rest = template[template.index(after: close)...]
        return (things[String(template[...close])] ?? []).flatMap { filled(template[..<open] + $0 + rest, things) }
    }

    /// Types commands as people do, as text and as JSON, and keeps what they say and how they were called.
    func type(_ commands: [[String]], as role: (name: String, token: String)) async throws {
        for command in commands {
            for arguments in [command, command + ["--json"]] {
                let said = try await orchestra.saga(arguments, as: role.token)
                let name = "CLI as \(role.name): saga \(arguments.joined(separator: " "))"
                evidence.add(name, said.output)
                evidence.add(name, said.errors)
            }
        }
    }

    /// How the nodes were called, for all users of the machine to see.
    func readCommandLines() throws {
        for node in orchestra.nodes {
            let pid = try #require(node.pid)
            let bytes = FileManager.default.contents(atPath: "/proc/\(pid)/cmdline") ?? Data()
            #expect(!bytes.isEmpty)
            evidence.add("the command line of \(node.name)", Array(bytes))
        }
    }

    func readLogs() throws {
        for node in orchestra.nodes { try evidence.add(file: node.logFile, as: "the log of \(node.name)") }
    }
}
