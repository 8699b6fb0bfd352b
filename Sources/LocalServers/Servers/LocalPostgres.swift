internal import Foundation
internal import Glibc

/// A PostgreSQL cluster of our own: private folder, private port on loopback, gone when we are.
///
/// For development, the demo, benchmarks and tests only: whoever can reach the port or the socket folder
/// is let in without a password (`trust`). The data folder may be kept and used again, or removed once
/// the server has stopped.
public final class LocalPostgres: Sendable {
    /// What its folder is marked with.
    static let kind = "postgresql"

    public let host = Loopback.host
    public let port: Int
    /// The superuser; it has no password.
    public let user = "postgres"
    /// The folder of the Unix socket; usable as a host name by libpq, and faster than TCP.
    public let socketDirectory: String
    /// What the server says.
    public let logFile: String

    private let setup: PostgresSetup
    private let processes = ServerProcesses()

    private init(_ setup: PostgresSetup) {
        self.setup = setup
        self.port = setup.port
        self.socketDirectory = setup.socketDirectory
        self.logFile = setup.logFile
    }

    /// Starts a cluster in a folder; makes folder and cluster if they are missing (about a second).
    ///
    /// - Parameters:
    ///   - directory: ours alone. Where we are root, the account `postgres` must be able to reach it.
    ///   - port: nil picks a free one.
    ///   - settings: lines for `postgresql.conf` in addition to, or in place of, ours: 200 connections,
    ///     256 MB of shared buffers, fsync and synchronous commits on.
    ///   - atOurEnd: how it is ended when we end without having stopped it.
    ///   - progress: told what is being done, in a few words.
    /// - Throws: ``LocalServerError``.
    public static func start(
        in directory: String, port: Int? = nil, settings: [String: String] = [:], atOurEnd: ServerAtOurEnd = .orderly,
        progress: @Sendable (String) -> Void = { _ in }
    ) async throws(LocalServerError) -> LocalPostgres {
        try await start(in: directory, port: port, settings: settings, atOurEnd: atOurEnd, progress: progress) {
            () throws(LocalServerError) in try FreePorts.pick(1)[0]
        }
    }

    /// The same with the choice of free ports open to tests.
    static func start(
        in directory: String, port: Int?, settings: [String: String], atOurEnd: ServerAtOurEnd,
        progress: @Sendable (String) -> Void, pickPort: () throws(LocalServerError) -> Int
    ) async throws(LocalServerError) -> LocalPostgres {
        let folder = try ServerFolder(directory, kind: LocalPostgres.kind)
        if let port { try FreePorts.check(port, "choose another one for PostgreSQL") }
        let firstPort = if let port { port } else { try pickPort() }
        var setup = try await PostgresSetup(folder: folder, port: firstPort, settings: settings, atOurEnd: atOurEnd)
        try await setup.prepare(folder, progress: progress)
        var attempts = 1
        while true {
            let server = LocalPostgres(setup)
            do throws(LocalServerError) {
                progress("PostgreSQL starts on port \(setup.port)")
                try await server.launch(folder)
                return server
            } catch {
                // Somebody took the port between our look and the server's own.
                guard error.code == .portTaken, port == nil, attempts < 5 else { throw error }
                attempts += 1
                setup.port = try pickPort()
            }
        }
    }

    /// Pids of the server and all its backends that live now; the postmaster comes first.
    public var pids: [Int32] { processes.family.map(\.pid) }

    public var isRunning: Bool { processes.isRunning }

    /// Waits until it ends without our doing, and says how; nil if ``stop()`` or ``kill()`` ended it.
    public func waitForCrash() async -> ExitStatus? { await processes.waitForCrash() }

    /// Ends it in an orderly way: open transactions are rolled back, clients cut off.
    public func stop() async {
        await processes.stop(with: SIGINT, within: .seconds(30))
    }

    /// SIGKILL for all its processes, as a power cut would; ``startAgain()`` recovers from the log.
    public func kill() { processes.kill() }

    /// SIGSTOP for all its processes: connections stay open and nothing answers.
    public func freeze() { processes.freeze() }

    /// SIGCONT: ends ``freeze()``.
    public func thaw() { processes.thaw() }

    /// Starts it on the same data and port after ``stop()``, ``kill()`` or a crash; does nothing when it runs.
    public func startAgain() async throws(LocalServerError) {
        guard !processes.isRunning else { return }
        processes.kill()
        await processes.waitUntilGone()
        let folder = try ServerFolder(setup.directory, kind: LocalPostgres.kind)
        try await launch(folder)
    }

    /// Creates a database with this name unless there is one.
    public func createDatabase(_ name: String) async throws(LocalServerError) {
        let quoted = "\"\(name.replacing("\"", with: "\"\""))\""
        do throws(LocalServerError) {
            try await psql("CREATE DATABASE \(quoted)", database: "postgres")
        } catch {
            // 42P04: it is there already.
            guard error.code == .commandFailed, error.details.contains("42P04") else { throw error }
        }
    }

    /// Runs SQL through `psql` and returns the rows as plain text, columns separated by `|`.
    @discardableResult
    public func psql(_ sql: String, database: String) async throws(LocalServerError) -> String {
        try await ChildProcess.run(
            "\(setup.programs)/psql",
            [
                "-X", "-q", "-A", "-t", "-v", "ON_ERROR_STOP=1", "-v", "VERBOSITY=sqlstate", "-h", socketDirectory,
                "-p", String(port), "-U", user, "-d", database, "-c", sql,
            ], environment: PostgresSetup.environment, inheritsEnvironment: false, directory: "/")
    }

    private func launch(_ folder: ServerFolder) async throws(LocalServerError) {
        let process = try await setup.launch(folder)
        processes.began([process], in: folder)
    }
}

/// How a server is ended when we end without having stopped it, be it by kill -9.
public enum ServerAtOurEnd: Sendable {
    /// As by `stop()`; the data is kept in good order.
    case orderly
    /// As fast as possible, for data that nobody needs any more.
    case abrupt
}
