import Foundation
import SagaAPI
import SagaEngine
import SagaValues
import TestAPI
import TestSupport
import Testing

@Suite("What goes on, on the command line", .serialized) struct LiveTests {
    @Test("a connection that ends is made again where it was, and nothing is told twice")
    func reconnects() async throws {
        let change = """
            {"saga":"01987654-0000-7000-8000-000000000001","revision":3,"at":"2026-11-22T10:00:00.1Z","kind":"done",\
            "step":"ship","direction":"do","attempt":2,"workflow":"order","version":1,"tenant":"acme",\
            "status":"completed"}
            """
        let server = try StubServer(
            "200 OK\r\nContent-Type: text/event-stream\r\n\r\nid: 42\nevent: change\ndata: \(change)\n\n")
        defer { server.stop() }
        let environment = ["SAGA_URL": server.url, "SAGA_TOKEN": "t"]
        let run = try await saga("watch", "--workflow", "order", "--for", "3s", environment: environment)
        #expect(run.status == 0, "\(run.errors)")
        #expect(run.lines.count == 1)
        #expect(run.lines[0].contains("order v1 acme  ship: done (attempt 2)  completed"))
        let requests = server.requests
        try #require(requests.count >= 2)
        #expect(
            requests[0].hasPrefix("GET /v1/changes?workflow=order ")
                && !requests[0].lowercased().contains("last-event-id"))
        #expect(requests[1].lowercased().contains("last-event-id: 42\r\n"))
    }

    @Test("no server at all is an error at once, and a refusal too")
    func refused() async throws {
        let none = try await saga(
            "watch", environment: ["SAGA_URL": "http://127.0.0.1:1", "SAGA_TOKEN": "t"])
        #expect(none.status == 2 && none.errors.contains("SAGA-0220"))
        try await TestAPI.run { api in
            let missing = try await saga("watch", "\(SagaValues.UUID.v7())", environment: api.environment)
            #expect(missing.status == 1 && missing.errors.contains("SAGA-0203"))
            let usage = try await saga(
                "watch", "\(SagaValues.UUID.v7())", "--workflow", "x", environment: api.environment)
            #expect(usage.status == 64)
        }
    }

    @Test("all sagas are watched for as long as is said, a line for each change")
    func all() async throws {
        try await TestAPI.run { api in
            try await api.deploy(TestAPI.order)
            // Until it watches nothing is told, so there is always something going on.
            let run = try await withThrowingTaskGroup(of: Run?.self) { tasks in
                tasks.addTask { try await saga("watch", "--for", "6s", "--json", environment: api.environment) }
                tasks.addTask {
                    var count = 0
                    while !Task.isCancelled {
                        count += 1
                        let id = try await api.start("order", ["n": 1], key: "k\(count)")
                        _ = try await api.engine.waitForEnd(id, upTo: .seconds(60))
                        try? await Task.sleep(for: .milliseconds(50))
                    }
                    return nil
                }
                defer { tasks.cancelAll() }
                return try #require(try await tasks.next() ?? nil)
            }
            #expect(run.status == 0, "\(run.errors)")
            let changes = try run.lines.map { try JSONValueDecoder.decode(ChangeView.self, from: JSON(parsing: $0)) }
            #expect(!changes.isEmpty)
            for saga in Set(changes.map(\.saga)) {
                // Of the first and the last one it may have seen a part.
                let told = changes.filter { $0.saga == saga }.map(\.revision)
                #expect(told == Array((told.first ?? 0)...(told.last ?? 0)))
            }
        }
    }

    @Test("one saga that is still open when the time is over ends with 4")
    func open() async throws {
        try await TestAPI.run(bus: ScriptedBus { _ in .silence }) { api in
            try await api.deploy(TestAPI.order)
            let id = try await api.start("order", ["n": 1], key: "k")
            let run = try await saga("watch", "\(id)", "--for", "2s", environment: api.environment)
            #expect(run.status == 4 && run.lines.count == 1)
        }
    }

    private static let family = """
        workflow: family
        version: 1
        input: { type: object, required: [of], properties: { of: { type: array, items: { type: integer } } } }
        steps:
          - all:
              each: "${input.of}"
              as: n
              onFailure: undo-item
              steps:
                - reserve: { do: stock.reserve, undo: stock.release, with: { n: "${n}" } }
          - last: { run: delivery, with: {} }
        """

    @Test("a tree has a saga's children with step and item, and theirs")
    func tree() async throws {
        let bus = ScriptedBus { $0.action == "stock.reserve" && $0.body["n"] == 2 ? .rejected("no") : .done() }
        try await TestAPI.run(bus: bus) { api in
            try await api.deploy(TestAPI.delivery)
            try await api.deploy(Self.family)
            let id = try await api.start("family", ["of": [1, 2]], key: "k")
            _ = try await api.engine.waitForEnd(id, upTo: .seconds(60))
            let run = try await saga("tree", "\(id)", environment: api.environment)
            #expect(run.status == 0, "\(run.errors)")
            try #require(run.lines.count == 4, "\(run.output)")
            #expect(run.lines[0].hasPrefix("family v1  ") && run.lines[0].hasSuffix("\(id)"))
            #expect(run.lines[1].hasPrefix("├─ all[0]  completed  "))
            #expect(run.lines[2].hasPrefix("├─ all[1]  compensated  "))
            #expect(run.lines[3].hasPrefix("└─ last  delivery v1  completed  "))
            let json = try await saga("tree", "\(id)", "--json", environment: api.environment)
            let tree = try JSONValueDecoder.decode(TreeView.self, from: JSON(parsing: json.output))
            #expect(tree.children.map(\.saga.parent?.item) == [0, 1, 0] && tree.leftOut == nil)
        }
    }

    @Test("top prints once where there is no terminal: what is open, rates, incidents, and the oldest")
    func top() async throws {
        let bus = ScriptedBus { $0.action == "parcel.ship" ? .rejected("no-address") : .done(#"{"id":1}"#) }
        try await TestAPI.run(bus: bus) { api in
            try await api.deploy(TestAPI.delivery)
            try await api.deploy(TestAPI.order)
            let id = try await api.start("delivery", key: "stuck")
            try await eventually("there is an incident") {
                try await api.store.overview(tenant: nil, oldest: 1).workflows[of: "delivery"].withIncident == 1
            }
            let run = try await saga("top", environment: api.environment)
            #expect(run.status == 0, "\(run.errors)")
            #expect(run.output.contains("open 1  with incident 1  started 1/min  ended 0/min"))
            #expect(run.output.contains("parcel") && run.output.contains("no-address"))
            #expect(run.lines.last?.hasSuffix("\(id)") == true)
            let json = try await saga("top", "--json", "--tenant", "nobody", environment: api.environment)
            let view = try JSONValueDecoder.decode(OverviewView.self, from: JSON(parsing: json.output))
            #expect(view.workflows.isEmpty && view.oldest.isEmpty)
        }
    }
}
