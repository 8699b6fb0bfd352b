import Foundation
import PostgresStore
import SagaEngine
import SagaValues
import ServiceLifecycle
import TestSupport
import Testing

@testable import SagaServer

/// What a node archives by itself.
@Suite("A node that archives", .serialized, .timeLimit(.minutes(2))) struct ArchiveKeeperTests {
    private static let configuration = ArchiveConfiguration(
        folder: nil, after: .seconds(90 * 86_400), workflows: [:], keysKept: .seconds(400 * 86_400),
        interval: .milliseconds(200))

    /// Nodes that archive to a folder, until the body is over; then they are stopped as at SIGTERM.
    private func keepers(
        _ names: [String], _ place: ArchivePlace, to folder: String, _ book: LogBook, _ body: () async throws -> Void
    ) async throws {
        let services = names.map { name in
            ArchiveKeeper(
                store: place.store, archivist: PostgresArchivist(place.configuration),
                configuration: Self.configuration, folder: folder, nodeName: name, log: book.logger)
        }
        let group = ServiceGroup(
            configuration: .init(services: services.map { .init(service: $0) }, logger: book.logger))
        try await withThrowingTaskGroup(of: Void.self) { tasks in
            tasks.addTask { try await group.run() }
            do {
                try await body()
            } catch {
                tasks.cancelAll()
                throw error
            }
            await group.triggerGracefulShutdown()
            try await tasks.waitForAll()
        }
    }

    private func old(_ keys: [String], _ place: ArchivePlace) async throws {
        var ids: [SagaValues.UUID] = []
        for key in keys {
            ids.append(try await place.start(key))
            try await place.end(ids[ids.count - 1])
        }
        _ = try await place.age(ids, to: ArchivePlace.monday + .seconds(60))
    }

    @Test("archives what is old enough, again and again; where there are two, each saga is archived by one of them")
    func two() async throws {
        try await ArchivePlace.with { place in
            try await place.makeWeek("2026w10", from: ArchivePlace.monday)
            try await old(["a", "b", "c"], place)
            let young = try await place.start("young")
            try await place.end(young)
            let book = LogBook()
            try await keepers(["one", "two"], place, to: place.folder, book) {
                try await eventually("the old ones are archived") {
                    try await place.number("SELECT count(*) FROM sagas") == 1
                }
                try await old(["d"], place)
                try await eventually("what has grown old since is archived too") {
                    try await place.number("SELECT count(*) FROM sagas") == 1
                        && book.count(of: "notice sagas are archived") == 2
                }
            }
            #expect(try await place.store.summary(young) != nil)
            let files = place.names.map { "\(place.folder)/\($0)" }
            #expect(files.count == 2)
            #expect(Set(try place.ids(in: files)).count == 4)
            let lines = try await place.store.auditRecords(AuditFilter(), before: nil, limit: 10).map(\.record)
            #expect(lines.count == 2 && lines.allSatisfy { $0.verb == "archive" && $0.author.role == "node" })
            #expect(lines.allSatisfy { ["one", "two"].contains($0.author.subject) })
            #expect(book.count(of: "error") == 0, "\(book.lines)")
        }
    }

    @Test("says so where it cannot write, loses nothing, and does it once it can")
    func noFolder() async throws {
        try await ArchivePlace.with { place in
            try await place.makeWeek("2026w10", from: ArchivePlace.monday)
            try await old(["a"], place)
            // A file where the folder should be.
            let blocked = place.folder
            #expect(FileManager.default.createFile(atPath: blocked, contents: nil))
            let book = LogBook()
            try await keepers(["one"], place, to: blocked, book) {
                try await eventually("it is told, and tried again") {
                    book.count(of: "error sagas cannot be archived; it is tried again") > 1
                }
                #expect(try await place.number("SELECT count(*) FROM sagas") == 1)
                try FileManager.default.removeItem(atPath: blocked)
                try await eventually("it is archived") { try await place.number("SELECT count(*) FROM sagas") == 0 }
            }
            #expect(try FileManager.default.contentsOfDirectory(atPath: blocked).count == 1)
        }
    }
}
