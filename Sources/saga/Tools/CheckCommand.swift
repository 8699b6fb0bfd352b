public import ArgumentParser
internal import Exploration
internal import Foundation
internal import SagaCLI
internal import SagaValues
internal import Workflows

public struct CheckCommand: AsyncParsableCommand {
    public static let configuration = CommandConfiguration(
        commandName: "check",
        abstract: "Check workflow files, and prove that they come to a good end whatever happens.",
        discussion: """
            Needs no server. First every rule of the language, file by file and between the files; then everything that \
            can happen to a saga is played with the machine that runs it in production: refusals, lost and late and \
            repeated answers, timeouts, crashes, a person's doing. Every end has to be all done, all undone, or parked \
            for a person.

            Ends with 0 if nothing is wrong, 1 if something is, 64 if it was called wrongly. docs/WORKFLOWS.md tells \
            the bounds.
            """)

    @Argument(help: "YAML files.", completion: .file(extensions: ["yaml", "yml"]))
    var files: [String]

    @OptionGroup var output: OutputOptions

    @Option(help: "text, json, sarif (for review tools) or github (annotations of a run).")
    var format: CheckFormat?

    @Flag(help: "Only the rules of the language; nothing is played.")
    var rulesOnly = false

    @Flag(help: "Warnings, and a proof that is not complete, count as errors.")
    var strict = false

    @Option(help: ArgumentHelp("At most so many states of each part and way.", valueName: "number"))
    var states = 1_000_000

    public init() {}

    public func validate() throws {
        guard format == nil || !output.isGiven else {
            throw ValidationError("--format and -o both name a form: leave one")
        }
        guard 1...100_000_000 ~= states else { throw ValidationError("--states is from 1 to 100000000") }
        guard files.count <= 1_000 else { throw ValidationError("1000 files are the most in one go") }
    }

    public func run() async throws {
        // A pattern of the shell takes the scenarios along that stand beside the workflows.
        let workflows = files.filter { !$0.hasSuffix(".test.yaml") }
        guard !workflows.isEmpty else {
            throw ValidationError("these are scenario files: \"saga test\" plays them; check the workflow beside them")
        }
        var checks = try workflows.map { try FileCheck(path: $0) }
        let together = Workflow.checkTogether(checks.compactMap(\.workflow))
        for index in checks.indices {
            checks[index].findings += together.filter { $0.file == checks[index].path }
            guard !rulesOnly, !checks[index].hasErrors, let workflow = checks[index].workflow else { continue }
            checks[index].proof = await Prover(name: checks[index].path, limit: states).prove(workflow.plan)
        }
        try print(checks)
        if checks.contains(where: { $0.isBad(strictly: strict) }) { throw ExitCode(1) }
    }
}

extension CheckCommand {
    private func print(_ checks: [FileCheck]) throws {
        if let lines = format?.lines(checks) { return lines.forEach { Terminal.print($0) } }
        let printer = format == .json ? Printer(.json) : output.printer
        try printer.list(FileReport(files: checks.map(\.json)), \.files) {
            (checks.flatMap(\.lines) + FileCheck.total(checks)).forEach { Terminal.print($0) }
        }
    }
}

/// A file and what is to be said about it.
struct FileCheck {
    let path: String
    let workflow: Workflow?
    var findings: [Finding]
    var omitted = 0
    var proof: (proof: Proof, seconds: Double)?

    init(path: String) throws {
        self.path = path
        guard let data = FileManager.default.contents(atPath: path) else {
            throw ValidationError("cannot read \(path)")
        }
        do {
            let compiled = try Workflow.compile(Array(data), file: path) { TimeZone(identifier: $0) != nil }
            (workflow, findings) = (compiled, compiled.warnings)
        } catch {
            (workflow, findings, omitted) = (nil, error.findings, error.omitted)
        }
    }

    var hasErrors: Bool { findings.contains { $0.severity == .error } }

    func isBad(strictly: Bool) -> Bool {
        if hasErrors || proof?.proof.counterexample != nil { return true }
        return strictly && (!findings.isEmpty || proof.map { !$0.proof.isComplete } ?? false)
    }
}
