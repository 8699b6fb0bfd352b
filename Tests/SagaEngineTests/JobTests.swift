import MemoryStore
import SagaCore
import SagaValues
import Synchronization
import TestSupport
import Testing

@testable import SagaEngine

/// The verb is mostly `patch`: one that would show in the history if it were carried out twice.
@Suite("Jobs") struct JobTests {
    let database = MemoryDatabase()
    private static let patch = OperatorRequest.Verb.patch(step: "b", ["x": 1])

    private static func request(
        _ verb: OperatorRequest.Verb = patch, rate: Int = 1_000, key: String = "k", reason: String = "r",
        by requester: Requester = Requester(subject: "mia", credential: "t", role: .operator, address: "::1"),
        _ change: (inout SagaFilter) -> Void = { _ in }
    ) -> JobRequest {
        var filter = SagaFilter()
        filter.withIncident = true
        change(&filter)
        return JobRequest(
            verb: verb, filter: filter, filterText: ["incident": true], reason: reason, rate: rate, key: key,
            requester: requester)
    }

    private func node(_ name: String = "test", _ adjust: (inout EngineConfiguration) -> Void = { _ in }) -> Node {
        let node = Node(database, name: name) { configuration in
            configuration.jobPoll = .milliseconds(20)
            adjust(&configuration)
        }
        node.bus.whenAsked { $0.action == "two.b" ? .rejected("down") : .done() }
        return node
    }

    /// Sagas that wait for a person at step b.
    private static func hold(_ node: Node, _ count: Int) async throws -> [UUID] {
        try await node.deploy(Definitions.pivotFirst)
        var ids: [UUID] = []
        for number in 0..<count { ids.append(try await node.start("pivot-first", key: "key \(number)")) }
        try await eventually("all wait for a person", within: .seconds(30)) {
            var filter = SagaFilter()
            filter.withIncident = true
            return try await node.store.list(filter, after: nil, limit: 1_000).count == count
        }
        return ids.sorted()
    }

    private static func end(of id: UUID, on node: Node) async throws -> SagaJob {
        try await eventually("the job has ended", within: .seconds(60)) {
            try await node.store.job(id)?.status.isFinal ?? false
        }
        return try #require(try await node.store.job(id))
    }

    private static func patches(_ node: Node, _ ids: [UUID]) async throws -> [Int] {
        var counts: [Int] = []
        for id in ids { counts.append(try await node.history(id).count { $0.kind == .patched }) }
        return counts
    }

    private static func audit(_ node: Node, _ verb: String) async throws -> [AuditRecord] {
        var filter = AuditFilter()
        filter.verb = verb
        return try await node.store.auditRecords(filter, before: nil, limit: 1_000).map(\.record)
    }

    // MARK: Carrying out

    @Test("a job carries its verb out on each saga once, and the audit says for which job")
    func carriedOut() async throws {
        try await node().run { node in
            let ids = try await Self.hold(node, 30)
            let (made, isNew) = try await node.engine.create(Self.request())
            #expect(isNew && made.counts.total == 30)
            let job = try await Self.end(of: made.order.id, on: node)
            #expect(job.status == .done && job.counts == .init(total: 30, done: 30))
            #expect(try await Self.patches(node, ids) == Array(repeating: 1, count: 30))
            let items = try await node.store.items(of: made.order.id, status: nil, after: 0, limit: 100)
            #expect(items.map(\.saga) == ids)
            for item in items {
                #expect(item.status == .done && item.message?.contains("b") == true)
                #expect(try await node.store.summary(item.saga)?.row.revision == item.revision)
            }
            let lines = try await Self.audit(node, "patch")
            #expect(Set(lines.map(\.saga)) == Set(ids) && lines.count == 30)
            for line in lines {
                #expect(try JSON(parsing: line.detail)["job"]?.stringValue == made.order.id.description)
                #expect(line.author.subject == "mia" && line.reason == "r")
            }
            #expect(try await Self.audit(node, "job-create").count == 1)
        }
    }

    @Test("a saga that refuses the verb is passed over with the reason, and the others are not held up")
    func refused() async throws {
        try await node().run { node in
            let ids = try await Self.hold(node, 4)
            _ = try await node.engine.perform(
                OperatorRequest(saga: ids[1], verb: .abandon, expectedRevision: nil, reason: "r", subject: "ann"))
            let (made, _) = try await node.engine.create(
                Self.request {
                    $0.withIncident = false
                    $0.ids = Set(ids)
                })
            let job = try await Self.end(of: made.order.id, on: node)
            #expect(job.counts == .init(total: 4, done: 3, refused: 1))
            let item = try await node.store.items(of: job.order.id, status: .refused, after: 0, limit: 9)
            #expect(item.map(\.saga) == [ids[1]])
            #expect(item.first?.message?.contains("abandoned") == true, "\(item)")
            let line = try #require(try await Self.audit(node, "patch").first { $0.outcome == .refused })
            #expect(line.saga == ids[1])
            #expect(try JSON(parsing: line.detail)["job"]?.stringValue == job.order.id.description)
        }
    }

    @Test("what whoever made the job may not do is refused saga by saga, though an admin looks on")
    func identity() async throws {
        let node = node()
        try await node.run { node in
            try await node.deploy(
                """
                workflow: trip
                version: 1
                steps:
                  - boss: { approval: { role: boss, title: "Go?" }, timeout: 7d }
                """)
            let id = try await node.start("trip")
            func approve(_ groups: Set<String>, _ key: String) async throws -> JobItem? {
                let requester = Requester(subject: "mia", credential: "t", role: .operator, groups: groups)
                let (job, _) = try await node.engine.create(
                    Self.request(.approve(step: nil, isGiven: true), key: key, by: requester) {
                        $0.withIncident = false
                        $0.workflow = "trip"
                    })
                _ = try await Self.end(of: job.order.id, on: node)
                return try await node.store.items(of: job.order.id, status: nil, after: 0, limit: 9).first
            }
            let refused = try await approve([], "1")
            #expect(refused?.status == .refused && refused?.message?.contains("group boss") == true)
            #expect(try await approve(["boss"], "2")?.status == .done)
            #expect(try await node.engine.waitForEnd(id, upTo: .seconds(30))?.row.status == .completed)
        }
    }

    @Test("no more are asked for in a second than the job's rate")
    func rate() async throws {
        try await node().run { node in
            _ = try await Self.hold(node, 4)
            let begin = ContinuousClock.now
            let (made, _) = try await node.engine.create(Self.request(rate: 4))
            _ = try await Self.end(of: made.order.id, on: node)
            // Three intervals, less what may be made up for.
            #expect(.now - begin >= .milliseconds(640))
        }
    }

    @Test("what comes to fit the filter later is not touched, and what does not fit any more stays an item")
    func frozen() async throws {
        try await node().run { node in
            let ids = try await Self.hold(node, 3)
            let (made, _) = try await node.engine.create(Self.request(rate: 1) { $0.workflow = "pivot-first" })
            _ = try await node.engine.perform(
                OperatorRequest(saga: ids[2], verb: .abandon, expectedRevision: nil, reason: "r", subject: "ann"))
            let late = try await node.start("pivot-first", key: "late")
            try await eventually("it waits for a person too") {
                try await node.store.summary(late)?.row.hasOpenIncident ?? false
            }
            let job = try await Self.end(of: made.order.id, on: node)
            #expect(job.counts == .init(total: 3, done: 2, refused: 1))
            #expect(try await Self.patches(node, ids + [late]) == [1, 1, 0, 0])
        }
    }

    // MARK: Crashes

    @Test("a commit whose answer was lost is found, and the verb is not carried out twice")
    func lostAnswers() async throws {
        try await node().run { node in
            let ids = try await Self.hold(node, 20)
            let lost = Mutex(0)
            node.store.chooseFaults { batch in
                guard !batch.jobItems.isEmpty else { return nil }
                return lost.withLock { lost in
                    lost += 1
                    // Written or not: nobody is told.
                    return lost > 6 ? nil : lost % 2 == 0 ? .fails(.outcomeUnknown) : .failsAfterwards(.outcomeUnknown)
                }
            }
            let (made, _) = try await node.engine.create(Self.request(rate: 50))
            let job = try await Self.end(of: made.order.id, on: node)
            #expect(lost.withLock { $0 } >= 2, "one was written, and one was not")
            #expect(job.counts == .init(total: 20, done: 20))
            #expect(try await Self.patches(node, ids) == Array(repeating: 1, count: 20))
            #expect(try await Self.audit(node, "patch").count == 20)
        }
    }

    @Test("a node that dies in the middle leaves the rest to the next one, and nothing is done twice")
    func takenOver() async throws {
        let first = node("first")
        let (ids, id) = try await first.run { node in
            let ids = try await Self.hold(node, 20)
            let count = Mutex(0)
            node.store.chooseFaults { batch in
                guard !batch.jobItems.isEmpty else { return nil }
                return count.withLock { count in
                    count += 1
                    // The last thing that it writes, it does not hear of.
                    return count < 4 ? nil : count == 4 ? .failsAfterwards(.unavailable) : .fails(.unavailable)
                }
            }
            let (job, _) = try await node.engine.create(Self.request(rate: 20))
            try await eventually("it has come to a stop") { count.withLock { $0 } > 4 }
            node.store.cutOff()
            return (ids, job.order.id)
        }
        let second = node("second")
        let left = try #require(try await second.store.job(id))
        #expect(left.counts.done > 0 && left.counts.open > 0, "it died in the middle: \(left.counts)")
        try await second.run { node in
            let job = try await Self.end(of: id, on: node)
            #expect(job.counts == .init(total: 20, done: 20))
            #expect(try await Self.patches(node, ids) == Array(repeating: 1, count: 20))
        }
    }

    @Test("two nodes that both take themselves for the leader carry nothing out twice")
    func twoLeaders() async throws {
        let (first, second) = (node("first"), node("second"))
        let handedIn = Mutex(0)
        second.store.chooseFaults { batch in
            handedIn.withLock { $0 += batch.jobItems.count }
            return nil
        }
        try await first.run { first in
            let ids = try await Self.hold(first, 60)
            try await second.run { second in
                let claims = Task {
                    // Each heartbeat tells it that it is not.
                    while !Task.isCancelled {
                        second.engine.parts.leads(true)
                        try? await Task.sleep(for: .milliseconds(1))
                    }
                }
                defer { claims.cancel() }
                let (made, _) = try await first.engine.create(Self.request(rate: 100))
                let job = try await Self.end(of: made.order.id, on: first)
                #expect(handedIn.withLock { $0 } > 0, "both were at it")
                #expect(job.counts == .init(total: 60, done: 60))
                #expect(try await Self.patches(first, ids) == Array(repeating: 1, count: 60))
            }
        }
    }

    // MARK: Steering

    @Test("a job that is paused stands still until it is resumed, and one that is aborted for good")
    func steered() async throws {
        try await node().run { node in
            let ids = try await Self.hold(node, 6)
            let ann = Requester(subject: "ann", credential: "t", role: .operator)
            let (made, _) = try await node.engine.create(Self.request(rate: 4))
            let id = made.order.id
            func counts() async throws -> SagaJob.Counts { try #require(try await node.store.job(id)).counts }
            func settled() async throws {
                // Nobody works at it any more.
                try await eventually("it is put down", within: .seconds(20)) {
                    guard node.engine.parts.jobs.take(id) else { return false }
                    node.engine.parts.jobs.settle(id)
                    return true
                }
            }
            try await eventually("it has begun") { try await counts().done >= 1 }
            let paused = try await node.engine.steer(id, .pause, reason: "stop", by: ann)
            #expect(paused.status == .paused && paused.counts.open > 0)
            try await settled()
            #expect(try await counts() == paused.counts)
            await #expect { try await node.engine.steer(id, .pause, reason: "again", by: ann) } throws: {
                if case JobError.illegal(let why) = $0 { why.contains("paused") } else { false }
            }
            #expect(try await node.engine.steer(id, .resume, reason: "go", by: ann).status == .running)
            try await eventually("it goes on") { try await counts().done > paused.counts.done }
            let aborted = try await node.engine.steer(id, .abort, reason: "enough", by: ann)
            #expect(aborted.status == .aborted && aborted.counts.open > 0)
            try await settled()
            #expect(try await counts() == aborted.counts)
            let done = try await Self.patches(node, ids).reduce(0, +)
            #expect(done == aborted.counts.done, "nothing happens after the answer")
            let skipped = try await node.store.items(of: id, status: .skipped, after: 0, limit: 9)
            #expect(skipped.count == aborted.counts.open)
            for control in JobControl.allCases {
                await #expect(throws: JobError.self) {
                    try await node.engine.steer(id, control, reason: "late", by: ann)
                }
            }
            for (verb, reason) in [("job-pause", "stop"), ("job-resume", "go"), ("job-abort", "enough")] {
                let lines = try await Self.audit(node, verb)
                #expect(lines.map(\.reason) == [reason] && lines.map(\.author.subject) == ["ann"])
            }
        }
    }

    @Test("to set a job going again takes what its verb takes, and to see it its tenant")
    func steeringAccess() async throws {
        try await node().run { node in
            _ = try await Self.hold(node, 2)
            let admin = Requester(subject: "root", credential: "t", role: .admin)
            let (job, _) = try await node.engine.create(Self.request(.abandon, rate: 1, by: admin))
            let ann = Requester(subject: "ann", credential: "t", role: .operator)
            _ = try await node.engine.steer(job.order.id, .pause, reason: "stop", by: ann)
            await #expect { try await node.engine.steer(job.order.id, .resume, reason: "go", by: ann) } throws: {
                if case JobError.engine(.forbidden) = $0 { true } else { false }
            }
            let bound = Requester(subject: "bob", credential: "t", role: .admin, tenant: "acme")
            for id in [job.order.id, UUID.v7()] {
                await #expect { try await node.engine.steer(id, .abort, reason: "r", by: bound) } throws: {
                    if case JobError.unknownJob = $0 { true } else { false }
                }
            }
            #expect(try await node.store.job(job.order.id)?.status == .paused)
        }
    }

    // MARK: Making

    @Test("a preview says how many, what they are like and what would come of it, and writes nothing")
    func preview() async throws {
        try await node().run { node in
            let ids = try await Self.hold(node, 12)
            let before = try await Self.patches(node, ids)
            let preview = try await node.engine.preview(Self.request())
            #expect(preview.affected.count == 12 && !preview.isTooMany)
            #expect(preview.affected.groups.map(\.count) == [12])
            #expect(preview.affected.groups.first?.errorCode == "down" && preview.affected.groups.first?.step == "b")
            #expect(preview.sample.map(\.saga) == Array(ids.prefix(10)))
            for look in preview.sample {
                guard case .changes(let changes) = look.outlook else { Issue.record("\(look)"); continue }
                #expect(!changes.isEmpty)
            }
            let refused = try await node.engine.preview(Self.request(.approve(step: nil, isGiven: true)))
            for look in refused.sample {
                guard case .refused(let why) = look.outlook else { Issue.record("\(look)"); continue }
                #expect(why.contains("consent") && why.contains("possible: "))
            }
            #expect(try await Self.patches(node, ids) == before)
            #expect(try await node.store.jobs(JobFilter(), before: nil, limit: 9).isEmpty)
            #expect(try await node.store.auditRecords(AuditFilter(), before: nil, limit: 9).isEmpty)
        }
    }

    @Test("the same order with the same key is one job, another order with it is refused")
    func idempotent() async throws {
        try await node().run { node in
            _ = try await Self.hold(node, 2)
            let (first, _) = try await node.engine.create(Self.request())
            let (second, isNew) = try await node.engine.create(Self.request())
            #expect(second.order.id == first.order.id && !isNew)
            for other in [
                Self.request(reason: "other"), Self.request(rate: 7), Self.request(.pause),
                Self.request(by: Requester(subject: "tom", credential: "t", role: .operator)),
            ] {
                await #expect { try await node.engine.create(other) } throws: {
                    if case JobError.keyConflict(first.order.id) = $0 { true } else { false }
                }
            }
            #expect(try await node.store.jobs(JobFilter(), before: nil, limit: 9).count == 1)
        }
    }

    @Test("whoever is bound to a tenant has jobs over its sagas alone, whatever the filter says")
    func tenants() async throws {
        try await node().run { node in
            let ids = try await Self.hold(node, 3)
            let bound = Requester(subject: "bob", credential: "t", role: .operator, tenant: "acme")
            for tenant in [nil, "default"] {
                let request = Self.request(key: "k \(tenant ?? "")", by: bound) { $0.tenant = tenant }
                #expect(try await node.engine.preview(request).affected.count == 0)
                let (job, _) = try await node.engine.create(request)
                #expect(job.counts.total == 0 && job.order.tenant == "acme")
            }
            #expect(try await Self.patches(node, ids) == [0, 0, 0])
        }
    }

    @Test("a verb that one may not ask for makes no job, and the refusal is in the audit")
    func forbidden() async throws {
        try await node().run { node in
            _ = try await Self.hold(node, 1)
            for verb in [OperatorRequest.Verb.abandon, .skip(step: "b", output: nil, isForced: true)] {
                await #expect { try await node.engine.create(Self.request(verb)) } throws: {
                    if case JobError.engine(.forbidden) = $0 { true } else { false }
                }
                await #expect(throws: JobError.self) { try await node.engine.preview(Self.request(verb)) }
            }
            let lines = try await Self.audit(node, "job-create")
            #expect(lines.map(\.outcome) == [.refused, .refused])
            #expect(try await node.store.jobs(JobFilter(), before: nil, limit: 9).isEmpty)
        }
    }

    // MARK: Rules

    @Test(
        "a verb is read as it was written",
        arguments: [
            .retry(step: nil), .retry(step: "a"), .retryPatched(step: "a", ["n": .number("1.10"), "m": nil]),
            .compensate, .approve(step: nil, isGiven: true), .approve(step: "a", isGiven: true),
            .approve(step: "a", isGiven: false), .skip(step: "a", output: nil, isForced: false),
            .skip(step: "a", output: ["o": [1]], isForced: true), .skip(step: "a", output: .null, isForced: false),
            .resolve(step: "a", .done, output: ["o": 1]), .resolve(step: "a", .notDone, output: nil),
            .resolve(step: "a", .undone, output: nil), .patch(step: "a", [:]), .pause, .resume, .abandon,
        ] as [OperatorRequest.Verb])
    func verbs(_ verb: OperatorRequest.Verb) throws {
        #expect(OperatorRequest.Verb(try JSON(parsing: verb.json.text)) == verb)
    }

    @Test("what no verb is written as is none")
    func noVerbs() {
        for json: JSON in [
            [:], ["verb": "explode"], ["verb": "skip"], ["verb": "patch", "step": "a"],
            ["verb": "retry", "patch": [:]],
            ["verb": "resolve", "step": "a", "outcome": "maybe"], ["verb": "pause", "step": "a"], "retry",
        ] {
            #expect(OperatorRequest.Verb(json) == nil, "\(json.text)")
        }
    }

    @Test("a pace spreads evenly, makes up for a late timer, and for no more than that")
    func pace() {
        let start = ContinuousClock.now
        var pace = Pace(rate: 10)
        #expect(pace.take(at: start) == .zero)
        #expect(pace.take(at: start) == .milliseconds(100))
        #expect(pace.take(at: start) == .milliseconds(200))
        // The timer rang 30 ms late: the next one is due where it was.
        #expect(pace.take(at: start + .milliseconds(230)) == .milliseconds(70))
        // A long pause is not made up for, but for a tenth of a second.
        let late = start + .seconds(60)
        #expect(pace.take(at: late) == .zero)
        #expect(pace.take(at: late) == .zero)
        #expect(pace.take(at: late) == .milliseconds(100))
    }
}
