public import ArgumentParser
internal import Comparing
internal import Foundation
internal import SagaAPI
internal import SagaCLI
internal import SagaValues
internal import Workflows

public struct DiffCommand: AsyncParsableCommand {
    public static let configuration = CommandConfiguration(
        commandName: "diff",
        abstract: "Say what changed between two versions of a workflow, in terms of the language.",
        discussion: """
            Each is a YAML file, or a deployed version such as plan-purchase@2. Tells also whether inputs of the old \
            version fit the new one.
            """)

    @Argument(help: "The old version.")
    var old: String
    @Argument(help: "The new version.")
    var new: String
    @OptionGroup var options: ClientOptions

    public init() {}

    public func run() async throws {
        try await CommandExit.run {
            let comparison = WorkflowComparison(try await workflow(old), try await workflow(new))
            try options.printer.show(comparison.json) {
                for line in comparison.lines { Terminal.print(Terminal.clean(line)) }
            }
        }
    }

    private func workflow(_ text: String) async throws -> Workflow {
        var (source, name) = (FileManager.default.contents(atPath: text).map { Array($0) }, text)
        if source == nil {
            let parts = text.split(separator: "@", omittingEmptySubsequences: false)
            guard parts.count == 2, let version = Int(parts[1]) else {
                throw ValidationError(
                    "\(text) is neither a file that can be read nor a version such as plan-purchase@2")
            }
            let view = try await options.makeClient().workflow(String(parts[0]), version: version)
            (source, name) = (Array((view.source ?? "").utf8), text)
        }
        do {
            return try Workflow.compile(source ?? [], file: name)
        } catch {
            Terminal.error(error.description)
            throw ExitCode(1)
        }
    }
}

extension WorkflowComparison {
    fileprivate var json: JSON {
        func text(_ text: String?) -> JSON { text.map { .string($0) } ?? .null }
        return [
            "old": ["workflow": .string(old.workflow), "version": JSON(old.version)],
            "new": ["workflow": .string(new.workflow), "version": JSON(new.version)],
            "changes": .array(
                changes.map { change in
                    [
                        "kind": .string(change.kind.rawValue), "step": text(change.step),
                        "aspect": text(change.aspect), "before": text(change.before), "after": text(change.after),
                    ]
                }),
            "inputs": [
                "verdict": .string(inputs.verdict.rawValue), "reasons": .array(inputs.reasons.map { .string("\($0)") }),
            ],
        ]
    }
}
