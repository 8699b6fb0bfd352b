import Postgres
import RabbitMQ
import Testing

@testable import SagaServer

@Suite struct ExposureTests {
    private func warnings(_ flags: String...) throws -> [String] {
        try read(flags: flags).exposures.map { "\($0.setting) \($0.host)" }
    }

    @Test("a plain way to another machine is warned of, and one that nobody verifies")
    func plain() throws {
        #expect(try warnings("--postgres-host=db.internal") == ["postgres.tls db.internal"])
        #expect(try warnings("--postgres-host=10.0.0.1", "--postgres-tls=require") == ["postgres.tls 10.0.0.1"])
        #expect(try warnings("--rabbitmq-host=127.1.example") == ["rabbitmq.tls 127.1.example"])
        #expect(
            try warnings("--postgres-host=0127.0.0.1", "--rabbitmq-host=::2").count == 2, "an octal one is another")
    }

    @Test("what stays on the machine is not, nor what is verified")
    func safe() throws {
        for host in ["127.0.0.1", "localhost", "LocalHost", "127.255.0.9", "::1"] {
            #expect(try warnings("--postgres-host=\(host)", "--rabbitmq-host=\(host)") == [])
        }
        #expect(try warnings("--postgres-host=/var/run/postgresql") == [])
        #expect(
            try warnings(
                "--postgres-host=db.internal", "--postgres-tls=verify-full", "--postgres-root-certificate=ca.pem",
                "--rabbitmq-host=mq.internal", "--rabbitmq-tls=verify-full") == [])
    }

    @Test("files of certificates come to where they are used")
    func files() throws {
        let read = try read(flags: [
            "--postgres-tls=verify-full", "--postgres-root-certificate=ca", "--postgres-certificate=c",
            "--postgres-key=k", "--rabbitmq-tls=verify-full", "--rabbitmq-root-certificate=ca2",
            "--rabbitmq-certificate=c2", "--rabbitmq-key=k2",
        ])
        #expect(read.postgres.tls == .verifyFull(rootCertificate: "ca"))
        #expect(read.postgres.clientCertificate == .init(certificate: "c", key: "k"))
        let tls = try #require(read.rabbitMQ.tls)
        #expect([tls.rootCertificates, tls.clientCertificate, tls.clientKey] == ["ca2", "c2", "k2"])
    }
}
