import SagaAPI
import SagaValues
import TestAPI
import Testing

@Suite struct VersionCommandTests {
    @Test("a version is activated and retired, after a look, and only if somebody said yes")
    func versions() async throws {
        try await TestAPI.run { api in
            try await api.deploy(TestAPI.order)
            try await api.deploy(TestAPI.order.replacing("version: 1", with: "version: 2"))
            func workflow(_ arguments: String...) async throws -> Run {
                try await saga(["workflow"] + arguments, environment: api.environment)
            }
            let dry = try await workflow("activate", "order", "1", "--reason", "r", "--dry-run")
            #expect(dry.status == 0 && dry.output.contains("in place of version 2"), "\(dry.output) \(dry.errors)")
            #expect(dry.output.hasSuffix("Nothing was done: this was a dry run.\n"))
            let unasked = try await workflow("activate", "order", "1", "--reason", "r")
            #expect(
                unasked.status == 1 && unasked.errors.contains("nothing was done") && unasked.errors.contains("--yes"))
            #expect(try await workflow("list").output.contains("inactive"))
            let back = try await workflow("activate", "order", "1", "--reason", "r", "--yes", "--json")
            #expect(back.status == 0, "\(back.errors)")
            let answer = try JSONValueDecoder.decode(VersionAnswer.self, from: try JSON(parsing: back.output))
            #expect(answer.state == "active" && !answer.dryRun)
            #expect(try await workflow("retire", "order", "2", "--reason", "r", "-y").status == 0)
            #expect(try await workflow("list").output.contains("retired"))
            let refused = try await workflow("retire", "order", "1", "--reason", "r", "-y")
            #expect(refused.status == 1 && refused.errors.hasSuffix("[SAGA-0271]\n"), "\(refused.errors)")
            #expect(try await workflow("retire", "order", "1").errors.contains("--reason"))
        }
    }
}
