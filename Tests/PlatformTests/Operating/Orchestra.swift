import Foundation
import FoundationNetworking
import LocalServers
import Logging
import ParticipantKit
import Postgres
import RabbitMQ
import RabbitMQWire
import SagaAPI
import SagaValues
import ServiceLifecycle
import TestServers
import TestSupport
import Testing

@testable import LocalPlatform

/// The program `saga serve`, once or several times, on a database and in a virtual host of its own, and who uses it: a
/// participant `shop` that answers, one named `slow` whose queue nobody reads, and people at a terminal.
struct Orchestra: Sendable {
    let nodes: [Program]
    let database: PostgresConnection
    let folder: String
    let vhost: String
    let publisher: RabbitMQPublisher
    let broker: RabbitMQConfiguration
    let token: String

    /// - Parameters:
    ///   - count: how many nodes there are; they run when `body` begins.
    ///   - actions: of the participant, in place of its own.
    ///   - more: further settings of a node, by its number, for a virtual host.
    static func play(
        nodes count: Int = 1, token: String = "a-token-of-the-tests-of-operating", actions: [Action]? = nil,
        more: (Int, String) async throws -> [String: String] = { _, _ in [:] },
        _ body: (Orchestra) async throws -> Void
    ) async throws {
        let (postgres, rabbitMQ) = (try await TestServers.postgres(), try await TestServers.rabbitMQ())
        let broker = try await room(in: rabbitMQ)
        let names = (
            saga: try await TestServers.freshDatabase(prefix: "operating"),
            shop: try await TestServers.freshDatabase(prefix: "shop")
        )
        func configuration(_ name: String) -> PostgresConfiguration {
            PostgresConfiguration(host: postgres.host, port: postgres.port, user: postgres.user, database: name)
        }
        let folder = try TestServers.freshFolder("operating")
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
        var further: [Int: [String: String]] = [:]
        for number in 1...count { further[number] = try await more(number, broker.vhost) }
        let nodes = try (1...count).map { number in
            Program(
                name: "node-\(number)", executable: try Built.program(), arguments: ["serve"],
                environment: [
                    "SAGA_NODE_NAME": "node-\(number)", "SAGA_HTTP_TOKEN": token,
                    "SAGA_POSTGRES_PORT": "\(postgres.port)", "SAGA_POSTGRES_USER": postgres.user,
                    "SAGA_POSTGRES_DATABASE": names.saga, "SAGA_RABBITMQ_PORT": "\(rabbitMQ.port)",
                    "SAGA_RABBITMQ_USER": rabbitMQ.user, "SAGA_RABBITMQ_PASSWORD": rabbitMQ.password,
                    "SAGA_RABBITMQ_VIRTUAL_HOST": broker.vhost, "SAGA_RABBITMQ_QUEUES": "classic",
                ].merging(further[number] ?? [:]) { _, new in new },
                logFile: "\(folder)/node-\(number).log",
                api: .init(port: try FreePorts.pick(1)[0], token: Secret(token)))
        }
        let pool = PostgresPool(configuration(names.shop), size: 5)
        var settings = ParticipantConfiguration()
        settings.concurrency = 4
        settings.usesQuorumQueues = false
        let quiet = Logger(label: "operating") { _ in SwiftLogNoOpLogHandler() }
        let shop = try Participant(
            "shop", database: pool, broker: broker, configuration: settings, actions: actions ?? Self.actions,
            logger: quiet)
        let orchestra = Orchestra(
            nodes: nodes, database: PostgresConnection(configuration(names.saga), name: "test"), folder: folder,
            vhost: broker.vhost,
            publisher: RabbitMQPublisher(
                configuration: broker, topology: .participant("slow", .classic), logger: quiet), broker: broker,
            token: token)
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask { try await orchestra.publisher.run() }
            group.addTask { try await shop.run() }
            try await orchestra.publisher.waitUntilConnected()
            let result: Result<Void, any Error>
            do {
                for node in nodes { try await orchestra.start(node) }
                try await body(orchestra)
                result = .success(())
            } catch {
                result = .failure(error)
            }
            for node in nodes { await node.stop() }
            group.cancelAll()
            while (try? await group.next()) != nil {}
            try result.get()
        }
        await orchestra.database.close()
        await pool.close(grace: .zero)
    }

    /// What a step may ask of `shop`.
    private static var actions: [Action] {
        [
            .do("make") { (_: JSON, _) in ["id": "m-1"] as JSON },
            .undo("unmake") { (_: JSON, _) in },
            .do("refuse") { (_: JSON, _) in throw Rejection("sold-out", "there is none left") },
            .do("busy") { (_: JSON, _) in throw TemporaryFailure("busy", "come back", retryAfter: .seconds(3600)) },
            .undo("unmake-late") { (_: JSON, _) in
                throw TemporaryFailure("busy", "come back", retryAfter: .seconds(3600))
            },
        ]
    }

    private static func room(in server: LocalRabbitMQ) async throws -> RabbitMQConfiguration {
        let name = TestServers.uniqueName("operating")
        try await server.rabbitmqctl(
            "eval",
            """
            rabbit_vhost:add(<<"\(name)">>, <<"test">>), rabbit_auth_backend_internal:set_permissions(
            <<"\(server.user)">>, <<"\(name)">>, <<".*">>, <<".*">>, <<".*">>, <<"test">>).
            """)
        return RabbitMQConfiguration(
            host: server.host, port: server.port, user: server.user, password: Secret(server.password), vhost: name,
            connectionName: "operating")
    }

    /// Starts a node, or starts it again, and waits until it serves.
    func start(_ node: Program) async throws {
        try node.start()
        try await node.waitUntilReady()
    }

    // MARK: What people do

    struct Said: Sendable {
        let status: Int32
        let output: String
        let errors: String

        var lines: [String] { output.split(separator: "\n").map(String.init) }
        var comment: Comment { "status \(status)\n\(output)\n\(errors)" }

        func json() throws -> JSON { try JSON(parsing: output) }

        func decode<Body: Decodable>(_ type: Body.Type) throws -> Body {
            try JSONValueDecoder.decode(type, from: try json())
        }
    }

    /// Types a command, for the first node.
    func saga(_ arguments: String...) async throws -> Said { try await saga(arguments, as: token) }

    func saga(_ arguments: [String], as token: String) async throws -> Said {
        let run = try Run.start(
            arguments, environment: ["SAGA_URL": "http://127.0.0.1:\(nodes[0].port ?? 0)", "SAGA_TOKEN": token])
        guard case .exited(let status) = await run.end(within: .seconds(60)) else {
            throw NotExited(what: arguments.joined(separator: " "))
        }
        return Said(status: status, output: run.output, errors: run.errors)
    }

    /// Sends a request as a program would, and gives the status and the body.
    func request(_ method: String, _ path: String, _ body: String? = nil) async throws -> (status: Int, body: JSON) {
        var request = URLRequest(url: try #require(URL(string: "http://127.0.0.1:\(nodes[0].port ?? 0)\(path)")))
        request.httpMethod = method
        request.setValue("Bearer \(token)", forHTTPHeaderField: "Authorization")
        request.setValue("application/json", forHTTPHeaderField: "Content-Type")
        request.httpBody = body.map { Data($0.utf8) }
        let (data, answer) = try await URLSession.shared.data(for: request)
        let status = try #require(answer as? HTTPURLResponse).statusCode
        return (status, try JSON(parsing: Array(data)))
    }

    /// A file with this text; gives its path.
    func file(_ name: String, _ text: String) throws -> String {
        try text.write(toFile: "\(folder)/\(name)", atomically: false, encoding: .utf8)
        return "\(folder)/\(name)"
    }

    func deploy(_ name: String, _ text: String) async throws {
        let said = try await saga("workflow", "deploy", try file(name, text))
        try #require(said.status == 0, said.comment)
    }

    func start(_ workflow: String, _ input: String = "{}") async throws -> SagaValues.UUID {
        let said = try await saga("start", workflow, "--input", input, "--json")
        try #require(said.status == 0, said.comment)
        return try said.decode(SagaDetail.self).saga.id
    }

    /// Waits until `saga show` says that a saga waits at these steps, and at no others.
    func waits(_ id: SagaValues.UUID, at steps: Set<String>) async throws {
        try await eventually("\(id) waits at \(steps)", every: .milliseconds(50)) {
            let said = try await saga("show", "\(id)", "--json")
            return Set(try said.decode(SagaDetail.self).waitsFor.compactMap(\.step)) == steps
        }
    }

    func phases(_ id: SagaValues.UUID) async throws -> [String: String] {
        let steps = try await saga("show", "\(id)", "--json").decode(SagaDetail.self).steps
        return Dictionary(uniqueKeysWithValues: steps.map { ($0.name, $0.phase) })
    }

    // MARK: What others do, and what they see

    func publish(_ event: String, _ body: String, id: String) async throws {
        let message = OutgoingMessage(
            exchange: "cloudphone.events", routingKey: event, mandatory: false,
            properties: MessageProperties(messageID: id), body: Array(body.utf8))
        let outcomes = await publisher.publish([message])
        try #require(outcomes == [.confirmed])
    }

    /// How many messages of a queue are ready, and how many wait for an answer: `1 0`.
    func depth(of queue: String) async throws -> String {
        let lines = try await TestServers.rabbitMQ().rabbitmqctl(
            "-q", "list_queues", "-p", vhost, "--no-table-headers", "name", "messages_ready", "messages_unacknowledged")
        let line = lines.split(separator: "\n").first { $0.hasPrefix("\(queue)\t") }
        return line.map { $0.split(separator: "\t").dropFirst().joined(separator: " ") } ?? "no such queue"
    }

    /// Waits until the events that start workflows come in.
    func bound(to event: String) async throws {
        try await eventually("\(event) is bound", every: .milliseconds(50)) {
            let lines = try await TestServers.rabbitMQ().rabbitmqctl(
                "-q", "list_bindings", "-p", vhost, "--no-table-headers", "destination_name", "routing_key")
            return lines.split(separator: "\n").contains("saga.events\t\(event)")
        }
    }

    func number(_ sql: String) async throws -> Int {
        Int(try await database.execute(PostgresStatement(sql))[0].int64(0))
    }

    func texts(_ sql: String) async throws -> [String] {
        try await database.execute(PostgresStatement(sql)).map { try $0.text(0) }
    }

    struct NotExited: Error {
        let what: String
    }
}
