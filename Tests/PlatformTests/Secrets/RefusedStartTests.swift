import Foundation
import LocalServers
import Postgres
import SagaValues
import TestServers
import TestSupport
import Testing

@testable import LocalPlatform

extension OneAtATime {
    /// Starts that fail: what is told of them may not tell what is secret.
    @Suite("Secrets of starts that fail", .serialized) struct RefusedStartTests {
        private func check(_ evidence: Evidence, _ planted: [Planted]) {
            let leaks = evidence.leaks(of: planted)
            #expect(leaks.isEmpty, "\(leaks.joined(separator: "\n"))")
        }

        @Test("a configuration that cannot be read is told of by its places, not by what stands there")
        func malformed() async throws {
            let (evidence, folder) = (Evidence(), try TestServers.freshFolder("refused"))
            try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
            let (one, two) = (Planted("a secret"), Planted("the rest of a secret"))
            let (a, b) = (one.text, two.text)
            let short = String(a.prefix(12))
            let good = ["SAGA_HTTP_TOKEN": "a-token-of-the-tests"]
            let files = [
                "postgres:\n  password: '\(a)\n  host: x\n", "postgres: {password: \(a),\(b)}\n",
                "postgres: {password: \(a), \(b): 1}\n", "postgres:\n  password:\n    \(a): \(b)\n",
                "postgres:\n  password: \(a): \(b)\n", "http:\n  token: [\(a)]\n",
                "http.token: \(a)\nhttp.token: \(b)\n",
                "http:\n  token: \(a)\n  tokne: \(b)\n", "\(a)\n", "- \(a)\n", "http:\n  token: \"\(a)\\q\"\n",
                "http:\n  token: \(short)\n", "http:\n  token: *\(a)\n", "rabbitmq:\n\tpassword: \(a)\n",
                "\(a): x\n", "http:\n  jwt:\n    secret: \(a)\n    keys: \(folder)/nothing\n",
                "incidents:\n  webhook:\n    url: ftp://host/\(a)\n    secret: \(b)\n",
                "incidents:\n  webhook:\n    url: https://host/\(a)\n    secret: whsec_\(b)!\n",
            ]
            for (number, text) in files.enumerated() {
                let file = "\(folder)/\(number).yaml"
                try text.write(toFile: file, atomically: true, encoding: .utf8)
                let run = try Run.start(["serve", "--config", file, "--postgres-port", "0"], environment: good)
                #expect(await run.end(within: .seconds(30)) == .exited(1), run.report)
                evidence.add("the refusal of \(text.debugDescription)", run.output + run.errors)
                #expect(run.errors.contains("SAGA-03"), run.report)
            }
            for (environment, arguments) in [
                (["SAGA_HTTP_TOKEN": short], []), (good, ["\(a)"]), (good, ["--http-port", "80", a]),
                (good, ["--postgres-password", a, b]),
                (good, ["--postgres-password=\(a)", "--postgres-password=\(b)"]),
                (good.merging(["SAGA_INCIDENTS_WEBHOOK_URL": "https://user:\(a)@host/\(b)"]) { $1 }, []),
                (good.merging(["SAGA_POSTGRES_PASSWORD": a, "SAGA_POSTGRES_PORT": "x"]) { $1 }, []),
            ] as [([String: String], [String])] {
                let run = try Run.start(["serve"] + arguments, environment: environment)
                #expect(await run.end(within: .seconds(30)) == .exited(1), run.report)
                evidence.add("the refusal of \(arguments.count) arguments", run.output + run.errors)
            }
            // What cannot be found would be no proof.
            check(evidence, [one, two])
            #expect(
                evidence.text("the refusal of \(files[7].debugDescription)").contains("http.token"), "a slip is told")
        }

        @Test("a server that refuses a password is told of without it, as often as it is tried")
        func refused() async throws {
            let evidence = Evidence()
            let (wrong, right) = (Planted("a wrong password"), Planted("the right password"))
            let folder = try TestServers.freshFolder("refused")
            try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
            let rules = "\(folder)/hba.conf"
            try "local all all trust\nhost all clerk all password\nhost all keeper all scram-sha-256\n"
                .write(toFile: rules, atomically: true, encoding: .utf8)
            let strict = try await TestServers.ownPostgres(settings: ["hba_file": rules])
            for role in ["clerk", "keeper"] {
                try await strict.psql("CREATE ROLE \(role) LOGIN PASSWORD '\(right.text)'", database: "postgres")
            }
            let (postgres, rabbitMQ) = (try await TestServers.postgres(), try await TestServers.rabbitMQ())
            let database = try await TestServers.freshDatabase(prefix: "refused")
            let common = ["SAGA_HTTP_TOKEN": "a-token-of-the-tests", "SAGA_LOG_LEVEL": "trace", "SAGA_HTTP_PORT": "0"]
            let atPostgres = ["clerk", "keeper"].map { user in
                [
                    "SAGA_POSTGRES_PORT": "\(strict.port)", "SAGA_POSTGRES_USER": user,
                    "SAGA_POSTGRES_DATABASE": "postgres", "SAGA_POSTGRES_PASSWORD": wrong.text,
                ]
            }
            let atRabbitMQ = [
                "SAGA_POSTGRES_PORT": "\(postgres.port)", "SAGA_POSTGRES_USER": postgres.user,
                "SAGA_POSTGRES_DATABASE": database, "SAGA_RABBITMQ_PORT": "\(rabbitMQ.port)",
                "SAGA_RABBITMQ_USER": rabbitMQ.user, "SAGA_RABBITMQ_PASSWORD": wrong.text,
            ]
            for (number, (environment, code)) in (atPostgres.map { ($0, "SAGA-0402") } + [(atRabbitMQ, "SAGA-0502")])
                .enumerated()
            {
                for format in ["text", "json"] {
                    let log = "\(folder)/\(number)-\(format).log"
                    let node = Program(
                        name: "refused", executable: try Built.program(), arguments: ["serve"],
                        environment: common.merging(environment) { $1 }.merging(["SAGA_LOG_FORMAT": format]) { $1 },
                        logFile: log)
                    try node.start()
                    try await eventually("it says \(code)") {
                        (try? String(contentsOfFile: log, encoding: .utf8))?.contains(code) == true
                    }
                    let pid = try #require(node.pid)
                    evidence.add(
                        "a command line", Array(FileManager.default.contents(atPath: "/proc/\(pid)/cmdline") ?? Data()))
                    await node.stop()
                    try evidence.add(file: log, as: "the log of a node that \(code) befell, \(format)")
                }
            }
            check(evidence, [wrong, right])
            await strict.stop()
        }
    }
}
