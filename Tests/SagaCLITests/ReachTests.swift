import Foundation
import TestAPI
import TestSupport
import Testing

/// Whether and how a server is reached.
@Suite struct ReachTests {
    static let token = ["SAGA_TOKEN": TestAPI.token]

    @Test("a server that is not there is status 2, with what to do next")
    func nobody() async throws {
        let stub = try StubServer(nil)
        stub.stop()
        for arguments in [
            ["list"], ["show", "0199c0de-0000-7000-8000-000000000000"], ["incidents"], ["workflow", "list"],
        ] {
            let run = try await saga(arguments + ["--url", stub.url], environment: Self.token)
            #expect(run.status == 2)
            #expect(run.output.isEmpty)
            for word in [stub.url, "saga dev", "--url", "[SAGA-0220]"] {
                #expect(run.errors.contains(word), "\(run.errors)")
            }
        }
    }

    @Test("a start that is not answered says by which key it is repeated, also if the key was made up")
    func unanswered() async throws {
        for answer in [nil, "502 Bad Gateway\r\nContent-Length: 4\r\n\r\noops"] {
            let stub = try StubServer(answer)
            defer { stub.stop() }
            let run = try await saga("start", "order", "--input", "{}", "--url", stub.url, environment: Self.token)
            #expect(run.status == 2)
            let request = try #require(stub.requests.first)
            let sent = try #require(
                request.split(separator: "\r\n").first { $0.lowercased().hasPrefix("idempotency-key: ") })
            let key = sent.dropFirst("idempotency-key: ".count)
            #expect(run.errors.contains("repeat the command with --key \(key)"), "\(run.errors)")
        }
    }

    @Test("without a token nothing is sent, and the places where it can be are named")
    func noToken() async throws {
        let stub = try StubServer("200 OK\r\nContent-Length: 2\r\n\r\n{}")
        defer { stub.stop() }
        for environment in [[:], ["SAGA_TOKEN": ""]] {
            let run = try await saga("list", "--url", stub.url, environment: environment)
            #expect(run.status == 2)
            for word in ["--token", "SAGA_TOKEN", "saga dev", "[SAGA-0223]"] { #expect(run.errors.contains(word)) }
        }
        #expect(stub.requests.isEmpty)
    }

    @Test("the token comes from the option, the environment, or the folder of the development platform")
    func tokens() async throws {
        try await TestAPI.run { api in
            func keep(_ token: String) -> (URL) throws -> Void {
                { folder in
                    let place = folder.appendingPathComponent(".saga/dev")
                    try FileManager.default.createDirectory(at: place, withIntermediateDirectories: true)
                    try Data(token.utf8).write(to: place.appendingPathComponent("token"))
                }
            }
            let url = ["SAGA_URL": api.url]
            let file = try await saga("list", environment: url, prepare: keep(TestAPI.token + "\n"))
            #expect(file.status == 0, "\(file.errors)")
            #expect(try await saga("list", environment: api.environment, prepare: keep("wrong")).status == 0)
            let wrong = url.merging(["SAGA_TOKEN": "wrong"]) { own, _ in own }
            #expect(try await saga("list", "--token", TestAPI.token, environment: wrong).status == 0)
            let refused = try await saga("list", environment: wrong)
            #expect(refused.status == 1)
            #expect(
                refused.errors.contains("SAGA_TOKEN") && refused.errors.contains("[SAGA-0202]"), "\(refused.errors)")
        }
    }

    @Test(
        "what is no address is status 2, and nothing is sent",
        arguments: ["localhost:7070", "http://", "", "http://a b"])
    func badURL(url: String) async throws {
        let run = try await saga("list", "--url", url, environment: Self.token)
        #expect(run.status == 2)
        #expect(run.errors.contains("http://127.0.0.1:7070") && run.errors.contains("[SAGA-0221]"), "\(run.errors)")
    }

    @Test(
        "what answers and is no server of ours is status 2",
        arguments: [
            "200 OK\r\nContent-Length: 12\r\n\r\n<html></html", "200 OK\r\nContent-Length: 2\r\n\r\n{}",
            "404 Not Found\r\nContent-Length: 2\r\n\r\n{}", "500 Oops\r\nContent-Length: 0\r\n\r\n",
        ])
    func stranger(answer: String) async throws {
        let stub = try StubServer(answer)
        defer { stub.stop() }
        let run = try await saga("list", "--url", stub.url, environment: Self.token)
        #expect(run.status == 2)
        #expect(
            run.errors.contains("status \(answer.prefix(3))") && run.errors.contains("[SAGA-0222]"), "\(run.errors)")
    }

    @Test("the token does not go where an answer points")
    func redirect() async throws {
        let thief = try StubServer("200 OK\r\nContent-Length: 2\r\n\r\n{}")
        defer { thief.stop() }
        let stub = try StubServer("302 Found\r\nLocation: \(thief.url)/v1/sagas\r\nContent-Length: 0\r\n\r\n")
        defer { stub.stop() }
        let run = try await saga("list", "--url", stub.url, environment: Self.token)
        #expect(run.status == 2)
        #expect(run.errors.contains("status 302"), "\(run.errors)")
        #expect(thief.requests.isEmpty)
    }
}
