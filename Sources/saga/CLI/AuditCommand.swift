public import ArgumentParser
internal import SagaAPI
internal import SagaValues

public struct AuditCommand: AsyncParsableCommand {
    public static let configuration = CommandConfiguration(
        commandName: "audit", abstract: "List who asked for what, and what came of it.",
        discussion:
            "The last come first. With --json each line of the audit is a line of the output: --all exports them.")

    @Option(help: "Only of this saga.", transform: SagaID.read)
    var saga: UUID?
    @Option(help: "Only what this one asked for.")
    var subject: String?
    @Option(help: "Only this verb: retry, resolve-done, deploy, token-create, …")
    var verb: String?
    @Option(help: "Only what was done, or was refused.")
    var outcome: String?
    @Option(help: "Only of this workflow.")
    var workflow: String?
    @Option(
        help: "Only later than this time: 2026-11-21T10:00:00Z, or 2h for two hours ago.", transform: Moment.read)
    var after: Timestamp?
    @Option(help: "Only earlier than this time.", transform: Moment.read)
    var before: Timestamp?
    @Option(help: "Only with this in the reason.")
    var text: String?
    @Option(help: "How many, 500 at most.")
    var limit = 50
    @Flag(help: "All of them, page after page.")
    var all = false
    @OptionGroup var options: ClientOptions

    public init() {}

    public func run() async throws {
        try await Exit.run {
            let (client, printer) = (try options.client(), options.printer)
            var table = Table("AT", "WHO", "ROLE", "VERB", "OUTCOME", "SAGA", "STEP", "REASON")
            var cursor: Int64?
            var count = 0
            repeat {
                let page: AuditPage = try await client.send(
                    .get, "/v1/audit",
                    query: [
                        ("saga", saga?.description), ("subject", subject), ("verb", verb), ("outcome", outcome),
                        ("workflow", workflow), ("after", after?.description), ("before", before?.description),
                        ("text", text),
                        ("limit", all ? "500" : "\(limit)"), ("cursor", cursor.map { "\($0)" }),
                    ])
                count += page.audit.count
                for line in page.audit {
                    try printer.item(line) { line.add(to: &table) }
                }
                cursor = page.next
            } while all && cursor != nil
            printer.forPeople { if count == 0 { Terminal.print("nothing was asked for") } else { table.print() } }
            return 0
        }
    }
}

extension AuditView {
    fileprivate func add(to table: inout Table) {
        table.add(
            .init(Format.date(at)), .init(subject), .init(role), .init(verb), .init(outcome),
            .init(saga?.description ?? workflow ?? "-"), .init(step ?? "-"),
            .init(outcome == "refused" ? "\(reason) (\(detail["refusal"]?.stringValue ?? ""))" : reason))
    }
}
