public import ArgumentParser
internal import SagaAPI
internal import SagaValues

public struct RerunCommand: AsyncParsableCommand {
    public static let configuration = CommandConfiguration(
        commandName: "rerun", abstract: "Start a saga with the input of one that has ended.",
        discussion: """
            Once, however often it is said: with the same key, which is made of the saga's id if none is given, it finds \
            the saga that was started before.
            """)

    @Argument(help: "The saga's id.", transform: SagaID.read)
    var id: UUID
    @Option(help: "Why; it stays in the audit.")
    var reason: String
    @Option(name: .customLong("version"), help: "The workflow's version; the active one if not given.")
    var workflowVersion: Int?
    @Option(help: "What names this run: another one runs it once more.")
    var key: String?
    @Flag(help: "Only say what would happen.")
    var dryRun = false
    @OptionGroup var options: ChangeOptions

    public init() {}

    public func run() async throws {
        try await Exit.run {
            let body = RerunBody(reason: reason, dryRun: dryRun ? true : nil, version: workflowVersion)
            let answer = try await options.client().rerun(id, body, key: key)
            try options.printer.show(answer) { answer.print() }
            return 0
        }
    }
}

public struct SignalCommand: AsyncParsableCommand {
    public static let configuration = CommandConfiguration(
        commandName: "signal", abstract: "Hand an event to a saga that listens for it, now or later, and to no other.",
        discussion: "It takes one event of each id, so the command with the same --event-id is safe to repeat.")

    @Argument(help: "The saga's id.", transform: SagaID.read)
    var id: UUID
    @Argument(help: "The event's name, such as payment.refunded.")
    var event: String
    @Option(help: "The event's body, a JSON object; @FILE reads a file, - standard input.")
    var body: String
    @Option(help: "What the event is told apart by. Made up if not given.")
    var eventID: String?
    @Option(help: "Why; it stays in the audit.")
    var reason: String
    @Option(help: "Refuse if the saga is no longer at this revision.")
    var revision: Int?
    @Flag(help: "Only say what would happen.")
    var dryRun = false
    @OptionGroup var options: ChangeOptions

    public init() {}

    public func run() async throws {
        try await Exit.run {
            let eventID = eventID ?? SagaValues.UUID.v7().description
            let signal = SignalBody(
                event: event, id: eventID, body: try InputText.read(body, "--body"), reason: reason,
                dryRun: dryRun ? true : nil)
            let answer: OperatorAnswer
            do {
                answer = try await options.client().signal(id, signal, atRevision: revision)
            } catch  where Exit.leavesUnknown(error) {
                // An id that was made up is known to nobody else.
                throw Advised(
                    error: error,
                    advice: "Whether the saga has the event is not known: repeat the command with --event-id \(eventID)"
                )
            }
            try options.printer.show(answer) { answer.print() }
            return 0
        }
    }
}

extension RerunAnswer {
    fileprivate func print() {
        for change in changes { Terminal.print(Terminal.clean(change)) }
        guard !dryRun else { return Terminal.print("Nothing was done: this was a dry run.") }
        if let id { Terminal.print("saga watch \(id) follows it") }
    }
}
