internal import Foundation
internal import Glibc

/// Everything that is needed to start one PostgreSQL cluster, and how it is done.
struct PostgresSetup: Sendable {
    let directory: String
    let account: Account?
    /// The folder with `postgres`, `initdb` and `psql`.
    let programs: String
    let socketDirectory: String
    let settings: [String: String]
    let atOurEnd: ServerAtOurEnd
    var port: Int

    var logFile: String { "\(directory)/postgresql.log" }
    private var data: String { "\(directory)/data" }

    static let environment = ["PATH": "/usr/sbin:/usr/bin:/sbin:/bin", "LC_ALL": "C.UTF-8", "TZ": "UTC"]

    init(
        folder: ServerFolder, port: Int, settings: [String: String], atOurEnd: ServerAtOurEnd
    ) async throws(LocalServerError) {
        self.directory = folder.path
        self.settings = settings
        self.atOurEnd = atOurEnd
        account = try Account.forPostgres()
        try await account?.checkReach(of: folder.path)
        let version = folder.read("data/PG_VERSION")?.split(separator: "\n").first.map(String.init)
        programs = try Programs.postgresFolder(version: version)
        self.port = port
        // The kernel allows a socket path of 107 bytes.
        if "\(folder.path)/socket/.s.PGSQL.65535".utf8.count > 107 {
            socketDirectory = try TemporaryFolder.make(prefix: "saga-pg", in: "/tmp")
            if let account, chown(socketDirectory, account.user, account.group) != 0 {
                throw LocalServerError(
                    .folderNotUsable, "\(socketDirectory) cannot be given to \(account.name): \(lastSystemError())")
            }
            Watcher.shared.removeAtEnd(folder: socketDirectory)
        } else {
            socketDirectory = try folder.make("socket", for: account)
        }
    }

    /// Makes the cluster if it is missing. It gets its name only when it is complete, so that an
    /// interrupted `initdb` leaves nothing that looks like a cluster.
    func prepare(_ folder: ServerFolder, progress: (String) -> Void) async throws(LocalServerError) {
        try await folder.waitForPredecessor()
        unlink(logFile)
        if folder.read("data/PG_VERSION") != nil { return }
        progress("PostgreSQL makes a new cluster in \(directory)")
        folder.remove("data.new")
        let new = try folder.make("data.new", for: account)
        try await run("initdb", ["-D", new, "-U", "postgres", "-A", "trust", "-E", "UTF8", "--locale=C.UTF-8"])
        let configuration = (folder.read("data.new/postgresql.conf") ?? "") + "\ninclude = 'saga.conf'\n"
        try folder.write(configuration, to: "data.new/postgresql.conf")
        guard rename(new, data) == 0 else {
            throw LocalServerError(.folderNotUsable, "\(new) cannot be renamed: \(lastSystemError())")
        }
    }

    /// Starts the server and waits until it takes connections.
    func launch(_ folder: ServerFolder) async throws(LocalServerError) -> ChildProcess {
        try await removeStaleLock(folder)
        try folder.write(configuration, to: "data/saga.conf")
        let command = (account?.prefix ?? []) + ["\(programs)/postgres", "-D", data]
        let ending =
            switch atOurEnd {
            case .orderly: Watcher.Ending(signal: SIGINT, limit: .seconds(15), stage: .servers)
            // Not SIGKILL: this lets it give its shared memory back.
            case .abrupt: Watcher.Ending(signal: SIGQUIT, limit: .seconds(10), stage: .servers)
            }
        let logStart = size(of: logFile)
        let process = try ChildProcess.start(
            command[0], Array(command.dropFirst()), environment: Self.environment, inheritsEnvironment: false,
            directory: socketDirectory, output: .file(logFile), ending: ending)
        try folder.record([process.identity])
        let ready = await poll(every: .milliseconds(10), within: .seconds(90)) {
            !process.isRunning || isReady(process, folder)
        }
        if ready, process.isRunning { return process }
        let log = excerpt(of: logFile, from: logStart, first: 4, last: 8)
        if ready {
            // Ours has ended, so whoever listens there is somebody else.
            if !FreePorts.isFree(port) {
                throw LocalServerError(.portTaken, "port \(port) on 127.0.0.1 was taken meanwhile", details: log)
            }
            let status = process.exitStatus.map(\.description) ?? ""
            throw LocalServerError(
                .startFailed, "PostgreSQL ended while it started (\(status)); see \(logFile)", details: log)
        }
        _ = await process.end(with: SIGQUIT, within: .seconds(5))
        throw LocalServerError(.startTimedOut, "PostgreSQL was not ready within 90 s; see \(logFile)", details: log)
    }

    private var configuration: String {
        let defaults = [
            "max_connections": "200", "shared_buffers": "256MB", "max_wal_size": "2GB", "fsync": "on",
            "synchronous_commit": "on", "timezone": "UTC", "log_timezone": "UTC",
        ]
        let fixed = [
            "listen_addresses": Loopback.host, "port": String(port), "unix_socket_directories": socketDirectory,
        ]
        let all = defaults.merging(settings) { _, new in new }.merging(fixed) { _, new in new }
        return all.sorted { $0.key < $1.key }
            .map { "\($0.key) = '\($0.value.replacing("'", with: "''"))'\n" }.joined()
    }

    /// The server writes its state to the file that also holds its pid; what a dead one left is not it.
    private func isReady(_ process: ChildProcess, _ folder: ServerFolder) -> Bool {
        let lines = (folder.read("data/postmaster.pid") ?? "").split(separator: "\n", omittingEmptySubsequences: false)
        return lines.count > 7 && lines[0] == "\(process.pid)" && lines[7].hasPrefix("ready")
    }

    /// A killed server leaves its pid file, and the next one refuses to start if that pid is alive, even
    /// when it is some other program's by now. Only processes that work in this very folder count.
    private func removeStaleLock(_ folder: ServerFolder) async throws(LocalServerError) {
        guard folder.read("data/postmaster.pid") != nil else { return }
        func inhabitants() -> [pid_t] {
            ProcessStatus.all().map(\.pid).filter {
                (try? FileManager.default.destinationOfSymbolicLink(atPath: "/proc/\($0)/cwd")) == data
            }
        }
        guard await poll(every: .milliseconds(50), within: .seconds(15), until: { inhabitants().isEmpty }) else {
            let pids = inhabitants().map(String.init).joined(separator: " ")
            throw LocalServerError(.folderInUse, "another PostgreSQL server works in \(data): stop it, or kill \(pids)")
        }
        folder.remove("data/postmaster.pid")
    }

    private func run(_ program: String, _ arguments: [String]) async throws(LocalServerError) {
        let command = (account?.prefix ?? []) + ["\(programs)/\(program)"] + arguments
        try await ChildProcess.run(
            command[0], Array(command.dropFirst()), environment: Self.environment, inheritsEnvironment: false,
            directory: directory, limit: .seconds(120))
    }
}
