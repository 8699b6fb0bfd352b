internal import Foundation
public import LocalServers
internal import SagaValues
internal import Synchronization

/// One of our own programs, which can be killed and started again under the same name.
public final class Program: Sendable {
    /// The API of an orchestrator, as its clients see it.
    struct API: Sendable {
        var port: Int
        let token: Secret
    }

    public let name: String
    public let logFile: String
    private let executable: String
    private let arguments: [String]
    private let environment: [String: String]
    private let life = Mutex(Life())
    private let api: Mutex<API?>

    init(
        name: String, executable: String, arguments: [String], environment: [String: String] = [:], logFile: String,
        api: API? = nil
    ) {
        self.name = name
        self.executable = executable
        self.arguments = arguments
        self.environment = environment
        self.logFile = logFile
        self.api = Mutex(api)
    }

    private struct Life {
        var process: ChildProcess?
        /// From a start to a stop; a kill is nobody's wish.
        var isWanted = false
    }

    private var process: ChildProcess? { life.withLock { $0.process } }

    /// What it gets of our own environment. Not the settings of a server that somebody keeps there.
    private static var surroundings: [String: String] {
        let names: Set = ["HOME", "LANG", "LC_ALL", "LD_LIBRARY_PATH", "PATH", "TMPDIR", "TZ"]
        return ProcessInfo.processInfo.environment.filter { names.contains($0.key) }
    }

    /// Where its API listens, if it has one.
    public var port: Int? { api.withLock { $0?.port } }

    /// From the next start on.
    func listens(on port: Int) { api.withLock { $0?.port = port } }

    public var pid: Int32? { process?.pid }

    public var isRunning: Bool { process?.isRunning ?? false }

    /// Starts it, or starts it again.
    public func start() throws {
        try life.withLock { life in
            life.process = try spawn()
            life.isWanted = true
        }
    }

    /// Starts it again, unless it was stopped; false if so. A stop at the same moment comes before or after, so that
    /// nothing is left running.
    func startAgain() throws -> Bool {
        try life.withLock { life in
            guard life.isWanted else { return false }
            life.process = try spawn()
            return true
        }
    }

    private func spawn() throws -> ChildProcess {
        var environment = Self.surroundings.merging(environment) { _, own in own }
        if let port { environment["SAGA_HTTP_PORT"] = "\(port)" }
        return try ChildProcess.start(
            executable, arguments, environment: environment,
            inheritsEnvironment: false, output: .file(logFile), atOurEnd: .kill)
    }

    /// SIGKILL: no chance to finish anything.
    public func kill() async {
        guard let child = process else { return }
        child.kill()
        _ = await child.waitForExit()
    }

    /// It is not started again from here on.
    func letGo() { life.withLock { $0.isWanted = false } }

    /// SIGTERM, and SIGKILL if it does not end in time.
    @discardableResult
    public func stop() async -> ExitStatus? {
        letGo()
        return await process?.terminate()
    }

    /// nil if it was never started.
    func waitForExit() async -> ExitStatus? {
        await process?.waitForExit()
    }

    public func freeze() { process?.freeze() }
    public func thaw() { process?.thaw() }

    /// Waits until its API says that it is ready, and is its own: another server on the port, perhaps of another
    /// platform, does not know the token.
    ///
    /// - Throws: ``PlatformError`` with the end of its log if it ends before, or is not ready in time.
    public func waitUntilReady(within limit: Duration = .seconds(60)) async throws {
        guard let api = api.withLock({ $0 }) else { return }
        let base = URL(string: "http://127.0.0.1:\(api.port)")!
        let health = base.appendingPathComponent("health/ready")
        let workflows = base.appendingPathComponent("v1/workflows")
        let deadline = ContinuousClock.now + limit
        while ContinuousClock.now < deadline {
            if await HTTPProbe.status(of: health) == 200,
                // Lets in who has our token, and nobody else.
                await HTTPProbe.status(of: workflows, token: api.token) == 200,
                await HTTPProbe.status(of: workflows) == 401, isRunning
            {
                return
            }
            guard isRunning else { throw PlatformError("\(name) has ended: \(lastLines)") }
            try await Task.sleep(for: .milliseconds(50))
        }
        throw PlatformError("\(name) is not ready after \(limit): \(lastLines)")
    }

    private var lastLines: String {
        let log = (try? String(contentsOfFile: logFile, encoding: .utf8)) ?? ""
        return log.split(separator: "\n").suffix(5).joined(separator: "\n")
    }
}

/// A part of the local platform that does not come up.
public struct PlatformError: Error, Sendable, CustomStringConvertible {
    public let description: String

    init(_ description: String) {
        self.description = description
    }
}
