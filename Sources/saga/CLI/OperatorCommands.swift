public import ArgumentParser
internal import SagaAPI
internal import SagaValues

public struct RetryCommand: AsyncParsableCommand {
    public static let configuration = CommandConfiguration(
        commandName: "retry",
        abstract: "Try again what waits for a person or for its next attempt, with a fresh budget.")

    @OptionGroup var arguments: OperatorArguments
    @Option(help: "Only this step.")
    var step: String?

    public init() {}

    public func run() async throws { try await arguments.ask("retry", step: step) }
}

public struct CompensateCommand: AsyncParsableCommand {
    public static let configuration = CommandConfiguration(
        commandName: "compensate", abstract: "Undo a saga that has not passed its point of no return.")

    @OptionGroup var arguments: OperatorArguments

    public init() {}

    public func run() async throws { try await arguments.ask("compensate") }
}

public struct ApproveCommand: AsyncParsableCommand {
    public static let configuration = CommandConfiguration(
        commandName: "approve", abstract: "Give the consent that a saga waits for.")

    @OptionGroup var arguments: OperatorArguments
    @OptionGroup var consent: ConsentArguments

    public init() {}

    public func run() async throws { try await arguments.ask("approve", step: consent.step) }
}

public struct RefuseCommand: AsyncParsableCommand {
    public static let configuration = CommandConfiguration(
        commandName: "refuse", abstract: "Refuse the consent that a saga waits for: it is undone.")

    @OptionGroup var arguments: OperatorArguments
    @OptionGroup var consent: ConsentArguments

    public init() {}

    public func run() async throws { try await arguments.ask("refuse", step: consent.step) }
}

struct ConsentArguments: ParsableArguments {
    @Option(help: "Which step, if several wait for consent.")
    var step: String?
}

/// What every verb takes, and says when it is done.
struct OperatorArguments: ParsableArguments {
    @Argument(help: "The saga's id.", transform: SagaID.read)
    var id: UUID
    @Option(help: "Why; it stays in the history.")
    var reason: String
    @Option(help: "Refuse if the saga is no longer at this revision.")
    var revision: Int?
    @OptionGroup var options: ClientOptions

    func ask(_ verb: String, step: String? = nil) async throws {
        try await Exit.run {
            let answer = try await options.client().ask(
                verb, of: id, OperatorBody(reason: reason, step: step), atRevision: revision)
            if options.json {
                Terminal.print(try Format.json(answer))
            } else {
                Terminal.print("saga \(answer.id) is \(Terminal.status(answer.status)), revision \(answer.revision)")
                Terminal.print("saga watch \(answer.id) follows it")
            }
            return 0
        }
    }
}
