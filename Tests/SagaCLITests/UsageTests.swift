import Foundation
import TestAPI
import TestSupport
import Testing

@Suite struct UsageTests {
    static let wrongLines: [[String]] = [
        ["start", "order"], ["start", "order", "--input", "{"], ["start", "order", "--input", "@nothing.json"],
        ["start", "order", "--input", "{}", "--timeout", "soon"],
        ["start", "order", "--input", "{}", "--timeout", "0s"],
        ["start", "order", "--input", "{}", "--key", "a\nInjected: b"], ["start", "order", "--input", "{}", "--wiat"],
        ["list", "--open", "--status", "queued"], ["list", "--limit", "many"], ["list", "--cursor", "5"],
        ["show", "17"], ["show", "../workflows"], ["history", "17"], ["watch", "17"], ["incidents", "--saga", "17"],
        ["retry", "17", "--reason", "r"], ["compensate", "17", "--reason", "r"],
        ["retry", "0199c0de-0000-7000-8000-000000000000"], ["workflow", "deploy"],
        ["workflow", "deploy", "nothing.yaml"], ["nothing"], ["list", "--token", "a\nb"],
    ]

    @Test("a wrong command line is status 64, says what is wrong, and sends nothing", arguments: wrongLines)
    func wrong(arguments: [String]) async throws {
        let stub = try StubServer("200 OK\r\nContent-Length: 2\r\n\r\n{}")
        defer { stub.stop() }
        let run = try await saga(arguments, environment: ["SAGA_URL": stub.url, "SAGA_TOKEN": TestAPI.token])
        #expect(run.status == 64)
        #expect(run.output.isEmpty)
        #expect(run.errors.hasPrefix("Error: "), "\(run.errors)")
        #expect(stub.requests.isEmpty)
    }

    @Test(
        "a word that is no command is told, with the one that was meant",
        arguments: [
            (["lst"], "\"saga lst\"; did you mean \"saga list\"?"),
            (["workflow", "deplyo", "x.yaml"], "\"saga workflow deplyo\"; did you mean \"saga workflow deploy\"?"),
            (["xyzzy", "--json"], "\"saga xyzzy\"; \"saga --help\" lists them"),
            // Hidden, so not for people to be led to.
            (["run-participan"], "\"saga run-participan\"; \"saga --help\" lists them"),
        ])
    func unknownCommand(words: [String], says: String) async throws {
        let run = try await saga(words)
        #expect(run.status == 64 && run.output.isEmpty)
        #expect(run.errors.hasPrefix("Error: there is no command \(says)\n"), "\(run.errors)")
    }

    @Test("a server whose settings are wrong ends with status 1 and one line")
    func serve() async throws {
        for (arguments, code) in [
            ([], "SAGA-0302"), (["--http-port=x"], "SAGA-0301"), (["--http-prot", "1"], "SAGA-0303"),
            (["--config", "nothing.yaml"], "SAGA-0304"), (["--http-token", "short"], "SAGA-0305"),
        ] {
            let run = try await saga(["serve"] + arguments)
            #expect(run.status == 1)
            #expect(run.output.isEmpty)
            #expect(run.errors.hasPrefix("Error: saga does not start: "))
            #expect(run.errors.hasSuffix("[\(code)]\n"), "\(run.errors)")
            #expect(run.errors.count { $0 == "\n" } == 1, "\(run.errors)")
        }
    }
}
