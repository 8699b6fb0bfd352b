internal import Foundation
internal import Glibc

/// Everything that is needed to start one RabbitMQ node, and how it is done.
struct RabbitMQSetup: Sendable {
    let directory: String
    /// A copy of RabbitMQ's home made of links, with few plugins; see ``RabbitMQHome``.
    let home: String
    let epmd: String
    let settings: [String: String]
    let atOurEnd: ServerAtOurEnd
    var ports: LocalRabbitMQ.Ports

    var logFile: String { "\(directory)/log/output.log" }
    var controlProgram: String { "\(home)/sbin/rabbitmqctl" }

    init(
        folder: ServerFolder, ports: LocalRabbitMQ.Ports, settings: [String: String], atOurEnd: ServerAtOurEnd
    ) throws(LocalServerError) {
        self.directory = folder.path
        self.ports = ports
        self.settings = settings
        self.atOurEnd = atOurEnd
        epmd = try Programs.path(of: "epmd")
        for name in ["home", "data", "log", "conf"] { try folder.make(name) }
        home = try RabbitMQHome.make(in: folder, from: try Programs.rabbitMQHome())
        // The cookie lets `rabbitmqctl` talk to the node; Erlang looks for it in HOME and insists on the mode.
        if folder.read("home/.erlang.cookie") == nil {
            let cookie = (0..<4).map { _ in String(UInt64.random(in: .min ... .max), radix: 36) }.joined()
            try folder.write(cookie, to: "home/.erlang.cookie", mode: 0o400)
        }
        // Empty files in place of those of the system, which are not ours to read.
        try folder.write("[].\n", to: "conf/enabled_plugins")
        try folder.write("[].\n", to: "conf/advanced.config")
        try folder.write("", to: "conf/rabbitmq-env.conf")
        unlink(logFile)
    }

    /// The complete environment of the node and of `rabbitmqctl`; nothing is inherited.
    var environment: [String: String] {
        [
            "PATH": "/usr/sbin:/usr/bin:/sbin:/bin", "LC_ALL": "C.UTF-8", "HOME": "\(directory)/home",
            "RABBITMQ_NODENAME": "saga@localhost",
            "RABBITMQ_NODE_IP_ADDRESS": Loopback.host,
            "RABBITMQ_NODE_PORT": String(ports.amqp),
            "RABBITMQ_DIST_PORT": String(ports.distribution),
            "RABBITMQ_MNESIA_BASE": "\(directory)/data",
            "RABBITMQ_LOG_BASE": "\(directory)/log",
            "RABBITMQ_PID_FILE": "\(directory)/rabbitmq.pid",
            "RABBITMQ_CONFIG_FILE": "\(directory)/conf/rabbitmq.conf",
            "RABBITMQ_ADVANCED_CONFIG_FILE": "\(directory)/conf/advanced.config",
            "RABBITMQ_CONF_ENV_FILE": "\(directory)/conf/rabbitmq-env.conf",
            "RABBITMQ_ENABLED_PLUGINS_FILE": "\(directory)/conf/enabled_plugins",
            "RABBITMQ_SERVER_ADDITIONAL_ERL_ARGS": "-kernel inet_dist_use_interface {127,0,0,1}",
            "RABBITMQ_CTL_ERL_ARGS": "-kernel inet_dist_use_interface {127,0,0,1}",
            // With this the script becomes the Erlang machine instead of waiting for it, so the pid that we
            // start is the pid of the node. It then has to be told to leave its input alone.
            "RABBITMQ_ALLOW_INPUT": "1",
            "RABBITMQ_SERVER_START_ARGS": "-noinput +B i",
            "ERL_EPMD_PORT": String(ports.epmd),
            "ERL_EPMD_ADDRESS": Loopback.host,
            "ERL_CRASH_DUMP": "\(directory)/log/erl_crash.dump",
        ]
    }

    /// Starts name service and node, and waits until the node speaks AMQP.
    func launch(_ folder: ServerFolder) async throws(LocalServerError) -> [ChildProcess] {
        try folder.write(configuration, to: "conf/rabbitmq.conf")
        let logStart = size(of: logFile)
        // One of our own: otherwise the node would start, or join, the system's, on all interfaces.
        let names = try ChildProcess.start(
            epmd, ["-address", Loopback.host, "-port", String(ports.epmd)], environment: environment,
            inheritsEnvironment: false, directory: directory, output: .file(logFile), ending: .killed(.helpers))
        do throws(LocalServerError) {
            try await wait(for: names, "epmd", at: [ports.epmd], within: .seconds(20), logStart) { epmdAnswers() }
            let node = try startNode()
            do throws(LocalServerError) {
                try folder.record([node.identity, names.identity])
                let own = [ports.amqp, ports.distribution]
                try await wait(for: node, "RabbitMQ", at: own, within: .seconds(180), logStart) { speaksAMQP() }
            } catch {
                _ = node.identity.killFamily()
                await node.waitForExit()
                throw error
            }
            return [node, names]
        } catch {
            names.kill()
            await names.waitForExit()
            throw error
        }
    }

    private func startNode() throws(LocalServerError) -> ChildProcess {
        let ending =
            switch atOurEnd {
            case .orderly: Watcher.Ending(signal: SIGTERM, limit: .seconds(20), stage: .servers)
            case .abrupt: Watcher.Ending.killed(.servers)
            }
        return try ChildProcess.start(
            "\(home)/sbin/rabbitmq-server", [], environment: environment, inheritsEnvironment: false,
            directory: directory, output: .file(logFile), ending: ending)
    }

    /// Asked for the names that it knows, a name service begins with its own port.
    private func epmdAnswers() -> Bool {
        let answer = Loopback.ask(ports.epmd, greeting: [0, 1, UInt8(ascii: "n")]) ?? []
        return answer.prefix(4).reduce(0) { $0 << 8 | Int($1) } == ports.epmd
    }

    /// The listener opens last in the start of a node; it answers a greeting with a method frame on channel 0.
    private func speaksAMQP() -> Bool {
        let answer = Loopback.ask(ports.amqp, greeting: Array("AMQP".utf8) + [0, 0, 9, 1]) ?? []
        return answer.starts(with: [1, 0, 0])
    }

    private func wait(
        for process: ChildProcess, _ name: String, at ownPorts: [Int], within limit: Duration, _ logStart: UInt64,
        until isReady: () -> Bool
    ) async throws(LocalServerError) {
        let ready = await poll(every: .milliseconds(25), within: limit) { !process.isRunning || isReady() }
        if ready, process.isRunning { return }
        // The first lines name the reason; hundreds about what it led to may follow.
        let log = excerpt(of: logFile, from: logStart, first: 12, last: 0)
        if !ready {
            throw LocalServerError(
                .startTimedOut, "\(name) was not ready within \(limit); see \(logFile)", details: log)
        }
        // Ours has ended, so whoever listens there is somebody else.
        if let taken = ownPorts.first(where: { !FreePorts.isFree($0) }) {
            throw LocalServerError(.portTaken, "port \(taken) on 127.0.0.1 was taken meanwhile", details: log)
        }
        let status = process.exitStatus.map(\.description) ?? ""
        throw LocalServerError(.startFailed, "\(name) ended while it started (\(status)); see \(logFile)", details: log)
    }

    private var configuration: String {
        let defaults = [
            "log.file.level": "warning", "log.console": "false", "disk_free_limit.absolute": "200MB",
        ]
        let fixed = ["listeners.tcp.local": "\(Loopback.host):\(ports.amqp)"]
        let all = defaults.merging(settings) { _, new in new }.merging(fixed) { _, new in new }
        return all.sorted { $0.key < $1.key }.map { "\($0.key) = \($0.value)\n" }.joined()
    }
}
