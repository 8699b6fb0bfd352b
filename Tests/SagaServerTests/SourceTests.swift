import Foundation
import Postgres
import RabbitMQ
import SagaEngine
import SagaValues
import Testing

@testable import SagaServer

/// Reads a configuration as `saga serve` does, with a token unless the test gives an environment.
func read(
    flags: [String] = [], environment: [String: String] = ["SAGA_HTTP_TOKEN": Sample.token], yaml: String? = nil
) throws -> ServerConfiguration {
    guard let yaml else { return try ServerConfiguration.read(file: nil, flags: flags, environment: environment) }
    return try withFile(yaml) { try ServerConfiguration.read(file: $0, flags: flags, environment: environment) }
}

func withFile<Result>(_ text: String, _ body: (String) throws -> Result) throws -> Result {
    let file = FileManager.default.temporaryDirectory.appendingPathComponent("saga-\(SagaValues.UUID.v7()).yaml")
    try Data(text.utf8).write(to: file)
    defer { try? FileManager.default.removeItem(at: file) }
    return try body(file.path)
}

enum Sample {
    static let token = "a-token-of-the-tests"
}

@Suite struct SourceTests {
    @Test("a flag counts before the environment, the environment before the file", arguments: Settings.all)
    func precedence(setting: SettingDescription) throws {
        // A map in a map, as deep as the key has parts.
        let yaml =
            setting.key.split(separator: ".").enumerated().map { depth, part in
                "\(depth == 0 ? "" : "\n" + String(repeating: "  ", count: depth))\(part):"
            }.joined() + " in-file\n"
        func text(flag: Bool, variable: Bool, file: Bool) throws -> String? {
            try withFile(file ? yaml : "") { path in
                try ConfigurationSource(
                    file: path, flags: flag ? [setting.flag, "as-flag"] : [],
                    environment: variable ? [setting.environmentName: "in-environment"] : [:]
                ).find(setting)?.text
            }
        }
        #expect(try text(flag: true, variable: true, file: true) == "as-flag")
        #expect(try text(flag: true, variable: false, file: false) == "as-flag")
        #expect(try text(flag: false, variable: true, file: true) == "in-environment")
        #expect(try text(flag: false, variable: false, file: true) == "in-file")
        #expect(try text(flag: false, variable: false, file: false) == nil)
    }

    @Test("a flag may have its value after a blank or after an equals sign, with commas and equals signs in it")
    func flagForms() throws {
        for flags in [["--http-port", "8080"], ["--http-port=8080"]] {
            #expect(try read(flags: flags).http.port == 8080)
        }
        for password in ["a,b", "a=b", "--a", "-1", " a b ", "ü,=", "null"] {
            for flags in [["--postgres-password", password], ["--postgres-password=\(password)"]] {
                #expect(try read(flags: flags).postgres.password?.reveal() == password)
            }
        }
    }

    @Test("what a file holds is taken as it is written")
    func fileForms() throws {
        let yaml = """
            # a comment
            http: { host: "0.0.0.0", port: 0o17 }
            """
        #expect(throws: ConfigurationError.self) { try read(yaml: yaml) }
        let plain = try read(yaml: "http: { host: 0.0.0.0, port: 0 }\nrabbitmq:\n  password: '012'\n")
        #expect(plain.http.host == "0.0.0.0")
        #expect(plain.http.port == 0)
        #expect(plain.rabbitMQ.password.reveal() == "012")
        #expect(try read(yaml: "http.port: 81\n").http.port == 81, "a key may be written in one piece")
    }

    @Test("a file without settings is no error", arguments: ["", "# nothing\n", "---\n", "{}\n"])
    func emptyFile(yaml: String) throws {
        #expect(try read(yaml: yaml).http.port == 7070)
    }

    @Test("variables of the client and of the local servers are let through")
    func otherVariables() throws {
        let environment = [
            "SAGA_HTTP_TOKEN": Sample.token, "SAGA_URL": "x", "SAGA_TOKEN": "y", "SAGA_PROFILE": "p",
            "SAGA_POSTGRES_BIN": "z",
            "PATH": "/bin",
        ]
        #expect(try read(environment: environment).http.token?.reveal() == Sample.token)
    }

    @Test("every setting reaches the place that it is for")
    func reachesItsPlace() throws {
        let values = try read(flags: [
            "--node-name=n", "--node-drain=3s", "--http-host=h", "--http-port=1", "--postgres-host=ph",
            "--postgres-port=2", "--postgres-user=pu", "--postgres-password=pp", "--postgres-database=pd",
            "--postgres-readers=5", "--rabbitmq-host=rh", "--rabbitmq-port=6", "--rabbitmq-user=ru",
            "--rabbitmq-password=rp", "--rabbitmq-virtual-host=rv", "--rabbitmq-queues=classic",
            "--rabbitmq-prefetch=7", "--engine-batch=8", "--engine-cache=9", "--engine-starts=10",
            "--engine-lease=11s", "--dead-letters-limit=12", "--dead-letters-megabytes=17", "--dead-letters-keep=13h",
            "--archive-folder=af", "--archive-after=14d", "--archive-workflows=buy=15d,sell=16d", "--archive-keys=17d",
            "--archive-interval=18m", "--workflows-folder=wf", "--log-level=error", "--log-format=json",
        ])
        #expect(values.engine.nodeName == "n")
        #expect(values.engine.drain == .seconds(3))
        #expect(values.engine.batchLimit == 8)
        #expect(values.engine.cachedSagas == 9)
        #expect(values.engine.startLimit == 10)
        #expect(values.engine.lease == .seconds(11))
        #expect(values.engine.deadLetterLimit == 12)
        #expect(values.engine.deadLetterBytes == 17 << 20)
        #expect(values.engine.deadLetterRetention == .seconds(13 * 3_600))
        #expect(values.archive.folder == "af" && values.archive.interval == .seconds(18 * 60))
        #expect(values.archive.after == .seconds(14 * 86_400) && values.archive.keysKept == .seconds(17 * 86_400))
        #expect(values.archive.workflows == ["buy": .seconds(15 * 86_400), "sell": .seconds(16 * 86_400)])
        #expect(values.http.host == "h")
        #expect(values.http.port == 1)
        #expect(values.postgres.host == "ph")
        #expect(values.postgres.port == 2)
        #expect(values.postgres.user == "pu")
        #expect(values.postgres.password?.reveal() == "pp")
        #expect(values.postgres.database == "pd")
        #expect(values.readers == 5)
        #expect(values.rabbitMQ.host == "rh")
        #expect(values.rabbitMQ.port == 6)
        #expect(values.rabbitMQ.user == "ru")
        #expect(values.rabbitMQ.password.reveal() == "rp")
        #expect(values.rabbitMQ.vhost == "rv")
        #expect(values.queues == .classic)
        #expect(values.prefetch == 7)
        #expect(values.workflowFolder == "wf")
        #expect(values.log == LogConfiguration(level: .error, format: .json))
    }
}
