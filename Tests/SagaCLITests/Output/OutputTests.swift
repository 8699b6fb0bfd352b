import SagaEngine
import SagaValues
import TestAPI
import TestSupport
import Testing

@testable import SagaCLI

@Suite("Every command prints in the form that is asked for") struct OutputTests {
    /// A server with something in most lists: a saga that waits for a person, one that is done, a token, a workflow.
    private func withData(_ body: @escaping @Sendable (TestAPI, SagaValues.UUID) async throws -> Void) async throws {
        let bus = ScriptedBus { $0.action == "parcel.ship" && $0.body["n"] == nil ? .rejected("no-address") : .done() }
        try await TestAPI.run(bus: bus) { api in
            try await api.deploy(TestAPI.delivery)
            let id = try await api.start("delivery", key: "stuck")
            try await eventually("there is an incident") {
                try await saga("incidents", "--json", environment: api.environment).output.contains("no-address")
            }
            let made = try await saga(
                "token", "create", "--subject", "ann", "--role", "viewer", environment: api.environment)
            #expect(made.status == 0)
            try await body(api, id)
        }
    }

    private static let lists: [(arguments: [String], member: String, count: Int)] = [
        (["list"], "sagas", 1), (["incidents"], "groups", 1), (["incidents", "--all-sagas"], "incidents", 1),
        (["failed-starts"], "failedStarts", 0), (["dead"], "deadLetters", 0), (["jobs"], "jobs", 0),
        (["participants"], "participants", 1), (["token", "list"], "tokens", 1),
        (["workflow", "list"], "workflows", 1),
    ]

    @Test("a list is one document as JSON and YAML, and one line for each of its items as JSON lines")
    func lists() async throws {
        try await withData { api, _ in
            for (arguments, member, count) in Self.lists {
                let json = try await saga(arguments + ["-o", "json"], environment: api.environment)
                #expect(json.status == 0 && json.lines.count == 1, "\(arguments): \(json.errors)")
                let items = try #require(try JSON(parsing: json.output)[member]?.arrayValue)
                #expect(items.count >= count)
                let lines = try await saga(arguments + ["-o", "jsonl"], environment: api.environment)
                #expect(lines.status == 0 && lines.lines.count == items.count, "\(arguments): \(lines.output)")
                for (line, item) in zip(lines.lines, items) {
                    #expect(try JSON(parsing: line).objectValue?.names == item.objectValue?.names)
                }
                let yaml = try await saga(arguments + ["-o", "yaml"], environment: api.environment)
                let documents = try yamlDocuments(yaml.output)
                #expect(documents.count == 1 && documents[0][member]?.arrayValue?.count == items.count)
                let table = try await saga(arguments, environment: api.environment)
                let named = try await saga(arguments + ["-o", "table"], environment: api.environment)
                #expect(table.lines.first == named.lines.first && table.lines.count == named.lines.count)
                #expect(!table.output.hasPrefix("{"))
            }
        }
    }

    @Test("a single thing is one line or one document, and --json is -o json")
    func things() async throws {
        try await withData { api, id in
            for arguments in [
                ["show", "\(id)"], ["whoami"], ["tree", "\(id)"], ["workflow", "show", "delivery"],
                ["retry", "\(id)", "--reason", "r", "--dry-run"], ["stats", "delivery"], ["participant", "parcel"],
                ["job", "\(id)"],
            ] {
                var outputs: [String] = []
                for form in [["--json"], ["-o", "json"], ["-o", "jsonl"], ["--output-format=json", "--json"]] {
                    let run = try await saga(arguments + form, environment: api.environment)
                    #expect(run.status == (arguments[0] == "job" ? 1 : 0), "\(arguments): \(run.errors)")
                    outputs.append(run.output)
                }
                guard arguments[0] != "job" else { continue }
                let names = try outputs.map { output in
                    #expect(output.hasSuffix("\n") && output.count { $0 == "\n" } == 1)
                    return try JSON(parsing: output).objectValue?.names
                }
                #expect(Set(names).count == 1 && names[0] != nil, "\(arguments)")
                let yaml = try await saga(arguments + ["-o", "yaml"], environment: api.environment)
                #expect(try yamlDocuments(yaml.output).map { $0.objectValue?.names } == [names[0]], "\(yaml.output)")
            }
            let (json, yaml) = (
                try await saga("show", "\(id)", "--json", environment: api.environment),
                try await saga("show", "\(id)", "-o", "yaml", environment: api.environment)
            )
            #expect(try yamlDocuments(yaml.output) == [try JSON(parsing: json.output)], "to the last digit")
        }
    }

    @Test("what comes one after the other is a line each, or a document each")
    func streams() async throws {
        try await withData { api, id in
            for arguments in [["history", "\(id)"], ["audit"], ["watch", "\(id)", "--for", "1s"]] {
                let json = try await saga(arguments + ["--json"], environment: api.environment)
                let items = try json.lines.map { try JSON(parsing: $0) }
                #expect(!items.isEmpty)
                let lines = try await saga(arguments + ["-o", "jsonl"], environment: api.environment)
                #expect(lines.output == json.output)
                let yaml = try await saga(arguments + ["-o", "yaml"], environment: api.environment)
                #expect(yaml.output.hasPrefix("---\n"))
                #expect(try yamlDocuments(yaml.output) == items, "\(yaml.output)")
            }
        }
    }

    @Test("a page of lines says on standard error how to go on")
    func pages() async throws {
        try await withData { api, _ in
            _ = try await api.start("delivery", key: "another")
            let run = try await saga("list", "--limit", "1", "-o", "jsonl", environment: api.environment)
            let id = try #require(try JSON(parsing: run.output)["id"]?.stringValue)
            #expect(run.lines.count == 1 && run.errors == "more: add --cursor \(id)\n", "\(run.errors)")
            let rest = try await saga(
                "list", "--limit", "1", "-o", "jsonl", "--cursor", id, environment: api.environment)
            #expect(rest.lines.count == 1 && rest.lines != run.lines)
        }
    }

    @Test("top goes on as JSON lines until nobody reads them")
    func top() async throws {
        try await withData { api, _ in
            let run = try await shell(
                "\"$saga\" top -o jsonl --every 500ms | head -n 2", environment: api.environment)
            let views = try run.lines.map { try JSON(parsing: $0) }
            #expect(views.count == 2 && views.allSatisfy { $0["workflows"] != nil }, "\(run.errors)")
            let once = try await saga("top", "-o", "jsonl", "--once", environment: api.environment)
            #expect(once.status == 0 && once.lines.count == 1)
        }
    }

    @Test(
        "what contradicts itself or makes no sense sends nothing, and says why",
        arguments: [
            (["list", "-o", "xml"], "'table', 'json', 'jsonl' or 'yaml'"),
            (["list", "--json", "-o", "yaml"], "--json and -o yaml contradict each other"),
            (["explain", "--file", "x.json", "-o", "yaml"], "-o yaml makes no sense here"),
            (["explain", "--file", "x.json", "--json"], "-o json makes no sense here"),
            (["check", "--format", "sarif", "--json", "x.yaml"], "--format and -o both name a form"),
        ])
    func refused(_ arguments: [String], _ words: String) async throws {
        let stub = try StubServer("200 OK\r\nContent-Length: 2\r\n\r\n{}")
        defer { stub.stop() }
        let run = try await saga(arguments, environment: ["SAGA_URL": stub.url, "SAGA_TOKEN": TestAPI.token])
        #expect(run.status == 64 && run.output.isEmpty)
        #expect(run.errors.contains(words), "\(run.errors)")
        #expect(stub.requests.isEmpty)
    }

    @Test("tools without a server print in the same forms")
    func tools() async throws {
        let files = ["good.yaml": Files.good, "good.test.yaml": Files.scenarios]
        for command in ["check", "test"] {
            let json = try await Files.saga(command, "good.yaml", "--json", files: files)
            let lines = try await Files.saga(command, "good.yaml", "-o", "jsonl", files: files)
            let yaml = try await Files.saga(command, "good.yaml", "-o", "yaml", files: files)
            let report = try JSON(parsing: json.output)
            #expect(report["files"]?.arrayValue?.count == 1, "\(json.errors)")
            #expect(try lines.lines.map { try JSON(parsing: $0) } == report["files"]?.arrayValue)
            #expect(try yamlDocuments(yaml.output) == [report])
        }
        let same = try await Files.saga("check", "good.yaml", "--format", "json", files: files)
        let json = try await Files.saga("check", "good.yaml", "--json", files: files)
        #expect(same.output == json.output)
    }
}
