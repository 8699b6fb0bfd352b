import APIServer
import Foundation
import SagaValues
import Testing

@testable import SagaServer

@Suite struct RefusalTests {
    /// The one line that a start ends with.
    private func refusal(
        _ code: ConfigurationError.Code, at location: SourceLocation = #_sourceLocation,
        _ body: () throws -> ServerConfiguration
    ) throws -> String {
        let error = try #require(throws: ConfigurationError.self, sourceLocation: location) { _ = try body() }
        #expect(error.code == code, "\(error)", sourceLocation: location)
        #expect(!error.description.contains { $0.isNewline }, "one line", sourceLocation: location)
        #expect(error.description.hasSuffix("[\(code.rawValue)]"), sourceLocation: location)
        return error.description
    }

    static let malformedValues: [(key: String, value: String, expected: String)] = [
        ("node.name", "", "not empty"), ("node.drain", "5", "1s to 8s"), ("node.drain", "999ms", "1s to 8s"),
        ("node.drain", "8001ms", "1s to 8s"), ("http.host", "", "not empty"), ("http.port", "-1", "0 to 65535"),
        ("http.port", "65536", "0 to 65535"), ("http.port", "80a", "0 to 65535"), ("http.port", "", "0 to 65535"),
        ("postgres.port", "0", "1 to 65535"), ("postgres.readers", "0", "1 to 64"),
        ("postgres.readers", "65", "1 to 64"), ("postgres.tls", "on", "disable, require, verify-full"),
        ("rabbitmq.port", "65536", "1 to 65535"), ("rabbitmq.tls", "require", "disable, verify-full"),
        ("rabbitmq.queues", "Quorum", "quorum, classic"), ("rabbitmq.prefetch", "0", "1 to 65535"),
        ("rabbitmq.prefetch", "65536", "1 to 65535"), ("engine.batch", "0", "1 to 4096"),
        ("engine.batch", "4097", "1 to 4096"), ("engine.cache", "-1", "0 to 1000000"),
        ("engine.cache", "1000001", "0 to 1000000"), ("engine.starts", "0", "1 to 1000000"),
        ("engine.lease", "1999ms", "2s to 5m"), ("engine.lease", "301s", "2s to 5m"),
        ("engine.lease", "5 s", "2s to 5m"), ("log.level", "loud", "trace, debug"), ("log.format", "xml", "text, json"),
    ]

    @Test(
        "a malformed value stops the start wherever it stands, and says where and what is expected",
        arguments: malformedValues)
    func malformed(key: String, value: String, expected: String) throws {
        let setting = try #require(Settings.all.first { $0.key == key })
        let flag = try refusal(.malformedValue) { try read(flags: ["\(setting.flag)=\(value)"]) }
        #expect(flag.hasPrefix("\(setting.flag) must be"))
        let variable = try refusal(.malformedValue) {
            try read(environment: ["SAGA_HTTP_TOKEN": Sample.token, setting.environmentName: value])
        }
        #expect(variable.hasPrefix("\(setting.environmentName) must be"))
        let parts = key.split(separator: ".")
        let file = try refusal(.malformedValue) { try read(yaml: "\(parts[0]):\n  \(parts[1]): '\(value)'\n") }
        #expect(file.hasPrefix("\(key) in "))
        for line in [flag, variable, file] { #expect(line.contains(expected) && line.contains("\"\(value)\"")) }
    }

    @Test("the ends of every range are taken")
    func ends() throws {
        for (flag, values) in [
            "--node-drain": ["1s", "8s"], "--http-port": ["0", "65535"], "--postgres-port": ["1", "65535"],
            "--postgres-readers": ["1", "64"], "--rabbitmq-prefetch": ["1", "65535"], "--engine-batch": ["1", "4096"],
            "--engine-cache": ["0", "1000000"], "--engine-starts": ["1", "1000000"], "--engine-lease": ["2s", "5m"],
        ] {
            for value in values { _ = try read(flags: [flag, value]) }
        }
    }

    @Test("a token that is missing or short stops the start")
    func token() throws {
        let missing = try refusal(.missingValue) { try read(environment: [:]) }
        for place in ["http.token", "SAGA_HTTP_TOKEN", "--http-token"] { #expect(missing.contains(place)) }
        let short = try refusal(.weakToken) { try read(environment: ["SAGA_HTTP_TOKEN": "fifteen-letters"]) }
        #expect(short.contains("SAGA_HTTP_TOKEN") && short.contains("16") && short.contains("openssl"))
        #expect(!short.contains("fifteen"))
        _ = try read(environment: ["SAGA_HTTP_TOKEN": "sixteen-letters!"])
        _ = try refusal(.malformedValue) { try read(environment: ["SAGA_HTTP_TOKEN": ""]) }
        // Who brings JWTs needs no token, but must say whose they are and whom they are for.
        let secret = ["SAGA_HTTP_JWT_SECRET": String(repeating: "s", count: 32)]
        let names = ["SAGA_HTTP_JWT_ISSUER": "i", "SAGA_HTTP_JWT_AUDIENCE": "a"]
        let jwt = try read(environment: secret.merging(names) { one, _ in one })
        #expect(jwt.http.token == nil && jwt.http.jwt?.issuer == "i" && jwt.http.jwt?.audience == "a")
        for name in names.keys {
            let environment = secret.merging(names.filter { $0.key != name }) { one, _ in one }
            #expect(try refusal(.missingValue) { try read(environment: environment) }.contains(name))
        }
        #expect(try refusal(.missingValue) { try read(environment: names) }.contains("SAGA_HTTP_JWT_KEYS"))
        let shortSecret = names.merging(["SAGA_HTTP_JWT_SECRET": String(repeating: "s", count: 31)]) { one, _ in one }
        #expect(try refusal(.weakToken) { try read(environment: shortSecret) }.contains("32"))
        let certificate = try refusal(.missingValue) { try read(flags: ["--postgres-tls=verify-full"]) }
        #expect(certificate.contains("SAGA_POSTGRES_ROOT_CERTIFICATE"))
    }

    @Test("files for TLS that would not be used, or are half there, stop the start")
    func idleFiles() throws {
        for (flags, words) in [
            (["--postgres-root-certificate=ca.pem"], ["postgres.root-certificate", "postgres.tls is disable"]),
            (
                ["--postgres-root-certificate=ca.pem", "--postgres-tls=require"],
                ["postgres.root-certificate", "postgres.tls is require", "verify-full"]
            ),
            (["--postgres-certificate=c.pem", "--postgres-key=k.pem"], ["postgres.certificate", "is disable"]),
            (["--rabbitmq-root-certificate=ca.pem"], ["rabbitmq.root-certificate", "rabbitmq.tls is disable"]),
            (["--rabbitmq-certificate=c.pem", "--rabbitmq-key=k.pem"], ["rabbitmq.certificate", "is disable"]),
        ] {
            let line = try refusal(.malformedValue) { try read(flags: flags) }
            for word in words { #expect(line.contains(word), "\(line)") }
        }
        for (flag, missing) in [
            ("--postgres-key=k.pem", "SAGA_POSTGRES_CERTIFICATE"),
            ("--postgres-certificate=c.pem", "SAGA_POSTGRES_KEY"),
            ("--rabbitmq-key=k.pem", "SAGA_RABBITMQ_CERTIFICATE"),
            ("--rabbitmq-certificate=c.pem", "SAGA_RABBITMQ_KEY"),
        ] {
            #expect(try refusal(.missingValue) { try read(flags: [flag]) }.contains(missing))
        }
    }

    @Test("what nobody knows stops the start, with the name that may have been meant")
    func unknown() throws {
        let flag = try refusal(.unknownName) { try read(flags: ["--htp-port=1"]) }
        #expect(flag.contains("--htp-port") && flag.contains("did you mean --http-port?"))
        let variable = try refusal(.unknownName) {
            try read(environment: ["SAGA_HTTP_TOKEN": Sample.token, "SAGA_ENGINE_BATHC": "1"])
        }
        #expect(variable.contains("SAGA_ENGINE_BATHC") && variable.contains("did you mean SAGA_ENGINE_BATCH?"))
        let member = try refusal(.unknownName) { try read(yaml: "http:\n  port: 1\n  prot: 2\n") }
        #expect(member.contains("http.prot in ") && member.contains("line 3") && member.contains("http.port?"))
        let far = try refusal(.unknownName) { try read(yaml: "colour: red\n") }
        #expect(far.contains("saga serve --help"))
    }

    @Test("a flag without a value, given twice, or none at all is told")
    func flags() throws {
        #expect(try refusal(.malformedValue) { try read(flags: ["--http-port"]) }.contains("--http-port needs a value"))
        #expect(
            try refusal(.malformedValue) { try read(flags: ["--http-token", "--http-port", "80"]) }
                .contains("--http-token needs a value"))
        #expect(
            try refusal(.malformedValue) { try read(flags: ["--http-port=1", "--http-port", "2"]) }.contains("twice"))
        #expect(try refusal(.unknownName) { try read(flags: ["http-port=1"]) }.contains("is no flag"))
    }

    @Test("a file that cannot be read, is no YAML or no map stops the start with its path and line")
    func files() throws {
        let gone = try refusal(.unreadableFile) {
            try ServerConfiguration.read(file: "/nowhere/saga.yaml", flags: [], environment: [:])
        }
        #expect(gone.contains("/nowhere/saga.yaml"))
        let folder = try refusal(.unreadableFile) {
            try ServerConfiguration.read(file: NSTemporaryDirectory(), flags: [], environment: [:])
        }
        #expect(folder.contains("cannot read"))
        #expect(try refusal(.unreadableFile) { try read(yaml: "http:\n\tport: 1\n") }.contains("line 2"))
        #expect(
            try refusal(.unreadableFile) { try read(yaml: "http: {port: 1}\n---\nhttp: {port: 2}\n") }.contains("line"))
        #expect(try refusal(.unreadableFile) { try read(yaml: "http:\n  port: 1\n  port: 2\n") }.contains("port"))
        for yaml in ["- a\n", "text\n", "7\n"] {
            #expect(try refusal(.unreadableFile) { try read(yaml: yaml) }.contains("must be a map"))
        }
        for yaml in ["http:\n  port: [1, 2]\n", "http:\n  port:\n", "http:\n  port: null\n"] {
            #expect(try refusal(.malformedValue) { try read(yaml: yaml) }.contains("http.port in "))
        }
        #expect(try refusal(.malformedValue) { try read(yaml: "http.port: 1\nhttp:\n  port: 2\n") }.contains("twice"))
    }

    @Test("no refusal repeats a secret")
    func secrets() throws {
        let secret = "hunter2-hunter2"
        let refusals: [(flags: [String], environment: [String: String], yaml: String?)] = [
            (["--http-token=\(secret)"], [:], nil), (["--http-token", secret], [:], nil),
            (["--http-tokn=\(secret)"], [:], nil), (["--http-tokn", secret], [:], nil),
            (["--http-port=1", secret], [:], nil), ([secret], [:], nil), ([], ["SAGA_HTTP_TOKEN": secret], nil),
            ([], ["SAGA_HTTP_TOKN": secret], nil), ([], [:], "http:\n  token: \(secret)\n"),
            ([], [:], "http:\n  token: \"\(secret)\n"), ([], [:], "http:\n  token: {\(secret): 1\n"),
            ([], [:], "http:\n  token: '\(secret)' x\n"), ([], [:], "http:\n  token: [\(secret)]\n"),
            ([], [:], "http:\n  token: x: \(secret)\n"),
            ([], [:], secret),
        ]
        for (flags, environment, yaml) in refusals {
            let error = try #require(throws: ConfigurationError.self) {
                _ = try read(flags: flags, environment: environment, yaml: yaml)
            }
            #expect(!error.description.contains(secret), "\(flags) \(environment) \(yaml ?? "")")
            #expect(!error.description.contains { $0.isNewline })
        }
    }
}
