public import ArgumentParser
internal import SagaAPI
internal import SagaValues

/// Messages that nobody could take.
public struct DeadCommand: AsyncParsableCommand {
    public static let configuration = CommandConfiguration(
        commandName: "dead", abstract: "List, show, put back or discard dead letters: messages that nobody could take.",
        usage: """
            saga dead [<options>]
            saga dead <letter> [--body]
            saga dead put-back <letter> ... [--reason <reason>]
            saga dead discard <letter> ... --reason <reason>
            """,
        subcommands: [Look.self, PutBack.self, Discard.self], defaultSubcommand: Look.self)

    public init() {}

    struct Look: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "show", abstract: "List dead letters, newest first, or show one.",
            discussion: "Without an id those that are open are listed.")

        @Argument(help: "The dead letter's id; left out, they are listed.", transform: DeadLetterID.read)
        var id: UUID?
        @Flag(help: "Show the body of the one too. What is secret in it is not hidden.")
        var body = false
        @Option(help: "List those of this state: open, put-back, discarded or all.")
        var state: String?
        @Option(help: "List only those that died for this reason, such as body-not-json or rejected.")
        var reason: String?
        @Option(help: "List only those that the broker moved from this queue.")
        var queue: String?
        @Option(help: "List only those that were published with this routing key: an action, saga.replies, an event.")
        var key: String?
        @Option(
            help: "List only those that came after this time: 2026-11-21T10:00:00Z, or 2h for two hours ago.",
            transform: Moment.read)
        var after: Timestamp?
        @Option(help: "List only those that came before this time.", transform: Moment.read)
        var before: Timestamp?
        @Option(help: "How many at most, 1 to 500.")
        var limit = 50
        @Option(help: "Go on after this one, as the page before says.", transform: DeadLetterID.read)
        var cursor: UUID?
        @OptionGroup var options: ClientOptions

        func validate() throws {
            guard !body || id != nil else { throw ValidationError("--body shows that of one dead letter: give its id") }
        }

        func run() async throws {
            try await Exit.run {
                let client = try options.client()
                if let id {
                    let view: DeadLetterView = try await client.send(
                        .get, "/v1/dead-letters/\(id)", query: [("body", body ? "true" : nil)])
                    try options.printer.show(view) { view.print() }
                } else {
                    let page: DeadLetterPage = try await client.send(
                        .get, "/v1/dead-letters",
                        query: [
                            ("state", state), ("reason", reason), ("queue", queue), ("key", key),
                            ("after", after?.description), ("before", before?.description), ("limit", "\(limit)"),
                            ("cursor", cursor?.description),
                        ])
                    try options.printer.list(page, \.deadLetters, next: page.next?.description) { page.print() }
                }
                return 0
            }
        }
    }

    struct PutBack: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "put-back", abstract: "Publish dead letters again to where they were meant.",
            discussion: "First remove the cause. Whoever has seen a message before knows it again.")

        @Argument(help: "The dead letters' ids.", transform: DeadLetterID.read)
        var ids: [UUID]
        @Option(help: "Why; it stays in the audit.")
        var reason: String?
        @Flag(help: "Only say what would happen.")
        var dryRun = false
        @OptionGroup var options: ChangeOptions

        func run() async throws {
            try await DeadCommand.ask("put-back", of: ids, DeadLetterBody(reason: reason, dryRun: dryRun), options)
        }
    }

    struct Discard: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Close dead letters with which nothing is to be done.")

        @Argument(help: "The dead letters' ids.", transform: DeadLetterID.read)
        var ids: [UUID]
        @Option(help: "Why; it stays in the audit.")
        var reason: String
        @Flag(help: "Only say what would happen.")
        var dryRun = false
        @OptionGroup var options: ChangeOptions

        func run() async throws {
            try await DeadCommand.ask("discard", of: ids, DeadLetterBody(reason: reason, dryRun: dryRun), options)
        }
    }

    /// One after the other. One that is refused does not hold up the others; a server that is away does.
    private static func ask(
        _ verb: String, of ids: [UUID], _ body: DeadLetterBody, _ options: ChangeOptions
    ) async throws {
        try await Exit.run {
            let (client, printer) = (try options.client(), options.printer)
            var refused = 0
            for id in ids {
                do {
                    let answer: DeadLetterAnswer = try await client.send(
                        .post, "/v1/dead-letters/\(id)/\(verb)", headers: ["Content-Type": "application/json"],
                        body: try JSONValueEncoder.encode(body).bytes, patience: .seconds(60),
                        isRehearsal: body.dryRun == true)
                    try printer.item(answer) {
                        let changes = answer.changes.joined(separator: "; ")
                        Terminal.print("\(id): \(Terminal.clean(changes))\(answer.dryRun ? " (dry run)" : "")")
                    }
                } catch let problem as Problem where ids.count > 1 && problem.status < 500 && problem.status != 401 {
                    Terminal.error("\(id): \(Terminal.clean(problem.detail)) [\(problem.code)]")
                    refused += 1
                }
            }
            return refused == 0 ? 0 : 1
        }
    }
}

/// Reads a dead letter's id from the command line.
enum DeadLetterID {
    @Sendable
    static func read(_ text: String) throws -> UUID {
        guard let id = UUID(text) else {
            throw ValidationError("it is no dead letter's id; \"saga dead\" prints ids")
        }
        return id
    }
}

extension DeadLetterPage {
    fileprivate func print() {
        guard !deadLetters.isEmpty else { return Terminal.print("no dead letters") }
        var table = Table("LETTER", "STATUS", "LAST SEEN", "TIMES", "REASON", "EXCHANGE", "KEY", "TYPE", "BYTES")
        for letter in deadLetters {
            table.add(
                .init(letter.id.description), .init(letter.status), .init(Format.date(letter.lastSeenAt)),
                .init("\(letter.seen)"), .init(letter.reason, style: { Terminal.styled($0, .red) }),
                .init(letter.exchange ?? "-"), .init(letter.routingKey ?? "-"), .init(letter.type ?? "-"),
                .init("\(letter.bodyBytes)"))
        }
        table.print()
        if let next { Terminal.print("\nmore: add --cursor \(next)") }
        Terminal.print("\nsaga dead LETTER shows one; saga dead put-back LETTER … sends it to where it was meant")
    }
}

extension DeadLetterView {
    fileprivate func print() {
        let end = endedAt.map { "\(status) at \(Format.moment($0)) by \(endedBy ?? "-"): \(endReason ?? "")" }
        let size = "\(bodyBytes) bytes\(isWhole ? "" : ", too large to be kept whole: it cannot be put back")"
        for (title, text) in [
            ("letter", id.description), ("status", end ?? status), ("reason", "\(reason): \(detail)"),
            ("meant for", "exchange \(exchange ?? "unknown"), key \(routingKey ?? "unknown")"), ("from", queue ?? "-"),
            ("came", "\(Format.moment(receivedAt)), last \(Format.moment(lastSeenAt)), \(seen) times in all"),
            ("message", messageId ?? "-"), ("about", correlationId ?? "-"), ("type", type ?? "-"),
            ("sent by", appId ?? "-"), ("body", size),
        ] {
            Terminal.print(title + String(repeating: " ", count: 10 - title.count) + Terminal.clean(text))
        }
        for header in properties?["headers"]?.arrayValue ?? [] {
            let value = header[1]?.objectValue?.first?.value
            Terminal.print(
                "header    \(Terminal.clean(header[0]?.stringValue ?? "")): "
                    + Terminal.clean(value.map { $0.stringValue ?? $0.text } ?? ""))
        }
        if let saga { Terminal.print("\nsaga show \(saga) shows the saga that it is about") }
        if let body {
            Terminal.print()
            for line in body.split(separator: "\n", omittingEmptySubsequences: false) {
                Terminal.print(Terminal.clean(String(line)))
            }
        } else if bodyIsText == false {
            Terminal.print("\nThe body is no text, and is not shown.")
        }
    }
}
