import Foundation
import Glibc
import TestServers
import Testing

@testable import LocalServers

/// Each test ends a whole program in a hard way and looks at what it leaves.
@Suite("When the program is gone, the watcher") struct WatcherTests {
    /// What a program reported as `name=value` lines before it was killed.
    private func report(_ result: ExitTest.Result?) throws -> [String: String] {
        let text = String(decoding: try #require(result).standardOutputContent, as: UTF8.self)
        var found: [String: String] = [:]
        for line in text.split(separator: "\n") {
            let parts = line.split(separator: "=", maxSplits: 1)
            if parts.count == 2 { found[String(parts[0])] = String(parts[1]) }
        }
        return found
    }

    private func identities(_ text: String?) throws -> [ProcessIdentity] {
        try #require(text).split(separator: ",").map { entry in
            let parts = entry.split(separator: ":")
            return ProcessIdentity(pid: try #require(Int32(parts[0])), birth: try #require(UInt64(parts[1])))
        }
    }

    @Test("ends a child, and one that does not heed SIGTERM or is frozen, with its descendants")
    func children() async throws {
        let result = await #expect(
            processExitsWith: .signal(SIGKILL), observing: [\.standardOutputContent]
        ) {
            let lines = Lines()
            let plain = try ChildProcess.start("sleep", ["600"])
            let frozen = try ChildProcess.start("sleep", ["600"])
            frozen.freeze()
            let script = "trap '' TERM; sleep 600 & echo $!; while :; do sleep 600; done"
            let stubborn = try ChildProcess.start(
                "sh", ["-c", script], output: .lines { lines.append($0) },
                atOurEnd: .terminate(within: .milliseconds(200)))
            _ = await holds { lines.all.count == 1 }
            tell("pids", [plain, frozen, stubborn].flatMap(\.identity.family))
            kill(getpid(), SIGKILL)
        }
        let left = try identities(report(result)["pids"])
        #expect(left.count >= 4)
        #expect(await holds { !left.contains(where: \.isAlive) })
    }

    @Test("ends both servers with all their processes and removes their folder, even when they are frozen")
    func servers() async throws {
        let result = await #expect(
            processExitsWith: .signal(SIGKILL), observing: [\.standardOutputContent]
        ) {
            async let first = TestServers.postgres()
            async let second = TestServers.rabbitMQ()
            let (postgres, rabbitMQ) = try await (first, second)
            tell("pids", (postgres.pids + rabbitMQ.pids).compactMap { ProcessIdentity(living: $0) })
            tell("folder", postgres.socketDirectory)
            postgres.freeze()
            rabbitMQ.freeze()
            kill(getpid(), SIGKILL)
        }
        let report = try report(result)
        let left = try identities(report["pids"])
        #expect(left.count > 6)
        #expect(await holds { !left.contains(where: \.isAlive) })
        let folder = URL(fileURLWithPath: try #require(report["folder"])).deletingLastPathComponent().path
        #expect(await holds { !FileManager.default.fileExists(atPath: folder) })
    }

    @Test("ends servers in good order when their data is to be kept, even frozen ones")
    func order() async throws {
        let folder = try TestServers.freshFolder("kept")
        setenv("WATCHER_TEST_FOLDER", folder, 1)
        let result = await #expect(
            processExitsWith: .signal(SIGKILL), observing: [\.standardOutputContent]
        ) {
            let folder = try #require(ProcessInfo.processInfo.environment["WATCHER_TEST_FOLDER"])
            let postgres = try await LocalPostgres.start(in: folder)
            try await postgres.psql("CREATE TABLE kept AS SELECT 7 AS seven", database: "postgres")
            tell("pids", postgres.pids.compactMap { ProcessIdentity(living: $0) })
            postgres.freeze()
            kill(getpid(), SIGKILL)
        }
        #expect(try !identities(report(result)["pids"]).isEmpty)
        // Started at once, while the watcher is still at work: it waits for the end of the first.
        let postgres = try await LocalPostgres.start(in: folder, atOurEnd: .abrupt)
        #expect(try await postgres.psql("SELECT seven FROM kept", database: "postgres") == "7")
        let log = try String(contentsOfFile: postgres.logFile, encoding: .utf8)
        #expect(!log.contains("was not properly shut down"), "\(log)")
        await postgres.stop()
    }

    @Test("is started again and told everything when somebody has killed it")
    func killedWatcher() async throws {
        let result = await #expect(
            processExitsWith: .exitCode(0), observing: [\.standardOutputContent]
        ) {
            let early = try ChildProcess.start("sleep", ["600"])
            let watcher = try #require(
                ProcessIdentity(living: getpid())?.family.first { $0.pid != getpid() && $0.pid != early.pid })
            kill(watcher.pid, SIGKILL)
            _ = await holds { !watcher.isAlive }
            let late = try ChildProcess.start("sleep", ["600"])
            tell("pids", [early.identity, late.identity])
            exit(0)
        }
        let left = try identities(report(result)["pids"])
        #expect(left.count == 2)
        #expect(await holds { !left.contains(where: \.isAlive) })
    }

    @Test("leaves a process alone whose pid was used by another one before")
    func strangers() async throws {
        let stranger = try ChildProcess.start("sleep", ["600"])
        setenv("WATCHER_TEST_PID", String(stranger.pid), 1)
        let result = await #expect(
            processExitsWith: .signal(SIGKILL), observing: [\.standardOutputContent]
        ) {
            let pid = try #require(ProcessInfo.processInfo.environment["WATCHER_TEST_PID"].flatMap { Int32($0) })
            Watcher.shared.watch(ProcessIdentity(pid: pid, birth: 1), ending: .killed(.programs))
            let own = try ChildProcess.start(
                "sleep", ["600"], environment: [:], inheritsEnvironment: true, directory: nil, output: .discarded,
                ending: .killed(.helpers))
            tell("pids", [own.identity])
            kill(getpid(), SIGKILL)
        }
        // When our own one has gone, which comes last, the watcher is past the stranger.
        let left = try identities(report(result)["pids"])
        #expect(await holds { !left.contains(where: \.isAlive) })
        #expect(stranger.isRunning)
        await stranger.terminate()
    }

    @Test("removes only folders that bear the mark")
    func folders() async throws {
        let result = await #expect(
            processExitsWith: .exitCode(0), observing: [\.standardOutputContent]
        ) {
            // Removed in this order, so that the second one's end says that the first one's turn is over.
            let unmarked = try TemporaryFolder.make(prefix: "saga-test", in: "/tmp")
            try FileManager.default.removeItem(atPath: "\(unmarked)/\(TemporaryFolder.mark)")
            try Watcher.shared.prepare()
            Watcher.shared.removeAtEnd(folder: unmarked)
            let marked = try TemporaryFolder.makeUntilEnd(prefix: "saga test")
            tell("marked", marked)
            tell("unmarked", unmarked)
            exit(0)
        }
        let report = try report(result)
        let marked = try #require(report["marked"])
        #expect(await holds { !FileManager.default.fileExists(atPath: marked) })
        let unmarked = try #require(report["unmarked"])
        #expect(FileManager.default.fileExists(atPath: unmarked))
        rmdir(unmarked)
    }
}

/// Reports to the test that started this program; straight to the descriptor, since it dies without flushing.
private func tell(_ name: String, _ value: String) {
    let line = "\(name)=\(value)\n"
    _ = write(1, line, line.utf8.count)
}

private func tell(_ name: String, _ processes: [ProcessIdentity]) {
    tell(name, processes.map { "\($0.pid):\($0.birth)" }.joined(separator: ","))
}
