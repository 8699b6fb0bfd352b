public import ArgumentParser
internal import Foundation
internal import SagaAPI
internal import SagaCLI
internal import SagaCore
internal import SagaValues
internal import Workflows

public struct ExplainCommand: AsyncParsableCommand {
    public static let configuration = CommandConfiguration(
        commandName: "explain",
        abstract: "Say what a saga waits for, what comes next, and what a person can do now.",
        discussion: """
            With --file it is a saga that was exported or archived, without a server: its history is played again on the \
            machine, which must come to the state that was stored. Ends with 1 if it does not.
            """)

    @Argument(help: "The saga's id; with --file it is needed if there are several in the file.", transform: SagaID.read)
    var id: SagaValues.UUID?
    @Option(help: "A file that \"saga export\" or \"saga archive\" wrote.", completion: .file())
    var file: String?
    @Option(help: "With --file: as it was after this row of its history.")
    var revision: Int?
    @OptionGroup var options: ClientOptions

    public init() {}

    public func validate() throws {
        guard id != nil || file != nil else { throw ValidationError("give a saga's id, or a file with --file") }
        guard revision == nil || file != nil else { throw ValidationError("--revision is for files: add --file") }
        if file != nil { try options.output.demandTable("a file is told in words, and is JSON itself") }
    }

    public func run() async throws {
        if let file { return try explain(file) }
        guard let id else { return }
        try await CommandExit.run {
            let view = try await options.makeClient().explanation(of: id)
            try options.printer.show(view) { for line in view.lines { Terminal.print(Terminal.clean(line)) } }
        }
    }

    private func explain(_ file: String) throws {
        let replay: SagaReplay
        do throws(SagaRecord.Flaw) {
            let (record, sources) = try RecordFile.find(id, in: file, asking: "saga explain <saga> --file …")
            replay = try SagaReplay(record, source: { sources[$0] }, upTo: revision)
        } catch {
            for line in error.description.split(separator: "\n") {
                Terminal.error(Terminal.clean("\(file): \(line)"))
            }
            throw ExitCode(1)
        }
        let (plan, saga) = (replay.plan, replay.saga)
        Terminal.print("saga \(saga.id) of \(plan.workflow) version \(plan.version)")
        for told in replay.story {
            let entry = told.entry
            let about = [entry.step, entry.direction.flatMap { $0 == .do ? nil : $0.rawValue }, entry.kind.rawValue]
            Terminal.print(
                Terminal.clean(
                    "  \(entry.revision)  \(entry.at)  \(about.compactMap(\.self).joined(separator: " ")), "
                        + "it is \(told.status.rawValue)"))
        }
        for difference in replay.differences { Terminal.error(Terminal.clean("\(file): \(difference)")) }
        guard replay.differences.isEmpty else { throw ExitCode(1) }
        Terminal.print(
            revision == nil
                ? "\(replay.story.count) rows of its history lead to the state that was stored"
                : "\(replay.story.count) rows of its history were played")
        let explanation = Explanation(
            saga, plan: plan, at: replay.story.last?.entry.at ?? saga.startedAt, history: replay.story,
            course: replay.course)
        for line in explanation.lines(plan) { Terminal.print(Terminal.clean(line)) }
    }
}

/// A file of exported sagas: one as JSON, or many, a line each, with the workflows that they ran.
enum RecordFile {
    private static let largest = 1 << 30

    /// The saga with this id, or the only one, and the definitions that stand apart, by their digests.
    ///
    /// - Parameter usage: how to say which, if there are several.
    static func find(
        _ id: SagaValues.UUID?, in path: String, asking usage: String
    ) throws(SagaRecord.Flaw) -> (SagaRecord, sources: [String: String]) {
        guard let data = FileManager.default.contents(atPath: path) else { throw .init("it cannot be read") }
        guard data.count <= largest else { throw .init("it is larger than \(largest >> 20) MiB") }
        var sources: [String: String] = [:]
        var found: [JSON] = []
        for (index, line) in data.split(separator: 0x0A).enumerated() {
            let json: JSON
            do {
                json = try JSON(parsing: Array(line), limits: JSON.Limits(bytes: 128 << 20, depth: 128))
            } catch {
                throw SagaRecord.Flaw("line \(index + 1) is no JSON: \(error)")
            }
            switch json["record"]?.stringValue {
            case "workflow":
                if let digest = json["digest"]?.stringValue { sources[digest] = json["source"]?.stringValue }
            case SagaRecord.kind:
                if let id, json["saga"]?["id"]?.stringValue != id.description { continue }
                found.append(json)
            default: continue
            }
        }
        guard let first = found.first else {
            throw SagaRecord.Flaw(id.map { "there is no saga \($0) in it" } ?? "there is no exported saga in it")
        }
        guard found.count == 1 else {
            throw SagaRecord.Flaw("there are \(found.count) sagas in it: say which, \(usage)")
        }
        return (try SagaRecord(first), sources)
    }
}
