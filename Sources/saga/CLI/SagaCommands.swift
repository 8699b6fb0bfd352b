public import ArgumentParser
internal import SagaAPI
internal import SagaValues

public struct ListCommand: AsyncParsableCommand {
    public static let configuration = CommandConfiguration(commandName: "list", abstract: "List sagas, newest first.")

    @Option(
        help:
            "Only these statuses, with commas between them: queued, running, compensating, completed, compensated, abandoned."
    )
    var status: String?
    @Option(help: "Only sagas of this workflow.")
    var workflow: String?
    @Option(name: .customLong("workflow-version"), help: "Only sagas of this version.")
    var version: Int?
    @Option(help: "Only the saga with this idempotency key.")
    var key: String?
    @Option(help: "Only sagas with this business key.")
    var businessKey: String?
    @Option(help: "Only sagas of this tenant.")
    var tenant: String?
    @Flag(help: "Only sagas with an open incident.")
    var incident = false
    @OptionGroup var traits: IncidentTraitArguments
    @Option(help: "Only with an open incident whose error has this code.")
    var code: String?
    @Option(
        help: "Only sagas that started after this time: 2026-11-21T10:00:00Z, or 2h ago as 2h.", transform: Moment.read)
    var startedAfter: Timestamp?
    @Option(help: "Only sagas that started before this time.", transform: Moment.read)
    var startedBefore: Timestamp?
    @Option(help: "Only sagas that ended after this time.", transform: Moment.read)
    var endedAfter: Timestamp?
    @Option(help: "Only sagas that ended before this time.", transform: Moment.read)
    var endedBefore: Timestamp?
    @Option(help: "Only sagas that changed last after this time.", transform: Moment.read)
    var updatedAfter: Timestamp?
    @Option(help: "Only sagas that have not changed since this time.", transform: Moment.read)
    var updatedBefore: Timestamp?
    @Option(help: "Only the children of this saga.", transform: SagaID.read)
    var parent: UUID?
    @Flag(help: "Children of other sagas too.")
    var children = false
    @Flag(help: "Only sagas that have not ended.")
    var open = false
    @Option(help: "How many at most, 1 to 500.")
    var limit = 50
    @Option(help: "Go on after this saga, as the page before says.", transform: SagaID.read)
    var cursor: UUID?
    @OptionGroup var options: ClientOptions

    public init() {}

    public func validate() throws {
        guard !open || status == nil else { throw ValidationError("--open and --status exclude each other") }
    }

    public func run() async throws {
        try await Exit.run {
            let client = try options.client()
            let page: SagaPage = try await client.send(
                .get, "/v1/sagas",
                query: [
                    ("status", status ?? (open ? Statuses.open.joined(separator: ",") : nil)), ("workflow", workflow),
                    ("version", version.map(String.init)), ("key", key), ("businessKey", businessKey),
                    ("tenant", client.tenant(tenant)), ("incident", incident ? "true" : nil), ("code", code),
                    ("startedAfter", startedAfter?.description), ("startedBefore", startedBefore?.description),
                    ("endedAfter", endedAfter?.description), ("endedBefore", endedBefore?.description),
                    ("updatedAfter", updatedAfter?.description), ("updatedBefore", updatedBefore?.description),
                    ("parent", parent?.description), ("children", children ? "true" : nil), ("limit", "\(limit)"),
                    ("cursor", cursor?.description),
                ] + traits.query)
            try options.printer.list(page, \.sagas, next: page.next?.description) { page.print() }
            return 0
        }
    }
}

extension SagaPage {
    fileprivate func print() {
        guard !sagas.isEmpty else { return Terminal.print("no sagas") }
        var table = Table("SAGA", "WORKFLOW", "STATUS", "STARTED", "TOOK", "KEY")
        for saga in sagas {
            table.add(
                .init(saga.id.description), .init("\(saga.workflow) v\(saga.version)"),
                .init(
                    saga.status + (saga.hasOpenIncident ? " !" : ""),
                    style: { text in text.hasSuffix("!") ? Terminal.styled(text, .red) : Terminal.status(text) }),
                .init(Format.date(saga.startedAt)), .init(Format.duration(of: saga)), .init(saga.idempotencyKey))
        }
        table.print()
        if let next { Terminal.print("\nmore: add --cursor \(next)") }
    }
}

public struct ShowCommand: AsyncParsableCommand {
    public static let configuration = CommandConfiguration(
        commandName: "show", abstract: "Show a saga: its steps, attempts and timings, what it waits for and why.")

    @Argument(help: "The saga's id.", transform: SagaID.read)
    var id: UUID
    @OptionGroup var options: ClientOptions

    public init() {}

    public func run() async throws {
        try await Exit.run {
            let detail: SagaDetail = try await options.client().send(.get, "/v1/sagas/\(id)")
            try options.printer.show(detail) { detail.print() }
            return 0
        }
    }
}

public struct HistoryCommand: AsyncParsableCommand {
    public static let configuration = CommandConfiguration(
        commandName: "history", abstract: "Print everything that happened to a saga, and what it led to.")

    @Argument(help: "The saga's id.", transform: SagaID.read)
    var id: UUID
    @OptionGroup var options: ClientOptions

    public init() {}

    public func run() async throws {
        try await Exit.run {
            let (client, printer) = (try options.client(), options.printer)
            var after: Int? = 0
            while let revision = after {
                let page: HistoryPage = try await client.send(
                    .get, "/v1/sagas/\(id)/history", query: [("after", "\(revision)")])
                for item in page.history { try printer.item(item) { Terminal.print(item.line) } }
                after = page.next
            }
            return 0
        }
    }
}

public struct FailedStartsCommand: AsyncParsableCommand {
    public static let configuration = CommandConfiguration(
        commandName: "failed-starts",
        abstract: "List what events and schedules were to start and could not, and why.")

    @OptionGroup var options: ClientOptions

    public init() {}

    public func run() async throws {
        try await Exit.run {
            let list: FailedStartList = try await options.client().send(.get, "/v1/failed-starts")
            try options.printer.list(list, \.failedStarts) { list.print() }
            return 0
        }
    }
}

extension FailedStartList {
    fileprivate func print() {
        guard !failedStarts.isEmpty else { return Terminal.print("no failed starts") }
        var table = Table("AT", "BY", "NAME", "KEY", "REASON")
        for start in failedStarts {
            table.add(
                .init(Format.date(start.at)), .init(start.source), .init(start.name), .init(start.key),
                .init(start.reason))
        }
        table.print()
    }
}
