import Foundation
import LocalServers
import Postgres
import SagaValues
import TestServers
import TestSupport
import Testing

/// TLS with a real server, and what is on the wire meanwhile.
@Suite("TLS of PostgreSQL", .timeLimit(.minutes(3)))
struct TLSTests {
    private static let password = "Xk7-plain-to-read"
    /// `SSLRequest`: whether the server speaks TLS. It tells nothing else.
    private static let question: [UInt8] = [0, 0, 0, 8, 4, 210, 22, 47]

    /// A server with certificates, and a place on the wire before it.
    private struct Secured {
        let server: LocalPostgres
        let certificates: Certificates
        let wire: Wiretap
        let owner: PostgresConnection

        /// Asks for passwords as they are, so that nothing but TLS protects them. TLS 1.2 shows what is data.
        static func make(_ settings: [String: String] = [:]) async throws -> Secured {
            let certificates = try await Certificates.make(in: TestServers.freshFolder("tls"))
            let rules = "\(certificates.folder)/hba.conf"
            let text = """
                local all all trust
                host all clerk all password
                hostssl all member all password clientcert=verify-ca
                """
            try text.appending("\n").write(toFile: rules, atomically: true, encoding: .utf8)
            let own = [
                "ssl": "on", "ssl_cert_file": certificates.certificate(.server),
                "ssl_key_file": try certificates.key(.server, of: "postgres"),
                "ssl_ca_file": certificates.authority, "ssl_max_protocol_version": "TLSv1.2", "hba_file": rules,
            ]
            let server = try await TestServers.ownPostgres(settings: own.merging(settings) { _, new in new })
            var local = server.configuration()
            local.host = server.socketDirectory
            let owner = PostgresConnection(local)
            for role in ["clerk", "member"] {
                try await owner.execute(PostgresStatement("CREATE ROLE \(role) LOGIN PASSWORD '\(TLSTests.password)'"))
            }
            return Secured(
                server: server, certificates: certificates, wire: try Wiretap(to: server.port), owner: owner)
        }

        /// Shows another certificate from here on.
        func show(_ name: Certificates.Name) async throws {
            for (setting, file) in [
                ("ssl_cert_file", certificates.certificate(name)),
                ("ssl_key_file", try certificates.key(name, of: "postgres")),
            ] {
                try await owner.execute(PostgresStatement("ALTER SYSTEM SET \(setting) = '\(file)'"))
            }
            try await owner.execute(PostgresStatement("SELECT pg_reload_conf()"))
            try await eventually("the server shows it") {
                let shown = try await Shell.run(
                    "openssl s_client -starttls postgres -connect 127.0.0.1:\(server.port)")
                return shown.output.contains("subject=CN = \(name.rawValue)")
            }
        }

        func configuration(_ change: (inout PostgresConfiguration) -> Void = { _ in }) -> PostgresConfiguration {
            var configuration = server.configuration()
            configuration.port = wire.port
            configuration.user = "clerk"
            configuration.password = Secret(TLSTests.password)
            configuration.tls = .verifyFull(rootCertificate: certificates.authority)
            change(&configuration)
            return configuration
        }

        func stop() async {
            await owner.close()
            wire.stop()
            await server.stop()
        }
    }

    /// Connects, and gives what was said on the wire.
    private func said(_ wire: Wiretap, _ configuration: PostgresConfiguration) async throws -> [UInt8] {
        let before = wire.said.count
        let connection = PostgresConnection(configuration)
        try await connection.connect()
        await connection.close()
        let said = wire.said
        try #require(said.count == before + 1)
        return said[before]
    }

    /// The error, and what was said on the wire until then.
    private func refused(
        _ wire: Wiretap, _ configuration: PostgresConfiguration
    ) async throws -> (error: PostgresError, said: [UInt8]) {
        let before = wire.said.count
        let connection = PostgresConnection(configuration)
        let error = try await failure { try await connection.connect() }
        await connection.close()
        let said = wire.said
        try #require(said.count == before + 1, "\(error)")
        return (error, said[before])
    }

    @Test("who can be verified is, and only then the password goes out, where nobody can read it")
    func verified() async throws {
        let secured = try await Secured.make()
        let plain = try await said(secured.wire, secured.configuration { $0.tls = .disable })
        #expect(plain.contains(Self.password), "the tap hears what is not encrypted")
        for host in ["localhost", "127.0.0.1"] {
            let bytes = try await said(secured.wire, secured.configuration { $0.host = host })
            let records = TLSRecords(bytes.dropFirst(8))
            #expect(bytes.starts(with: Self.question) && !bytes.contains(Self.password))
            #expect(records.types.contains(23) && records.rest.isEmpty)
        }
        await secured.stop()
    }

    @Test("another authority, another name and an expired certificate are refused before a password is sent")
    func untrusted() async throws {
        let secured = try await Secured.make()
        let files = secured.certificates
        func check(
            _ words: [String], _ change: (inout PostgresConfiguration) -> Void = { _ in },
            at location: SourceLocation = #_sourceLocation
        ) async throws {
            let (error, said) = try await refused(secured.wire, secured.configuration(change))
            #expect(error.code == .tlsFailed && !error.isRetryable, "\(error)", sourceLocation: location)
            for word in words { #expect(error.message.contains(word), "\(error)", sourceLocation: location) }
            let records = TLSRecords(said.dropFirst(8))
            #expect(said.starts(with: Self.question) && records.rest.isEmpty, sourceLocation: location)
            // Data would be a start-up message or a password.
            #expect(!records.types.contains(23) && records.types.first == 22, sourceLocation: location)
        }
        try await check(["certificate verify failed", "does not lead to the authority in \(files.stranger)"]) {
            $0.tls = .verifyFull(rootCertificate: files.stranger)
        }
        try await secured.show(.elsewhere)
        try await check(["does not match host name", "connect by a name that the server's certificate bears"])
        try await secured.show(.expired)
        try await check(["certificate verify failed", "or is not valid now", "openssl s_client -starttls postgres"])
        // Whoever asks for nothing but encryption is let in.
        #expect(try await said(secured.wire, secured.configuration { $0.tls = .require }).starts(with: Self.question))
        await secured.stop()
    }

    @Test("a server without TLS hears nothing but whether it has it")
    func withoutTLS() async throws {
        let server = try await TestServers.postgres()
        let wire = try Wiretap(to: server.port)
        let certificates = try await Certificates.make(in: TestServers.freshFolder("tls"))
        for tls in [PostgresConfiguration.TLS.require, .verifyFull(rootCertificate: certificates.authority)] {
            var configuration = server.configuration()
            configuration.port = wire.port
            configuration.password = Secret(Self.password)
            configuration.tls = tls
            let (error, said) = try await refused(wire, configuration)
            #expect(error.code == .tlsFailed && error.message.contains("ssl = on"), "\(error)")
            #expect(said == Self.question)
        }
        wire.stop()
    }

    @Test("TLS below 1.2 is refused")
    func old() async throws {
        let secured = try await Secured.make([
            "ssl_min_protocol_version": "TLSv1", "ssl_max_protocol_version": "TLSv1.1",
            "ssl_ciphers": "DEFAULT@SECLEVEL=0",
        ])
        let command = "openssl s_client -starttls postgres -connect 127.0.0.1:\(secured.server.port)"
        let old = try await Shell.run("\(command) -tls1_1 -cipher DEFAULT@SECLEVEL=0").output
        #expect(old.contains("Protocol  : TLSv1.1"), "who takes it can have it: \(old)")
        for tls in [PostgresConfiguration.TLS.require, .verifyFull(rootCertificate: secured.certificates.authority)] {
            let (error, said) = try await refused(secured.wire, secured.configuration { $0.tls = tls })
            #expect(error.code == .tlsFailed && error.message.contains("TLS 1.2 or later"), "\(error)")
            #expect(TLSRecords(said.dropFirst(8)).offered == [0x0304, 0x0303])
        }
        await secured.stop()
    }

    @Test(
        "a server that asks for a certificate gets ours, and refuses who has none", arguments: ["TLSv1.2", "TLSv1.3"])
    func mutual(version: String) async throws {
        let secured = try await Secured.make(["ssl_max_protocol_version": version])
        let files = secured.certificates
        func member(_ certificate: String, _ key: String) -> PostgresConfiguration {
            secured.configuration {
                $0.user = "member"
                $0.clientCertificate = .init(certificate: certificate, key: key)
            }
        }
        let connection = PostgresConnection(member(files.certificate(.client), files.key(.client)))
        let row = try await connection.execute(
            PostgresStatement("SELECT client_dn, version FROM pg_stat_ssl WHERE pid = pg_backend_pid()"))[0]
        #expect(try row.text(0) == "/CN=client" && row.text(1) == version)
        await connection.close()

        let none = try await refused(secured.wire, secured.configuration { $0.user = "member" }).error
        #expect(none.code == .authenticationFailed && none.message.contains("client certificate"), "\(none)")
        // One that the server's authority has not signed.
        let foreign = member(files.stranger, "\(files.folder)/stranger.key")
        let stranger = try await refused(secured.wire, foreign).error
        #expect(stranger.code == .tlsFailed && stranger.message.contains("ssl_ca_file"), "\(stranger)")
        let absent = PostgresConnection(member("\(files.folder)/nothing.pem", files.key(.client)))
        let missing = try await failure { try await absent.connect() }
        #expect(missing.code == .tlsFailed && missing.message.contains("nothing.pem"), "\(missing)")
        await absent.close()
        await secured.stop()
    }
}

extension [UInt8] {
    fileprivate func contains(_ text: String) -> Bool { String(decoding: self, as: UTF8.self).contains(text) }
}
