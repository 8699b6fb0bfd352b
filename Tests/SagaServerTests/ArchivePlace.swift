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

/// A node on a database of its own, with a folder for archives, and sagas that began in weeks long over.
struct ArchivePlace: Sendable {
    let store: PostgresStore
    let engine: Engine
    let bus: ScriptedBus
    let connection: PostgresConnection
    let configuration: PostgresConfiguration
    let folder: String

    static let order = """
        workflow: order
        version: 1
        input:
          type: object
          required: [card]
          properties: { card: { type: string } }
        sensitive: [input.card]
        steps:
          - reserve: { do: stock.reserve, undo: stock.release, with: { card: "${input.card}" } }
          - ship: { do: parcel.ship, pivot: true }
        output: { parcel: "${ship.id}" }
        """
    static let family = """
        workflow: family
        version: 1
        input: { type: object, required: [list], properties: { list: { type: array, items: { type: integer } } } }
        steps:
          - all:
              each: "${input.list}"
              as: n
              steps:
                - one: { do: stock.reserve, undo: stock.release }
          - last: { do: parcel.ship, pivot: true }
        """

    static func with(_ body: (ArchivePlace) async throws -> Void) async throws {
        let server = try await TestServers.postgres()
        let configuration = PostgresConfiguration(
            host: server.host, port: server.port, user: server.user,
            database: try await TestServers.freshDatabase(prefix: "archive"))
        let store = PostgresStore(configuration, readers: 2)
        try await store.migrate()
        let connection = PostgresConnection(configuration, name: "test")
        try await connection.runScript(
            "UPDATE saga_statistics_marks SET minutes_until = clock_timestamp() + interval '1 day'")
        let bus = ScriptedBus { command in
            switch command.action {
            case "parcel.ship": .done(#"{"id":"p-1"}"#)
            default: .done(#"{"secretly":1}"#)
            }
        }
        let logger = Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }
        let engine = Engine(
            store: store, bus: bus, configuration: EngineConfiguration(nodeName: "test"), logger: logger)
        bus.deliver(to: engine.receive)
        let place = ArchivePlace(
            store: store, engine: engine, bus: bus, connection: connection, configuration: configuration,
            folder: try TestServers.freshFolder("archive"))
        let group = ServiceGroup(configuration: .init(services: [.init(service: engine)], logger: logger))
        try await withThrowingTaskGroup(of: Void.self) { tasks in
            tasks.addTask { try await group.run() }
            try await eventually("the engine is ready") { engine.unreadiness == nil }
            for source in [order, family] { _ = try await engine.deploy(try Workflow.compile(source)) }
            do {
                try await body(place)
            } catch {
                tasks.cancelAll()
                throw error
            }
            await group.triggerGracefulShutdown()
            try await tasks.waitForAll()
        }
        await store.close()
        await connection.close()
    }

    func start(_ key: String, _ workflow: String = "order", _ input: JSON = ["card": "4111"]) async throws
        -> SagaValues.UUID
    {
        try await engine.start(StartRequest(workflow: workflow, tenant: "acme", idempotencyKey: key, input: input)).saga
    }

    func end(_ id: SagaValues.UUID) async throws {
        let ended = try await engine.waitForEnd(id, upTo: .seconds(30))
        try #require(ended?.row.endedAt != nil)
    }

    static let monday = Timestamp(iso8601: "2026-03-02T00:00:00Z")!

    /// Makes a week of history that is long over.
    func makeWeek(_ name: String, from monday: Timestamp) async throws {
        try await connection.runScript(
            """
            DO $$ BEGIN
                EXECUTE format('CREATE TABLE saga_history_\(name) PARTITION OF saga_history FOR VALUES FROM (%L) TO (%L)',
                    saga_id_floor('\(monday)'), saga_id_floor('\(monday + .seconds(7 * 86_400))'));
            END $$
            """)
    }

    /// Moves sagas, and what is part of them, to the past: as if they had been started, and had ended, then. Gives their new
    /// ids.
    func age(_ ids: [SagaValues.UUID], to time: Timestamp) async throws -> [SagaValues.UUID] {
        let list = ids.map { "'\($0)'" }.joined(separator: ",")
        // As a replica would: without the triggers that keep the history as it is.
        try await connection.runScript(
            """
            SET session_replication_role = replica;
            CREATE TEMP TABLE moved AS WITH RECURSIVE family AS (
                SELECT id FROM saga_origins WHERE id IN (\(list))
                UNION ALL SELECT o.id FROM family f JOIN saga_origins o ON o.parent_id = f.id)
            SELECT id AS old, (left(saga_id_floor('\(time)')::text, 13) || substr(id::text, 14))::uuid AS new FROM family;
            UPDATE saga_history h SET saga_id = m.new FROM moved m WHERE h.saga_id = m.old;
            UPDATE saga_origins o SET id = m.new FROM moved m WHERE o.id = m.old;
            UPDATE saga_origins o SET parent_id = m.new FROM moved m WHERE o.parent_id = m.old;
            UPDATE sagas s SET id = m.new, ended_at = s.ended_at - interval '100 days' FROM moved m WHERE s.id = m.old;
            UPDATE saga_timers t SET saga_id = m.new FROM moved m WHERE t.saga_id = m.old;
            UPDATE saga_audit a SET saga_id = m.new FROM moved m WHERE a.saga_id = m.old;
            """)
        var new: [SagaValues.UUID] = []
        for id in ids {
            new.append(
                try await connection.execute(
                    PostgresStatement("SELECT new FROM moved WHERE old = $1"), [.uuid(id)])[0].uuid(0))
        }
        try await connection.runScript("DROP TABLE moved; SET session_replication_role = origin")
        return new
    }

    func run(
        _ target: ArchiveTarget? = nil, policy: ArchivePolicy? = nil, sagasPerFile: Int = 10_000,
        keysKept: Duration = .seconds(400 * 86_400),
        checkpoint: @escaping @Sendable (ArchiveRun.Checkpoint) throws -> Void = { _ in }
    ) async throws -> ArchiveRun.Report {
        let archivist = PostgresArchivist(configuration)
        let now = try await archivist.now()
        var run = ArchiveRun(
            store: store, archivist: archivist, target: target ?? .folder(folder),
            policy: policy ?? ArchivePolicy(before: now - .seconds(90 * 86_400)), keysKept: keysKept,
            author: .init(subject: "ann", credential: "database", role: "saga archive", address: nil),
            checkpoint: checkpoint)
        run.sagasPerFile = sagasPerFile
        run.dropSize = 2
        run.pageSize = 3
        do {
            let report = try await run.run()
            await archivist.close()
            return report
        } catch {
            await archivist.close()
            throw error
        }
    }

    func number(_ sql: String) async throws -> Int64 {
        try await connection.execute(PostgresStatement(sql, isReadOnly: true))[0].int64(0)
    }

    func ids(in files: [String]) throws -> [SagaValues.UUID] {
        try files.flatMap { try ArchiveFile.verify($0).families.flatMap { $0.members.map(\.id) } }
    }

    var names: [String] {
        ((try? FileManager.default.contentsOfDirectory(atPath: folder)) ?? []).sorted()
    }

    /// The sagas in a file, each played again on the machine.
    func replays(_ file: String) throws -> [SagaReplay] {
        let text = try String(contentsOfFile: file, encoding: .utf8)
        let lines = try text.split(separator: "\n").map {
            try JSON(parsing: Array($0.utf8), limits: .init(bytes: 8 << 20))
        }
        var sources: [String: String] = [:]
        for line in lines where line["record"] == "workflow" {
            sources[try #require(line["digest"]?.stringValue)] = line["source"]?.stringValue
        }
        return try lines.filter { $0["record"] == "saga" }.map { line in
            let record = try SagaRecord(line)
            return try SagaReplay(record) { sources[$0] }
        }
    }
}
