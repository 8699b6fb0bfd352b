import Foundation
import Glibc
import Testing

@testable import LocalServers

@Suite("A child process") struct ChildProcessTests {
    @Test("hands over its output line by line, both streams, also a last line without an end")
    func output() async throws {
        let lines = Lines()
        let child = try ChildProcess.start(
            "sh", ["-c", "echo one; echo two >&2; printf three"], output: .lines { lines.append($0) })
        #expect(await child.waitForExit() == .exited(0))
        #expect(lines.all == ["one", "two", "three"])
    }

    @Test("loses no line of a long output")
    func longOutput() async throws {
        let lines = Lines()
        let child = try ChildProcess.start("seq", ["50000"], output: .lines { lines.append($0) })
        #expect(await child.waitForExit().isSuccess)
        #expect(lines.all == (1...50_000).map(String.init))
    }

    @Test("is over when it ends, even if a grandchild keeps its output open")
    func grandchild() async throws {
        let lines = Lines()
        let child = try ChildProcess.start("sh", ["-c", "sleep 60 & echo $!"], output: .lines { lines.append($0) })
        #expect(await child.waitForExit() == .exited(0))
        let grandchild = try #require(lines.all.first.flatMap { Int32($0) })
        #expect(ProcessIdentity(living: grandchild) != nil)
        kill(grandchild, SIGKILL)
    }

    @Test("appends its output to a file")
    func file() async throws {
        let file = try freshFolder() + "/log"
        for word in ["first", "second"] {
            try await ChildProcess.start("echo", [word], output: .file(file)).waitForExit()
        }
        #expect(try String(contentsOfFile: file, encoding: .utf8) == "first\nsecond\n")
    }

    @Test("tells its exit code, or the signal that ended it")
    func status() async throws {
        #expect(try await ChildProcess.start("sh", ["-c", "exit 7"]).waitForExit() == .exited(7))
        #expect(try await ChildProcess.start("sh", ["-c", "kill -USR1 $$"]).waitForExit() == .signalled(SIGUSR1))
        let killed = try ChildProcess.start("sleep", ["60"])
        #expect(killed.isRunning)
        killed.kill()
        #expect(await killed.waitForExit() == .signalled(SIGKILL))
        #expect(!killed.isRunning)
    }

    @Test("is waited for no longer than the limit")
    func limit() async throws {
        let child = try ChildProcess.start("sleep", ["60"])
        #expect(await child.waitForExit(within: .milliseconds(50)) == nil)
        #expect(await child.terminate() == .signalled(SIGTERM))
    }

    @Test("is killed with its descendants when it does not heed SIGTERM")
    func stubborn() async throws {
        let lines = Lines()
        let script = "trap '' TERM; sleep 60 & echo $!; while :; do sleep 60; done"
        let child = try ChildProcess.start("sh", ["-c", script], output: .lines { lines.append($0) })
        #expect(await holds { lines.all.count == 1 })
        let grandchild = try #require(Int32(lines.all[0]))
        #expect(await child.terminate(within: .milliseconds(100)) == .signalled(SIGKILL))
        #expect(await holds { ProcessIdentity(living: grandchild) == nil })
    }

    @Test("ends in good order on SIGTERM even in a cancelled task")
    func cancelled() async throws {
        let lines = Lines()
        let script = "trap 'sleep 0.3; echo bye; exit 3' TERM; echo up; while :; do sleep 0.01; done"
        let child = try ChildProcess.start("sh", ["-c", script], output: .lines { lines.append($0) })
        #expect(await holds { lines.all == ["up"] })
        let task = Task {
            _ = await holds { Task.isCancelled }
            return await child.terminate()
        }
        task.cancel()
        #expect(await task.value == .exited(3))
        #expect(lines.all == ["up", "bye"])
    }

    @Test("stands still when frozen, and goes on when thawed")
    func freezing() async throws {
        let child = try ChildProcess.start("sleep", ["60"])
        child.freeze()
        #expect(await holds { state(of: child.pid) == "T" })
        child.thaw()
        #expect(await holds { state(of: child.pid) == "S" })
        child.freeze()
        #expect(await child.terminate() == .signalled(SIGTERM))
    }

    @Test("gets no descriptor of ours but its three standard ones")
    func descriptors() async throws {
        // One without close-on-exec, as careless libraries open them.
        let leak = open("/dev/null", O_RDONLY)
        defer { close(leak) }
        let lines = Lines()
        let child = try ChildProcess.start("sh", ["-c", "ls /proc/$$/fd"], output: .lines { lines.append($0) })
        await child.waitForExit()
        #expect(Set(lines.all).isSubset(of: ["0", "1", "2"]), "it has \(lines.all)")
        #expect(lines.all.count == 3)
    }

    @Test("has a session of its own, and default handling of signals that we ignore")
    func session() async throws {
        signal(SIGPIPE, SIG_IGN)
        let lines = Lines()
        let script = "cut -d ')' -f 2 /proc/$$/stat | cut -d ' ' -f 5; echo $$; grep SigIgn /proc/self/status"
        let child = try ChildProcess.start("sh", ["-c", script], output: .lines { lines.append($0) })
        await child.waitForExit()
        try #require(lines.all.count == 3)
        #expect(lines.all[0] == lines.all[1])
        let ignored = try #require(UInt64(lines.all[2].suffix(16), radix: 16))
        #expect(ignored & (1 << UInt64(SIGPIPE - 1)) == 0)
    }

    @Test("sees the variables that it was given, and ours only when asked to")
    func environment() async throws {
        setenv("CHILD_TEST_VARIABLE", "ours", 1)
        func seen(inherits: Bool) async throws -> [String] {
            let lines = Lines()
            let child = try ChildProcess.start(
                "/usr/bin/env", environment: ["GIVEN": "a b"], inheritsEnvironment: inherits,
                output: .lines { lines.append($0) })
            await child.waitForExit()
            return lines.all
        }
        let all = try await seen(inherits: true)
        #expect(all.contains("GIVEN=a b") && all.contains("CHILD_TEST_VARIABLE=ours"))
        let own = try await seen(inherits: false)
        #expect(own.contains("GIVEN=a b") && !own.contains("CHILD_TEST_VARIABLE=ours"))
    }

    @Test("works in the folder that it was given")
    func folder() async throws {
        let folder = try freshFolder()
        let lines = Lines()
        let child = try ChildProcess.start("/bin/pwd", directory: folder, output: .lines { lines.append($0) })
        await child.waitForExit()
        #expect(lines.all == [folder])
    }

    @Test("of a program that is missing is refused with a code", arguments: ["no-such-program", "/etc/passwd", "/etc"])
    func missing(program: String) {
        let error = #expect(throws: LocalServerError.self) { try ChildProcess.start(program) }
        #expect(error?.code == .programMissing)
    }

    @Test("that fails as a helper shows the end of its output")
    func helper() async throws {
        #expect(try await ChildProcess.run("echo", ["done"]) == "done")
        let failed = await #expect(throws: LocalServerError.self) {
            try await ChildProcess.run("sh", ["-c", "echo the reason; exit 4"])
        }
        #expect(failed?.code == .commandFailed && failed?.details == "the reason")
        let slow = await #expect(throws: LocalServerError.self) {
            try await ChildProcess.run("sleep", ["60"], limit: .milliseconds(50))
        }
        #expect(slow?.message.contains("took longer") == true)
    }
}
