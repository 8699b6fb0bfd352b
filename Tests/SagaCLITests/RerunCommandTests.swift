import SagaAPI
import SagaEngine
import SagaValues
import TestAPI
import TestSupport
import Testing

@Suite struct RerunCommandTests {
    @Test("a rerun tells what it started and how to follow it, and a dry run that nothing was")
    func rerun() async throws {
        try await TestAPI.run(bus: ScriptedBus { _ in .done(#"{"id":7}"#) }) { api in
            try await api.deploy(TestAPI.order)
            let started = try await saga(
                "start", "order", "--input", "{\"n\":1}", "--key", "k", "--wait", "--json", environment: api.environment
            )
            let id = try JSONValueDecoder.decode(SagaDetail.self, from: try JSON(parsing: started.output)).saga.id
            let dry = try await saga("rerun", "\(id)", "--reason", "r", "--dry-run", environment: api.environment)
            #expect(dry.status == 0 && dry.output.contains("Nothing was done"), "\(dry.output) \(dry.errors)")
            let run = try await saga("rerun", "\(id)", "--reason", "r", "--json", environment: api.environment)
            #expect(run.status == 0, "\(run.errors)")
            let new = try #require(
                try JSONValueDecoder.decode(RerunAnswer.self, from: try JSON(parsing: run.output)).id)
            let again = try await saga("rerun", "\(id)", "--reason", "r", environment: api.environment)
            #expect(again.output.contains("run once more before, as saga \(new)"))
            let shown = try await saga("show", "\(new)", environment: api.environment)
            #expect(shown.output.contains("rerun of  \(id)"))
            let unreasoned = try await saga("rerun", "\(id)", environment: api.environment)
            #expect(unreasoned.status == 64 && unreasoned.errors.contains("--reason"))
        }
    }

    @Test("a signal that nobody listens for is refused, with what would fit; its body must be JSON")
    func signal() async throws {
        try await TestAPI.run(bus: ScriptedBus { _ in .silence }) { api in
            try await api.deploy(TestAPI.order)
            let id = try await api.start("order", ["n": .number("1")], key: "k")
            let arguments = ["signal", "\(id)", "paid", "--reason", "r", "--body"]
            let refused = try await saga(arguments + ["{}"], environment: api.environment)
            #expect(refused.status == 1 && refused.errors.contains("no step of order listens for events"))
            #expect(refused.errors.hasSuffix("[SAGA-0209]\n"))
            let bad = try await saga(arguments + ["{"], environment: api.environment)
            #expect(bad.status == 64 && bad.errors.contains("--body is not JSON"), "\(bad.status) \(bad.errors)")
        }
    }
}
