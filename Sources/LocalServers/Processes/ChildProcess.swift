internal import CSpawn
internal import Foundation
internal import Glibc
internal import Synchronization

/// A program that we started: it can be frozen, ended and waited for, and never outlives us.
///
/// Each child has a session of its own, so a Ctrl-C in the terminal reaches only us and we decide the
/// order of ending. If we are killed, even with -9, a watcher ends the child. Letting go of this object
/// does not end the process; ``terminate(within:)`` does.
public final class ChildProcess: Sendable {
    /// Where standard output and standard error go.
    public enum Output: Sendable {
        case discarded
        /// Appended to this file, which is made if missing.
        case file(String)
        /// Each line, without its end, on a thread of the child's own.
        case lines(@Sendable (String) -> Void)
    }

    /// What becomes of the child when we end without having ended it.
    public enum AtOurEnd: Sendable {
        /// SIGTERM, and SIGKILL when it has not gone within the limit.
        case terminate(within: Duration)
        /// SIGKILL for it and all its descendants.
        case kill
    }

    private struct State {
        var status: ExitStatus?
    }

    public let pid: Int32
    let identity: ProcessIdentity
    private let state = Mutex(State())
    private let exit = Completion<ExitStatus>()
    private let drained = Completion<Void>()

    /// Starts a program; returns as soon as it runs.
    ///
    /// - Parameters:
    ///   - executable: a path, or a name that is looked for in PATH.
    ///   - environment: variables that are set in addition to our own.
    ///   - inheritsEnvironment: false: the child sees only `environment`.
    ///   - directory: the working directory; nil is ours.
    /// - Throws: ``LocalServerError`` with `programMissing`, `spawnFailed` or `folderNotUsable` (the output file).
    public static func start(
        _ executable: String, _ arguments: [String] = [], environment: [String: String] = [:],
        inheritsEnvironment: Bool = true, directory: String? = nil, output: Output = .discarded,
        atOurEnd: AtOurEnd = .terminate(within: .seconds(10))
    ) throws(LocalServerError) -> ChildProcess {
        let ending: Watcher.Ending =
            switch atOurEnd {
            case .terminate(let limit): Watcher.Ending(signal: SIGTERM, limit: limit, stage: .programs)
            case .kill: .killed(.programs)
            }
        return try start(
            executable, arguments, environment: environment, inheritsEnvironment: inheritsEnvironment,
            directory: directory, output: output, ending: ending)
    }

    static func start(
        _ executable: String, _ arguments: [String], environment: [String: String], inheritsEnvironment: Bool,
        directory: String?, output: Output, ending: Watcher.Ending
    ) throws(LocalServerError) -> ChildProcess {
        let path = try Programs.path(of: executable)
        let base = inheritsEnvironment ? ProcessInfo.processInfo.environment : [:]
        let variables = base.merging(environment) { _, new in new }.map { "\($0.key)=\($0.value)" }
        let (writing, reader) = try open(output)
        defer { if writing >= 0 { close(writing) } }

        // The child begins as a shell that waits for our word, and becomes the program only after the
        // watcher knows it. If we die in between, the word never comes and the shell leaves.
        try Watcher.shared.prepare()
        var gate: [Int32] = [-1, -1]
        guard cspawn_pipe(&gate) == 0 else {
            throw LocalServerError(.spawnFailed, "no pipe for \(path): \(lastSystemError())")
        }
        defer { for end in gate { close(end) } }
        let script = #"read -r go && exec "$@" </dev/null"#
        let pid: pid_t
        do throws(LocalServerError) {
            pid = try Spawn(
                executable: "/bin/sh", arguments: ["-c", script, "sh", path] + arguments, environment: variables,
                directory: directory, input: gate[0], output: writing >= 0 ? writing : nil
            ).start()
        } catch {
            if let reader { close(reader.descriptor) }
            throw error
        }
        let child = ChildProcess(pid: pid)
        Watcher.shared.watch(child.identity, ending: ending)
        child.waitInBackground()
        if let reader {
            let line = reader.line
            LineReader(
                descriptor: reader.descriptor, line: line, processHasEnded: { child.exitStatus != nil },
                finished: { child.drained.complete(()) }
            ).start()
        } else {
            child.drained.complete(())
        }
        _ = write(gate[1], "go\n", 3)
        return child
    }

    private init(pid: pid_t) {
        self.pid = pid
        // Not reaped yet, so the pid is certainly its own and /proc shows it, even as a zombie.
        self.identity = ProcessIdentity(pid: pid, birth: ProcessStatus(of: pid)?.birth ?? 0)
    }

    private static func open(
        _ output: Output
    ) throws(LocalServerError) -> (writing: Int32, reader: (descriptor: Int32, line: @Sendable (String) -> Void)?) {
        switch output {
        case .discarded:
            return (-1, nil)
        case .file(let path):
            let file = Glibc.open(path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0o644)
            guard file >= 0 else {
                throw LocalServerError(.folderNotUsable, "\(path) cannot be written: \(lastSystemError())")
            }
            return (file, nil)
        case .lines(let line):
            var ends: [Int32] = [-1, -1]
            guard cspawn_pipe(&ends) == 0 else {
                throw LocalServerError(.spawnFailed, "no pipe for the output: \(lastSystemError())")
            }
            return (ends[1], (ends[0], line))
        }
    }

    /// One thread per child blocks in `waitid`: the only way that needs neither a signal handler of ours
    /// nor polling.
    private func waitInBackground() {
        let thread = Thread { [self] in
            var information = siginfo_t()
            while waitid(P_PID, id_t(pid), &information, WEXITED | WNOWAIT) != 0, errno == EINTR {}
            // It is reaped under the lock, so a signal can never go to a stranger with the same pid.
            let status = state.withLock { state in
                var word: Int32 = 0
                waitpid(pid, &word, 0)
                let status = ExitStatus(waitStatus: word)
                state.status = status
                return status
            }
            Watcher.shared.forget(identity)
            exit.complete(status)
        }
        thread.name = "child-exit"
        thread.start()
    }
}

extension ChildProcess {
    /// Nil while it runs.
    public var exitStatus: ExitStatus? {
        state.withLock { $0.status }
    }

    public var isRunning: Bool { exitStatus == nil }

    /// Sends a signal; nothing happens when the process has ended.
    public func signal(_ number: Int32) {
        state.withLock { state in
            if state.status == nil { _ = Glibc.kill(pid, number) }
        }
    }

    /// SIGKILL, for the process alone. It has gone a moment later: ``waitForExit()`` tells when.
    public func kill() { signal(SIGKILL) }

    /// SIGSTOP: the process stands still with everything open, as a paused machine would.
    public func freeze() { signal(SIGSTOP) }

    /// SIGCONT: ends ``freeze()``.
    public func thaw() { signal(SIGCONT) }

    /// SIGTERM, then, when it has not ended within the limit, SIGKILL for it and its descendants.
    ///
    /// A frozen process is thawed, so that it can hear the signal.
    @discardableResult
    public func terminate(within limit: Duration = .seconds(10)) async -> ExitStatus {
        await end(with: SIGTERM, within: limit)
    }

    /// Waits until it has ended and its output was delivered; cancelling the task does not cut this short.
    @discardableResult
    public func waitForExit() async -> ExitStatus {
        await shielded {
            while true {
                guard let status = await self.exit.wait() else { continue }
                _ = await self.drained.wait()
                return status
            }
        }
    }

    /// Waits until it has ended; nil when it has not within the limit, or the task was cancelled.
    public func waitForExit(within limit: Duration) async -> ExitStatus? {
        guard let status = await exit.wait(within: limit) else { return nil }
        _ = await drained.wait(within: .seconds(1))
        return status
    }

    func end(with number: Int32, within limit: Duration) async -> ExitStatus {
        signal(number)
        thaw()
        if let status = await shielded({ await self.waitForExit(within: limit) }) { return status }
        _ = identity.killFamily()
        return await waitForExit()
    }
}
