internal import ArgumentParser
internal import SagaBench
internal import SagaCLI
internal import SagaDev
internal import SagaServer
internal import SagaTools

@main
struct SagaProgram: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "saga",
        abstract: "Sagas: transactions across services, carried through or undone.",
        version: "0.1.0",
        groupedSubcommands: [
            CommandGroup(
                name: "Sagas",
                subcommands: [
                    StartCommand.self, ListCommand.self, ShowCommand.self, HistoryCommand.self, WatchCommand.self,
                    TreeCommand.self, TopCommand.self, ExportCommand.self,
                ]),
            CommandGroup(
                name: "Operators",
                subcommands: [
                    IncidentsCommand.self, IncidentCommand.self, StatsCommand.self, FailedStartsCommand.self,
                    DeadCommand.self,
                    AuditCommand.self, ExplainCommand.self,
                    ParticipantsCommand.self, ParticipantDetailCommand.self,
                    RetryCommand.self,
                    PatchCommand.self, SkipCommand.self, ResolveCommand.self, CompensateCommand.self,
                    PauseCommand.self, ResumeCommand.self, AbandonCommand.self, ApproveCommand.self,
                    RefuseCommand.self, RerunCommand.self, SignalCommand.self, MigrateCommand.self,
                    JobsCommand.self, JobCommand.self,
                ]),
            CommandGroup(
                name: "Workflows",
                subcommands: [CheckCommand.self, TestCommand.self, DrawCommand.self, WorkflowCommand.self]),
            CommandGroup(name: "Help", subcommands: [ManCommand.self, CompletionCommand.self]),
            CommandGroup(name: "Access", subcommands: [ProfileCommand.self, TokenCommand.self, WhoAmICommand.self]),
            CommandGroup(
                name: "Running",
                subcommands: [
                    ServeCommand.self, ArchiveCommand.self, DevCommand.self, DemoCommand.self, BenchCommand.self,
                    ParticipantCommand.self,
                ]),
        ])

    static func main() async {
        if let unknown = UnknownCommand.first(in: Array(CommandLine.arguments.dropFirst()), of: Self.self) {
            exit(withError: ValidationError(Terminal.clean(unknown.description)))
        }
        await main(nil)
    }
}
