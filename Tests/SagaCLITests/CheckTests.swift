import SagaValues
import Testing

@Suite struct CheckTests {
    private static let files = [
        "good.yaml": Files.good, "typo.yaml": Files.typo, "doubtful.yaml": Files.doubtful,
        "good.test.yaml": Files.scenarios,
    ]

    @Test("a good file is proved, and ends with 0")
    func good() async throws {
        let run = try await Files.saga("check", "good.yaml", files: Self.files)
        #expect(run.status == 0 && run.errors.isEmpty)
        #expect(run.lines.count == 1, "one line for one file: \(run.output)")
        #expect(run.output.hasPrefix("good.yaml: every end is all done, all undone or parked for a person ("))
        #expect(run.output.contains(" states, "))
    }

    @Test("a mistake is told with its place and the way out, counted, and ends with 1")
    func mistake() async throws {
        let run = try await Files.saga("check", "typo.yaml", files: Self.files)
        #expect(run.status == 1)
        #expect(run.lines.first == "typo.yaml:6:43: error: 'timout' is not a key of a step [SAGA-0110]")
        #expect(run.lines.contains("  help: did you mean 'timeout'?"))
        #expect(run.lines.last == "typo.yaml: 1 error", "what the mistake leads to is not told again: \(run.output)")
    }

    @Test("of many files a last line tells whether anything is wrong; scenario files are passed over")
    func many() async throws {
        let bad = try await Files.saga(
            "check", "good.yaml", "good.test.yaml", "typo.yaml", files: Self.files)
        #expect(bad.status == 1 && bad.lines.last == "2 files, something wrong in 1")
        let good = try await Files.saga("check", "good.yaml", "doubtful.yaml", "--rules-only", files: Self.files)
        #expect(good.status == 0 && good.lines.last == "2 files, nothing wrong")
        #expect(!good.output.contains("states"), "nothing is played")
    }

    @Test("with --strict a warning, and a proof cut short, end with 1")
    func strict() async throws {
        #expect(try await Files.saga("check", "doubtful.yaml", files: Self.files).status == 0)
        let warned = try await Files.saga("check", "doubtful.yaml", "--strict", files: Self.files)
        #expect(warned.status == 1 && warned.output.contains("doubtful.yaml: 1 warning"))
        let cut = try await Files.saga("check", "good.yaml", "--states", "20", files: Self.files)
        #expect(cut.status == 0 && cut.output.contains("not everything was seen"), "\(cut.output)")
        #expect(try await Files.saga("check", "good.yaml", "--states", "20", "--strict", files: Self.files).status == 1)
    }

    @Test("what is written for programs is one document that says the same")
    func json() async throws {
        let run = try await Files.saga("check", "good.yaml", "typo.yaml", "--json", files: Self.files)
        #expect(run.status == 1 && run.lines.count == 1)
        let files = try #require(try JSON(parsing: run.output)["files"]?.arrayValue)
        #expect(files.map { $0["file"] } == ["good.yaml", "typo.yaml"])
        #expect(files[0]["proof"]?["complete"] == true && files[0]["findings"] == [])
        #expect(files[1]["proof"] == nil && files[1]["findings"]?.arrayValue?.count == 1)
        #expect(files[1]["findings"]?.arrayValue?.first?["line"] == 6)
    }

    @Test("review tools get SARIF, and runners of GitHub annotations")
    func reviewTools() async throws {
        let sarif = try JSON(
            parsing: try await Files.saga("check", "typo.yaml", "--format", "sarif", files: Self.files).output)
        #expect(sarif["version"] == "2.1.0")
        let result = try #require(sarif["runs"]?.arrayValue?.first?["results"]?.arrayValue?.first)
        #expect(result["ruleId"] == "SAGA-0110" && result["level"] == "error")
        let region = result["locations"]?.arrayValue?.first?["physicalLocation"]?["region"]
        #expect(region == ["startLine": 6, "startColumn": 43])

        let github = try await Files.saga("check", "typo.yaml", "--format", "github", files: Self.files)
        #expect(github.lines.count == 1)
        #expect(
            github.output.hasPrefix("::error file=typo.yaml,line=6,col=43,title=SAGA-0110::'timout' is not a key"))
        #expect(github.output.contains("%0Ahelp: did you mean 'timeout'?"))
    }

    @Test("a call that cannot be carried out says what is wrong with it, and ends with 64")
    func usage() async throws {
        for (arguments, words) in [
            (["check", "nowhere.yaml"], "cannot read nowhere.yaml"),
            (["check", "good.test.yaml"], "saga test"),
            (["check", "good.yaml", "--states", "0"], "1 to 100000000"),
            (["check", "good.yaml", "--format", "xml"], "sarif"),
        ] {
            let run = try await saga(arguments) { try Files.write(Self.files, in: $0) }
            #expect(run.status == 64 && run.output.isEmpty && run.errors.contains(words), "\(arguments): \(run.errors)")
        }
    }
}
