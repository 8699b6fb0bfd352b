public import ArgumentParser
internal import Foundation
internal import SagaAPI
internal import SagaValues

public struct TopCommand: AsyncParsableCommand {
    public static let configuration = CommandConfiguration(
        commandName: "top",
        abstract:
            "Show what goes on: open sagas by workflow and status, rates, incidents, and what is open for longest.",
        discussion: """
            Draws itself anew on a terminal until Ctrl-C; prints once elsewhere, or with --once. With -o jsonl it prints \
            a line each time it looks.
            """)

    @Option(help: "Only sagas of this tenant.")
    var tenant: String?
    @Option(help: "How often to look.")
    var every = "2s"
    @Flag(help: "Print once and end.")
    var once = false
    @OptionGroup var options: ClientOptions

    public init() {}

    public func validate() throws {
        guard let pause = Duration(sagaText: every), pause >= .milliseconds(500) else {
            throw ValidationError("--every must be a duration of 500ms or more")
        }
    }

    public func run() async throws {
        try await Exit.run {
            let (client, printer) = (try options.client(), options.printer)
            guard !once, printer.goesOn else {
                let (overview, incidents) = try await look(client)
                try printer.show(overview) {
                    for line in Self.lines(overview, incidents, rows: 10) { Terminal.print(line) }
                }
                return 0
            }
            var hasShown = false
            while true {
                do {
                    let (overview, incidents) = try await look(client)
                    try printer.item(overview) {
                        let size = Terminal.size
                        Terminal.redraw(Self.lines(overview, incidents, rows: max(3, size.rows / 4)), size)
                    }
                    hasShown = true
                } catch let error as ClientError {
                    guard hasShown else { throw error }
                    Self.report("no server answers; trying again")
                }
                try await Task.sleep(for: Duration(sagaText: every) ?? .seconds(2))
            }
        }
    }

    /// What was drawn last stays, and it says of when it is.
    private static func report(_ word: String) {
        if Terminal.hasDrawn { Terminal.redrawLast(word) } else { Terminal.error(word) }
    }

    private func look(_ client: Client) async throws -> (OverviewView, IncidentGroupList?) {
        let overview: OverviewView = try await client.send(
            .get, "/v1/overview", query: [("tenant", client.tenant(tenant)), ("limit", "20")])
        do {
            let groups: IncidentGroupList = try await client.send(
                .get, "/v1/incident-groups", query: [("tenant", client.tenant(tenant)), ("limit", "20")])
            return (overview, groups)
        } catch let problem as Problem where problem.status == 403 {
            return (overview, nil)
        }
    }

    /// - Parameter rows: how many incidents and how many sagas at most.
    private static func lines(_ overview: OverviewView, _ incidents: IncidentGroupList?, rows: Int) -> [String] {
        let all = overview.workflows
        func total(_ member: KeyPath<WorkloadView, Int>) -> Int { all.reduce(0) { $0 + $1[keyPath: member] } }
        let ended = total(\.completed) + total(\.compensated) + total(\.abandoned)
        var lines = [
            "\(Terminal.styled("saga top", .bold))  \(Format.moment(overview.at))",
            "open \(total(\.queued) + total(\.running) + total(\.compensating))  "
                + "with incident \(total(\.withIncident))  "
                + "started \(rate(total(\.started)))  ended \(rate(ended))",
            "",
        ]
        var table = Table("WORKFLOW", "QUEUED", "RUNNING", "UNDOING", "INCIDENT", "STARTED", "COMPLETED", "UNDONE")
        for work in all {
            table.add(
                .init(work.workflow), .init("\(work.queued)"), .init("\(work.running)"), .init("\(work.compensating)"),
                .init("\(work.withIncident)", style: { work.withIncident > 0 ? Terminal.styled($0, .red) : $0 }),
                .init(rate(work.started)), .init(rate(work.completed)), .init(rate(work.compensated + work.abandoned)))
        }
        lines += all.isEmpty ? ["no sagas are open, and none began or ended within the last minute"] : table.lines
        if let groups = incidents?.groups, !groups.isEmpty {
            var table = Table("INCIDENTS", "WORKFLOW", "STEP", "PARTICIPANT", "CAUSE", "CODE", "SINCE")
            for group in groups.prefix(rows) {
                table.add(
                    .init("\(group.count)"), .init(group.workflow), .init(group.step), .init(group.participant),
                    .init(group.cause), .init(group.errorCode ?? "-"), .init(Format.date(group.first)))
            }
            lines += [""] + table.lines
        }
        if !overview.oldest.isEmpty {
            var table = Table("OPEN FOR LONGEST", "WORKFLOW", "STATUS", "FOR", "SAGA")
            for saga in overview.oldest.prefix(rows) {
                table.add(
                    .init(saga.businessKey ?? saga.idempotencyKey), .init("\(saga.workflow) v\(saga.version)"),
                    .init(saga.status + (saga.hasOpenIncident ? " !" : ""), style: Terminal.status),
                    .init(Format.duration(from: saga.startedAt, to: overview.at)), .init(saga.id.description))
            }
            lines += [""] + table.lines
        }
        return lines
    }

    /// Of the last minute.
    private static func rate(_ count: Int) -> String { "\(count)/min" }
}
