import Foundation
import LocalServers
import Postgres
import SagaValues
import TestServers
import TestSupport
import Testing

@testable import LocalPlatform

extension OneAtATime {
    /// `saga serve` with TLS to both its servers, as it is set.
    @Suite("A node with TLS to its servers", .serialized) struct TLSNodeTests {
        /// A machine whose OpenSSL takes what is broken.
        private static let lax = """
            openssl_conf = all
            [all]
            ssl_conf = tls
            [tls]
            system_default = default
            [default]
            MinProtocol = TLSv1
            CipherString = DEFAULT@SECLEVEL=0

            """

        @Test("a start warns of a plain way to another machine, before anything goes there")
        func warns() async throws {
            // A database that is not there: the node waits for it, and never comes to the broker.
            let run = try Run.start([
                "serve", "--http-token=a-token-of-the-tests-of-tls", "--postgres-port=1", "--rabbitmq-host=192.0.2.1",
            ])
            try await eventually("it waits") { run.errors.contains("waiting for the database") }
            _ = await run.process.terminate()
            let warnings = run.errors.split(separator: "\n").filter { $0.contains("in plain text") }
            #expect(warnings.count == 1, run.report)
            #expect(warnings.first?.contains("WARNING") == true && warnings.first?.contains("192.0.2.1") == true)
            #expect(warnings.first?.contains("set rabbitmq.tls to verify-full") == true, run.report)
        }

        @Test("with certificates on both sides it serves, and offers nothing below TLS 1.2 whatever the machine allows")
        func mutual() async throws {
            let certificates = try await Certificates.make(in: TestServers.freshFolder("tls"))
            func file(_ name: String, _ text: String) throws -> String {
                let path = "\(certificates.folder)/\(name)"
                try text.write(toFile: path, atomically: true, encoding: .utf8)
                return path
            }
            let rules = try file(
                "hba.conf", "local all all trust\nhostssl all keeper all scram-sha-256 clientcert=verify-ca\n")
            let postgres = try await TestServers.ownPostgres(settings: [
                "ssl": "on", "ssl_cert_file": certificates.certificate(.server),
                "ssl_key_file": try certificates.key(.server, of: "postgres"),
                "ssl_ca_file": certificates.authority, "hba_file": rules,
            ])
            try await postgres.psql("CREATE ROLE keeper LOGIN PASSWORD 'of the seal'", database: "postgres")
            try await postgres.psql("CREATE DATABASE sealed OWNER keeper", database: "postgres")
            let (rabbitMQ, port) = (try await TestServers.rabbitMQ(), try FreePorts.pick(1)[0])
            try await rabbitMQ.rabbitmqctl(
                "eval",
                """
                {ok, _} = application:ensure_all_started(ssl), rabbit_networking:start_ssl_listener(
                {{127,0,0,1}, \(port), inet}, [{cacertfile, "\(certificates.authority)"},
                {certfile, "\(certificates.certificate(.server))"}, {keyfile, "\(certificates.key(.server))"},
                {verify, verify_peer}, {fail_if_no_peer_cert, true}], 2),
                rabbit_vhost:add(<<"sealed">>, <<"test">>), rabbit_auth_backend_internal:set_permissions(
                <<"\(rabbitMQ.user)">>, <<"sealed">>, <<".*">>, <<".*">>, <<".*">>, <<"test">>).
                """)
            let wires = (postgres: try Wiretap(to: postgres.port), rabbitMQ: try Wiretap(to: port))
            let lax = try file("openssl.cnf", Self.lax)

            let token = "a-token-of-the-tests-of-tls"
            let node = Program(
                name: "sealed", executable: try Built.program(), arguments: ["serve"],
                environment: [
                    "SAGA_HTTP_TOKEN": token, "SAGA_POSTGRES_HOST": "localhost",
                    "SAGA_POSTGRES_PORT": "\(wires.postgres.port)", "SAGA_POSTGRES_USER": "keeper",
                    "SAGA_POSTGRES_PASSWORD": "of the seal", "SAGA_POSTGRES_DATABASE": "sealed",
                    "SAGA_POSTGRES_TLS": "verify-full", "SAGA_POSTGRES_ROOT_CERTIFICATE": certificates.authority,
                    "SAGA_POSTGRES_CERTIFICATE": certificates.certificate(.client),
                    "SAGA_POSTGRES_KEY": certificates.key(.client), "SAGA_RABBITMQ_PORT": "\(wires.rabbitMQ.port)",
                    "SAGA_RABBITMQ_USER": rabbitMQ.user, "SAGA_RABBITMQ_PASSWORD": rabbitMQ.password,
                    "SAGA_RABBITMQ_VIRTUAL_HOST": "sealed", "SAGA_RABBITMQ_QUEUES": "classic",
                    "SAGA_RABBITMQ_TLS": "verify-full", "SAGA_RABBITMQ_ROOT_CERTIFICATE": certificates.authority,
                    "SAGA_RABBITMQ_CERTIFICATE": certificates.certificate(.client),
                    "SAGA_RABBITMQ_KEY": certificates.key(.client), "OPENSSL_CONF": lax,
                    "PGSSLMINPROTOCOLVERSION": "TLSv1",
                ],
                logFile: "\(certificates.folder)/node.log",
                api: .init(port: try FreePorts.pick(1)[0], token: Secret(token)))
            try node.start()
            try await node.waitUntilReady()
            let sessions = try await postgres.psql(
                """
                SELECT DISTINCT ssl, client_dn FROM pg_stat_ssl JOIN pg_stat_activity USING (pid)
                WHERE datname = 'sealed'
                """, database: "postgres")
            #expect(sessions == "t|/CN=client", "\(sessions)")
            await node.stop()

            func offers(_ said: [UInt8]) -> [UInt16] { TLSRecords(said).offered }
            let hellos =
                wires.postgres.said.map { offers(Array($0.dropFirst(8))) } + wires.rabbitMQ.said.map { offers($0) }
            #expect(hellos.count > 5 && hellos.allSatisfy { $0 == [0x0304, 0x0303] }, "\(hellos)")
            // The machine would allow more.
            let before = wires.rabbitMQ.said.count
            _ = try await Shell.run(
                "openssl s_client -connect 127.0.0.1:\(wires.rabbitMQ.port)", environment: ["OPENSSL_CONF": lax])
            #expect(wires.rabbitMQ.said.dropFirst(before).map { offers($0).min() } == [0x0301])
            wires.postgres.stop()
            wires.rabbitMQ.stop()
            await postgres.stop()
        }
    }
}
