public import ArgumentParser
internal import SagaAPI
internal import SagaValues

public struct MigrateCommand: AsyncParsableCommand {
    public static let configuration = CommandConfiguration(
        commandName: "migrate", abstract: "Have running sagas go on by another version of their workflow.",
        discussion: """
            A saga moves if all that it has done, is doing or may have done is the same in both versions. --dry-run says \
            whether one could and each reason why not, and with --workflow alone how many open sagas of it could, and \
            what holds the others; exit status 1 if any of them cannot move.
            """)

    @OptionGroup var arguments: OperatorArguments
    @OptionGroup var place: IncidentPlaceArguments
    @Option(name: .customLong("to"), help: "The version to move to.")
    var target: Int

    public init() {}

    public func validate() throws {
        try arguments.demandSagas(place.step)
        guard target > 0 else { throw ValidationError("--to is a version, a whole number from 1 on") }
    }

    public func run() async throws {
        guard arguments.dryRun, arguments.ids.count == 1 || isAboutAll else {
            return try await arguments.ask(.migrate, at: place.step) { $0.version = target }
        }
        try await Exit.run { try await tell() ? 0 : 1 }
    }

    /// Whether it is for all open sagas of a workflow.
    private var isAboutAll: Bool {
        guard arguments.ids.isEmpty, let workflow = arguments.many.workflow else { return false }
        return arguments.many.filter(place.step) == ["workflow": .string(workflow)]
    }

    /// Says who could move; whether all could.
    private func tell() async throws -> Bool {
        let client = try arguments.options.client()
        if let id = arguments.ids.first {
            let view = try await client.migration(of: id, to: target)
            try show(view, view.lines)
            return view.isPossible
        }
        var survey = MigrationSurvey(workflow: arguments.many.workflow ?? "", target: target)
        try await survey.ask(client)
        try show(survey.json, survey.lines)
        return survey.standing.isEmpty
    }

    private func show(_ value: some Encodable, _ lines: [String]) throws {
        try arguments.options.printer.show(value) {
            for line in lines + ["Nothing was done: this was a dry run."] { Terminal.print(Terminal.clean(line)) }
        }
    }
}
