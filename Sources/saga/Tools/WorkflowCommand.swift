public import ArgumentParser
internal import SagaCLI

public struct WorkflowCommand: AsyncParsableCommand {
    public static let configuration = CommandConfiguration(
        commandName: "workflow", abstract: "Deploy, look at and compare workflow definitions.",
        subcommands: WorkflowCommands.all + [DiffCommand.self])

    public init() {}
}
