internal import ArgumentParser
internal import Foundation
internal import SagaCLI
internal import SagaValues
internal import Scenarios
internal import Workflows

/// A test file that is made of an exported saga.
struct MadeArguments: ParsableArguments {
    @Option(
        help: ArgumentHelp(
            "Make a scenario of a saga in a file that \"saga export\" or \"saga archive\" wrote.", valueName: "file"),
        completion: .file())
    var from: String?
    @Option(
        help: ArgumentHelp(
            "Write it to this file, NAME.test.yaml, which must not be there yet; left out, it is printed.",
            valueName: "file"), completion: .file())
    var to: String?
    @Option(help: "Which saga, if there are several in the file.", transform: SagaID.read)
    var saga: SagaValues.UUID?

    private static let suffix = ".test.yaml"

    func validate() throws {
        guard let to else { return }
        guard to.hasSuffix(Self.suffix) else { throw ValidationError("a test file is called NAME\(Self.suffix)") }
        guard !FileManager.default.fileExists(atPath: to) else {
            throw ValidationError("\(to) is there already: name another file, or remove it")
        }
    }

    /// Writes it, and says on standard error what came of playing it.
    func make(_ from: String) throws {
        let draft: ScenarioDraft
        let beside: String
        do throws(SagaRecord.Flaw) {
            let (record, sources) = try RecordFile.find(saga, in: from, asking: "saga test --from … --saga <saga>")
            beside = "\(record.workflow.name).yaml"
            draft = try ScenarioDraft(record, source: { sources[$0] }, file: to ?? "scenario", workflowFile: beside)
        } catch {
            for line in error.description.split(separator: "\n") {
                Terminal.error(Terminal.clean("\(from): \(line)"))
            }
            throw ExitCode(1)
        }
        if let to {
            do {
                try Data(draft.text.utf8).write(to: URL(fileURLWithPath: to), options: .withoutOverwriting)
            } catch {
                throw ValidationError("cannot write \(to): \(error.localizedDescription)")
            }
            let folder = (to as NSString).deletingLastPathComponent
            if !FileManager.default.fileExists(atPath: folder.isEmpty ? beside : "\(folder)/\(beside)") {
                Terminal.error("put \(beside) beside it: \"saga test\" plays it with that")
            }
        } else {
            Terminal.print(String(draft.text.dropLast()))
        }
        for remark in draft.remarks { Terminal.error(Terminal.clean("not told: \(remark)")) }
        if let findings = draft.findings {
            Terminal.error("it cannot be played as it is:")
            for line in findings.description.split(separator: "\n") { Terminal.error(Terminal.clean(String(line))) }
            throw ExitCode(1)
        }
        guard let outcome = draft.outcome, !outcome.hasPassed else { return }
        Terminal.error("played again it comes out otherwise; change what it says where a scenario cannot tell it:")
        for line in outcome.description.split(separator: "\n") { Terminal.error(Terminal.clean(String(line))) }
        throw ExitCode(1)
    }
}
