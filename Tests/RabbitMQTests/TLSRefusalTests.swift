import Foundation
import LocalServers
import RabbitMQ
import SagaValues
import TestServers
import TestSupport
import Testing

/// Whom the client does not talk to, and what is on the wire until it knows.
@Suite("TLS that is refused", .serialized, .timeLimit(.minutes(3)))
struct TLSRefusalTests {
    /// TLS ports of the shared broker. TLS 1.2 shows what is data.
    private struct Secured {
        let server: LocalRabbitMQ
        let certificates: Certificates

        static func make() async throws -> Secured {
            Secured(
                server: try await TestServers.rabbitMQ(),
                certificates: try await Certificates.make(in: TestServers.freshFolder("tls")))
        }

        /// A port of its own for a certificate, and a place on the wire before it.
        func listen(_ name: Certificates.Name, _ options: String = "{versions, ['tlsv1.2']}") async throws -> Wiretap {
            let port = try FakePeer.freePort()
            let files = [
                "{cacertfile, \"\(certificates.authority)\"}", "{certfile, \"\(certificates.certificate(name))\"}",
                "{keyfile, \"\(certificates.key(name))\"}", options,
            ]
            try await server.rabbitmqctl(
                "eval",
                "{ok, _} = application:ensure_all_started(ssl), rabbit_networking:start_ssl_listener("
                    + "{{127,0,0,1}, \(port), inet}, [\(files.joined(separator: ", "))], 2).")
            return try Wiretap(to: port)
        }

        func bench(_ port: Int, _ adjust: (inout RabbitMQConfiguration.TLS) -> Void = { _ in }) -> Bench {
            var tls = RabbitMQConfiguration.TLS(rootCertificates: certificates.authority)
            adjust(&tls)
            return Bench(on: server) {
                $0.port = port
                $0.tls = tls
                $0.password = Secret(password)
            }
        }

        var password: String { server.password }
    }

    private func refusal(_ bench: Bench) async throws -> RabbitMQError {
        let publisher = bench.publisher()
        return try await running(publisher) {
            try #require(
                await #expect(throws: RabbitMQError.self) {
                    try await publisher.waitUntilConnected(within: .seconds(10))
                })
        }
    }

    @Test("no word of a login is said to another authority's broker, to one by another name, or to an expired one")
    func untrusted() async throws {
        let secured = try await Secured.make()
        let (good, elsewhere) = (try await secured.listen(.server), try await secured.listen(.elsewhere))
        let expired = try await secured.listen(.expired)
        // What it looks like when it is let in.
        let publisher = secured.bench(good.port).publisher()
        try await running(publisher) { try await publisher.waitUntilConnected() }
        #expect(TLSRecords(try #require(good.said.first)).types.contains(23))

        let stranger = secured.certificates.stranger
        let trusting = good.said.count
        let cases: [(wire: Wiretap, bench: Bench, words: [String])] = [
            (good, secured.bench(good.port) { $0.rootCertificates = stranger }, ["authority in \(stranger)"]),
            (
                elsewhere, secured.bench(elsewhere.port),
                ["mismatch", "not made out to 127.0.0.1", "a name that it bears"]
            ),
            (expired, secured.bench(expired.port), ["has expired", "needs a new certificate"]),
        ]
        for (wire, bench, words) in cases {
            let error = try await refusal(bench)
            #expect(error.code == .tlsFailed && error.needsAttention, "\(error)")
            for word in words { #expect(error.message.contains(word), "\(error)") }
            let said = wire.said.dropFirst(wire === good ? trusting : 0).map { TLSRecords($0) }
            #expect(!said.isEmpty)
            for records in said {
                // Data would be the greeting or the login.
                #expect(!records.types.contains(23) && records.rest.isEmpty)
            }
        }
        for wire in [good, elsewhere, expired] { wire.stop() }
    }

    @Test("a broker without TLS at its port hears a hello and nothing else")
    func plain() async throws {
        let secured = try await Secured.make()
        let wire = try Wiretap(to: secured.server.port)
        let naked = Bench(on: secured.server) { $0.port = wire.port }
        let open = naked.publisher()
        try await running(open) { try await open.waitUntilConnected() }
        let login = "\0\(secured.server.user)\0\(secured.password)"
        #expect(String(decoding: try #require(wire.said.first), as: UTF8.self).contains(login), "the tap hears it")

        let before = wire.said.count
        let error = try await refusal(secured.bench(wire.port))
        #expect(error.code == .tlsFailed && error.message.contains("nobody speaks TLS at this port"), "\(error)")
        let said = wire.said.dropFirst(before)
        #expect(!said.isEmpty)
        for bytes in said {
            let records = TLSRecords(bytes)
            #expect(records.rest.isEmpty && !records.types.contains(23))
            #expect(records.types.first == 22)
        }
        wire.stop()
    }

    @Test("TLS below 1.2 is refused")
    func old() async throws {
        let secured = try await Secured.make()
        let (files, port) = (secured.certificates, try FakePeer.freePort())
        let peer = try ChildProcess.start(
            "openssl",
            [
                "s_server", "-accept", "127.0.0.1:\(port)", "-cert", files.certificate(.server), "-key",
                files.key(.server), "-tls1_1", "-cipher", "DEFAULT@SECLEVEL=0", "-quiet",
            ], atOurEnd: .kill)
        try await eventually("who takes it can have it") {
            try await Shell.run("openssl s_client -connect 127.0.0.1:\(port) -tls1_1 -cipher DEFAULT@SECLEVEL=0")
                .output.contains("Protocol  : TLSv1.1")
        }
        let wire = try Wiretap(to: port)
        let error = try await refusal(secured.bench(wire.port))
        #expect(error.code == .tlsFailed && error.message.contains("must speak TLS 1.2 or later"), "\(error)")
        #expect(TLSRecords(try #require(wire.said.first)).offered == [0x0304, 0x0303])
        wire.stop()
        await peer.terminate()
    }

    @Test(
        "a broker that asks for a certificate gets ours, and who has none is told so",
        arguments: ["tlsv1.2", "tlsv1.3"])
    func mutual(version: String) async throws {
        let secured = try await Secured.make()
        let files = secured.certificates
        let wire = try await secured.listen(
            .server, "{versions, ['\(version)']}, {verify, verify_peer}, {fail_if_no_peer_cert, true}")
        let member = secured.bench(wire.port) {
            $0.clientCertificate = files.certificate(.client)
            $0.clientKey = files.key(.client)
        }
        let publisher = member.publisher()
        try await running(publisher) {
            try await publisher.waitUntilConnected()
            #expect(await publisher.publish([member.message("m")]) == [.confirmed])
        }
        let foreign = secured.bench(wire.port) {
            $0.clientCertificate = files.stranger
            $0.clientKey = "\(files.folder)/stranger.key"
        }
        for bench in [secured.bench(wire.port), foreign] {
            let error = try await refusal(bench)
            #expect(error.code == .tlsFailed && error.message.contains("client certificate"), "\(error)")
        }
        let other = try await refusal(
            secured.bench(wire.port) {
                $0.clientCertificate = files.certificate(.client)
                $0.clientKey = files.key(.server)
            })
        #expect(other.code == .tlsFailed && other.message.contains("does not fit the certificate"), "\(other)")
        wire.stop()
    }
}
