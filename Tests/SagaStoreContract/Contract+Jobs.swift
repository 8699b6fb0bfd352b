import SagaCore
import SagaEngine
import SagaValues
import Testing

extension StoreContract {
    static let jobs: [StoreCheck] = [
        StoreCheck("a job is kept as it was asked for, over the sagas that the filter admits then, the oldest first") {
            fixture in
            var desk = try await Desk(fixture, 3)
            let order = JobOrder.sample(tenant: "acme")
            var filter = SagaFilter()
            filter.ids = Set(desk.samples[...1].map(\.id))
            let job = try await desk.make(order, over: filter)
            #expect(job.order == order && job.status == .running && job.endedAt == nil)
            #expect(job.counts == .init(total: 2))
            #expect(try await desk.store.job(order.id) == job)
            #expect(try await desk.store.job(.v7()) == nil)
            let late = desk.author.sample()
            try await desk.author.start(late)
            #expect(try await desk.items(order) == desk.pending(order, desk.samples[...1]))
            #expect(try await desk.verbsAudited() == ["job-create"])
        },
        StoreCheck("a job has sagas of its tenant only") { fixture in
            var author = try await Author(fixture)
            let samples = ["acme", "globex", "default"].map { author.sample(tenant: $0) }
            try await author.start(samples)
            for (tenant, expected) in [("acme", samples[...0]), ("default", samples[2...]), ("none", [])] {
                let order = JobOrder.sample(tenant: tenant)
                var filter = SagaFilter()
                filter.tenant = tenant
                filter.statuses = [.running]
                _ = try await author.store.create(order, over: filter, limit: 10, audit: .job("job-create"))
                let items = try await author.store.items(of: order.id, status: nil, after: 0, limit: 10)
                #expect(items.map(\.saga) == expected.map(\.id))
                #expect(try await author.store.affected(by: filter, limit: 10).sample == expected.map(\.id))
            }
        },
        StoreCheck("a key makes one job; keys of those who are bound to another tenant have nothing to do with it") {
            fixture in
            let desk = try await Desk(fixture, 2)
            let first = JobOrder.sample(key: "k")
            let made = try await desk.make(first)
            for digest in [UInt8(1), 2] {
                let again = JobOrder.sample(key: "k", digest: digest)
                let creation = try await desk.store.create(
                    again, over: SagaFilter(), limit: 1, audit: .job("job-create"))
                #expect(creation == .known(made), "however many sagas there are by now")
            }
            let other = JobOrder.sample(tenant: "acme", key: "k", requesterTenant: "acme")
            let bound = try await desk.make(other)
            #expect(bound.order.id == other.id)
            #expect(try await desk.verbsAudited() == ["job-create", "job-create"])
        },
        StoreCheck("of several that make a job with the same key at once, one does") { fixture in
            let desk = try await Desk(fixture, 3)
            let orders = (0..<4).map { _ in JobOrder.sample(key: "k") }
            let creations = try await withThrowingTaskGroup(of: JobCreation.self) { group in
                for order in orders {
                    group.addTask {
                        try await desk.store.create(order, over: SagaFilter(), limit: 9, audit: .job("job-create"))
                    }
                }
                return try await group.reduce(into: []) { $0.append($1) }
            }
            #expect(creations.count { if case .made = $0 { true } else { false } } == 1)
            #expect(try await desk.store.jobs(JobFilter(), before: nil, limit: 9).count == 1)
            #expect(try await desk.verbsAudited() == ["job-create"])
        },
        StoreCheck("more sagas than a job may have make none, and none at all make one that is done") { fixture in
            let desk = try await Desk(fixture, 3)
            let order = JobOrder.sample()
            let creation = try await desk.store.create(order, over: SagaFilter(), limit: 2, audit: .job("job-create"))
            #expect(creation == .tooMany)
            #expect(try await desk.store.job(order.id) == nil)
            #expect(try await desk.verbsAudited() == [])
            for workflow in ["buy", "nothing"] {
                var filter = SagaFilter()
                filter.workflow = workflow
                filter.statuses = [.compensated]
                let empty = try await desk.make(.sample(), over: filter)
                #expect(empty.status == .done && empty.counts.total == 0 && empty.endedAt != nil)
                #expect(try await desk.store.affected(by: filter, limit: 2).count == 0)
            }
            #expect(try await desk.store.runningJobs(limit: 9).isEmpty)
        },
        StoreCheck("an item's outcome is written with the update of its saga, and the last one ends the job") {
            fixture in
            var desk = try await Desk(fixture, 2)
            let order = JobOrder.sample()
            _ = try await desk.make(order)
            var result = try await desk.done(order, 1)
            #expect(result.stale.isEmpty && result.closed.isEmpty)
            let items = try await desk.items(order)
            #expect(items[0].status == .done && items[0].revision == 2 && items[0].message == "changed")
            #expect(items[0].at != nil && items[1].status == .pending)
            #expect(try await desk.store.job(order.id)?.counts == .init(total: 2, done: 1))
            #expect(try await desk.store.pendingItems(of: order.id, limit: 9).map(\.name.position) == [2])
            result = try await desk.done(order, 2)
            let job = try #require(try await desk.store.job(order.id))
            #expect(job.status == .done && job.endedAt != nil && job.counts == .init(total: 2, done: 2))
        },
        StoreCheck("an item that has its outcome is not written again, and neither is the saga's update") { fixture in
            var desk = try await Desk(fixture, 2)
            let order = JobOrder.sample()
            _ = try await desk.make(order)
            try await desk.done(order, 1)
            let other = try await Author(on: fixture.makeStore(), named: "other")
            var second = Desk(other, desk.samples)
            // The saga was loaded after the first time, so that its revision is no obstacle.
            let result = try await second.done(order, 1, from: 2)
            #expect(result.stale == [desk.samples[0].id])
            #expect(result.closed == [JobItemName(job: order.id, position: 1)])
            #expect(try await desk.author.row(desk.samples[0]).revision == 2)
            #expect(try await desk.author.history(desk.samples[0]).count == 2)
            #expect(try await desk.store.job(order.id)?.counts.done == 1)
            #expect(try await desk.verbsAudited() == ["retry", "job-create"])
        },
        StoreCheck("of two nodes that carry out an item at once, one does") { fixture in
            var desk = try await Desk(fixture, 1)
            var second = Desk(try await Author(on: fixture.makeStore(), named: "other"), desk.samples)
            for round in 1...10 {
                let order = JobOrder.sample()
                _ = try await desk.make(order)
                let (one, other) = (desk.batch(order, 1, from: round), second.batch(order, 1, from: round))
                let (here, there) = (desk.store, second.store)
                async let first = here.commit(one)
                async let last = there.commit(other)
                let results = try await [first, last]
                #expect(results.count { $0.stale.isEmpty } == 1)
                #expect(try await desk.author.row(desk.samples[0]).revision == round + 1)
                #expect(try await desk.store.job(order.id)?.status == .done)
            }
        },
        StoreCheck("an update that is stale leaves its item without an outcome") { fixture in
            var desk = try await Desk(fixture, 1)
            let order = JobOrder.sample()
            _ = try await desk.make(order)
            let sample = desk.samples[0]
            try await desk.author.commit { $0.update(sample, from: 1) }
            let result = try await desk.done(order, 1, from: 1)
            #expect(result.stale == [desk.samples[0].id] && result.closed.isEmpty)
            #expect(try await desk.items(order)[0].status == .pending)
            #expect(try await desk.store.job(order.id)?.counts == .init(total: 1))
        },
        StoreCheck("once a job is paused or aborted nothing is written for it; resumed, it goes on") { fixture in
            var desk = try await Desk(fixture, 2)
            let order = JobOrder.sample()
            _ = try await desk.make(order)
            let paused = try await desk.steer(order, from: [.running], to: .paused)
            #expect(paused?.status == .paused && paused?.endedAt == nil)
            #expect(try await desk.steer(order, from: [.running], to: .paused) == nil)
            #expect(try await desk.store.pendingItems(of: order.id, limit: 9).isEmpty)
            #expect(try await desk.store.runningJobs(limit: 9).isEmpty)
            let result = try await desk.done(order, 1)
            #expect(result.closed.count == 1 && result.stale.count == 1)
            #expect(try await desk.refuse(order, 1) == false)
            _ = try await desk.steer(order, from: [.paused], to: .running)
            #expect(try await desk.store.runningJobs(limit: 9).map(\.order.id) == [order.id])
            #expect(try await desk.done(order, 1).stale.isEmpty)
            let aborted = try await desk.steer(order, from: [.running, .paused], to: .aborted)
            #expect(aborted?.status == .aborted && aborted?.endedAt != nil)
            #expect(try await desk.done(order, 2).closed.count == 1)
            #expect(try await desk.refuse(order, 2) == false)
            #expect(try await desk.items(order).map(\.status) == [.done, .skipped])
            #expect(try await desk.store.items(of: order.id, status: .pending, after: 0, limit: 9).isEmpty)
            #expect(try await desk.store.items(of: order.id, status: .skipped, after: 0, limit: 9).count == 1)
            #expect(try await desk.verbsAudited() == ["job-abort", "retry", "job-resume", "job-pause", "job-create"])
        },
        StoreCheck("an abort that meets a verb comes before or after it: nothing is written once it is answered") {
            fixture in
            var desk = try await Desk(fixture, 40)
            let store = desk.store
            for position in 1...40 {
                let order = JobOrder.sample()
                _ = try await desk.make(order)
                let batch = desk.batch(order, position, from: 1)
                async let committed = store.commit(batch)
                async let steered = store.steer(
                    order.id, from: [.running], to: .aborted, audit: .job("job-abort"))
                let (result, aborted) = try await (committed, steered)
                let isDone = result.stale.isEmpty
                #expect(aborted?.counts.done == (isDone ? 1 : 0))
                #expect(try await store.job(order.id)?.counts == aborted?.counts)
                #expect(try await desk.author.row(desk.samples[position - 1]).revision == (isDone ? 2 : 1))
            }
        },
        StoreCheck("a refusal is written once, with its line in the audit, and counts") { fixture in
            var desk = try await Desk(fixture, 3)
            let order = JobOrder.sample()
            _ = try await desk.make(order)
            #expect(try await desk.refuse(order, 2))
            #expect(try await desk.refuse(order, 2) == false)
            #expect(try await desk.refuse(order, 3, .failed))
            #expect(try await desk.done(order, 2).closed.count == 1)
            let items = try await desk.items(order)
            #expect(items.map(\.status) == [.pending, .refused, .failed])
            #expect(items[1].message == "no" && items[1].revision == nil && items[1].at != nil)
            #expect(try await desk.store.job(order.id)?.counts == .init(total: 3, refused: 1, failed: 1))
            #expect(try await desk.verbsAudited() == ["no", "no", "job-create"])
            try await desk.done(order, 1)
            #expect(try await desk.store.job(order.id)?.status == .done)
        },
        StoreCheck("a job is not done by an item of another one, nor by one that it has not") { fixture in
            var desk = try await Desk(fixture, 2)
            let (order, other) = (JobOrder.sample(), JobOrder.sample())
            _ = try await desk.make(order)
            var filter = SagaFilter()
            filter.ids = [desk.samples[1].id]
            _ = try await desk.make(other, over: filter)
            // Position 1 of the other job is another saga.
            #expect(try await desk.refuse(other, 2) == false)
            #expect(try await desk.refuse(other, 1))
            #expect(try await desk.store.job(order.id)?.counts == .init(total: 2))
            #expect(try await desk.store.job(other.id)?.status == .done)
            #expect(try await desk.done(order, 3, saga: 1).closed.count == 1)
        },
        StoreCheck("jobs and items come in pages, by tenant and by status") { fixture in
            var desk = try await Desk(fixture, 5)
            let orders = ["acme", nil, "acme", "globex"].enumerated().map {
                JobOrder.sample(tenant: $0.element, at: .fromNow(.seconds($0.offset)))
            }
            for order in orders { _ = try await desk.make(order) }
            _ = try await desk.steer(orders[2], from: [.running], to: .paused)
            func ids(_ tenant: String? = nil, _ statuses: Set<SagaJob.Status> = [], after: UUID? = nil) async throws
                -> [UUID]
            {
                var filter = JobFilter()
                (filter.tenant, filter.statuses) = (tenant, statuses)
                return try await desk.store.jobs(filter, before: after, limit: 2).map(\.order.id)
            }
            #expect(try await ids() == [orders[3].id, orders[2].id])
            #expect(try await ids(after: orders[2].id) == [orders[1].id, orders[0].id])
            #expect(try await ids("acme") == [orders[2].id, orders[0].id])
            #expect(try await ids("acme", [.paused, .done]) == [orders[2].id])
            for position in [2, 4] { _ = try await desk.refuse(orders[0], position) }
            func positions(_ status: JobItem.Status?, after: Int) async throws -> [Int] {
                try await desk.store.items(of: orders[0].id, status: status, after: after, limit: 2).map(
                    \.name.position)
            }
            #expect(try await positions(nil, after: 0) == [1, 2])
            #expect(try await positions(nil, after: 2) == [3, 4])
            #expect(try await positions(.refused, after: 2) == [4])
            #expect(try await positions(.pending, after: 1) == [3, 5])
            #expect(try await desk.store.runningJobs(limit: 2).map(\.order.id) == [orders[0].id, orders[1].id])
            #expect(try await desk.store.pendingItems(of: orders[0].id, limit: 2).map(\.name.position) == [1, 3])
            _ = desk
        },
        StoreCheck("what a filter affects is counted up to the limit, and told by workflow, status and incident") {
            fixture in
            var author = try await Author(fixture)
            let samples = (0..<5).map { _ in author.sample() }
            try await author.start(samples)
            func incident(_ sample: Sample, _ cause: Incident.Cause) -> IncidentOpening {
                IncidentOpening(
                    saga: sample.id, openedRevision: 2, step: "pay", participant: "billing", cause: cause,
                    error: StepError(code: "down", message: "m"), at: .wholeNow)
            }
            try await author.commit { batch in
                for sample in samples[..<3] {
                    batch.update(sample, from: 1, hasIncident: true)
                    batch.incidentsOpened.append(incident(sample, .exhausted))
                }
            }
            let all = try await author.store.affected(by: SagaFilter(), limit: 9)
            #expect(all.count == 5 && all.sample == samples.map(\.id).sorted())
            #expect(
                all.groups == [
                    .init(
                        workflow: "buy", version: 1, status: "running", step: "pay", cause: "exhausted",
                        errorCode: "down", count: 3),
                    .init(
                        workflow: "buy", version: 1, status: "running", step: nil, cause: nil, errorCode: nil, count: 2),
                ])
            var filter = SagaFilter()
            filter.incident.errorCode = "down"
            #expect(try await author.store.affected(by: filter, limit: 9).count == 3)
            #expect(try await author.store.affected(by: filter, limit: 2).count == 3)
            #expect(try await author.store.affected(by: filter, limit: 1).count == 2)
        },
        StoreCheck("a batch whose items are of sagas that it does not update, or no success, is refused") { fixture in
            var desk = try await Desk(fixture, 2)
            let order = JobOrder.sample()
            _ = try await desk.make(order)
            var stray = desk.batch(order, 1, from: 1)
            stray.jobItems.append(desk.outcome(order, 2, 1))
            var refused = desk.batch(order, 1, from: 1)
            refused.jobItems = [desk.outcome(order, 1, 0, .refused)]
            var twice = desk.batch(order, 1, from: 1)
            twice.jobItems += twice.jobItems
            for batch in [stray, refused, twice] {
                await #expect(throws: StoreError.self) { try await desk.store.commit(batch) }
            }
            #expect(try await desk.items(order).allSatisfy { $0.status == .pending })
        },
    ]
}

/// A node with sagas that jobs are about.
private struct Desk: Sendable {
    var author: Author
    /// In the order of their ids.
    let samples: [Sample]

    var store: any SagaStore { author.store }

    init(_ fixture: any StoreFixture, _ count: Int) async throws {
        var author = try await Author(fixture)
        let samples = (0..<count).map { _ in author.sample() }.sorted { $0.id < $1.id }
        try await author.start(samples)
        self.init(author, samples)
    }

    init(_ author: Author, _ samples: [Sample]) {
        self.author = author
        self.samples = samples
    }

    func make(_ order: JobOrder, over filter: SagaFilter = SagaFilter()) async throws -> SagaJob {
        let creation = try await store.create(order, over: filter, limit: 100, audit: .job("job-create"))
        guard case .made(let job) = creation else {
            Issue.record("not made: \(creation)")
            throw StoreError(.broken, "not made")
        }
        return job
    }

    func outcome(
        _ order: JobOrder, _ position: Int, _ saga: Int, _ kind: JobItemOutcome.Kind = .done, revision: Int? = 2
    ) -> JobItemOutcome {
        JobItemOutcome(
            item: JobItemName(job: order.id, position: position), saga: samples[saga].id, kind: kind,
            revision: revision,
            message: kind == .done ? "changed" : "no")
    }

    mutating func batch(_ order: JobOrder, _ position: Int, from revision: Int, saga: Int? = nil) -> Batch {
        let saga = saga ?? position - 1
        let sample = samples[saga]
        let outcome = outcome(order, position, saga, revision: revision + 1)
        return author.batch { batch in
            batch.update(sample, from: revision)
            batch.audit = [.job("retry", saga: sample.id)]
            batch.jobItems = [outcome]
        }
    }

    @discardableResult
    mutating func done(
        _ order: JobOrder, _ position: Int, from revision: Int = 1, saga: Int? = nil
    ) async throws -> CommitResult {
        try await store.commit(batch(order, position, from: revision, saga: saga))
    }

    func refuse(_ order: JobOrder, _ position: Int, _ kind: JobItemOutcome.Kind = .refused) async throws -> Bool {
        let items = try await items(order)
        let saga = items.indices.contains(position - 1) ? items[position - 1].saga : samples[0].id
        return try await store.settle(
            JobItemOutcome(
                item: JobItemName(job: order.id, position: position), saga: saga, kind: kind, revision: nil,
                message: "no"), audit: .job("no", saga: saga))
    }

    func steer(
        _ order: JobOrder, from statuses: Set<SagaJob.Status>, to status: SagaJob.Status
    ) async throws -> SagaJob? {
        let verb = [SagaJob.Status.paused: "job-pause", .running: "job-resume", .aborted: "job-abort"][status] ?? ""
        return try await store.steer(order.id, from: statuses, to: status, audit: .job(verb))
    }

    func items(_ order: JobOrder) async throws -> [JobItem] {
        try await store.items(of: order.id, status: nil, after: 0, limit: 100)
    }

    func pending(_ order: JobOrder, _ samples: ArraySlice<Sample>) -> [JobItem] {
        samples.enumerated().map {
            JobItem(name: JobItemName(job: order.id, position: $0.offset + 1), saga: $0.element.id)
        }
    }

    /// The last come first.
    func verbsAudited() async throws -> [String] {
        try await store.auditRecords(AuditFilter(), before: nil, limit: 100).map(\.record.verb)
    }
}

extension AuditRecord {
    fileprivate static func job(_ verb: String, saga: UUID? = nil) -> AuditRecord {
        AuditRecord(
            at: .wholeNow, author: Author(subject: "mia", credential: "c", role: "operator", address: nil), verb: verb,
            outcome: .done, tenant: nil, saga: saga, reason: "r")
    }
}

extension JobOrder {
    fileprivate static func sample(
        tenant: String? = nil, key: String? = nil, digest: UInt8 = 1, requesterTenant: String? = nil,
        at time: Timestamp = .wholeNow
    ) -> JobOrder {
        let id = UUID.v7(at: time, random: (.random(in: 0 ... .max), .random(in: 0 ... .max)))
        return JobOrder(
            id: id, tenant: tenant, verb: .skip(step: "pay", output: ["n": .number("1.10")], isForced: true),
            filter: ["code": "余额 'x'"], reason: "provider \"back\"",
            requester: Requester(
                subject: "mia", credential: "c", role: .operator, tenant: requesterTenant, groups: ["boss", "board"],
                address: "127.0.0.1"),
            rate: 20, key: key ?? "key of \(id)", digest: Array(repeating: digest, count: 32))
    }
}
