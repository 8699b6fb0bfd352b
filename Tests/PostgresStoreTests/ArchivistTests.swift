import Postgres
import PostgresStore
import SagaEngine
import SagaStoreContract
import SagaValues
import Testing

@Suite("The archivist", .serialized) struct ArchivistTests {
    /// A database of its own: weeks of history come and go in it.
    private func with(
        _ body: (TestDatabase, PostgresArchivist, inout Author) async throws -> Void
    ) async throws {
        try await TestDatabase.alone { database in
            let archivist = PostgresArchivist(database.configuration)
            var author = try await Author(on: database.newStore())
            // As if all that ended was in the statistics.
            try await database.connection.runScript(
                "UPDATE saga_statistics_marks SET minutes_until = clock_timestamp() + interval '1 day'")
            try await body(database, archivist, &author)
            await archivist.close()
        }
    }

    private static let monday = Timestamp(iso8601: "2026-03-02T00:00:00Z")!

    /// A week of history that is long over.
    private func makeWeek(_ database: TestDatabase, _ name: String, from monday: Timestamp) async throws {
        let week = "saga_history_\(name)"
        try await database.connection.runScript(
            """
            DO $$ BEGIN
                EXECUTE format('CREATE TABLE \(week) PARTITION OF saga_history FOR VALUES FROM (%L) TO (%L)',
                    saga_id_floor('\(monday)'), saga_id_floor('\(monday + .seconds(7 * 86_400))'));
            END $$
            """)
    }

    private func all(_ archivist: PostgresArchivist, _ policy: ArchivePolicy, page: Int = 2) async throws
        -> [SagaFamily]
    {
        var (found, place): ([SagaFamily], SagaFamily.Place?) = ([], nil)
        while true {
            let (families, last) = try await archivist.families(policy, after: place, limit: page)
            found += families
            guard let last else { return found }
            place = last
        }
    }

    @Test("takes families whose root ended before the time of its workflow, as a whole or not at all")
    func families() async throws {
        try await with { database, archivist, author in
            let (one, two, three) = (author.sample(), author.sample(), author.sample())
            let (parent, open) = (author.sample(), author.sample())
            func part(of sample: Sample, _ step: String) -> Sample {
                author.sample(
                    parent: ParentLink(saga: sample.id, step: step, item: 0, round: 1, body: nil, depth: 1))
            }
            let (child, grandchild) = (part(of: parent, "a"), part(of: parent, "b"))
            let openChild = part(of: open, "a")
            let deep = author.sample(
                parent: ParentLink(saga: grandchild.id, step: "x", item: 0, round: 1, body: "e", depth: 2))
            let running = author.sample()
            try await author.start(one, two, three, parent, child, grandchild, deep, open, openChild, running)
            for sample in [one, two, three, parent, child, grandchild, deep, open] {
                try await author.end(sample, from: 1)
            }
            let now = try await archivist.now()
            let everything = ArchivePolicy(before: now)
            let found = try await all(archivist, everything)
            #expect(found.map(\.root) == [one, two, three, parent].map(\.id), "in the order of their ends")
            let family = try #require(found.last)
            #expect(family.members.first?.id == parent.id)
            #expect(Set(family.members.map(\.id)) == Set([parent, child, grandchild, deep].map(\.id)))
            #expect(family.members.allSatisfy { $0.revision == 2 })
            #expect(try await archivist.count(everything) == 5, "the one with an open child is looked at too")
            let first = try #require(try await author.row(two).endedAt)
            #expect(try await all(archivist, ArchivePolicy(before: first)).map(\.root) == [one.id])
            #expect(try await all(archivist, ArchivePolicy(before: first, workflows: ["buy": now])).count == 4)
            #expect(try await all(archivist, ArchivePolicy(before: now, workflows: ["buy": first])).count == 1)
            #expect(try await all(archivist, ArchivePolicy(before: nil, workflows: ["other": now])).isEmpty)
            #expect(try await all(archivist, ArchivePolicy(before: nil)).isEmpty)
            // A version's time goes before that of all, and its workflow's before the version's.
            let id = author.workflow.id
            #expect(try await all(archivist, ArchivePolicy(before: now, versions: [id: first])).map(\.root) == [one.id])
            #expect(try await all(archivist, ArchivePolicy(before: nil, versions: [id: now])).count == 4)
            #expect(try await all(archivist, ArchivePolicy(before: now, versions: [id + 1: first])).count == 4)
            let named = ArchivePolicy(before: first, workflows: ["buy": now], versions: [id: first])
            #expect(try await all(archivist, named).count == 4)
            // What the statistics have not counted yet stays.
            try await database.connection.runScript(
                "UPDATE saga_statistics_marks SET minutes_until = clock_timestamp() - interval '1 hour'")
            #expect(try await all(archivist, everything).isEmpty)
        }
    }

    @Test("drops a family as long as it is as it was written, with all that belongs to it, and nothing of others")
    func drop() async throws {
        try await with { database, archivist, author in
            let (gone, moved, open) = (author.sample(), author.sample(), author.sample())
            let (parent, stays) = (author.sample(), author.sample())
            func child(_ step: String) -> Sample {
                author.sample(
                    parent: ParentLink(saga: parent.id, step: step, item: 0, round: 1, body: nil, depth: 1))
            }
            let (known, unknown) = (child("a"), child("b"))
            try await author.start(gone, moved, open, parent, known, unknown, stays)
            for sample in [gone, moved, parent, known, unknown, stays] { try await author.end(sample, from: 1) }
            let record = AuditRecord.Author(subject: "mia", credential: "c", role: "admin", address: nil)
            try await author.store.audit(
                [gone, stays].map {
                    AuditRecord(
                        at: .wholeNow, author: record, verb: "retry", outcome: .done, tenant: "t", saga: $0.id,
                        reason: "")
                })
            func family(_ samples: (Sample, Int)...) -> SagaFamily {
                SagaFamily(
                    place: .init(endedAt: .wholeNow, root: samples[0].0.id),
                    members: samples.map { .init(id: $0.0.id, revision: $0.1) })
            }
            let archive = try await archivist.register(
                file: "f", sagas: 5, bytes: 1, digest: [UInt8](repeating: 0, count: 32))
            let dropped = try await archivist.drop(
                [family((gone, 2)), family((moved, 1)), family((open, 1)), family((parent, 2), (known, 2))],
                standingIn: archive)
            #expect(dropped == 1, "one has moved on, one is open, and of one there is a part that was not written")
            let left = try await author.store.load([gone, moved, open, parent, known, unknown, stays].map(\.id))
            #expect(Set(left.map(\.id)) == Set([moved, open, parent, known, unknown, stays].map(\.id)))
            #expect(try await author.store.archived(gone.id)?.file == "f")
            let lines = try await author.store.auditRecords(AuditFilter(), before: nil, limit: 9)
            #expect(lines.map(\.record.saga) == [stays.id])
            #expect(try await archivist.drop([family((gone, 2))], standingIn: archive) == 0, "once more is no harm")
            #expect(
                try await archivist.drop([family((parent, 2), (known, 2), (unknown, 2))], standingIn: archive) == 3)
            #expect(try await archivist.unfinished() == [archive])
            try await archivist.finish(archive)
            #expect(try await archivist.unfinished().isEmpty)
            for sql in ["DELETE FROM saga_audit", "DELETE FROM saga_history"] {
                await #expect { try await database.connection.execute(PostgresStatement(sql)) } throws: {
                    ($0 as? PostgresError)?.sqlState == "SG003"
                }
            }
        }
    }

    @Test("drops a week of history as a whole once none of its sagas is left, and never one with an open saga")
    func weeks() async throws {
        try await with { database, archivist, author in
            let week = Duration.seconds(7 * 86_400)
            try await makeWeek(database, "2026w10", from: Self.monday)
            try await makeWeek(database, "2026w11", from: Self.monday + week)
            let ended = author.sample(at: Self.monday + .seconds(5))
            let last = author.sample(at: Self.monday + week - .milliseconds(1))
            let open = author.sample(at: Self.monday + week)
            try await author.start(ended, last, open)
            #expect(try await database.number("SELECT count(*) FROM saga_history_2026w10") == 2)
            for sample in [ended, last] { try await author.end(sample, from: 1) }
            let now = try await archivist.now()
            #expect(
                try await archivist.oldPartitions(before: now).map { "\($0.name) \($0.sagas)" } == [
                    "saga_history_2026w10 2", "saga_history_2026w11 1",
                ], "this week and those to come are none of them")
            #expect(
                try await archivist.oldPartitions(before: Self.monday + week).map(\.name) == ["saga_history_2026w10"])
            #expect(try await archivist.oldPartitions(before: Self.monday + week - .seconds(1)).isEmpty)
            #expect(try await archivist.dropPartition("saga_history_2026w10", before: now) == false)
            try await database.archive([(ended.id, 2)], file: "f")
            #expect(try await archivist.dropPartition("saga_history_2026w10", before: now) == false)
            try await database.archive([(last.id, 2)], file: "f")
            #expect(try await archivist.dropPartition("saga_history_2026w10", before: Self.monday) == false)
            #expect(try await archivist.dropPartition("saga_history_2026w11", before: now) == false)
            #expect(try await archivist.dropPartition("sagas", before: now) == false)
            // Whoever reads it is not disturbed, and not waited for.
            try await database.connection.transaction { reading in
                try await reading.execute(PostgresStatement("SELECT count(*) FROM saga_history"))
                let code = await failure {
                    _ = try await archivist.dropPartition("saga_history_2026w10", before: now)
                }
                #expect(code == .blocked || code == .contention, "\(String(describing: code))")
            }
            #expect(try await archivist.dropPartition("saga_history_2026w10", before: now) == true)
            #expect(
                try await database.number("SELECT count(*) FROM pg_class WHERE relname = 'saga_history_2026w10'") == 0)
            #expect(try await author.history(open).count == 1)
            try await author.end(open, from: 1)
            #expect(try await author.history(open).count == 2)
        }
    }

    @Test("is one at a time, and forgets keys of what ended long ago, a few at a time")
    func keys() async throws {
        try await with { database, archivist, author in
            let other = PostgresArchivist(database.configuration)
            #expect(try await archivist.begin())
            #expect(try await other.begin() == false)
            await archivist.end()
            #expect(try await other.begin())
            await other.close()

            let samples = (0..<3).map { author.sample(key: "k\($0)") }
            try await author.start(samples)
            for sample in samples { try await author.end(sample, from: 1) }
            try await database.archive(samples.map { ($0.id, 2) }, file: "f")
            let last = try #require(try await author.store.archived(samples[2].id)?.endedAt)
            #expect(try await archivist.forgetKeys(endedBefore: last, limit: 1) == 1)
            #expect(try await author.store.archived(samples[0].id) == nil)
            #expect(try await archivist.forgetKeys(endedBefore: last, limit: 9) == 1)
            #expect(try await archivist.forgetKeys(endedBefore: last, limit: 9) == 0)
            let lookup = try await author.store.lookUp(starts: samples.map(\.origin.key), lockKeys: [])
            #expect(lookup.existing.count == 1)
        }
    }
}
