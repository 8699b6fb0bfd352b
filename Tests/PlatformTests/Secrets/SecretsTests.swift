import Foundation
import Glibc
import LocalServers
import Logging
import Postgres
import RabbitMQ
import SagaAPI
import SagaValues
import Synchronization
import TestServers
import TestSupport
import Testing

@testable import LocalPlatform

extension OneAtATime {
    /// Secrets are planted wherever some belong, and then everything that anybody could get to see is searched for them.
    @Suite("Secrets that are planted", .serialized) struct SecretsTests {
        /// Of a node's configuration.
        private struct Settings {
            let admin = Planted("the token of the built-in admin", length: 40)
            let postgres = Planted("the password for PostgreSQL")
            let rabbitMQ = Planted("the password for RabbitMQ")
            let jwt = Planted("the shared secret of JWTs", length: 40)
            let webhook = Planted("the key of the webhook", length: 32)
            let path = Planted("the path of the webhook")

            var planted: [Planted] { [admin, postgres, rabbitMQ, jwt, webhook, path] }

            func environment(_ format: String, user: String, webhook port: Int, archive: String) -> [String: String] {
                [
                    "SAGA_LOG_LEVEL": "trace", "SAGA_LOG_FORMAT": format, "SAGA_POSTGRES_PASSWORD": postgres.text,
                    "SAGA_RABBITMQ_USER": user, "SAGA_RABBITMQ_PASSWORD": rabbitMQ.text,
                    "SAGA_HTTP_JWT_SECRET": jwt.text, "SAGA_HTTP_JWT_ISSUER": "i", "SAGA_HTTP_JWT_AUDIENCE": "a",
                    "SAGA_INCIDENTS_WEBHOOK_URL": "http://127.0.0.1:\(port)/hooks/\(path.text)?q=\(path.text)",
                    "SAGA_INCIDENTS_WEBHOOK_SECRET": "whsec_\(Data(webhook.text.utf8).base64EncodedString())",
                    "SAGA_INCIDENTS_WEBHOOK_EVERY": "1s", "SAGA_ARCHIVE_FOLDER": archive,
                ]
            }
        }

        /// An account of the broker's with this password.
        private func account(_ password: String, in vhost: String) async throws -> String {
            let name = TestServers.uniqueName("keeper")
            try await TestServers.rabbitMQ().rabbitmqctl(
                "eval",
                """
                rabbit_auth_backend_internal:add_user(<<"\(name)">>, <<"\(password)">>, <<"test">>),
                rabbit_auth_backend_internal:set_permissions(
                <<"\(name)">>, <<"\(vhost)">>, <<".*">>, <<".*">>, <<".*">>, <<"test">>).
                """)
            return name
        }

        @Test("turn up in no log, answer, output, export, archive, event or webhook, whatever happens")
        func everything() async throws {
            let (settings, vault, evidence) = (Settings(), Vault(), Evidence())
            let hooks = try StubServer("204 No Content\r\nContent-Length: 0\r\n\r\n")
            let archive = try TestServers.freshFolder("archive")
            try FileManager.default.createDirectory(atPath: archive, withIntermediateDirectories: true)
            let known = Mutex<String?>(nil)
            try await Orchestra.play(
                nodes: 2, token: settings.admin.text, actions: vault.actions,
                more: { number, vhost in
                    let user: String
                    if let made = known.withLock({ $0 }) {
                        user = made
                    } else {
                        user = try await account(settings.rabbitMQ.text, in: vhost)
                        known.withLock { $0 = user }
                    }
                    return settings.environment(
                        number == 1 ? "text" : "json", user: user, webhook: hooks.port, archive: archive)
                }
            ) { orchestra in
                let look = Onlooker(orchestra: orchestra, evidence: evidence)
                let told = try await Listener.listen(orchestra, evidence)
                defer { told.cancel() }
                let admin = (name: "admin", token: settings.admin.text)
                try await orchestra.deploy("hush.yaml", Vault.hush)
                try await orchestra.deploy("family.yaml", Vault.family)
                try await orchestra.bound(to: "card.added")
                try await orchestra.bound(to: "word.said")

                // Tokens are shown once, to whoever makes them.
                var tokens: [Planted] = []
                func token(_ role: String) async throws -> (name: String, token: String) {
                    let said = try await orchestra.saga("token", "create", "--subject", role, "--role", role)
                    let text = said.output.trimmingCharacters(in: .whitespacesAndNewlines)
                    let secret = try #require(text.split(separator: "_").last, said.comment)
                    tokens.append(Planted("the secret of a token (\(role))", String(secret)))
                    return (role, text)
                }
                let (viewer, person) = (try await token("viewer"), try await token("operator"))

                let sagas = try await happen(orchestra, look, vault, as: person)
                let stray = Planted("a token that is none", length: 40)
                for bad in [stray.text, "saga_\(stray.text)", "a.\(stray.text).b", viewer.token + "x"] {
                    let answer = try await look.ask("GET", "/v1/sagas", as: ("a stranger", bad))
                    #expect(answer.status == 401)
                }
                let denied = try await look.ask(
                    "POST", "/v1/sagas/\(sagas[0])/abandon", "{\"reason\":\"\(vault.cut.text)", as: viewer)
                #expect(denied.status == 403)

                try await see(orchestra, look, sagas, as: [viewer, person, admin])
                try await export(orchestra, look, sagas)
                try await self.archive(orchestra, settings, sagas[0], evidence, known.withLock { $0 } ?? "")
                try look.readCommandLines()
                // A crash of the kind that has a report. Sent from outside it does not end the program.
                kill(try #require(orchestra.nodes[1].pid), SIGSEGV)
                try await eventually("it has reported its crash", within: .seconds(60)) {
                    try String(contentsOfFile: orchestra.nodes[1].logFile, encoding: .utf8).contains("Backtrace took")
                }
                await orchestra.nodes[1].kill()
                try await orchestra.start(orchestra.nodes[1])
                try await eventually("the webhook was called") { !hooks.requests.isEmpty }
                for request in hooks.requests {
                    let parts = request.split(separator: "\r\n", maxSplits: 1).map(String.init)
                    evidence.add("the first line of the webhook", parts.first ?? "")
                    evidence.add("the rest of the webhook", parts.last ?? "")
                }
                for node in orchestra.nodes { await node.stop() }
                try look.readLogs()

                // Asked for with body=true, which says that nothing in it is hidden.
                let letters = [vault.garbled, vault.eventMisfit].flatMap { planted in
                    ["operator", "admin"].map { role in
                        Evidence.Exception(
                            planted: planted.name, place: "API as \(role): GET /v1/dead-letters/",
                            reason: "nobody can tell what is secret in what nobody understood")
                    }
                }
                let exceptions =
                    letters + [
                        Evidence.Exception(
                            planted: settings.path.name, place: "the first line of the webhook",
                            reason: "it is where the message goes")
                    ]
                let planted = settings.planted + vault.planted + tokens + [stray]
                let leaks = evidence.leaks(of: planted, but: exceptions)
                #expect(leaks.isEmpty, "\(leaks.count) leaks\n\(leaks.joined(separator: "\n"))")

                // What must be seen is, or the search would be of nothing.
                for sent in [vault.card, vault.pin, vault.item, vault.secret, vault.patched, vault.patchedByJob] {
                    #expect(vault.told.has(sent), "the participant is told \(sent.name)")
                }
                let letter = evidence.leaks(of: [vault.garbled])
                #expect(letter.count == 2, "\(letter)")
                let places = Set(evidence.places.map { $0.split(separator: " ").prefix(2).joined(separator: " ") })
                for place in [
                    "API as", "CLI as", "an export", "an archive", "an event", "the command", "the log", "the rest",
                ] {
                    #expect(places.contains { $0.hasPrefix(place) }, "\(place) of \(places)")
                }
                #expect(evidence.places.count > 200)
            }
            hooks.stop()
        }

        /// A happy saga, one that is undone, several that a person has to see to, children, events, and what goes wrong.
        private func happen(
            _ orchestra: Orchestra, _ look: Onlooker, _ vault: Vault, as person: (name: String, token: String)
        ) async throws -> [SagaValues.UUID] {
            func start(_ workflow: String, _ key: String, _ input: String) async throws -> SagaValues.UUID {
                let answer = try await look.ask(
                    "POST", "/v1/sagas", "{\"workflow\":\"\(workflow)\",\"input\":\(input)}", as: person,
                    headers: ["Idempotency-Key": key])
                let json = try JSON(parsing: answer.text)
                return try #require(json["saga"]?["id"]?.stringValue.flatMap { SagaValues.UUID($0) }, "\(answer)")
            }
            func verb(_ id: SagaValues.UUID, _ verb: String, _ more: String) async throws {
                for dry in [",\"dryRun\":true", ""] {
                    let answer = try await look.ask(
                        "POST", "/v1/sagas/\(id)/\(verb)", "{\"reason\":\"r\",\(more)\(dry)}", as: person)
                    #expect(answer.status == 200 || answer.status == 201, "\(verb) \(answer)")
                }
            }
            let happy = try await start("hush", "k-happy", vault.input("o-1", "happy"))
            let refused = try await start("hush", "k-refused", vault.input("o-2", "refused"))
            var held: [SagaValues.UUID] = []
            for number in 0..<4 {
                held.append(try await start("hush", "k-held-\(number)", vault.input("h-\(number)", "held")))
            }
            let odd = try await start("hush", "k-odd", vault.input("o-3", "odd", card: vault.wait.text))
            let heard = [
                try await start("hush", "k-heard-1", vault.input("w-1", "heard")),
                try await start("hush", "k-heard-2", vault.input("w-2", "heard")),
            ]
            let parent = try await start("family", "k-family", "{\"card\":\"\(vault.card.text)\"}")
            // What does not fit, or is no request.
            for body in [
                "{\"workflow\":\"hush\",\"input\":\(vault.input("o-9", "happy", card: vault.misfit.text + "!"))}",
                "{\"workflow\":\"hush\",\"input\":\(vault.input("o-9", vault.misfit.text))}",
                "{\"workflow\":\"hush\",\"input\":\"\(vault.misfit.text)\"}",
                "{\"workflow\":\"hush\",\"inptu\":\"\(vault.misfit.text)\"}",
                "{\"workflow\":\"hush\",\"input\":{\"card\":\"\(vault.cut.text)", "\(vault.cut.text)",
                "{\"workflow\":7,\"input\":\"\(vault.cut.text)\"}",
            ] {
                let answer = try await look.ask(
                    "POST", "/v1/sagas", body, as: person, headers: ["Idempotency-Key": "k-misfit"])
                #expect((400..<500).contains(answer.status), "\(answer)")
            }
            try await orchestra.publish(
                "card.added", "{\"order\":\"e-1\",\"card\":\"\(vault.eventMisfit.text)!\"}", id: "e-1")
            try await orchestra.publish("card.added", "{\"order\":\"\(vault.eventMisfit.text)", id: "e-2")
            _ = await orchestra.publisher.publish([
                OutgoingMessage(
                    exchange: "saga.replies", routingKey: "saga.replies", mandatory: false,
                    properties: MessageProperties(messageID: "garbled"), body: Array("{\(vault.garbled.text)".utf8))
            ])

            try await orchestra.waits(heard[0], at: ["ask"])
            try await orchestra.waits(heard[1], at: ["ask"])
            try await orchestra.publish("word.said", "{\"order\":\"w-1\",\"word\":\"\(vault.word.text)\"}", id: "s-1")
            try await verb(
                heard[1], "signal",
                "\"event\":\"word.said\",\"id\":\"s-2\",\"body\":{\"order\":\"w-2\",\"word\":\"\(vault.signalled.text)\"}"
            )
            for id in held { try await orchestra.waits(id, at: ["ship"]) }
            try await verb(
                held[0], "patch", "\"step\":\"ship\",\"patch\":{\"card\":\"\(vault.patched.text)\",\"mode\":\"happy\"}")
            try await verb(held[0], "retry", "\"step\":\"ship\"")
            try await verb(
                held[1], "resolve",
                "\"step\":\"ship\",\"outcome\":\"done\",\"output\":{\"label\":\"\(vault.resolved.text)\"}")
            try await verb(held[2], "skip", "\"step\":\"ship\",\"output\":{\"label\":\"\(vault.skipped.text)\"}")
            let job = """
                {"verb":"patch","filter":{"sagas":["\(held[3])"]},"reason":"r","step":"ship",
                 "patch":{"card":"\(vault.patchedByJob.text)","mode":"held"}
                """
            for (more, status) in [(",\"dryRun\":true}", 200), ("}", 201)] {
                let answer = try await look.ask(
                    "POST", "/v1/jobs", job + more, as: person, headers: ["Idempotency-Key": "k-job"])
                #expect(answer.status == status, "\(answer)")
            }
            try await eventually("the job is done") {
                let jobs = try JSON(parsing: try await look.ask("GET", "/v1/jobs", as: person).text)
                return jobs["jobs"]?.arrayValue?.first?["status"] == "done"
            }
            try await verb(held[3], "retry", "\"step\":\"ship\"")
            let ended = [happy, refused, odd, parent] + heard + held[..<3]
            for id in ended {
                try await eventually("\(id) has ended", every: .milliseconds(50)) {
                    let saga = try await orchestra.saga("show", "\(id)", "--json").decode(SagaDetail.self).saga
                    return saga.endedAt != nil
                }
            }
            try await orchestra.waits(held[3], at: ["ship"])
            try await verb(refused, "rerun", "\"version\":1")
            try await eventually("what was not understood is put aside", every: .milliseconds(50)) {
                try await orchestra.number("SELECT count(*) FROM saga_dead_letters") >= 3
            }
            let children = try await orchestra.texts("SELECT id::text FROM saga_origins WHERE parent_id IS NOT NULL")
            return ended + [held[3]] + children.compactMap { SagaValues.UUID($0) }
        }

        private func see(
            _ orchestra: Orchestra, _ look: Onlooker, _ sagas: [SagaValues.UUID],
            as roles: [(name: String, token: String)]
        ) async throws {
            let ids = sagas.map(\.description)
            let letters = try await orchestra.texts("SELECT id::text FROM saga_dead_letters")
            let jobs = try await orchestra.texts("SELECT id::text FROM saga_jobs")
            let incidents = try await orchestra.texts(
                "SELECT saga_id::text || ' ' || opened_revision::text FROM saga_incidents")
            var things = [
                "/v1/sagas/{id}": ids, "/v1/jobs/{id}": jobs, "/v1/dead-letters/{id}": letters,
                "/v1/participants/{name}": ["shop"], "/v1/workflows/{name}": ["hush", "family"],
                "/v1/workflows/hush/{version}": ["1"], "/v1/workflows/family/{version}": ["1"],
                "/v1/incidents/{saga}": [],
            ]
            for incident in incidents {
                let parts = incident.split(separator: " ").map(String.init)
                things["/v1/incidents/{saga}"]?.append(parts[0])
                things["/v1/incidents/\(parts[0])/{revision}"] = [parts[1]]
            }
            for role in roles {
                let answered = try await look.lookEverywhere(things, as: role)
                #expect(answered > 70, "\(role.name) has seen \(answered)")
                for id in letters {
                    try await look.ask("GET", "/v1/dead-letters/\(id)?body=true", as: role)
                }
                for id in ids { try await look.ask("GET", "/v1/sagas/\(id)/migration?to=1", as: role) }
                // To an admin commands say what they say to an operator, from answers that are here already.
                guard role.name != "admin" else { continue }
                let one = [["show"], ["history"], ["explain"], ["draw"], ["tree"]]
                let several = [ids[0], ids[ids.count - 2]].flatMap { id in one.map { $0 + [id] } }
                try await look.type(
                    several + [
                        ["list"], ["incidents"], ["audit"], ["jobs"], ["dead"], ["failed-starts"], ["participants"],
                        ["whoami"], ["token", "list"], ["stats", "hush"], ["job", jobs.first ?? ""],
                        ["workflow", "show", "hush"],
                    ], as: role)
            }
        }

        private func export(_ orchestra: Orchestra, _ look: Onlooker, _ sagas: [SagaValues.UUID]) async throws {
            for id in sagas {
                let file = "\(orchestra.folder)/\(id).json"
                let said = try await orchestra.saga("export", "\(id)", "--to", file)
                try #require(said.status == 0, said.comment)
                try look.evidence.add(file: file, as: "an export of \(id)")
                let explained = try await orchestra.saga("explain", "--file", file)
                look.evidence.add("an export, explained", explained.output + explained.errors)
            }
            #expect(look.evidence.text("an export of \(sagas[0])").contains("***"))
        }

        /// As if it had ended a hundred days ago.
        private func archive(
            _ orchestra: Orchestra, _ settings: Settings, _ saga: SagaValues.UUID, _ evidence: Evidence, _ user: String
        ) async throws {
            try await orchestra.database.runScript(
                """
                UPDATE saga_statistics_marks SET minutes_until = clock_timestamp() + interval '1 day';
                UPDATE sagas SET ended_at = ended_at - interval '100 days' WHERE id = '\(saga)'
                """)
            let folder = "\(orchestra.folder)/archive"
            try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
            let postgres = try await TestServers.postgres()
            let run = try Run.start(
                ["archive", "--to", folder, "--before", "1d"],
                environment: [
                    "SAGA_POSTGRES_PORT": "\(postgres.port)", "SAGA_POSTGRES_USER": postgres.user,
                    "SAGA_POSTGRES_DATABASE": try await orchestra.texts("SELECT current_database()::text")[0],
                    "SAGA_POSTGRES_PASSWORD": settings.postgres.text,
                ])
            #expect(await run.end(within: .seconds(60)) == .exited(0), run.report)
            evidence.add("an archive's making", run.output + run.errors)
            let files = (try? FileManager.default.contentsOfDirectory(atPath: folder)) ?? []
            for file in files { try evidence.add(file: "\(folder)/\(file)", as: "an archive: \(file)") }
            #expect(evidence.places.contains { $0.hasPrefix("an archive: ") }, run.report)
        }
    }
}

/// Takes the events about incidents, as anybody may who is at the broker.
private struct Listener {
    private let task: Task<Void, any Error>

    static func listen(_ orchestra: Orchestra, _ evidence: Evidence) async throws -> Listener {
        let quiet = Logger(label: "events") { _ in SwiftLogNoOpLogHandler() }
        let topology = Topology(
            exchanges: [.init("cloudphone.events", .topic)], queues: [.init("onlooker", .classic)],
            bindings: [.init(exchange: "cloudphone.events", queue: "onlooker", routingKey: "saga.#")])
        let shared = Box()
        let consumer = RabbitMQConsumer(
            configuration: orchestra.broker, topology: topology, queue: "onlooker", prefetch: 100, logger: quiet
        ) { batch in
            for delivery in batch {
                evidence.add("an event: \(delivery.properties.messageID ?? "")", "\(delivery.properties)")
                evidence.add("an event: \(delivery.properties.messageID ?? "")", delivery.body)
            }
            shared.consumer?.acknowledge(batch.map(\.tag))
        }
        shared.set(consumer)
        return Listener(task: Task { try await consumer.run() })
    }

    func cancel() { task.cancel() }
}

private final class Box: Sendable {
    private let box = Mutex<RabbitMQConsumer?>(nil)

    var consumer: RabbitMQConsumer? { box.withLock { $0 } }
    func set(_ consumer: RabbitMQConsumer) { box.withLock { $0 = consumer } }
}
