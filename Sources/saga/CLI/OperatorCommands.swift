public import ArgumentParser
internal import SagaAPI
internal import SagaValues

public struct RetryCommand: AsyncParsableCommand {
    public static let configuration = CommandConfiguration(
        commandName: "retry",
        abstract: "Try again what waits for a person or for its next attempt, with a fresh budget.")

    @Argument(help: "The saga's id.", transform: SagaID.read)
    var id: UUID
    @Option(help: "Why; it stays in the history.")
    var reason: String
    @Option(help: "Only this step.")
    var step: String?
    @Option(help: "Refuse if the saga is no longer at this revision.")
    var revision: Int?
    @OptionGroup var options: ClientOptions

    public init() {}

    public func run() async throws {
        try await OperatorCall(
            id: id, verb: "retry", body: OperatorBody(reason: reason, step: step), revision: revision
        )
        .run(options)
    }
}

public struct CompensateCommand: AsyncParsableCommand {
    public static let configuration = CommandConfiguration(
        commandName: "compensate", abstract: "Undo a saga that has not passed its point of no return.")

    @Argument(help: "The saga's id.", transform: SagaID.read)
    var id: UUID
    @Option(help: "Why; it stays in the history.")
    var reason: String
    @Option(help: "Refuse if the saga is no longer at this revision.")
    var revision: Int?
    @OptionGroup var options: ClientOptions

    public init() {}

    public func run() async throws {
        try await OperatorCall(id: id, verb: "compensate", body: OperatorBody(reason: reason), revision: revision)
            .run(options)
    }
}

public struct ApproveCommand: AsyncParsableCommand {
    public static let configuration = CommandConfiguration(
        commandName: "approve", abstract: "Give the consent that a saga waits for.")

    @OptionGroup var consent: ConsentArguments

    public init() {}

    public func run() async throws { try await consent.call("approve") }
}

public struct RefuseCommand: AsyncParsableCommand {
    public static let configuration = CommandConfiguration(
        commandName: "refuse", abstract: "Refuse the consent that a saga waits for: it is undone.")

    @OptionGroup var consent: ConsentArguments

    public init() {}

    public func run() async throws { try await consent.call("refuse") }
}

/// What approve and refuse take.
struct ConsentArguments: ParsableArguments {
    @Argument(help: "The saga's id.", transform: SagaID.read)
    var id: UUID
    @Option(help: "Why; it stays in the history.")
    var reason: String
    @Option(help: "Which step, if several wait for consent.")
    var step: String?
    @Option(help: "Refuse if the saga is no longer at this revision.")
    var revision: Int?
    @OptionGroup var options: ClientOptions

    func call(_ verb: String) async throws {
        try await OperatorCall(id: id, verb: verb, body: OperatorBody(reason: reason, step: step), revision: revision)
            .run(options)
    }
}

private struct OperatorCall {
    let id: UUID
    let verb: String
    let body: OperatorBody
    let revision: Int?

    func run(_ options: ClientOptions) async throws {
        try await Exit.run {
            var headers = ["Content-Type": "application/json"]
            if let revision { headers["If-Match"] = "\"\(revision)\"" }
            let answer: OperatorAnswer = try await options.client().send(
                .post, "/v1/sagas/\(id)/\(verb)", headers: headers, body: try JSONValueEncoder.encode(body).bytes)
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
