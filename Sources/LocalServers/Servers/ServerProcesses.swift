internal import Glibc
internal import Synchronization

/// The processes of one running server, and the lock on its folder.
final class ServerProcesses: Sendable {
    private struct State {
        /// The server first, then its helpers.
        var processes: [ChildProcess] = []
        var folder: ServerFolder?
        /// Killed, and perhaps not gone yet.
        var dying: [ProcessIdentity] = []
    }

    private let state = Mutex(State())

    var isRunning: Bool {
        state.withLock { $0.processes.first?.isRunning ?? false }
    }

    /// Every process of the server that lives now, descendants too.
    var family: [ProcessIdentity] {
        state.withLock(\.processes).flatMap(\.identity.family)
    }

    func began(_ processes: [ChildProcess], in folder: ServerFolder) {
        state.withLock { state in
            state.processes = processes
            state.folder = folder
        }
    }

    /// Waits until the server ends without our doing, and says how; nil if it was not started, or ``stop(with:within:)``
    /// or ``kill()`` ended it.
    func waitForCrash() async -> ExitStatus? {
        guard let server = state.withLock(\.processes.first) else { return nil }
        let status = await server.waitForExit()
        // These two let go of it before it ends.
        return state.withLock { $0.processes.first === server } ? status : nil
    }

    func kill() {
        state.withLock { state in
            state.dying += state.processes.flatMap { $0.identity.killFamily() }
            state.processes = []
            state.folder = nil
        }
    }

    func freeze() {
        for process in state.withLock(\.processes) {
            // The head first, so that it cannot fork while its children are counted.
            process.freeze()
            for member in process.identity.family { member.signal(SIGSTOP) }
        }
    }

    func thaw() {
        for member in family { member.signal(SIGCONT) }
    }

    /// Asks one process after the other to end, and kills what does not within the limit.
    func stop(with signal: Int32, within limit: Duration) async {
        let (processes, folder) = state.withLock { state in
            defer { state.processes = [] }
            return (state.processes, state.folder)
        }
        for (index, process) in processes.enumerated() {
            let family = process.identity.family
            for member in family { member.signal(SIGCONT) }
            _ = await process.end(with: index == 0 ? signal : SIGTERM, within: limit)
            for member in family { member.signal(SIGKILL) }
            state.withLock { $0.dying += family }
        }
        await waitUntilGone()
        folder?.remove("processes")
        state.withLock { $0.folder = nil }
    }

    /// Waits for what was killed: SIGKILL takes a moment to work.
    func waitUntilGone() async {
        let dying = state.withLock(\.dying)
        _ = await shielded {
            await poll(every: .milliseconds(5), within: .seconds(30)) { !dying.contains(where: \.isAlive) }
        }
        state.withLock { state in state.dying.removeAll { !$0.isAlive } }
    }
}
