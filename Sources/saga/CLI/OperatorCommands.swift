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
    @Option(help: "Change what the step sends first: a JSON merge patch (RFC 7396); @FILE reads a file.")
    var patch: String?

    public init() {}

    public func validate() throws { try arguments.demandSagas() }

    public func run() async throws {
        try await arguments.ask(.retry, at: step) { body throws in
            (body.step, body.patch) = (step, try patch.map { try InputText.read($0, "--patch") })
        }
    }
}

public struct PatchCommand: AsyncParsableCommand {
    public static let configuration = CommandConfiguration(
        commandName: "patch", abstract: "Change what a step sends that waits for a person; a retry sends it.")

    @OptionGroup var arguments: OperatorArguments
    @Option(help: "The step.")
    var step: String
    @Option(help: "A JSON merge patch (RFC 7396): members that change, null to remove one; @FILE reads a file.")
    var patch: String

    public init() {}

    public func validate() throws { try arguments.demandSagas() }

    public func run() async throws {
        try await arguments.ask(.patch, at: step) { body throws in
            (body.step, body.patch) = (step, try InputText.read(patch, "--patch"))
        }
    }
}

public struct SkipCommand: AsyncParsableCommand {
    public static let configuration = CommandConfiguration(
        commandName: "skip", abstract: "Go on without a step that waits for a person.",
        discussion: "If it may have happened all the same, it is undone with the others should the saga unwind.")

    @OptionGroup var arguments: OperatorArguments
    @Option(help: "The step.")
    var step: String
    @Option(help: "The output that others read in place of its own, as JSON; @FILE reads a file.")
    var output: String?
    @Flag(help: "Also if the workflow does not have it as skippable.")
    var force = false

    public init() {}

    public func validate() throws { try arguments.demandSagas() }

    public func run() async throws {
        try await arguments.ask(.skip, at: step) { body throws in
            (body.step, body.output) = (step, try output.map { try InputText.read($0, "--output") })
            if force { body.force = true }
        }
    }
}

public struct ResolveCommand: AsyncParsableCommand {
    public static let configuration = CommandConfiguration(
        commandName: "resolve", abstract: "Say what became of a step that nobody else knows about.",
        discussion: """
            done: it has happened, and here is its output. not-done: it has not, and will not any more. undone: an undo \
            that is stuck was done by hand. Find out first: what is said here is taken for true.
            """)

    @OptionGroup var arguments: OperatorArguments
    @Option(help: "The step.")
    var step: String
    @Option(name: .customLong("as"), help: "done, not-done or undone.")
    var outcome: String
    @Option(help: "The output of a step that is done, as JSON; @FILE reads a file.")
    var output: String?

    public init() {}

    public func validate() throws { try arguments.demandSagas() }

    public func run() async throws {
        try await arguments.ask(.resolve, at: step) { body throws in
            (body.step, body.outcome) = (step, outcome)
            body.output = try output.map { try InputText.read($0, "--output") }
        }
    }
}

public struct CompensateCommand: AsyncParsableCommand {
    public static let configuration = CommandConfiguration(
        commandName: "compensate", abstract: "Undo a saga that has not passed its point of no return.")

    @OptionGroup var arguments: OperatorArguments
    @OptionGroup var place: IncidentPlaceArguments

    public init() {}

    public func validate() throws { try arguments.demandSagas(place.step) }

    public func run() async throws { try await arguments.ask(.compensate, at: place.step) }
}

public struct PauseCommand: AsyncParsableCommand {
    public static let configuration = CommandConfiguration(
        commandName: "pause",
        abstract: "Send nothing more for a saga, and let no time count for it; answers are taken in.")

    @OptionGroup var arguments: OperatorArguments
    @OptionGroup var place: IncidentPlaceArguments

    public init() {}

    public func validate() throws { try arguments.demandSagas(place.step) }

    public func run() async throws { try await arguments.ask(.pause, at: place.step) }
}

public struct ResumeCommand: AsyncParsableCommand {
    public static let configuration = CommandConfiguration(
        commandName: "resume", abstract: "Let a paused saga go on; what became due meanwhile is acted on at once.")

    @OptionGroup var arguments: OperatorArguments
    @OptionGroup var place: IncidentPlaceArguments

    public init() {}

    public func validate() throws { try arguments.demandSagas(place.step) }

    public func run() async throws { try await arguments.ask(.resume, at: place.step) }
}

public struct AbandonCommand: AsyncParsableCommand {
    public static let configuration = CommandConfiguration(
        commandName: "abandon", abstract: "Close a saga, and leave what was done as it is: nothing is undone.")

    @OptionGroup var arguments: OperatorArguments
    @OptionGroup var place: IncidentPlaceArguments

    public init() {}

    public func validate() throws { try arguments.demandSagas(place.step) }

    public func run() async throws { try await arguments.ask(.abandon, at: place.step) }
}

public struct ApproveCommand: AsyncParsableCommand {
    public static let configuration = CommandConfiguration(
        commandName: "approve", abstract: "Give the consent that a saga waits for.")

    @OptionGroup var arguments: OperatorArguments
    @OptionGroup var consent: ConsentArguments

    public init() {}

    public func validate() throws { try arguments.demandSagas() }

    public func run() async throws { try await arguments.ask(.approve) { $0.step = consent.step } }
}

public struct RefuseCommand: AsyncParsableCommand {
    public static let configuration = CommandConfiguration(
        commandName: "refuse", abstract: "Refuse the consent that a saga waits for: it is undone.")

    @OptionGroup var arguments: OperatorArguments
    @OptionGroup var consent: ConsentArguments

    public init() {}

    public func validate() throws { try arguments.demandSagas() }

    public func run() async throws { try await arguments.ask(.refuse) { $0.step = consent.step } }
}

struct ConsentArguments: ParsableArguments {
    @Option(help: "Which step, if several wait for consent.")
    var step: String?
}

/// Where the sagas hang that a verb is asked of which names no step itself.
struct IncidentPlaceArguments: ParsableArguments {
    @Option(help: "Many: only with an open incident at this step.")
    var step: String?
}

/// What every verb takes, and says when it is done: for one saga, for several, or for those that a filter admits.
struct OperatorArguments: ParsableArguments {
    @Argument(help: "The saga's id, or several.", transform: SagaID.read)
    var ids: [UUID] = []
    @Option(help: "Why; it stays in the history. Only a dry run needs none.")
    var reason: String?
    @Option(help: "Refuse if the saga is no longer at this revision.")
    var revision: Int?
    @Flag(help: "Only say what would happen.")
    var dryRun = false
    @OptionGroup(title: "Many sagas") var many: ManyArguments
    @OptionGroup var options: ChangeOptions

    /// - Parameter step: that of the filter, if the verb has none of its own. Its own says what is done, not to whom.
    func demandSagas(_ step: String? = nil) throws {
        let isFiltered = many.isFilter || step != nil
        guard ids.isEmpty == isFiltered else {
            throw ValidationError(
                isFiltered
                    ? "name sagas by their ids or by a filter, not by both"
                    : "name a saga by its id, or many by a filter such as --workflow; \"saga list\" prints ids")
        }
        guard reason != nil || dryRun else { throw ValidationError("Missing expected argument '--reason <reason>'") }
        guard revision == nil || ids.count == 1 else { throw ValidationError("--revision is for one saga") }
    }

    /// - Parameters:
    ///   - step: where a saga must hang for a filter to admit it.
    ///   - fill: puts in what the verb takes besides.
    func ask(
        _ verb: OperatorBody.Verb, at step: String? = nil, _ fill: (inout OperatorBody) throws -> Void = { _ in }
    ) async throws {
        try await Exit.run {
            var body = OperatorBody(reason: reason ?? "dry run", dryRun: dryRun ? true : nil)
            try fill(&body)
            let client = try options.client()
            guard ids.count == 1 else {
                let filter = ids.isEmpty ? many.filter(step) : ManyArguments.filter(of: ids)
                // Whoever names sagas means these, whosever they are.
                let tenant = ids.isEmpty ? client.tenant(many.tenant) : many.tenant
                return try await JobDesk(
                    client: client, printer: options.printer, many: many, tenant: tenant, isConfirmed: options.yes
                ).ask(verb, filter, body)
            }
            let answer = try await client.ask(verb, of: ids[0], body, atRevision: revision)
            try options.printer.show(answer) { answer.print() }
            return 0
        }
    }
}

extension OperatorAnswer {
    func print() {
        for change in changes { Terminal.print(Terminal.clean(change)) }
        guard !dryRun else {
            Terminal.print(
                "Nothing was done: this was a dry run. Add --revision \(revision) to do it to what was seen.")
            return
        }
        Terminal.print("saga \(id) is \(Terminal.status(status)), revision \(revision)")
        Terminal.print("saga watch \(id) follows it")
    }
}
