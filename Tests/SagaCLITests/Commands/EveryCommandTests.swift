import Foundation
import SagaCLI
import TestAPI
import TestSupport
import Testing

@Suite("Every command that asks a server", .serialized) struct EveryCommandTests {
    private static let refusal =
        #"{"type":"about:blank","title":"Not allowed","status":403,"detail":"no","code":"SAGA-0216"}"#
    private static let answer = "403 Forbidden\r\nContent-Length: \(refusal.utf8.count)\r\n\r\n\(refusal)"

    private func run(_ line: [String], _ environment: [String: String]) async throws -> Run {
        try await saga(line, environment: environment, prepare: EveryCommand.prepare)
    }

    /// For each of them, two at a time.
    private func each(_ body: @escaping @Sendable (CommandDeclaration) async throws -> Void) async throws {
        let commands = try await EveryCommand.clients()
        try await withThrowingTaskGroup(of: Void.self) { tasks in
            for (index, command) in commands.enumerated() {
                if index >= 2 { try await tasks.next() }
                tasks.addTask { try await body(command) }
            }
            try await tasks.waitForAll()
        }
    }

    @Test("ends with 1 if it is refused, with the code and what to try next")
    func refused() async throws {
        try await each { command in
            let stub = try StubServer(Self.answer)
            defer { stub.stop() }
            let line = EveryCommand.line(of: command)
            let run = try await run(line, ["SAGA_URL": stub.url, "SAGA_TOKEN": TestAPI.token])
            #expect(run.status == ExitStatus.refused.rawValue, "\(line): \(run.output)\(run.errors)")
            #expect(run.errors.contains("[SAGA-0216]") && run.errors.contains("saga whoami"), "\(line): \(run.errors)")
            #expect(run.output.isEmpty && !stub.requests.isEmpty, "\(line): \(run.output)")
        }
    }

    @Test("ends with 2 if nobody answers, or without a token, and says what mends it")
    func unreachable() async throws {
        let stub = try StubServer(nil)
        stub.stop()
        try await each { command in
            let line = EveryCommand.line(of: command)
            let nobody = try await run(line, ["SAGA_URL": stub.url, "SAGA_TOKEN": TestAPI.token])
            #expect(nobody.status == ExitStatus.unreachable.rawValue, "\(line): \(nobody.errors)")
            #expect(nobody.errors.contains("saga dev") && nobody.errors.contains("[SAGA-0220]"), "\(line)")
            let none = try await run(line, ["SAGA_URL": stub.url])
            #expect(none.status == ExitStatus.unreachable.rawValue, "\(line): \(none.errors)")
            #expect(none.errors.contains("saga profile set") && none.errors.hasSuffix("[SAGA-0223]\n"), "\(line)")
        }
    }

    @Test("ends with 64 for an option that it does not have, and names its help")
    func usage() async throws {
        try await each { command in
            let line = EveryCommand.line(of: command) + ["--nonsense"]
            let run = try await run(line, [:])
            #expect(run.status == ExitStatus.usage.rawValue && run.output.isEmpty, "\(line): \(run.errors)")
            #expect(run.errors.contains("--help"), "\(line): \(run.errors)")
        }
    }

    @Test("changes nothing on a protected server before it is confirmed, and has --yes if it changes something")
    func confirmed() async throws {
        try await each { command in
            let stub = try StubServer(Self.answer)
            defer { stub.stop() }
            try await Home.with { home in
                try home.write("default: p\nprofiles:\n  p: { url: '\(stub.url)', token: t, protected: true }\n")
                let line = EveryCommand.line(of: command)
                let run = try await run(line, home.variables)
                #expect(run.status == ExitStatus.refused.rawValue, "\(line): \(run.errors)")
                #expect(stub.requests.allSatisfy { $0.hasPrefix("GET ") }, "\(line): \(stub.requests)")
                let hasYes = command.arguments.contains { $0.names.contains("--yes") }
                #expect(hasYes == run.errors.contains("[SAGA-0228]"), "\(line): \(run.errors)")
                guard hasYes else { return }
                let meant = try await self.run(line + ["--yes"], home.variables)
                #expect(meant.errors.contains("[SAGA-0216]") && stub.requests.count == 1, "\(line): \(meant.errors)")
            }
        }
    }
}
