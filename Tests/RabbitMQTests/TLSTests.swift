import Foundation
import LocalServers
import RabbitMQ
import TestServers
import Testing

/// A broker with a TLS port, and an authority that has signed for it.
private struct Secured {
    let server: LocalRabbitMQ
    let port: Int
    let folder: String

    static func make() async throws -> Secured {
        let server = try await TestServers.rabbitMQ()
        let folder = try TestServers.freshFolder("tls")
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
        let script = """
            cd '\(folder)' && for ca in ca other; do openssl req -x509 -newkey rsa:2048 -nodes -days 2 \
            -keyout $ca-key.pem -out $ca.pem -subj "/CN=$ca"; done
            openssl req -newkey rsa:2048 -nodes -keyout key.pem -out request.pem -subj '/CN=broker'
            printf 'subjectAltName=DNS:broker.test,IP:127.0.0.1' > names
            openssl x509 -req -in request.pem -CA ca.pem -CAkey ca-key.pem -CAcreateserial -days 2 -extfile names \
            -out cert.pem && chmod a+r *.pem
            """
        let shell = Process()
        shell.executableURL = URL(fileURLWithPath: "/bin/sh")
        shell.arguments = ["-c", script]
        shell.standardError = FileHandle.nullDevice
        try shell.run()
        shell.waitUntilExit()
        try #require(shell.terminationStatus == 0)
        let port = try FakePeer.freePort()
        let files = ["cacertfile": "ca.pem", "certfile": "cert.pem", "keyfile": "key.pem"]
            .map { "{\($0), \"\(folder)/\($1)\"}" }.joined(separator: ", ")
        try await server.rabbitmqctl(
            "eval",
            "{ok, _} = application:ensure_all_started(ssl), "
                + "rabbit_networking:start_ssl_listener({{127,0,0,1}, \(port), inet}, [\(files)], 2)."
        )
        return Secured(server: server, port: port, folder: folder)
    }

    func bench(_ adjust: (inout RabbitMQConfiguration.TLS) -> Void = { _ in }) -> Bench {
        var tls = RabbitMQConfiguration.TLS(rootCertificates: "\(folder)/ca.pem")
        adjust(&tls)
        return Bench(on: server) {
            $0.port = port
            $0.tls = tls
        }
    }
}

@Suite("TLS", .serialized, .timeLimit(.minutes(3)))
struct TLSTests {
    @Test("carries messages of all sizes, both ways, by address and by name")
    func works() async throws {
        let secured = try await Secured.make()
        for serverName in [nil, "broker.test"] {
            let bench = secured.bench { $0.serverName = serverName }
            let publisher = bench.publisher()
            let (consumer, collector) = Collector.consuming(
                bench.queue, bench.configuration, topology: bench.topology())
            try await running(publisher, consumer) {
                try await publisher.waitUntilConnected()
                let sizes = [0, 1, 16_384, 200_000, 1 << 20] + Array(repeating: 5000, count: 500)
                let messages = sizes.enumerated().map { index, size in
                    bench.message("m\(index)", body: [UInt8](repeating: UInt8(index % 251), count: size))
                }
                #expect(await publisher.publish(messages).allSatisfy { $0 == .confirmed })
                let got = try await collector.waitFor(sizes.count)
                #expect(got.map(\.body) == messages.map(\.body))
            }
        }
    }

    @Test("is refused with an unknown authority, another host name, a missing file, or no TLS on the other side")
    func refused() async throws {
        let secured = try await Secured.make()
        let plain = Bench(on: secured.server) { $0.tls = .init(rootCertificates: "\(secured.folder)/ca.pem") }
        let cases: [(Bench, RabbitMQError.Code, String)] = [
            (secured.bench { $0.rootCertificates = "\(secured.folder)/other.pem" }, .tlsFailed, "certificate"),
            (secured.bench { $0.serverName = "elsewhere.test" }, .tlsFailed, "hostname mismatch"),
            (secured.bench { $0.rootCertificates = "\(secured.folder)/none.pem" }, .tlsFailed, "root certificates"),
            (plain, .tlsFailed, "handshake"),
        ]
        for (bench, code, text) in cases {
            let publisher = bench.publisher()
            try await running(publisher) {
                let error = await #expect(throws: RabbitMQError.self) {
                    try await publisher.waitUntilConnected(within: .seconds(10))
                }
                #expect(error?.code == code)
                #expect(error?.message.contains(text) == true, "\(String(describing: error))")
            }
        }
        // A plain client at a TLS port.
        let naked = Bench(on: secured.server) { $0.port = secured.port }
        let publisher = naked.publisher()
        try await running(publisher) {
            let error = await #expect(throws: RabbitMQError.self) {
                try await publisher.waitUntilConnected(within: .seconds(2))
            }
            #expect(error?.code != nil)
        }
    }
}
