import SagaAPI
import SagaEngine
import SagaValues
import TestAPI
import TestSupport
import Testing

@Suite struct JobTests {
    /// Deliveries that wait for a person, the oldest first, and participants that answer from now on.
    private func withHeld(
        _ count: Int, _ body: @escaping @Sendable (TestAPI, [UUID]) async throws -> Void
    ) async throws {
        let bus = ScriptedBus { $0.action == "parcel.ship" ? .rejected("no-address") : .done() }
        try await TestAPI.run(bus: bus, { $0.jobPoll = .milliseconds(20) }) { api in
            try await api.deploy(TestAPI.delivery)
            var ids: [UUID] = []
            for number in 0..<count { ids.append(try await api.start("delivery", key: "key \(number)")) }
            try await eventually("all wait for a person", within: .seconds(30)) { try await Self.held(api) == count }
            bus.answer { _ in .done() }
            try await body(api, ids.sorted())
        }
    }

    private static func held(_ api: TestAPI) async throws -> Int {
        let run = try await saga("list", "--incident", "--json", environment: api.environment)
        return try JSONValueDecoder.decode(SagaPage.self, from: try JSON(parsing: run.output)).sagas.count
    }

    @Test("many are shown before anything is done; where nobody can be asked, the command that would do it is told")
    func asked() async throws {
        try await withHeld(3) { api, ids in
            let run = try await saga(
                "retry", "--workflow", "delivery", "--incident", "no-address", "--reason", "it's mended",
                environment: api.environment)
            #expect(run.status == 1)
            for word in ["retry is for 3 sagas", "delivery v1", "ship", "rejected", "no-address", ids[0].description] {
                #expect(run.output.contains(word), "\(run.output)")
            }
            #expect(run.errors.contains("--incident no-address --reason 'it'\\''s mended' --yes"), "\(run.errors)")
            let dry = try await saga(
                "retry", "--incident", "rejected", "--reason", "r", "--dry-run", environment: api.environment)
            #expect(dry.status == 0 && dry.output.contains("for 3 sagas") && dry.output.contains("dry run"))
            #expect(try await Self.held(api) == 3)
            let jobs = try await saga("jobs", environment: api.environment)
            #expect(jobs.output == "no jobs\n")
        }
    }

    @Test("with --yes it is done to all and followed, and jobs and job tell of it")
    func done() async throws {
        try await withHeld(3) { api, ids in
            let run = try await saga(
                "retry", "--incident", "no-address", "--rate", "100/s", "--reason", "mended", "--yes",
                environment: api.environment)
            #expect(run.status == 0, "\(run.errors)")
            #expect(run.output.contains("3: 3 done, 0 refused, 0 failed, 0 open"), "\(run.output)")
            #expect(try await Self.held(api) == 0)
            let jobs = try await saga("jobs", "--json", environment: api.environment)
            let page = try JSONValueDecoder.decode(JobPage.self, from: try JSON(parsing: jobs.output))
            let id = try #require(page.jobs.first?.id)
            #expect(page.jobs.count == 1 && page.jobs[0].rate == 100 && page.jobs[0].reason == "mended")
            #expect(run.output.contains("saga job \(id) --wait"))
            let shown = try await saga("job", "\(id)", environment: api.environment)
            #expect(shown.status == 0 && shown.output.contains("3 done"), "\(shown.errors)")
            let items = try await saga("job", "\(id)", "--items", "done", "--json", environment: api.environment)
            let sagas = try items.lines.map {
                try JSONValueDecoder.decode(JobItemView.self, from: try JSON(parsing: $0)).saga
            }
            #expect(sagas == ids)
            let late = try await saga("job", "abort", "\(id)", "--reason", "late", environment: api.environment)
            #expect(late.status == 1 && late.errors.hasSuffix("[SAGA-0240]\n"))
            let none = try await saga(
                "retry", "--incident", "no-address", "--reason", "r", "--yes", environment: api.environment)
            #expect(none.status == 0 && none.output.contains("no saga fits"))
        }
    }

    @Test("several ids are one job, and sagas that refuse are listed and make it status 5")
    func refused() async throws {
        try await withHeld(2) { api, ids in
            let other = try await api.start("delivery", key: "other")
            #expect(try await saga("watch", "\(other)", environment: api.environment).status == 0)
            let run = try await saga(
                "retry", "\(ids[0])", "\(ids[1])", "\(other)", "--reason", "r", "--yes", environment: api.environment)
            #expect(run.status == 5, "\(run.errors)")
            #expect(run.output.contains("2 done, 1 refused"), "\(run.output)")
            #expect(run.lines.last?.contains("refused") == true && run.lines.last?.contains("completed") == true)
            let one = try await saga("pause", "\(other)", "--reason", "r", environment: api.environment)
            #expect(one.status == 1 && one.errors.hasSuffix("[SAGA-0209]\n"), "one saga is asked directly")
        }
    }

    @Test("a job that is left running is steered, and what it has not come to is left alone")
    func steered() async throws {
        // More than it comes to, however slow the machine is.
        try await withHeld(40) { api, _ in
            let run = try await saga(
                "retry", "--step", "ship", "--workflow", "delivery", "--rate", "1/s", "--reason", "r", "--yes",
                "--detach", "--json", environment: api.environment)
            #expect(run.status == 0 && run.lines.count == 2, "\(run.errors)")
            let job = try JSONValueDecoder.decode(JobView.self, from: try JSON(parsing: try #require(run.lines.last)))
            let paused = try await saga("job", "pause", "\(job.id)", "--reason", "r", environment: api.environment)
            #expect(paused.status == 0 && paused.output.contains("paused"), "\(paused.errors)")
            let resumed = try await saga("job", "resume", "\(job.id)", "--reason", "r", environment: api.environment)
            #expect(resumed.status == 0 && resumed.output.contains("running"))
            let aborted = try await saga("job", "abort", "\(job.id)", "--reason", "r", environment: api.environment)
            #expect(aborted.status == 0 && aborted.output.contains("left alone"))
            let waited = try await saga("job", "\(job.id)", "--wait", environment: api.environment)
            #expect(waited.status == 5)
        }
    }

    @Test("an order whose answer is lost is sent again by the same key, which is told in the end")
    func lostAnswer() async throws {
        // It previews, and has nothing to say of the order.
        let body = #"{"dryRun":true,"preview":{"count":1,"limit":9,"groups":[],"sample":[]}}"#
        let stub = try StubServer("200 OK\r\nContent-Length: \(body.utf8.count)\r\n\r\n\(body)")
        defer { stub.stop() }
        let run = try await saga(
            "retry", "--incident", "x", "--reason", "r", "--yes",
            environment: ["SAGA_URL": stub.url, "SAGA_TOKEN": TestAPI.token])
        #expect(run.status == 2, "\(run.errors)")
        let keys = stub.requests.compactMap { request in
            request.split(separator: "\r\n").first { $0.lowercased().hasPrefix("idempotency-key: ") }?
                .split(separator: " ").last
        }
        let key = try #require(keys.first)
        #expect(stub.requests.count == 4 && keys.count == 3 && Set(keys).count == 1)
        #expect(run.errors.contains("--request-key \(key)"), "\(run.errors)")
    }

    private static let wrongLines: [[String]] = [
        ["retry", "--reason", "r"], ["retry", "--step", "ship", "--reason", "r", "--yes"],
        ["skip", "--step", "ship", "--reason", "r", "--yes"], ["pause", "--tenant", "acme", "--reason", "r"],
        ["pause", "--children", "--reason", "r"],
        ["retry", "0199c0de-0000-7000-8000-000000000000", "--workflow", "w", "--reason", "r"],
        ["retry", "--workflow", "w", "--revision", "3", "--reason", "r"], ["retry", "--workflow", "w"],
        ["retry", "--workflow", "w", "--rate", "fast", "--reason", "r"],
        ["retry", "--workflow", "w", "--rate", "0/s", "--reason", "r"],
        ["retry", "--workflow", "w", "--since", "soon", "--reason", "r"], ["job", "17"], ["job", "abort", "17"],
        ["job", "0199c0de-0000-7000-8000-000000000000", "--wait", "--items", "all"], ["jobs", "--cursor", "17"],
    ]

    @Test("a line that does not say which sagas, or says it twice, sends nothing", arguments: wrongLines)
    func wrong(arguments: [String]) async throws {
        let stub = try StubServer("200 OK\r\nContent-Length: 2\r\n\r\n{}")
        defer { stub.stop() }
        let run = try await saga(arguments, environment: ["SAGA_URL": stub.url, "SAGA_TOKEN": TestAPI.token])
        #expect(run.status == 64, "\(run.errors)")
        #expect(run.errors.hasPrefix("Error: "), "\(run.errors)")
        #expect(stub.requests.isEmpty)
    }
}
