import SagaAPI
import SagaEngine
import SagaValues
import TestAPI
import TestSupport
import Testing

@Suite("Jobs of the API") struct JobTests {
    /// Deliveries that wait for a person, the oldest first, and a bus that answers from now on.
    private func withHeld(
        _ count: Int, _ body: @escaping @Sendable (TestAPI, [UUID]) async throws -> Void
    ) async throws {
        let bus = ScriptedBus { $0.action == "parcel.ship" ? .rejected("no-address") : .done() }
        try await TestAPI.run(bus: bus, { $0.jobPoll = .milliseconds(20) }) { api in
            try await api.deploy(TestAPI.delivery)
            var ids: [UUID] = []
            for number in 0..<count { ids.append(try await api.start("delivery", key: "key \(number)")) }
            try await eventually("all wait for a person") {
                try await api.get("/v1/incidents?limit=500").decode(IncidentList.self).incidents.count == count
            }
            bus.answer { _ in .done() }
            try await body(api, ids.sorted())
        }
    }

    private static let retry = #""verb":"retry","filter":{"code":"no-address"},"reason":"mended""#

    /// - Parameter body: the members of the order.
    private func make(
        _ api: TestAPI, _ body: String, key: String = "k", as token: String = TestAPI.token
    ) async throws -> HTTPAnswer {
        try await api.send("POST", "/v1/jobs", "{\(body)}", as: token, headers: ["Idempotency-Key": key])
    }

    private func end(_ api: TestAPI, _ id: UUID) async throws -> JobView {
        try await eventually("the job has ended", within: .seconds(30)) {
            try await api.get("/v1/jobs/\(id)").decode(JobView.self).endedAt != nil
        }
        return try await api.get("/v1/jobs/\(id)").decode(JobView.self)
    }

    @Test("a preview says how many and what would come of it, and needs no key; nothing is done")
    func preview() async throws {
        try await withHeld(12) { api, ids in
            let answer = try await api.send("POST", "/v1/jobs", "{\(Self.retry),\"dryRun\":true}")
            #expect(answer.status == 200)
            let body = try answer.decode(JobAnswer.self)
            let preview = try #require(body.preview)
            #expect(body.dryRun && body.job == nil)
            #expect(preview.count == 12 && preview.limit == 100_000)
            let group = try #require(preview.groups.first)
            #expect(preview.groups.count == 1 && group.count == 12 && group.workflow == "delivery")
            #expect(group.step == "ship" && group.cause == "rejected" && group.errorCode == "no-address")
            #expect(preview.sample.map(\.saga) == Array(ids.prefix(10)))
            #expect(preview.sample.allSatisfy { $0.changes?.first?.contains("ship") == true && $0.refusal == nil })
            #expect(try await api.get("/v1/jobs").decode(JobPage.self).jobs.isEmpty)
            #expect(try await api.get("/v1/incidents").decode(IncidentList.self).incidents.count == 12)
        }
    }

    @Test("a job is made once by its key, carried out, and its items tell what came of each saga")
    func made() async throws {
        try await withHeld(3) { api, ids in
            let first = try await make(api, Self.retry)
            #expect(first.status == 201)
            let job = try #require(try first.decode(JobAnswer.self).job)
            #expect(job.isNew == true && job.verb == "retry" && job.total == 3 && job.rate == 20)
            #expect(job.filter == ["code": "no-address"] && job.subject == "admin")
            let again = try await make(api, Self.retry)
            #expect(again.status == 200)
            #expect(try again.decode(JobAnswer.self).job?.id == job.id)
            try expectProblem(
                try await make(api, Self.retry + #","rate":5"#), 409, "SAGA-0206", naming: job.id.description)

            let ended = try await end(api, job.id)
            #expect(ended.status == "done" && ended.done == 3 && ended.open == 0 && ended.expectedEndAt == nil)
            let page = try await api.get("/v1/jobs/\(job.id)/items?limit=2").decode(JobItemPage.self)
            let rest = try await api.get("/v1/jobs/\(job.id)/items?limit=2&cursor=\(try #require(page.next))")
                .decode(JobItemPage.self)
            let items = page.items + rest.items
            #expect(rest.next == nil && items.map(\.saga) == ids && items.map(\.position) == [1, 2, 3])
            #expect(
                items.allSatisfy { $0.status == "done" && $0.revision != nil && $0.message?.contains("ship") == true })
            for id in ids {
                let saga = try await api.get("/v1/sagas/\(id)", headers: ["Prefer": "wait=60"]).decode(SagaDetail.self)
                #expect(saga.saga.status == "completed")
            }
            let refused = try await api.get("/v1/jobs/\(job.id)/items?status=refused").decode(JobItemPage.self)
            #expect(refused.items.isEmpty)
            for control in ["pause", "resume", "abort"] {
                let late = try await api.send("POST", "/v1/jobs/\(job.id)/\(control)", #"{"reason":"late"}"#)
                try expectProblem(late, 409, "SAGA-0240", naming: "done")
            }
        }
    }

    @Test("a job is paused, resumed and aborted, and listed by its status, newest first")
    func steered() async throws {
        try await withHeld(3) { api, _ in
            func steer(_ id: UUID, _ control: String) async throws -> JobView {
                let answer = try await api.send("POST", "/v1/jobs/\(id)/\(control)", #"{"reason":"r"}"#)
                #expect(answer.status == 200)
                return try answer.decode(JobView.self)
            }
            func ids(_ query: String = "") async throws -> [UUID] {
                try await api.get("/v1/jobs\(query)").decode(JobPage.self).jobs.map(\.id)
            }
            var jobs: [UUID] = []
            for key in ["1", "2"] {
                let job = try await make(api, Self.retry + #","rate":1"#, key: key).decode(JobAnswer.self).job
                let id = try #require(job?.id)
                jobs.append(id)
                #expect(try await steer(id, "pause").status == "paused")
            }
            let order = jobs.sorted(by: >)
            #expect(try await ids() == order)
            let page = try await api.get("/v1/jobs?limit=1").decode(JobPage.self)
            #expect(page.jobs.map(\.id) == [order[0]] && page.next == order[0])
            #expect(try await ids("?cursor=\(order[0])") == [order[1]])
            #expect(try await steer(jobs[0], "abort").status == "aborted")
            #expect(try await ids("?status=aborted,done") == [jobs[0]])
            #expect(try await ids("?status=paused") == [jobs[1]])
            let left = try await api.get("/v1/jobs/\(jobs[0])/items?status=skipped").decode(JobItemPage.self)
            #expect(!left.items.isEmpty)
            #expect(try await steer(jobs[1], "resume").status == "running")
            #expect(try await end(api, jobs[1]).open == 0)
            let audited = try await api.get("/v1/audit?verb=job-pause").decode(AuditPage.self).audit
            #expect(audited.count == 2 && audited.first?.detail["job"]?.stringValue == jobs[1].description)
        }
    }

    @Test("each member of the filter narrows the set, as in the list of sagas")
    func filters() async throws {
        try await withHeld(4) { api, ids in
            func count(_ filter: String, _ more: String = "") async throws -> Int {
                let answer = try await api.send(
                    "POST", "/v1/jobs", #"{"verb":"retry","filter":\#(filter),"reason":"r","dryRun":true\#(more)}"#)
                #expect(answer.status == 200, "\(filter): \(answer.text)")
                return try answer.decode(JobAnswer.self).preview?.count ?? -1
            }
            let all = ids.map { "\"\($0)\"" }.joined(separator: ",")
            for filter in [
                #"{"workflow":"delivery","version":1}"#, #"{"status":"running"}"#, #"{"status":["running","queued"]}"#,
                #"{"incident":true,"children":true}"#, #"{"step":"ship","participant":"parcel","cause":"rejected"}"#,
                #"{"error":"NO-ADDR"}"#, #"{"startedAfter":"2020-01-01T00:00:00Z"}"#, #"{"sagas":[\#(all)]}"#,
            ] {
                let found = try await count(filter)
                #expect(found == 4, "\(filter)")
            }
            for filter in [
                #"{"workflow":"other"}"#, #"{"version":2}"#, #"{"status":"completed"}"#, #"{"step":"pay"}"#,
                #"{"code":"other"}"#, #"{"startedBefore":"2020-01-01T00:00:00Z"}"#, #"{"key":"other"}"#,
                #"{"businessKey":"other"}"#, #"{"parent":"\#(ids[0])"}"#, #"{"sagas":["\#(UUID.v7())"]}"#,
            ] {
                let found = try await count(filter)
                #expect(found == 0, "\(filter)")
            }
            #expect(try await count(#"{"key":"key 1"}"#) == 1)
            #expect(try await count(#"{"sagas":["\#(ids[2])"]}"#) == 1)
            #expect(try await count(#"{"incident":true}"#, #","tenant":"acme""#) == 0)
            #expect(try await api.get("/v1/sagas?code=no-address").decode(SagaPage.self).sagas.count == 4)
            #expect(try await api.get("/v1/sagas?code=other").decode(SagaPage.self).sagas.isEmpty)
        }
    }

    @Test("an order that cannot be understood is refused, and says what is wrong")
    func malformed() async throws {
        try await TestAPI.run { api in
            let many = Array(repeating: "\"\(UUID.v7())\"", count: 501).joined(separator: ",")
            for (body, word) in [
                (#""filter":{"incident":true},"reason":"r""#, "verb"),
                (#""verb":"explode","filter":{"incident":true},"reason":"r""#, "abandon"),
                (#""verb":"retry","reason":"r""#, "filter"),
                (#""verb":"retry","filter":{},"reason":"r""#, "which sagas"),
                (#""verb":"retry","filter":{"children":true},"reason":"r""#, "which sagas"),
                (#""verb":"retry","filter":{"incident":false},"reason":"r""#, "which sagas"),
                (#""verb":"retry","filter":{"wrokflow":"a"},"reason":"r""#, "wrokflow"),
                (#""verb":"retry","filter":{"tenant":"a"},"reason":"r""#, "tenant"),
                (#""verb":"retry","filter":["a"],"reason":"r""#, "object"),
                (#""verb":"retry","filter":{"workflow":{}},"reason":"r""#, "workflow"),
                (#""verb":"retry","filter":{"status":"lost"},"reason":"r""#, "status"),
                (#""verb":"retry","filter":{"sagas":[]},"reason":"r""#, "sagas"),
                (#""verb":"retry","filter":{"sagas":["17"]},"reason":"r""#, "sagas"),
                (#""verb":"retry","filter":{"sagas":[\#(many)]},"reason":"r""#, "500"),
                (#""verb":"retry","filter":{"incident":true},"reason":"""#, "reason"),
                (#""verb":"retry","filter":{"incident":true},"reason":"r","rate":0"#, "rate"),
                (#""verb":"retry","filter":{"incident":true},"reason":"r","rate":1001"#, "rate"),
                (#""verb":"skip","filter":{"incident":true},"reason":"r""#, "step"),
                (#""verb":"pause","filter":{"incident":true},"reason":"r","step":"ship""#, "step"),
                (#""verb":"resolve","filter":{"incident":true},"reason":"r","step":"ship""#, "outcome"),
                (#""verb":"retry","filter":{"incident":true},"reason":"r","revision":3"#, "revision"),
            ] {
                try expectProblem(try await make(api, body), 400, "SAGA-0201", naming: word)
            }
            let fat = String(repeating: "x", count: 17 << 10)
            try expectProblem(
                try await make(
                    api, #""verb":"patch","step":"s","filter":{"incident":true},"reason":"r","patch":{"a":"\#(fat)"}"#),
                413, "SAGA-0214")
            let wide = String(repeating: "x", count: 33 << 10)
            try expectProblem(
                try await make(api, #""verb":"retry","filter":{"workflow":"\#(wide)"},"reason":"r""#), 413, "SAGA-0214")
            let keyless = try await api.send("POST", "/v1/jobs", "{\(Self.retry)}")
            try expectProblem(keyless, 400, "SAGA-0201", naming: "Idempotency-Key")
            try expectProblem(try await api.get("/v1/jobs/\(UUID.v7())"), 404, "SAGA-0203")
            try expectProblem(try await api.get("/v1/jobs/17"), 400, "SAGA-0201")
            try expectProblem(try await api.get("/v1/jobs?status=lost"), 400, "SAGA-0201", naming: "aborted")
        }
    }

    @Test("what an operator may not ask of one saga they may not ask of many")
    func forbidden() async throws {
        try await withHeld(1) { api, _ in
            let token = try await api.token(.operator).text
            for verb in [#""verb":"abandon""#, #""verb":"skip","step":"ship","force":true"#] {
                for more in ["", #","dryRun":true"#] {
                    let answer = try await make(
                        api, verb + #","filter":{"incident":true},"reason":"r""# + more, as: token)
                    try expectProblem(answer, 403, "SAGA-0216", naming: "admin")
                }
            }
            #expect(try await api.get("/v1/jobs").decode(JobPage.self).jobs.isEmpty)
        }
    }

    @Test("a patch that a job carries is not shown")
    func hidden() async throws {
        try await withHeld(1) { api, _ in
            let answer = try await make(
                api, #""verb":"patch","step":"ship","filter":{"incident":true},"reason":"r","patch":{"a":"s3cret"}"#)
            #expect(answer.status == 201)
            let id = try #require(try answer.decode(JobAnswer.self).job?.id)
            for path in ["/v1/jobs", "/v1/jobs/\(id)"] {
                let text = String(decoding: try await api.get(path).bytes, as: UTF8.self)
                #expect(text.contains("\(id)") && !text.contains("s3cret"))
            }
        }
    }
}
