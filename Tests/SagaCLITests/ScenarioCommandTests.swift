import SagaValues
import Testing

@Suite struct ScenarioCommandTests {
    private static let files = [
        "good.yaml": Files.good, "good.test.yaml": Files.scenarios, "typo.yaml": Files.typo,
    ]
    private static let wrong = [
        "good.yaml": Files.good,
        "good.test.yaml": Files.scenarios.replacing("expect: completed", with: "expect: compensated"),
    ]

    @Test("scenarios that come out as told end with 0; a workflow stands for the file beside it")
    func passed() async throws {
        for arguments in [["good.test.yaml"], ["good.yaml"], ["good.yaml", "good.test.yaml"]] {
            let run = try await saga(["test"] + arguments) { try Files.write(Self.files, in: $0) }
            #expect(run.status == 0 && run.lines.count == 1, "\(arguments): \(run.output)\(run.errors)")
            #expect(run.output.hasPrefix("good.test.yaml: 2 passed ("))
        }
        let crashes = try await Files.saga("test", "good.yaml", "--crashes", files: Self.files)
        #expect(crashes.output.hasPrefix("good.test.yaml: 4 passed ("), "each before and after sending")
    }

    @Test("a scenario that does not tells what was expected and what happened, and ends with 1")
    func failed() async throws {
        let run = try await Files.saga("test", "good.yaml", files: Self.wrong)
        #expect(run.status == 1)
        #expect(run.lines.first == "FAIL All goes well (line 3)")
        #expect(run.output.contains("expected compensated, but it is completed"))
        #expect(run.output.contains("-> do ship"))
        #expect(run.lines.last?.hasPrefix("good.test.yaml: 1 passed, 1 failed (") == true)
        let other = try await Files.saga("test", "good.yaml", "--only", "stock", files: Self.wrong)
        #expect(other.status == 0 && other.output.hasPrefix("good.test.yaml: 1 passed ("))
        let none = try await Files.saga("test", "good.yaml", "--only", "snow", files: Self.wrong)
        #expect(none.status == 1 && none.output.contains("no scenario has this in its name"))
    }

    @Test("what is written for programs says how each came out")
    func json() async throws {
        let run = try await Files.saga("test", "good.yaml", "--json", files: Self.wrong)
        #expect(run.status == 1 && run.lines.count == 1)
        let scenarios = try #require(
            try JSON(parsing: run.output)["files"]?.arrayValue?.first?["scenarios"]?.arrayValue)
        #expect(scenarios.map { $0["passed"] } == [false, true], "\(run.output)")
    }

    @Test("a workflow without scenarios, and one that is refused, are told of")
    func refused() async throws {
        let alone = try await Files.saga("test", "typo.yaml", files: Self.files)
        #expect(alone.status == 64 && alone.errors.contains("typo.test.yaml"))
        var files = Self.files
        files["typo.test.yaml"] = Files.scenarios.replacing("good", with: "typo")
        let run = try await Files.saga("test", "typo.yaml", files: files)
        #expect(run.status == 1 && run.lines.first?.hasPrefix("typo.yaml:6:43: error:") == true, "\(run.output)")
    }
}
