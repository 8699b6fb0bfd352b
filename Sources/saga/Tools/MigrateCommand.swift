public import ArgumentParser
internal import SagaAPI
internal import SagaCLI
internal import SagaValues

public struct MigrateCommand: AsyncParsableCommand {
    public static let configuration = CommandConfiguration(
        commandName: "migrate",
        abstract: "Say whether running sagas could move to another version, and why not where they cannot.",
        discussion: """
            One saga by its id, or with --workflow all that are open. Exit status 1 if any of them cannot move. The move \
            itself is not there yet: only --dry-run is.
            """)

    @Argument(help: "The saga's id.", transform: SagaID.read)
    var id: SagaValues.UUID?
    @Option(help: "All open sagas of this workflow.")
    var workflow: String?
    @Option(name: .customLong("to"), help: "The version to move to.")
    var target: Int
    @Flag(help: "Only say what would happen.")
    var dryRun = false
    @OptionGroup var options: ClientOptions

    public init() {}

    public func validate() throws {
        guard (id == nil) != (workflow == nil) else {
            throw ValidationError("name one saga by its id, or all of a workflow with --workflow")
        }
        guard dryRun else {
            throw ValidationError("moving a saga is not there yet; --dry-run says whether it could move")
        }
    }

    public func run() async throws {
        try await CommandExit.run {
            let client = try options.makeClient()
            let canMove: Bool
            if let workflow {
                var survey = MigrationSurvey(workflow: workflow, target: target)
                try await survey.ask(client)
                canMove = show(survey)
            } else if let id {
                canMove = try show(try await client.migration(of: id, to: target))
            } else {
                return
            }
            if !canMove { throw ExitCode(1) }
        }
    }

    private func show(_ view: MigrationView) throws -> Bool {
        if options.json {
            Terminal.print(try JSONValueEncoder.encode(view).text)
        } else {
            for line in view.lines { Terminal.print(Terminal.clean(line)) }
        }
        return view.isPossible
    }

    private func show(_ survey: MigrationSurvey) -> Bool {
        if options.json {
            Terminal.print(survey.json.text)
        } else {
            for line in survey.lines { Terminal.print(Terminal.clean(line)) }
        }
        return survey.standing.isEmpty
    }
}
