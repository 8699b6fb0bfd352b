public import ArgumentParser
internal import Foundation
internal import SagaCLI
internal import SagaValues
internal import Scenarios
internal import Workflows

public struct TestCommand: ParsableCommand {
    public static let configuration = CommandConfiguration(
        commandName: "test",
        abstract: "Play the scenarios that stand beside workflows, in virtual time.",
        discussion: """
            Needs no server and takes milliseconds: plan-purchase.test.yaml tells what the services answer and what has \
            to come of it. docs/SCENARIOS.md has the format. Ends with 0 if all passed, 1 if not, 64 if it was called \
            wrongly.

            With --from it makes such a file of a saga that was exported, so that what went wrong once is a test from then \
            on: the participants say what they said, and it must come to the end that it had.
            """)

    @Argument(
        help: "Files such as plan-purchase.test.yaml, or the workflows that they stand beside.",
        completion: .file(extensions: ["yaml"]))
    var files: [String] = []

    @OptionGroup(title: "Making one of a saga") var made: MadeArguments

    @Option(help: ArgumentHelp("Only scenarios with this in their name.", valueName: "text"))
    var only: String?

    @Flag(help: "The orchestrator dies and comes back after every event; it must make no difference.")
    var crashes = false

    @Flag(help: "Tell what happened in those that passed, too.")
    var verbose = false

    @OptionGroup var output: OutputOptions

    public init() {}

    public func validate() throws {
        if made.from == nil {
            guard !files.isEmpty else { throw ValidationError("name files, or an exported saga with --from") }
            guard made.to == nil, made.saga == nil else { throw ValidationError("--to and --saga go with --from") }
        } else if !files.isEmpty || only != nil || crashes || verbose || output.isGiven {
            throw ValidationError("--from goes with --to and --saga only")
        }
    }

    public func run() throws {
        if let from = made.from { return try made.make(from) }
        let results = try TestCommand.scenarioFiles(files).map { try result(of: $0) }
        try output.printer.list(FileReport(files: results.map(\.json)), \.files) {
            for result in results { result.print(verbose: verbose) }
        }
        if results.contains(where: \.isBad) { throw ExitCode(1) }
    }

    /// A workflow stands for the scenarios beside it; named twice, as by a pattern of the shell, they are played once.
    private static func scenarioFiles(_ files: [String]) throws -> [String] {
        var known: Set<String> = []
        return try files.map { file in
            guard !file.hasSuffix(suffix) else { return file }
            let stem = (file as NSString).deletingPathExtension
            guard FileManager.default.fileExists(atPath: stem + suffix) else {
                throw ValidationError("no scenarios stand beside \(file): they would be in \(stem + suffix)")
            }
            return stem + suffix
        }
        .filter { known.insert($0).inserted }
    }

    private static let suffix = ".test.yaml"

    private func result(of file: String) throws -> FileResult {
        guard let data = FileManager.default.contents(atPath: file) else {
            throw ValidationError("cannot read \(file)")
        }
        let folder = (file as NSString).deletingLastPathComponent
        let start = ContinuousClock.now
        do throws(WorkflowErrors) {
            let read = try ScenarioFile.read(Array(data), file: file) { (name) throws(WorkflowErrors) -> Workflow? in
                let path = folder.isEmpty ? name : "\(folder)/\(name)"
                return try FileManager.default.contents(atPath: path).map { (data) throws(WorkflowErrors) in
                    try Workflow.compile(Array(data), file: path)
                }
            }
            let chosen = read.scenarios.filter { only.map($0.name.contains) ?? true }
            let outcomes = chosen.flatMap { scenario in
                crashes
                    ? [scenario.run(.beforeSending), scenario.run(.afterSending)] : [scenario.run()]
            }
            return FileResult(file: file, outcomes: outcomes, errors: nil, took: .now - start)
        } catch {
            return FileResult(file: file, outcomes: [], errors: error, took: .now - start)
        }
    }
}

private struct FileResult {
    let file: String
    let outcomes: [ScenarioOutcome]
    let errors: WorkflowErrors?
    let took: Duration

    var failed: Int { outcomes.count { !$0.hasPassed } }
    var isBad: Bool { errors != nil || failed > 0 || outcomes.isEmpty }

    var json: JSON {
        var object: JSON.Object = ["file": .string(file), "scenarios": .array(outcomes.map(\.json))]
        if let errors { object["findings"] = .array(errors.findings.map(\.json)) }
        return .object(object)
    }

    func print(verbose: Bool) {
        if let errors { return Terminal.print(errors.description) }
        for outcome in outcomes where verbose || !outcome.hasPassed {
            Terminal.print(outcome.description)
            if outcome.hasPassed {
                for line in outcome.story { Terminal.print("       \(line.at.shown)  \(line.text)") }
            }
        }
        let passed = outcomes.count - failed
        let summary =
            outcomes.isEmpty
            ? Terminal.styled("no scenario has this in its name", .red)
            : failed == 0
                ? Terminal.styled("\(passed) passed", .green)
                : "\(passed) passed, " + Terminal.styled("\(failed) failed", .red)
        Terminal.print("\(file): \(summary) (\(took.shown))")
    }
}

extension Duration {
    fileprivate var shown: String { Duration.milliseconds((wholeMicroseconds + 500) / 1000).sagaText }
}
