import Foundation
import Glibc
import TestServers
import Testing

@testable import LocalServers

@Suite("A local PostgreSQL", .serialized) struct LocalPostgresTests {
    @Test("listens on loopback only, and writes safely by default")
    func settings() async throws {
        let postgres = try await TestServers.postgres()
        #expect(try listeners(on: postgres.port).subtracting(loopback).isEmpty)
        let values = try await postgres.psql(
            "SELECT current_setting('fsync'), current_setting('synchronous_commit'), current_setting('max_connections')",
            database: "postgres")
        #expect(values == "on|on|200")
        let mode = try FileManager.default.attributesOfItem(atPath: postgres.socketDirectory)[.posixPermissions]
        #expect(mode as? Int == 0o700)
    }

    @Test("creates a database once, whatever its name")
    func databases() async throws {
        let postgres = try await TestServers.postgres()
        let name = TestServers.uniqueName("odd \"name'")
        try await postgres.createDatabase(name)
        try await postgres.createDatabase(name)
        #expect(try await postgres.psql("SELECT current_database()", database: name) == name)
        let first = try await TestServers.freshDatabase(prefix: "same")
        let second = try await TestServers.freshDatabase(prefix: "same")
        #expect(first != second)
        let broken = await #expect(throws: LocalServerError.self) {
            try await postgres.psql("SELECT 1/0", database: first)
        }
        #expect(broken?.code == .commandFailed && broken?.details.contains("22012") == true)
    }

    @Test("keeps its data over a stop and over a kill, on the same port")
    func restarts() async throws {
        let postgres = try await TestServers.ownPostgres(settings: ["work_mem": "7MB", "search_path": "it's"])
        #expect(try await postgres.psql("SHOW work_mem; SHOW search_path", database: "postgres") == "7MB\nit's")
        try await postgres.psql("CREATE TABLE public.t AS SELECT 1 AS n", database: "postgres")
        let port = postgres.port

        var before = postgres.pids.compactMap { ProcessIdentity(living: $0) }
        await postgres.stop()
        #expect(before.count > 3 && !before.contains(where: \.isAlive))
        #expect(!postgres.isRunning && postgres.pids.isEmpty)
        #expect(try listeners(on: port).isEmpty)

        try await postgres.startAgain()
        try await postgres.startAgain()
        #expect(postgres.isRunning)
        try await postgres.psql("INSERT INTO public.t VALUES (2)", database: "postgres")
        before = postgres.pids.compactMap { ProcessIdentity(living: $0) }
        postgres.kill()
        #expect(await holds { !before.contains(where: \.isAlive) })
        try await postgres.startAgain()
        #expect(try await postgres.psql("SELECT sum(n) FROM public.t", database: "postgres") == "3")
        #expect(postgres.port == port)
        #expect(try String(contentsOfFile: postgres.logFile, encoding: .utf8).contains("not properly shut down"))
        await postgres.stop()
    }

    @Test("tells of a crash, and of no end that was wanted")
    func crash() async throws {
        let postgres = try await TestServers.ownPostgres()
        async let crash = postgres.waitForCrash()
        let server = try #require(postgres.pids.first.flatMap { ProcessIdentity(living: $0) })
        server.signal(SIGKILL)
        #expect(await crash == .signalled(SIGKILL))
        try await postgres.startAgain()

        async let killed = postgres.waitForCrash()
        async let alsoKilled = postgres.waitForCrash()
        postgres.kill()
        #expect(await killed == nil)
        #expect(await alsoKilled == nil)
        try await postgres.startAgain()

        async let stopped = postgres.waitForCrash()
        await postgres.stop()
        #expect(await stopped == nil)
        #expect(await postgres.waitForCrash() == nil, "it does not run")
    }

    @Test("does not answer while it is frozen")
    func freezing() async throws {
        let postgres = try await TestServers.ownPostgres()
        // The request for TLS of the protocol: a server answers with one letter.
        func answers() -> Bool {
            Loopback.ask(postgres.port, greeting: [0, 0, 0, 8, 4, 210, 22, 47]) == [UInt8(ascii: "N")]
        }
        #expect(answers())
        postgres.freeze()
        #expect(await holds { postgres.pids.allSatisfy { state(of: $0) == "T" } })
        #expect(!answers())
        postgres.thaw()
        #expect(answers())
        postgres.freeze()
        await postgres.stop()
        #expect(postgres.pids.isEmpty)
    }

    @Test("starts again after a crash whose pid file names a stranger's pid")
    func stalePid() async throws {
        let folder = try TestServers.freshFolder("stale")
        let first = try await LocalPostgres.start(in: folder, atOurEnd: .abrupt)
        first.kill()
        let file = "\(folder)/data/postmaster.pid"
        var lines = try String(contentsOfFile: file, encoding: .utf8).split(separator: "\n").map(String.init)
        // One of the same account: that is what the server itself would take for its predecessor.
        lines[0] = String(try #require(try await TestServers.postgres().pids.first))
        try (lines.joined(separator: "\n") + "\n").write(toFile: file, atomically: false, encoding: .utf8)
        let second = try await LocalPostgres.start(in: folder, atOurEnd: .abrupt)
        #expect(second.isRunning)
        await second.stop()
    }

    @Test("takes another port when the first one is snatched away")
    func race() async throws {
        let (taken, socket) = try occupiedPort()
        defer { close(socket) }
        let free = try FreePorts.pick(1)[0]
        var choices = [taken, free]
        let postgres = try await LocalPostgres.start(
            in: TestServers.freshFolder("race"), port: nil, settings: [:], atOurEnd: .abrupt, progress: { _ in }
        ) { () throws(LocalServerError) in choices.removeFirst() }
        #expect(postgres.port == free && choices.isEmpty)
        await postgres.stop()
    }

    @Test("says so when the port that was asked for is taken")
    func portTaken() async throws {
        let (taken, socket) = try occupiedPort()
        defer { close(socket) }
        let error = await #expect(throws: LocalServerError.self) {
            try await LocalPostgres.start(in: TestServers.freshFolder("taken"), port: taken)
        }
        #expect(error?.code == .portTaken)
    }

    @Test("puts its socket elsewhere when the path is too long for one")
    func longPath() async throws {
        let folder = try TestServers.freshFolder(String(repeating: "long", count: 30))
        let postgres = try await LocalPostgres.start(in: folder, atOurEnd: .abrupt)
        #expect("\(postgres.socketDirectory)/.s.PGSQL.\(postgres.port)".utf8.count <= 107)
        #expect(try await postgres.psql("SELECT 1", database: "postgres") == "1")
        await postgres.stop()
        try await postgres.startAgain()
        await postgres.stop()
    }

    @Test("shows the reason when it cannot start")
    func startFails() async throws {
        let error = await #expect(throws: LocalServerError.self) {
            try await LocalPostgres.start(in: TestServers.freshFolder("bad"), settings: ["max_connections": "none"])
        }
        #expect(error?.code == .startFailed)
        #expect(error?.details.contains("max_connections") == true)
    }
}
