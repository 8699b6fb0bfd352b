public import ArgumentParser
internal import SagaAPI
internal import SagaValues

public struct IncidentsCommand: AsyncParsableCommand {
    public static let configuration = CommandConfiguration(
        commandName: "incidents", abstract: "List what waits for a person, grouped by cause.",
        discussion: """
            One line for each workflow, step, participant, cause and error, the most frequent first: an outage is one line. \
            With --all-sagas, or with any filter, incidents one by one, newest first; --groups groups what a filter leaves.
            """)

    @Flag(help: "Incidents one by one.")
    var allSagas = false
    @Flag(help: "Groups, also with a filter.")
    var groups = false
    @Option(help: "Only those of this saga.", transform: SagaID.read)
    var saga: UUID?
    @Option(help: "Only those of this workflow.")
    var workflow: String?
    @Option(name: .customLong("workflow-version"), help: "Only those of this version.")
    var version: Int?
    @Option(help: "Only those of this tenant.")
    var tenant: String?
    @OptionGroup var traits: IncidentTraitArguments
    @Option(help: "Only those whose error has this code.")
    var code: String?
    @Option(
        help: "Only those opened after this time: 2026-11-21T10:00:00Z, or 2h for two hours ago.",
        transform: Moment.read)
    var openedAfter: Timestamp?
    @Option(help: "Only those opened before this time.", transform: Moment.read)
    var openedBefore: Timestamp?
    @Flag(help: "Resolved ones too.")
    var all = false
    @Flag(help: "Resolved ones only.")
    var resolved = false
    @Option(help: "How many lines at most, 1 to 500.")
    var limit = 50
    @Option(help: "Go on after this one, as the page before says.")
    var cursor: String?
    @OptionGroup var options: ClientOptions

    public init() {}

    public func validate() throws {
        guard !all || !resolved else { throw ValidationError("--all and --resolved exclude each other") }
        guard !groups || !allSagas else { throw ValidationError("--groups and --all-sagas exclude each other") }
        guard !groups || cursor == nil else { throw ValidationError("groups have no pages: leave --cursor out") }
    }

    public func run() async throws {
        let filters: [(String, String?)] =
            [
                ("saga", saga?.description), ("workflow", workflow), ("version", version.map(String.init)),
                ("code", code), ("openedAfter", openedAfter?.description),
                ("openedBefore", openedBefore?.description), ("state", resolved ? "resolved" : all ? "all" : nil),
            ] + traits.query
        let isGrouped = groups || !allSagas && cursor == nil && tenant == nil && filters.allSatisfy { $0.1 == nil }
        try await Exit.run {
            let client = try options.client()
            let filters = filters + [("tenant", client.tenant(tenant))]
            if isGrouped {
                let list: IncidentGroupList = try await client.send(
                    .get, "/v1/incident-groups", query: filters + [("limit", "\(limit)")])
                try options.printer.list(list, \.groups) { list.print() }
            } else {
                let list: IncidentList = try await client.send(
                    .get, "/v1/incidents", query: filters + [("limit", "\(limit)"), ("cursor", cursor)])
                try options.printer.list(list, \.incidents, next: list.next.map { "\($0)" }) { list.print() }
            }
            return 0
        }
    }
}

/// What an incident must be like.
struct IncidentTraitArguments: ParsableArguments {
    @Option(help: "Only with an open incident at this step.")
    var step: String?
    @Option(help: "Only with an incident at this participant.")
    var participant: String?
    @Option(help: "Only with an incident of this cause: rejected, exhausted, unknown, undo-failed, unroutable.")
    var cause: String?
    @Option(help: "Only with this text in the incident's error; capitals do not count.")
    var error: String?

    var query: [(String, String?)] {
        [("step", step), ("participant", participant), ("cause", cause), ("error", error)]
    }
}

extension IncidentGroupList {
    fileprivate func print() {
        guard let largest = groups.first else { return Terminal.print("no incidents") }
        var table = Table("COUNT", "WORKFLOW", "STEP", "PARTICIPANT", "CAUSE", "ERROR", "SINCE")
        for group in groups {
            table.add(
                .init("\(group.count)", style: { Terminal.styled($0, .bold) }), .init(group.workflow),
                .init(group.step), .init(group.participant),
                .init(group.cause, style: { Terminal.styled($0, .red) }), .init(group.errorCode ?? "-"),
                .init(Format.date(group.first)))
        }
        table.print()
        Terminal.print(
            "\nsaga incidents --step \(Terminal.clean(largest.step)) lists them one by one; saga explain "
                + "\(largest.sagas.first.map(\.description) ?? "SAGA") says what can be done")
    }
}

extension IncidentList {
    fileprivate func print() {
        guard !incidents.isEmpty else { return Terminal.print("no incidents") }
        var table = Table(
            "SAGA", "REVISION", "WORKFLOW", "STEP", "PARTICIPANT", "CAUSE", "OPENED", "RESOLVED", "ASSIGNEE", "ERROR")
        for incident in incidents {
            table.add(
                .init(incident.saga.description), .init("\(incident.openedRevision)"),
                .init("\(incident.workflow) v\(incident.version)"), .init(incident.step), .init(incident.participant),
                .init(incident.cause, style: { Terminal.styled($0, .red) }), .init(Format.date(incident.openedAt)),
                .init(incident.resolution ?? "-"), .init(incident.assignee ?? "-"),
                .init(incident.errorCode.map { "\($0): \(incident.errorMessage ?? "")" } ?? "-"))
        }
        table.print()
        if let next { Terminal.print("\nmore: add --cursor \(next)") }
        Terminal.print("\nsaga explain SAGA says what can be done; saga retry SAGA --reason … tries again")
    }
}

/// What can be done with one incident.
public struct IncidentCommand: AsyncParsableCommand {
    public static let configuration = CommandConfiguration(
        commandName: "incident", abstract: "Show an incident, say who sees to it, or write about it.",
        subcommands: [Show.self, Assign.self, Comment.self])

    public init() {}

    struct Name: ParsableArguments {
        @Argument(help: "The saga's id.", transform: SagaID.read)
        var saga: UUID
        @Argument(help: "The revision that opened it.")
        var revision: Int

        var path: String { "/v1/incidents/\(saga)/\(revision)" }
    }

    struct Show: AsyncParsableCommand {
        static let configuration = CommandConfiguration(abstract: "Show an incident, and what was written about it.")

        @OptionGroup var name: Name
        @OptionGroup var options: ClientOptions

        func run() async throws {
            try await Exit.run {
                let view: IncidentView = try await options.client().send(.get, name.path)
                return try view.print(options.printer)
            }
        }
    }

    struct Assign: AsyncParsableCommand {
        static let configuration = CommandConfiguration(abstract: "Say who sees to an incident.")

        @OptionGroup var name: Name
        @Option(help: "Who; left out with --nobody.")
        var to: String?
        @Flag(help: "Nobody any more.")
        var nobody = false
        @OptionGroup var options: ChangeOptions

        func validate() throws {
            guard (to == nil) == nobody else { throw ValidationError("say either --to NAME or --nobody") }
        }

        func run() async throws {
            try await Exit.run {
                let view: IncidentView = try await options.client().send(
                    .post, name.path + "/assign", headers: ["Content-Type": "application/json"],
                    body: try JSONValueEncoder.encode(AssignBody(assignee: to)).bytes)
                return try view.print(options.printer)
            }
        }
    }

    struct Comment: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Write something about an incident, for others to read.")

        @OptionGroup var name: Name
        @Argument(help: "The text.")
        var text: String
        @OptionGroup var options: ChangeOptions

        func run() async throws {
            try await Exit.run {
                let view: IncidentView = try await options.client().send(
                    .post, name.path + "/comment", headers: ["Content-Type": "application/json"],
                    body: try JSONValueEncoder.encode(CommentBody(text: text)).bytes)
                return try view.print(options.printer)
            }
        }
    }
}

extension IncidentView {
    fileprivate func print(_ printer: Printer) throws -> Int32 {
        try printer.show(self) { describe() }
        return 0
    }

    private func describe() {
        let error = errorCode.map { "\($0): \(errorMessage ?? "")" } ?? "-"
        let end = resolvedAt.map { "resolved \(Format.moment($0)) by \(resolution ?? "-")" } ?? "open"
        for (title, text) in [
            ("saga", "\(saga) revision \(openedRevision)"), ("workflow", "\(workflow) version \(version)"),
            ("step", "\(step) at \(participant)"), ("cause", cause), ("error", error),
            ("opened", "\(Format.moment(openedAt)), \(end)"), ("assignee", assignee ?? "nobody"),
        ] {
            Terminal.print(title + String(repeating: " ", count: 10 - title.count) + Terminal.clean(text))
        }
        for comment in comments ?? [] {
            Terminal.print(
                Terminal.styled("\(Format.date(comment.at)) \(Terminal.clean(comment.author)):", .dim) + " "
                    + Terminal.clean(comment.text))
        }
    }
}
