public import CloudPhone
internal import Foundation
public import LocalServers
internal import Logging
public import Postgres
public import RabbitMQ
public import SagaValues
internal import Synchronization

/// The whole platform on this machine: private PostgreSQL and RabbitMQ, the services, and one or more
/// orchestrators, each program a process of its own that can be killed and started again.
///
/// `saga dev` and `saga demo` run on it, and so do the tests that kill things. Everything listens on
/// loopback only and ends with the process that started it.
public final class LocalPlatform: Sendable {
    public let options: Options
    public let postgres: LocalPostgres
    public let rabbitMQ: LocalRabbitMQ
    public let services: [CloudPhoneService: Program]
    public let orchestrators: [Program]
    /// What the orchestrators' API asks for.
    public let token: Secret
    private let stopping = Atomic(false)

    /// How the platform is set up.
    public struct Options: Sendable {
        /// Where data and logs are kept.
        public var folder: String
        /// The program itself, `saga`.
        public var executable: String
        /// The folder whose workflows are deployed.
        public var workflows: String
        public var seed = Seed()
        public var orchestrators = 1
        /// The port of the first orchestrator's API; nil picks a free one. Further ones always get a free one.
        public var port: Int?
        public var hasFaultSwitches = true
        /// Ends servers at once, without writing their caches, when this process ends: for data that is thrown away.
        public var isThrownAway = false
        /// More variables for the orchestrators.
        public var environment: [String: String] = [:]

        public init(folder: String, executable: String, workflows: String) {
            self.folder = folder
            self.executable = executable
            self.workflows = workflows
        }
    }

    /// Names of the databases, as the platform has them.
    public enum Database {
        public static let saga = "cloudphone_saga"
        public static let billing = "cloudphone_billing"
        public static let core = "cloudphone_core"
        public static let all = [saga, billing, core]
    }

    /// The names in its folder.
    private enum Name {
        static let postgres = "postgres"
        static let rabbitMQ = "rabbitmq"
        static let logs = "logs"
        static let token = "token"
    }

    /// Throws away what an earlier platform has left in a folder.
    ///
    /// - Throws: ``LocalServerError``, and nothing is lost, if a platform runs there or anything else lies there.
    public static func clear(_ folder: String) async throws {
        let contents = DataFolder.Contents(
            postgres: Name.postgres, rabbitMQ: Name.rabbitMQ, logs: Name.logs, files: [Name.token])
        try await DataFolder.clear(folder, of: contents)
    }

    /// Starts everything; when it returns, purchases can be made.
    ///
    /// - Parameter progress: told what is being done, in a few words.
    /// - Throws: ``LocalServerError`` with `portTaken`, before anything is started, if the port that is asked for is
    ///   taken; ``PlatformError`` if something does not come up.
    public static func start(
        _ options: Options, progress: @escaping @Sendable (String) -> Void = { _ in }
    ) async throws -> LocalPlatform {
        try await start(options, progress: progress) { try FreePorts.pick(1)[0] }
    }

    private static let portAdvice = "choose another one with --port"

    /// The same with the choice of free ports open to tests.
    static func start(
        _ options: Options, progress: @escaping @Sendable (String) -> Void, pickPort: () throws -> Int
    ) async throws -> LocalPlatform {
        if let port = options.port { try FreePorts.check(port, Self.portAdvice) }
        let ending: ServerAtOurEnd = options.isThrownAway ? .abrupt : .orderly
        async let rabbitMQ = LocalRabbitMQ.start(
            in: "\(options.folder)/\(Name.rabbitMQ)", atOurEnd: ending, progress: progress)
        let postgres = try await LocalPostgres.start(
            in: "\(options.folder)/\(Name.postgres)", atOurEnd: ending, progress: progress)
        for name in Database.all { try await postgres.createDatabase(name) }

        let platform = try LocalPlatform(options, postgres, try await rabbitMQ, pickPort)
        progress("tables and seed data are put in place")
        try await CloudPhone.seed(options.seed, configuration: platform.cloudPhone, logger: .silent)
        progress("services and orchestrator start")
        for program in platform.programs { try program.start() }
        for (index, orchestrator) in platform.orchestrators.enumerated() {
            try await platform.waitUntilReady(orchestrator, isPortOurs: index > 0 || options.port == nil, pickPort)
        }
        return platform
    }

    /// Somebody may take a port between our look and the program's own: then it starts again with another one.
    private func waitUntilReady(_ program: Program, isPortOurs: Bool, _ pickPort: () throws -> Int) async throws {
        var attempts = 1
        while true {
            do {
                return try await program.waitUntilReady()
            } catch let error as PlatformError {
                guard let port = program.port, !program.isRunning, !FreePorts.isFree(port) else { throw error }
                if !isPortOurs { try FreePorts.check(port, Self.portAdvice) }
                guard isPortOurs, attempts < 5 else { throw error }
                attempts += 1
                program.listens(on: try pickPort())
                try program.start()
            }
        }
    }

    private init(
        _ options: Options, _ postgres: LocalPostgres, _ rabbitMQ: LocalRabbitMQ, _ pickPort: () throws -> Int
    ) throws {
        self.options = options
        self.postgres = postgres
        self.rabbitMQ = rabbitMQ
        let token = try LocalPlatform.token(in: options.folder)
        self.token = token
        let logs = options.folder + "/\(Name.logs)"
        try FileManager.default.createDirectory(atPath: logs, withIntermediateDirectories: true)
        var services: [CloudPhoneService: Program] = [:]
        for service in CloudPhoneService.allCases {
            var arguments = [
                "run-participant", service.rawValue, "--postgres-port", "\(postgres.port)", "--rabbitmq-port",
                "\(rabbitMQ.port)",
            ]
            if options.hasFaultSwitches { arguments.append("--fault-switches") }
            services[service] = Program(
                name: service.rawValue, executable: options.executable, arguments: arguments,
                logFile: "\(logs)/\(service.rawValue).log")
        }
        self.services = services
        self.orchestrators = try (1...options.orchestrators).map { number in
            let port = try (number == 1 ? options.port : nil) ?? pickPort()
            let name = "orchestrator-\(number)"
            let environment = [
                "SAGA_NODE_NAME": name, "SAGA_HTTP_TOKEN": token.reveal(),
                "SAGA_POSTGRES_PORT": "\(postgres.port)", "SAGA_POSTGRES_USER": postgres.user,
                "SAGA_RABBITMQ_PORT": "\(rabbitMQ.port)", "SAGA_RABBITMQ_USER": rabbitMQ.user,
                "SAGA_RABBITMQ_PASSWORD": rabbitMQ.password, "SAGA_WORKFLOWS_FOLDER": options.workflows,
            ]
            return Program(
                name: name, executable: options.executable, arguments: ["serve"],
                environment: environment.merging(options.environment) { _, new in new },
                logFile: "\(logs)/\(name).log", api: Program.API(port: port, token: token))
        }
    }

    var programs: [Program] {
        CloudPhoneService.allCases.compactMap { services[$0] } + orchestrators
    }

    /// Where the first orchestrator answers.
    public var url: String { "http://127.0.0.1:\(orchestrators[0].port ?? 0)" }

    /// How the services reach their databases and the broker.
    public var cloudPhone: CloudPhoneConfiguration {
        CloudPhoneConfiguration(
            billing: database(Database.billing), core: database(Database.core), broker: broker)
    }

    public func database(_ name: String) -> PostgresConfiguration {
        PostgresConfiguration(host: postgres.host, port: postgres.port, user: postgres.user, database: name)
    }

    public var broker: RabbitMQConfiguration {
        RabbitMQConfiguration(
            host: rabbitMQ.host, port: rabbitMQ.port, user: rabbitMQ.user, password: Secret(rabbitMQ.password))
    }

    /// From the beginning of ``stop()`` on.
    var isStopping: Bool { stopping.load(ordering: .acquiring) }

    /// Stops everything in order: orchestrators, services, servers.
    public func stop() async {
        stopping.store(true, ordering: .releasing)
        // Ctrl-C comes to all of them at the same time.
        for program in programs { program.letGo() }
        for program in orchestrators { await program.stop() }
        for program in services.values { await program.stop() }
        await rabbitMQ.stop()
        await postgres.stop()
    }

    /// The token of this folder, made at the first start and readable by its owner only.
    private static func token(in folder: String) throws -> Secret {
        let file = folder + "/\(Name.token)"
        if let known = try? String(contentsOfFile: file, encoding: .utf8), known.count >= 32 { return Secret(known) }
        let random = (0..<4).map { _ in UInt64.random(in: 0...UInt64.max) }
        let made = random.map {
            String(repeating: "0", count: 16 - String($0, radix: 16).count) + String($0, radix: 16)
        }
        .joined()
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
        guard
            FileManager.default.createFile(
                atPath: file, contents: Data(made.utf8), attributes: [.posixPermissions: 0o600])
        else { throw PlatformError("cannot write \(file)") }
        return Secret(made)
    }
}
