internal import Foundation
internal import Glibc

/// A RabbitMQ node of our own: private folder, private ports on loopback, gone when we are.
///
/// For development, the demo, benchmarks and tests only: its account is `guest` with the password
/// `guest`. Quorum queues work; there is no management plugin. The data folder may be kept and used
/// again, or removed once the node has stopped.
public final class LocalRabbitMQ: Sendable {
    /// The ports of a node; all of them on loopback only.
    public struct Ports: Sendable, Hashable {
        /// Where clients connect.
        public var amqp: Int
        /// Where `rabbitmqctl` reaches the node.
        public var distribution: Int
        /// Where the node is looked up by name.
        public var epmd: Int

        public init(amqp: Int, distribution: Int, epmd: Int) {
            self.amqp = amqp
            self.distribution = distribution
            self.epmd = epmd
        }

        static func free() throws(LocalServerError) -> Ports {
            let ports = try FreePorts.pick(3)
            return Ports(amqp: ports[0], distribution: ports[1], epmd: ports[2])
        }
    }

    /// What its folder is marked with.
    static let kind = "rabbitmq"

    public let host = Loopback.host
    public let ports: Ports
    /// Where clients connect.
    public var port: Int { ports.amqp }
    public let user = "guest"
    public let password = "guest"
    /// What the node says, from its start on; the folder beside it holds its own log.
    public let logFile: String

    private let setup: RabbitMQSetup
    private let processes = ServerProcesses()

    private init(_ setup: RabbitMQSetup) {
        self.setup = setup
        self.ports = setup.ports
        self.logFile = setup.logFile
    }

    /// Starts a node in a folder; makes the folder if it is missing. Takes three to ten seconds.
    ///
    /// - Parameters:
    ///   - ports: nil picks free ones.
    ///   - settings: lines for `rabbitmq.conf` in addition to, or in place of, ours.
    ///   - atOurEnd: how it is ended when we end without having stopped it.
    ///   - progress: told what is being done, in a few words.
    /// - Throws: ``LocalServerError``.
    public static func start(
        in directory: String, ports: Ports? = nil, settings: [String: String] = [:],
        atOurEnd: ServerAtOurEnd = .orderly, progress: @Sendable (String) -> Void = { _ in }
    ) async throws(LocalServerError) -> LocalRabbitMQ {
        try await start(in: directory, ports: ports, settings: settings, atOurEnd: atOurEnd, progress: progress) {
            () throws(LocalServerError) in try Ports.free()
        }
    }

    /// The same with the choice of free ports open to tests.
    static func start(
        in directory: String, ports: Ports?, settings: [String: String], atOurEnd: ServerAtOurEnd,
        progress: @Sendable (String) -> Void, pickPorts: () throws(LocalServerError) -> Ports
    ) async throws(LocalServerError) -> LocalRabbitMQ {
        let folder = try ServerFolder(directory, kind: LocalRabbitMQ.kind)
        try await folder.waitForPredecessor()
        if let ports {
            for port in [ports.amqp, ports.distribution, ports.epmd] {
                try FreePorts.check(port, "choose another one for RabbitMQ")
            }
        }
        let firstPorts = if let ports { ports } else { try pickPorts() }
        var setup = try RabbitMQSetup(folder: folder, ports: firstPorts, settings: settings, atOurEnd: atOurEnd)
        var attempts = 1
        while true {
            let server = LocalRabbitMQ(setup)
            do throws(LocalServerError) {
                progress("RabbitMQ starts on port \(setup.ports.amqp) (some seconds)")
                try await server.launch(folder)
                return server
            } catch {
                // Somebody took a port between our look and the node's own.
                guard error.code == .portTaken, ports == nil, attempts < 5 else { throw error }
                attempts += 1
                setup.ports = try pickPorts()
            }
        }
    }

    /// Pids of the node and its helpers that live now; the Erlang machine comes first.
    public var pids: [Int32] { processes.family.map(\.pid) }

    public var isRunning: Bool { processes.isRunning }

    /// Waits until it ends without our doing, and says how; nil if ``stop()`` or ``kill()`` ended it.
    public func waitForCrash() async -> ExitStatus? { await processes.waitForCrash() }

    /// Ends it in an orderly way.
    public func stop() async {
        await processes.stop(with: SIGTERM, within: .seconds(30))
    }

    /// SIGKILL for all its processes, as a power cut would.
    public func kill() { processes.kill() }

    /// SIGSTOP for all its processes: connections stay open and nothing answers.
    public func freeze() { processes.freeze() }

    /// SIGCONT: ends ``freeze()``.
    public func thaw() { processes.thaw() }

    /// Starts it on the same data and ports after ``stop()``, ``kill()`` or a crash; does nothing when it runs.
    public func startAgain() async throws(LocalServerError) {
        guard !processes.isRunning else { return }
        processes.kill()
        await processes.waitUntilGone()
        try await launch(try ServerFolder(setup.directory, kind: LocalRabbitMQ.kind))
    }

    /// Runs `rabbitmqctl` on this node and returns what it printed; each call takes about a second.
    ///
    /// - Throws: ``LocalServerError`` with `commandFailed` when it fails.
    @discardableResult
    public func rabbitmqctl(_ arguments: String...) async throws(LocalServerError) -> String {
        try await ChildProcess.run(
            setup.controlProgram, arguments, environment: setup.environment, inheritsEnvironment: false,
            directory: setup.directory)
    }

    private func launch(_ folder: ServerFolder) async throws(LocalServerError) {
        processes.began(try await setup.launch(folder), in: folder)
    }
}
