import Foundation
import SagaWire
import Testing
import Yams

/// The description of the wire for programs, `docs/asyncapi.yaml`.
@Suite("The AsyncAPI description") struct AsyncAPITests {
    private let text: String
    private let top: Node

    init() throws {
        text = try Self.read("docs/asyncapi.yaml")
        top = try #require(try Yams.compose(yaml: text))
    }

    private static func read(_ path: String) throws -> String {
        // Tests/SagaWireTests/<this file>
        var folder = URL(fileURLWithPath: #filePath).resolvingSymlinksInPath()
        for _ in 0..<3 { folder.deleteLastPathComponent() }
        return try String(contentsOf: folder.appendingPathComponent(path), encoding: .utf8)
    }

    @Test("has no value that is null: a text with a comma in braces is cut there unless it is quoted")
    func nulls() {
        var paths: [String] = []
        func visit(_ node: Node, _ path: String) {
            switch node {
            case .mapping(let mapping): for (key, value) in mapping { visit(value, "\(path)/\(key.string ?? "?")") }
            case .sequence(let sequence):
                for (index, value) in sequence.enumerated() { visit(value, "\(path)/\(index)") }
            case .scalar: if node.null != nil { paths.append(path) }
            case .alias: paths.append("\(path), an alias")
            }
        }
        visit(top, "")
        #expect(paths.isEmpty)
    }

    @Test("has the headers that are on the wire, and no other")
    func headers() throws {
        let schemas = try #require(top["components"]?["schemas"])
        func names(_ schema: String) throws -> Set<String> {
            let properties = try #require(schemas[schema]?["properties"]?.mapping)
            return Set(properties.keys.compactMap(\.string))
        }
        #expect(
            try names("CommandHeaders") == [
                HeaderName.version, HeaderName.workflow, HeaderName.workflowVersion, HeaderName.step,
                HeaderName.iteration, HeaderName.direction, HeaderName.attempt, HeaderName.round, HeaderName.deadline,
                HeaderName.tenant, HeaderName.traceparent, HeaderName.tracestate,
            ])
        // Names that are added later are found in the source.
        let source = try Self.read("Sources/SagaEngine/Wire/Topology.swift")
        let body = try #require(
            source.components(separatedBy: "enum HeaderName {").last?.components(separatedBy: "\n}").first)
        let known = Set(body.matches(of: /static let \w+ = "([^"]+)"/).map { String($0.1) })
        #expect(known.count > 10)
        #expect(
            try names("CommandHeaders").union(names("ReplyHeaders")).union(names("DeadHeaders")) == known)
    }

    @Test("refers only to what it has")
    func references() throws {
        for match in text.matches(of: /\$ref: '#\/([^']+)'/) {
            let found = match.1.split(separator: "/").reduce(Optional(top)) { $0?[String($1)] }
            #expect(found != nil, "\(match.1)")
        }
    }
}
