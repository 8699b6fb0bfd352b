import Foundation
import SagaAPI
import SagaEngine
import SagaValues
import TestAPI
import Testing

@Suite struct SagaTests {
    private func decode<Body: Decodable>(_ type: Body.Type, _ run: Run) throws -> Body {
        #expect(run.lines.count == 1, "one document on one line: \(run.output)")
        return try JSONValueDecoder.decode(type, from: try JSON(parsing: run.output))
    }

    /// Orders whose `n` is 2 are refused and undone, those with 3 are not answered.
    private static let bus: @Sendable () -> ScriptedBus = {
        ScriptedBus { command in
            switch (command.action, command.body["n"]) {
            case ("stock.reserve", 2): .rejected("sold-out")
            case ("stock.reserve", 3): .silence
            case ("parcel.ship", _): .done(#"{"id":7}"#)
            default: .done()
            }
        }
    }

    @Test("a start that waits ends with 0 if the saga completed, 3 if it ended otherwise, 4 if it is still open")
    func statuses() async throws {
        try await TestAPI.run(bus: Self.bus()) { api in
            try await api.deploy(TestAPI.order)
            for (n, timeout, expected) in [(1, "60s", "completed"), (2, "60s", "compensated"), (3, "1s", "running")] {
                let run = try await saga(
                    "start", "order", "--input", "{\"n\":\(n)}", "--key", "k\(n)", "--wait", "--timeout", timeout,
                    "--json", environment: api.environment)
                #expect(run.status == [1: 0, 2: 3, 3: 4][n], "\(run.errors)")
                #expect(try decode(SagaDetail.self, run).saga.status == expected)
            }
            let refused = try await saga(
                "start", "order", "--input", "{\"n\":9}", "--key", "k1", environment: api.environment)
            #expect(refused.status == 1)
            #expect(refused.errors.hasSuffix("[SAGA-0206]\n") && refused.output.isEmpty)
            #expect(!refused.errors.contains("repeat the command"), "nothing is unknown about a refusal")
        }
    }

    @Test("a start says what follows it, and a repetition that it is one")
    func start() async throws {
        try await TestAPI.run(bus: Self.bus()) { api in
            try await api.deploy(TestAPI.order)
            let arguments = ["start", "order", "--input", "{\"n\":3}", "--key", "заказ 1", "--business-key", "a+b & c"]
            let first = try await saga(arguments, environment: api.environment)
            #expect(first.status == 0)
            let id = try #require(first.lines.first?.split(separator: " ").last)
            #expect(first.output.contains("saga watch \(id) follows it"))
            #expect(first.output.contains("заказ 1"))
            let second = try await saga(arguments, environment: api.environment)
            #expect(second.lines.first == "this start was made before; here is its saga")
            let found = try await saga("list", "--business-key", "a+b & c", "--json", environment: api.environment)
            #expect(try decode(SagaPage.self, found).sagas.map(\.idempotencyKey) == ["заказ 1"])
        }
    }

    @Test("watch follows a saga to its end, and its status says which")
    func watch() async throws {
        try await TestAPI.run(bus: Self.bus()) { api in
            try await api.deploy(TestAPI.order)
            let open = try await api.start("order", ["n": 3], key: "open")
            let undone = try await api.start("order", ["n": 2], key: "undone")
            async let watching = saga("watch", "\(open)", environment: api.environment)
            let ended = try await saga("watch", "\(undone)", "--json", environment: api.environment)
            #expect(ended.status == 3)
            let items = try ended.lines.map {
                try JSONValueDecoder.decode(HistoryItem.self, from: try JSON(parsing: $0))
            }
            #expect(items.map(\.kind) == ["started", "rejected"])
            api.bus.answer { _ in .done(#"{"id":7}"#) }
            api.bus.answerPending()
            let run = try await watching
            #expect(run.status == 0, "\(run.errors)")
            #expect(run.lines.count == 3)
            #expect(run.lines[1].contains("reserve: done → do parcel.ship"))
            #expect(run.lines[2].hasSuffix("→ the saga is completed"))
            let history = try await saga("history", "\(open)", environment: api.environment)
            #expect(history.lines == run.lines)
        }
    }

    @Test("lists are tables with a line for each saga, or one document")
    func list() async throws {
        try await TestAPI.run(bus: Self.bus()) { api in
            try await api.deploy(TestAPI.order)
            #expect(try await saga("list", environment: api.environment).output == "no sagas\n")
            for n in 1...3 { _ = try await api.start("order", ["n": .number("\(n)")], key: "k\(n)") }
            for n in 1...2 {
                let id = try await api.start("order", ["n": .number("\(n)")], key: "k\(n)")
                _ = try await api.engine.waitForEnd(id, upTo: .seconds(60))
            }
            let run = try await saga("list", environment: api.environment)
            #expect(run.status == 0)
            #expect(run.lines.count == 4)
            let keys = try #require(run.lines.first?.firstRange(of: "KEY")?.lowerBound).utf16Offset(in: run.lines[0])
            let columns = run.lines.dropFirst().map { String($0.dropFirst(keys)) }
            #expect(columns == ["k3", "k2", "k1"], "the columns stand below their titles:\n\(run.output)")
            #expect(run.lines[1].contains("running") && run.lines[2].contains("compensated"))
            let open = try await saga("list", "--open", "--json", environment: api.environment)
            #expect(try decode(SagaPage.self, open).sagas.map(\.idempotencyKey) == ["k3"])
            let page = try await saga("list", "--limit", "2", environment: api.environment)
            #expect(page.lines.last?.hasPrefix("more: add --cursor ") == true)
            let cursor = try #require(page.lines.last?.split(separator: " ").last.map(String.init))
            let next = try await saga("list", "--cursor", cursor, "--json", environment: api.environment)
            #expect(try decode(SagaPage.self, next).sagas.map(\.idempotencyKey) == ["k1"])
            let refused = try await saga("list", "--limit", "501", environment: api.environment)
            #expect(refused.status == 1 && refused.errors.contains("1 to 500"))
        }
    }

    @Test("a saga is shown with its steps; one that is not there is status 1")
    func show() async throws {
        try await TestAPI.run(bus: Self.bus()) { api in
            try await api.deploy(TestAPI.order)
            let id = try await api.start("order", ["n": 3], key: "k")
            let run = try await saga("show", "\(id)", environment: api.environment)
            #expect(run.status == 0)
            #expect(run.output.contains("waits for a reply of stock to stock.reserve (attempt 1)"))
            #expect(run.lines.contains { $0.hasPrefix("ship *") && $0.contains("waiting") })
            #expect(run.lines.allSatisfy { !$0.hasSuffix(" ") })
            let json = try await saga("show", "\(id)", "--json", environment: api.environment)
            #expect(try decode(SagaDetail.self, json).saga.id == id)
            let gone = try await saga("show", "\(SagaValues.UUID.v7())", environment: api.environment)
            #expect(gone.status == 1 && gone.errors.hasSuffix("[SAGA-0203]\n"))
        }
    }

    @Test("operators see incidents, try again and undo, each with what to do next")
    func operators() async throws {
        let bus = ScriptedBus { $0.action == "parcel.ship" ? .rejected("no-address") : .done() }
        try await TestAPI.run(bus: bus) { api in
            try await api.deploy(TestAPI.delivery)
            #expect(try await saga("incidents", environment: api.environment).output == "no incidents\n")
            let id = try await api.start("delivery", key: "k")
            let deadline = ContinuousClock.now + .seconds(60)
            while try await api.store.incidents(saga: id, openOnly: true, limit: 1).isEmpty {
                try #require(ContinuousClock.now < deadline, "the incident never came about")
                try await Task.sleep(for: .milliseconds(5))
            }
            let groups = try await saga("incidents", environment: api.environment)
            #expect(groups.lines.first?.hasPrefix("COUNT  WORKFLOW  STEP") == true)
            #expect(
                groups.lines.count == 4 && groups.lines[1].contains("no-address") && groups.lines[1].hasPrefix("1 "))
            #expect(groups.lines.last?.contains("saga explain \(id)") == true)
            let list = try await saga("incidents", "--all-sagas", environment: api.environment)
            #expect(list.lines.count == 4 && list.lines[1].contains("no-address"))
            #expect(list.lines.last?.contains("saga retry") == true)
            let json = try await saga("incidents", "--json", "--saga", "\(id)", environment: api.environment)
            #expect(try decode(IncidentList.self, json).incidents.count == 1)

            let revision = "\(try decode(IncidentList.self, json).incidents[0].openedRevision)"
            let assigned = try await saga(
                "incident", "assign", "\(id)", revision, "--to", "anna", environment: api.environment)
            #expect(assigned.status == 0 && assigned.lines.contains("assignee  anna"))
            let written = try await saga(
                "incident", "comment", "\(id)", revision, "wrong\u{1B}[2J street", environment: api.environment)
            #expect(written.lines.last?.hasSuffix("admin: wrong [2J street") == true)
            let unclear = try await saga("incident", "assign", "\(id)", revision, environment: api.environment)
            #expect(unclear.status == 64 && unclear.errors.contains("--nobody"))
            let stuck = try await saga(
                "list", "--step", "ship", "--error", "NO-ADDRESS", "--updated-after", "1h", "--workflow-version", "1",
                environment: api.environment)
            #expect(stuck.lines.count == 2 && stuck.lines[1].hasPrefix("\(id)"))
            let silent = try await saga("list", "--open", "--updated-before", "1h", environment: api.environment)
            #expect(silent.output == "no sagas\n")
            let filtered = try await saga(
                "incidents", "--groups", "--cause", "rejected", "--json", environment: api.environment)
            #expect(try decode(IncidentGroupList.self, filtered).groups.map(\.sagas) == [[id]])

            let late = try await saga("compensate", "\(id)", "--reason", "r", environment: api.environment)
            #expect(late.status == 1 && late.errors.hasSuffix("[SAGA-0209]\n"))
            let moved = try await saga(
                "retry", "\(id)", "--reason", "r", "--revision", "1", environment: api.environment)
            #expect(moved.status == 1 && moved.errors.hasSuffix("[SAGA-0208]\n"))
            api.bus.answer { _ in .done(#"{"id":7}"#) }
            let again = try await saga("retry", "\(id)", "--reason", "mended", environment: api.environment)
            #expect(again.status == 0)
            #expect(again.lines.last == "saga watch \(id) follows it")
            #expect(try await saga("watch", "\(id)", environment: api.environment).status == 0)
            let stats = try await saga("stats", "delivery", "--window", "1h", environment: api.environment)
            #expect(stats.lines[1] == "started 1  completed 1  compensated 0  abandoned 0")
            #expect(stats.lines[2].hasPrefix("took    p50 "))
            let counted = try await saga("stats", "delivery", "--json", environment: api.environment)
            #expect(try decode(StatisticsView.self, counted).completed == 1)
        }
    }

    @Test("workflows are deployed, listed and shown as they were; errors come with their places")
    func workflows() async throws {
        try await TestAPI.run { api in
            func file(_ text: String) -> (URL) throws -> Void {
                { try Data(text.utf8).write(to: $0.appendingPathComponent("order.yaml")) }
            }
            let deployed = try await saga(
                "workflow", "deploy", "order.yaml", environment: api.environment, prepare: file(TestAPI.order))
            #expect(deployed.status == 0 && deployed.output.hasPrefix("order version 1 is deployed ("))
            let shown = try await saga("workflow", "show", "order", environment: api.environment)
            #expect(shown.output == TestAPI.order + "\n")
            let list = try await saga("workflow", "list", "--json", environment: api.environment)
            #expect(try decode(WorkflowList.self, list).workflows.map(\.workflow) == ["order"])
            let table = try await saga("workflow", "list", environment: api.environment)
            #expect(table.lines.count == 2 && table.lines[1].hasSuffix("An order"))
            let bad = try await saga(
                "workflow", "deploy", "order.yaml", environment: api.environment, prepare: file("workflow: [\n"))
            #expect(bad.status == 1 && bad.output.isEmpty)
            #expect(bad.errors.contains("order.yaml:") && bad.errors.hasSuffix("[SAGA-0205]\n"), "\(bad.errors)")
        }
    }
}
