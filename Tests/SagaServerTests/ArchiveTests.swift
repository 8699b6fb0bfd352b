import ArgumentParser
import Foundation
import LocalServers
import Logging
import Postgres
import PostgresStore
import SagaCore
import SagaEngine
import SagaValues
import ServiceLifecycle
import Synchronization
import TestAPI
import TestServers
import TestSupport
import Testing
import Workflows

@testable import SagaServer

@Suite("Archiving", .serialized, .timeLimit(.minutes(5))) struct ArchiveTests {
    private struct Killed: Error {}

    @Test("writes what ended long ago, drops it, and leaves what is open or young as it is; a later run takes the rest")
    func whole() async throws {
        try await ArchivePlace.with { place in
            let week = Duration.seconds(7 * 86_400)
            try await place.makeWeek("2026w10", from: ArchivePlace.monday)
            try await place.makeWeek("2026w11", from: ArchivePlace.monday + week)
            var first: [SagaValues.UUID] = []
            for key in ["a", "b", "c"] { first.append(try await place.start(key)) }
            let parent = try await place.start("family", "family", ["list": [1, 2]])
            let young = try await place.start("young")
            for id in first + [parent, young] { try await place.end(id) }
            place.bus.answer { _ in .silence }
            let waiting = try await place.start("waits")
            first = try await place.age(first + [parent], to: ArchivePlace.monday + .seconds(60))
            let open = try await place.age([waiting], to: ArchivePlace.monday + week + .seconds(60))[0]
            let historyOfOpen = try await place.store.history(open, after: 0, limit: 10)
            try await place.store.audit(
                [first[0], open].map { id in
                    AuditRecord(
                        at: .now(), author: .init(subject: "mia", credential: "c", role: "admin", address: nil),
                        verb: "retry", outcome: .done, tenant: "acme", saga: id, reason: "r")
                })

            let report = try await place.run()
            // Three, the parent, and its two items.
            #expect(report.sagas == 6 && report.dropped == 6 && report.files.count == 1 && report.passedOver == 0)
            #expect(report.partitions == ["saga_history_2026w10"])
            #expect(try await place.number("SELECT count(*) FROM sagas") == 2)
            #expect(try await place.number("SELECT count(*) FROM saga_origins") == 2)
            #expect(try await place.store.history(open, after: 0, limit: 10) == historyOfOpen)
            #expect(try await place.store.summary(young) != nil)
            let lines = try await place.store.auditRecords(AuditFilter(), before: nil, limit: 10).map(\.record)
            #expect(
                lines.map(\.verb) == ["archive", "retry"] && lines[1].saga == open && lines[0].author.subject == "ann")

            let file = try #require(report.files.first)
            #expect(Set(first).isSubset(of: try place.ids(in: [file])))
            let text = try String(contentsOfFile: file, encoding: .utf8)
            #expect(!text.contains("4111") && text.contains("***") && text.contains(#""output":{"parcel":"p-1"}"#))
            #expect(text.contains(#""verb":"retry""#))
            let replays = try place.replays(file)
            #expect(replays.count == 6 && replays.allSatisfy { $0.differences.isEmpty && $0.saga.status == .completed })
            let attributes = try FileManager.default.attributesOfItem(atPath: file)
            #expect(attributes[.posixPermissions] as? Int == 0o600)

            // Its key starts nothing any more, whatever it is asked with.
            let again = try await place.engine.start(
                StartRequest(workflow: "order", tenant: "acme", idempotencyKey: "a", input: ["card": "4111"]))
            #expect(again.saga == first[0] && !again.isNew)
            await #expect(throws: EngineError.self) {
                try await place.engine.start(
                    StartRequest(workflow: "order", tenant: "acme", idempotencyKey: "a", input: ["card": "4222"]))
            }
            #expect(try await place.store.archived(first[0])?.file == file)

            // The one that was open goes on from its old week of history, and goes with it in the end.
            place.bus.answer { $0.action == "parcel.ship" ? .done(#"{"id":"p-2"}"#) : .done() }
            let saga = try #require(try await place.store.load([open]).first)
            #expect(saga.payloads[1] != nil)
            place.bus.answerPending(as: open)
            try await place.end(open)
            try await place.connection.runScript(
                "UPDATE sagas SET ended_at = ended_at - interval '100 days' WHERE id = '\(open)'")
            let next = try await place.run(keysKept: .seconds(50 * 86_400))
            #expect(next.sagas == 1 && next.dropped == 1 && next.partitions == ["saga_history_2026w11"])
            #expect(next.keysForgotten == 7)
            #expect(try await place.run() == ArchiveRun.Report(), "there is nothing left to do")
            #expect(place.names.count == 2)
            let fresh = try await place.engine.start(
                StartRequest(workflow: "order", tenant: "acme", idempotencyKey: "a", input: ["card": "4111"]))
            #expect(fresh.isNew, "once its key is forgotten")
        }
    }

    @Test(
        "goes on after it was killed anywhere: each saga is in a whole file before it is dropped, and none is in two",
        arguments: [
            ArchiveRun.Checkpoint.written, .registered, .named, .droppedSome, .dropped,
        ])
    func killed(_ checkpoint: ArchiveRun.Checkpoint) async throws {
        try await ArchivePlace.with { place in
            var ids: [SagaValues.UUID] = []
            for number in 1...7 { ids.append(try await place.start("k\(number)")) }
            for id in ids { try await place.end(id) }
            ids = try await place.age(ids, to: ArchivePlace.monday)
            await #expect(throws: Killed.self) {
                _ = try await place.run(sagasPerFile: 4) { if $0 == checkpoint { throw Killed() } }
            }
            // Whatever is gone stands in a file that is whole, and registered.
            let left = try await place.store.load(ids).map(\.id)
            let files = place.names.map { "\(place.folder)/\($0)" }
            let whole = files.filter { !$0.hasSuffix(".part") }
            #expect(Set(ids).subtracting(left).isSubset(of: try place.ids(in: whole)))

            let report = try await place.run(sagasPerFile: 4)
            #expect(report.dropped == left.count)
            #expect(try await place.store.load(ids).isEmpty)
            #expect(place.names.count == 2 && place.names.allSatisfy { $0.hasSuffix(".jsonl") })
            #expect(try place.ids(in: place.names.map { "\(place.folder)/\($0)" }).sorted() == ids.sorted())
            #expect(try await place.number("SELECT count(*) FROM saga_archives WHERE dropped_at IS NULL") == 0)
            #expect(try await place.number("SELECT count(*) FROM saga_archived") == 7)
        }
    }

    @Test("drops nothing on the word of a file that is damaged")
    func damaged() async throws {
        try await ArchivePlace.with { place in
            let id = try await place.start("k")
            try await place.end(id)
            let old = try await place.age([id], to: ArchivePlace.monday)
            await #expect(throws: Killed.self) {
                _ = try await place.run { if $0 == .named { throw Killed() } }
            }
            let file = "\(place.folder)/\(try #require(place.names.first))"
            let good = try Data(contentsOf: URL(fileURLWithPath: file))
            func expectRefusal(_ data: Data) async throws {
                try data.write(to: URL(fileURLWithPath: file))
                await #expect { _ = try await place.run() } throws: { "\($0)".contains("SAGA-0320") }
                #expect(try await place.store.load(old).count == 1)
            }
            try await expectRefusal(good.dropLast(20))
            try await expectRefusal(good + Data("{}\n".utf8))
            var flipped = good
            flipped[good.count / 2] ^= 1
            try await expectRefusal(flipped)
            // Whole in itself, and another one than was registered.
            let other = try ArchiveWriter.sample(in: place.folder)
            try await expectRefusal(try Data(contentsOf: URL(fileURLWithPath: other)))
            try good.write(to: URL(fileURLWithPath: file))
            #expect(try await place.run().dropped == 1)
        }
    }

    @Test("one at a time; to one file once; and what cannot be told from its beginning stays")
    func alone() async throws {
        try await ArchivePlace.with { place in
            var ids: [SagaValues.UUID] = []
            for number in 1...3 { ids.append(try await place.start("k\(number)")) }
            for id in ids { try await place.end(id) }
            ids = try await place.age(ids, to: ArchivePlace.monday)
            // Half a file that nobody knows goes; what is no archive's stays.
            let strays = ["saga-archive-20260302T000000Z-x.jsonl.part", "notes.jsonl.part", "saga-archive-old.jsonl"]
            try FileManager.default.createDirectory(atPath: place.folder, withIntermediateDirectories: true)
            for name in strays { try Data("{".utf8).write(to: URL(fileURLWithPath: "\(place.folder)/\(name)")) }
            let nothing = try await place.run(policy: ArchivePolicy(before: ArchivePlace.monday))
            #expect(nothing == ArchiveRun.Report() && place.names == ["notes.jsonl.part", "saga-archive-old.jsonl"])
            let archivist = PostgresArchivist(place.configuration)
            #expect(try await archivist.begin())
            await #expect { _ = try await place.run() } throws: { "\($0)".contains("SAGA-0322") }
            await archivist.close()

            try await place.connection.runScript(
                """
                SET session_replication_role = replica;
                DELETE FROM saga_history WHERE saga_id = '\(ids[1])' AND revision = 1;
                SET session_replication_role = origin
                """)
            let file = "\(place.folder)-one.jsonl"
            try Data("mine".utf8).write(to: URL(fileURLWithPath: file))
            await #expect { _ = try await place.run(.file(file)) } throws: { "\($0)".contains("SAGA-0321") }
            #expect(try await place.store.load(ids).count == 3)
            try FileManager.default.removeItem(atPath: file)
            let report = try await place.run(.file(file), sagasPerFile: 1)
            #expect(report.files == [file] && report.sagas == 2 && report.passedOver == 1)
            #expect(try await place.store.load(ids).map(\.id) == [ids[1]])
            // The one that stays is looked at again, and nothing can be written for it.
            let size = try Data(contentsOf: URL(fileURLWithPath: file)).count
            #expect(try await place.run(.file(file)).passedOver == 1)
            #expect(try Data(contentsOf: URL(fileURLWithPath: file)).count == size)
        }
    }

    @Test("a saga stays as long as the version that it ran says; the setting for its workflow goes before that")
    func retention() async throws {
        try await ArchivePlace.with { place in
            let kept = ArchivePlace.order.replacing("version: 1", with: "version: 2\nretention: 365d")
            let short = ArchivePlace.order.replacing("version: 1", with: "version: 3\nretention: 50d")
            var ids = [try await place.start("k1")]
            for (source, key) in [(kept, "k2"), (short, "k3")] {
                _ = try await place.engine.deploy(try Workflow.compile(source))
                ids.append(try await place.start(key))
            }
            for id in ids { try await place.end(id) }
            // They ended a hundred days ago.
            ids = try await place.age(ids, to: ArchivePlace.monday)
            func there() async throws -> [Int] {
                try await place.store.load(ids).compactMap { saga in ids.firstIndex(of: saga.id) }.sorted().map {
                    $0 + 1
                }
            }
            func run(_ arguments: String...) async throws {
                let settings = [
                    "--postgres-host=\(place.configuration.host)", "--postgres-port=\(place.configuration.port)",
                    "--postgres-user=\(place.configuration.user)",
                    "--postgres-database=\(place.configuration.database)",
                ]
                try await ArchiveCommand.parse(["--to", place.folder + "/"] + arguments + settings).run()
            }
            try await run("--archive-after=200d", "--dry-run")
            #expect(try await there() == [1, 2, 3])
            try await run("--archive-after=200d", "--workflow", "family")
            #expect(try await there() == [1, 2, 3])
            try await run("--archive-after=200d", "--workflow", "order")
            #expect(try await there() == [1, 2])
            try await run("--archive-after=90d")
            #expect(try await there() == [2])
            try await run("--archive-after=90d", "--archive-workflows=order=101d")
            #expect(try await there() == [2])
            try await run("--archive-after=400d", "--archive-workflows=order=99d")
            #expect(try await there() == [])
        }
    }

    @Test("the command says what it would do, does it, and reads times and ages")
    func command() async throws {
        try await ArchivePlace.with { place in
            let id = try await place.start("k")
            try await place.end(id)
            let old = try await place.age([id], to: ArchivePlace.monday)[0]
            let settings = [
                "--postgres-host=\(place.configuration.host)", "--postgres-port=\(place.configuration.port)",
                "--postgres-user=\(place.configuration.user)", "--postgres-database=\(place.configuration.database)",
            ]
            func run(_ arguments: String...) async throws {
                try await ArchiveCommand.parse(arguments + settings).run()
            }
            try await run("--to", place.folder, "--dry-run")
            #expect(try await place.store.summary(old) != nil && place.names.isEmpty)
            try await run("--to", place.folder + "/", "--before", "101d")
            try await run("--to", place.folder + "/", "--workflow", "family")
            #expect(try await place.store.summary(old) != nil)
            try await run("--to", place.folder + "/", "--before", "99d", "--workflow", "order")
            #expect(try await place.store.summary(old) == nil && place.names.count == 1)
            for wrong in ["soon", "2099-01-01T00:00:00Z"] {
                await #expect(throws: (any Error).self) { try await run("--to", place.folder, "--before", wrong) }
            }
        }
    }
}

extension ArchiveWriter {
    /// A file with no saga in it that is whole all the same.
    fileprivate static func sample(in folder: String) throws -> String {
        var writer = try ArchiveWriter("\(folder)-other")
        try writer.end()
        return writer.partial
    }
}
