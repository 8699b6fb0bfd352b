import SagaCore
import SagaEngine
import SagaValues
import Testing

extension StoreContract {
    static let lists: [StoreCheck] = [
        StoreCheck("a summary tells where a saga stands, and of an unknown one nothing") { fixture in
            var author = try await Author(fixture)
            let sample = author.sample(businessKey: "order 1")
            try await author.start(sample)
            let summary = try #require(try await author.store.summary(sample.id))
            #expect(summary.id == sample.id && summary.origin == sample.origin)
            #expect(summary.workflowVersion == 1)
            #expect(summary.row == .sample(.running, 1, at: sample.origin.startedAt))
            #expect(try await author.store.summary(UUID.v7()) == nil)
        },
        StoreCheck("a list goes newest first, page by page, each saga once") { fixture in
            var author = try await Author(fixture)
            let samples = (0..<25).map { author.sample(at: .fromNow(.milliseconds($0))) }
            try await author.start(samples.shuffled())
            var found: [UUID] = []
            var cursor: UUID?
            repeat {
                let page = try await author.store.list(SagaFilter(), after: cursor, limit: 10)
                found += page.map(\.id)
                cursor = page.count == 10 ? page.last?.id : nil
            } while cursor != nil
            #expect(found == samples.map(\.id).sorted(by: >))
        },
        StoreCheck("a list by status gives just those with one of the statuses, newest first") { fixture in
            var author = try await Author(fixture)
            let statuses: [Saga.Status] = [.queued, .running, .compensating, .completed, .compensated, .abandoned]
            let samples = (0..<12).map { author.sample(at: .fromNow(.milliseconds($0))) }
            try await author.commit { batch in
                for (index, sample) in samples.enumerated() { batch.start(sample, status: statuses[index % 6]) }
            }
            func list(_ wanted: Set<Saga.Status>, limit: Int = 20) async throws -> [UUID] {
                var filter = SagaFilter()
                filter.statuses = wanted
                return try await author.store.list(filter, after: nil, limit: limit).map(\.id)
            }
            func expected(_ wanted: Set<Saga.Status>) -> [UUID] {
                samples.enumerated().filter { wanted.contains(statuses[$0.offset % 6]) }.map(\.element.id).sorted(by: >)
            }
            for status in statuses { #expect(try await list([status]) == expected([status])) }
            let open: Set<Saga.Status> = [.queued, .running, .compensating]
            #expect(try await list(open) == expected(open))
            #expect(try await list(open, limit: 4) == Array(expected(open).prefix(4)))
            #expect(try await list([.completed, .running]) == expected([.completed, .running]))
            #expect(try await list(Set(statuses)).count == 12)
        },
        StoreCheck("a list by workflow, tenant, business key or idempotency key gives just those") { fixture in
            var author = try await Author(fixture)
            let samples = [
                author.sample(key: "k1", tenant: "a", businessKey: "order 1"), author.sample(key: "k1", tenant: "b"),
                author.sample(key: "k2", tenant: "a", businessKey: "order 2"),
                author.sample(key: "k3", businessKey: "order 1"),
            ]
            try await author.start(samples)
            func list(_ adjust: (inout SagaFilter) -> Void) async throws -> Set<Int> {
                var filter = SagaFilter()
                adjust(&filter)
                let found = try await author.store.list(filter, after: nil, limit: 10).map(\.id)
                return Set(samples.indices.filter { found.contains(samples[$0].id) })
            }
            #expect(try await list { $0.workflow = "buy" } == [0, 1, 2, 3])
            #expect(try await list { $0.workflow = "Buy" } == [])
            #expect(try await list { $0.tenant = "a" } == [0, 2])
            #expect(try await list { $0.businessKey = "order 1" } == [0, 3])
            #expect(try await list { $0.idempotencyKey = "k1" } == [0, 1])
            #expect(
                try await list {
                    $0.tenant = "a"; $0.idempotencyKey = "k1"
                } == [0])
            #expect(
                try await list {
                    $0.tenant = "b"; $0.businessKey = "order 1"
                } == [])
            #expect(
                try await list {
                    $0.workflow = "buy"; $0.statuses = [.completed]
                } == [])
            #expect(try await list { $0.tenant = "'; DROP TABLE sagas; --" } == [])
        },
        StoreCheck("a list by incident gives the sagas that have one open") { fixture in
            var author = try await Author(fixture)
            let (stuck, mended, fine) = (author.sample(), author.sample(), author.sample())
            try await author.start(stuck, mended, fine)
            try await author.commit {
                $0.update(stuck, from: 1, hasIncident: true)
                $0.update(mended, from: 1, hasIncident: true)
            }
            try await author.commit { $0.update(mended, from: 2) }
            var filter = SagaFilter()
            filter.withIncident = true
            #expect(try await author.store.list(filter, after: nil, limit: 10).map(\.id) == [stuck.id])
            filter.statuses = [.queued, .running, .compensating]
            #expect(try await author.store.list(filter, after: nil, limit: 10).map(\.id) == [stuck.id])
            filter.statuses = [.compensating]
            #expect(try await author.store.list(filter, after: nil, limit: 10).isEmpty)
        },
        StoreCheck("a list by time of start gives those strictly between") { fixture in
            var author = try await Author(fixture)
            let times = [-30, -20, -10, 0].map { Timestamp.fromNow(.seconds($0 * 86_400)) }
            let samples = times.map { author.sample(at: $0) }
            try await author.start(samples)
            func list(after: Timestamp?, before: Timestamp?) async throws -> [UUID] {
                var filter = SagaFilter()
                (filter.startedAfter, filter.startedBefore) = (after, before)
                return try await author.store.list(filter, after: nil, limit: 10).map(\.id)
            }
            #expect(try await list(after: times[0], before: times[3]) == [samples[2].id, samples[1].id])
            #expect(try await list(after: times[2], before: nil) == [samples[3].id])
            #expect(try await list(after: nil, before: times[1]) == [samples[0].id])
            #expect(
                try await list(after: times[1] - .microseconds(1), before: times[1] + .microseconds(1)) == [
                    samples[1].id
                ])
        },
    ]

    static let incidents: [StoreCheck] = [
        StoreCheck("an incident is open until it is resolved, and comes back as it was written") { fixture in
            var author = try await Author(fixture)
            let sample = author.sample()
            try await author.start(sample)
            let opening = IncidentOpening.sample(sample, 2)
            try await author.commit {
                $0.update(sample, from: 1, hasIncident: true)
                $0.incidentsOpened.append(opening)
            }
            let open = IncidentRecord(
                opening: opening, resolution: nil, workflow: "buy", version: 1, tenant: sample.origin.key.tenant)
            #expect(try await author.store.incidents(saga: nil, openOnly: true, limit: 10) == [open])

            let resolution = IncidentResolution(
                saga: sample.id, openedRevision: 2, resolution: .retryRequested, at: .wholeNow)
            try await author.commit {
                $0.update(sample, from: 2)
                $0.incidentsResolved.append(resolution)
            }
            #expect(try await author.store.incidents(saga: nil, openOnly: true, limit: 10).isEmpty)
            let closed = IncidentRecord(
                opening: opening, resolution: resolution, workflow: "buy", version: 1, tenant: sample.origin.key.tenant)
            #expect(try await author.store.incidents(saga: sample.id, openOnly: false, limit: 10) == [closed])
        },
        StoreCheck("incidents are listed newest first, of one saga or of all") { fixture in
            var author = try await Author(fixture)
            let (one, other) = (author.sample(), author.sample())
            try await author.start(one, other)
            let times = (0..<4).map { Timestamp.fromNow(.seconds($0)) }
            try await author.commit {
                $0.update(one, from: 1, events: 3, hasIncident: true)
                $0.update(other, from: 1, hasIncident: true)
                $0.incidentsOpened += [
                    .sample(one, 2, at: times[0]), .sample(one, 3, at: times[2]), .sample(other, 2, at: times[1]),
                ]
            }
            let all = try await author.store.incidents(saga: nil, openOnly: true, limit: 10)
            #expect(all.map(\.opening.at) == [times[2], times[1], times[0]])
            let some = try await author.store.incidents(saga: one.id, openOnly: true, limit: 1)
            #expect(some.map(\.opening.at) == [times[2]])
            #expect(try await author.store.incidents(saga: UUID.v7(), openOnly: false, limit: 1).isEmpty)
        },
        StoreCheck("incidents of one tenant's sagas are listed without those of others, whatever else is asked") {
            fixture in
            var author = try await Author(fixture)
            let (own, other) = (author.sample(tenant: "acme"), author.sample(tenant: "Acme"))
            try await author.start(own, other)
            try await author.commit {
                $0.update(own, from: 1, hasIncident: true)
                $0.update(other, from: 1, hasIncident: true)
                $0.incidentsOpened += [.sample(own, 2), .sample(other, 2)]
            }
            func found(_ saga: UUID?, _ tenant: String, openOnly: Bool = true) async throws -> [UUID] {
                try await author.store.incidents(saga: saga, tenant: tenant, openOnly: openOnly, limit: 10)
                    .map(\.opening.saga)
            }
            #expect(try await found(nil, "acme") == [own.id])
            #expect(try await found(nil, "Acme", openOnly: false) == [other.id])
            #expect(try await found(own.id, "acme") == [own.id])
            #expect(try await found(other.id, "acme").isEmpty)
            #expect(try await found(nil, "nobody").isEmpty)
        },
        StoreCheck(
            "an incident that opens and closes within one batch is kept, closed; a second opening changes nothing"
        ) { fixture in
            var author = try await Author(fixture)
            let sample = author.sample()
            try await author.start(sample)
            let resolution = IncidentResolution(saga: sample.id, openedRevision: 2, resolution: .done, at: .wholeNow)
            try await author.commit {
                $0.update(sample, from: 1, events: 2)
                $0.incidentsOpened.append(.sample(sample, 2))
                $0.incidentsResolved.append(resolution)
            }
            try await author.commit {
                $0.update(sample, from: 3)
                $0.incidentsOpened.append(.sample(sample, 2))
            }
            let found = try await author.store.incidents(saga: sample.id, openOnly: false, limit: 10)
            #expect(found.map(\.resolution) == [resolution])
        },
        StoreCheck("an incident without an error has none when it comes back") { fixture in
            var author = try await Author(fixture)
            let sample = author.sample()
            try await author.start(sample)
            let opening = IncidentOpening(
                saga: sample.id, openedRevision: 2, step: "s", participant: "p", cause: .unroutable, error: nil,
                at: .wholeNow)
            try await author.commit {
                $0.update(sample, from: 1, hasIncident: true)
                $0.incidentsOpened.append(opening)
            }
            #expect(try await author.store.incidents(saga: nil, openOnly: true, limit: 10).map(\.opening) == [opening])
        },
    ]
}
