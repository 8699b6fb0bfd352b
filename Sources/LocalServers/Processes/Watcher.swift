internal import Foundation
internal import Glibc
internal import Synchronization

/// Sees to it that nothing we started outlives us, even when we are killed with -9.
///
/// One small shell per program reads from a socket whose other end only this program holds. When the
/// program ends, in whatever way, the kernel closes that end; the shell reads the end of file and ends
/// exactly the processes it was told about, known by pid and birth, so a pid that was used again is
/// left alone. It has a session of its own, so no Ctrl-C reaches it.
///
/// A socket, not a pipe: writing to a shell that somebody killed must not raise SIGPIPE. Should that
/// have happened, another shell is started and told everything again.
final class Watcher: Sendable {
    static let shared = Watcher()

    /// The order of ending: what is a client of something else ends first.
    enum Stage: Int, Sendable {
        case programs = 1, servers, helpers
    }

    /// How a process is ended when its parent has gone.
    struct Ending: Sendable {
        var signal: Int32
        /// How long it has until it is killed with all its descendants.
        var limit: Duration
        var stage: Stage

        /// At once, with all its descendants.
        static func killed(_ stage: Stage) -> Ending {
            Ending(signal: SIGKILL, limit: .zero, stage: stage)
        }
    }

    private struct State {
        var socket: Int32 = -1
        var shell: pid_t = 0
        var processes: [ProcessIdentity: Ending] = [:]
        var folders: Set<String> = []
    }

    private let state = Mutex(State())

    /// Starts the shell, so that a process which is started next cannot be missed.
    func prepare() throws(LocalServerError) {
        let failure: LocalServerError? = state.withLock { state in
            do throws(LocalServerError) {
                if state.socket < 0 { try Self.startShell(&state) }
                return nil
            } catch {
                return error
            }
        }
        if let failure { throw failure }
    }

    func watch(_ process: ProcessIdentity, ending: Ending) {
        state.withLock { state in
            state.processes[process] = ending
            Self.tell(&state, Self.line(for: process, ending))
        }
    }

    func forget(_ process: ProcessIdentity) {
        state.withLock { state in
            guard state.processes.removeValue(forKey: process) != nil else { return }
            Self.tell(&state, "- \(process.pid) \(process.birth)\n")
        }
    }

    /// Removes a folder when the program has ended; only one that ``TemporaryFolder`` has marked.
    func removeAtEnd(folder: String) {
        state.withLock { state in
            state.folders.insert(folder)
            Self.tell(&state, "d \(folder)\n")
        }
    }

    private static func line(for process: ProcessIdentity, _ ending: Ending) -> String {
        let ticks = ending.limit / .milliseconds(50)
        return "+ \(process.pid) \(process.birth) \(ending.stage.rawValue) \(ending.signal) \(Int(ticks))\n"
    }

    private static func tell(_ state: inout State, _ text: String) {
        if state.socket >= 0, send(text, to: state.socket) { return }
        if state.socket >= 0 {
            close(state.socket)
            state.socket = -1
            waitpid(state.shell, nil, WNOHANG)
        }
        // The new shell is told everything, this line's matter too. Without one there is nothing to be
        // done here: the servers still end in an orderly way when the program does.
        try? startShell(&state)
    }

    private static func send(_ text: String, to socket: Int32) -> Bool {
        var rest = Array(text.utf8)[...]
        while !rest.isEmpty {
            let sent = rest.withUnsafeBytes { Glibc.send(socket, $0.baseAddress, $0.count, Int32(MSG_NOSIGNAL)) }
            if sent < 0 {
                if errno == EINTR { continue }
                return false
            }
            rest = rest.dropFirst(sent)
        }
        return true
    }

    private static func startShell(_ state: inout State) throws(LocalServerError) {
        var ends: [Int32] = [-1, -1]
        let type = Int32(SOCK_STREAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue)
        guard socketpair(AF_UNIX, type, 0, &ends) == 0 else {
            throw LocalServerError(.spawnFailed, "no socket for the watcher: \(lastSystemError())")
        }
        defer { close(ends[1]) }
        do throws(LocalServerError) {
            state.shell = try Spawn(
                executable: "/bin/sh", arguments: ["-c", watcherScript, "saga-watcher-of-\(getpid())"],
                environment: ["PATH=/usr/sbin:/usr/bin:/sbin:/bin", "LC_ALL=C"], directory: "/", input: ends[1]
            ).start()
        } catch {
            close(ends[0])
            throw error
        }
        state.socket = ends[0]
        for (process, ending) in state.processes { _ = send(line(for: process, ending), to: ends[0]) }
        for folder in state.folders { _ = send("d \(folder)\n", to: ends[0]) }
    }
}
