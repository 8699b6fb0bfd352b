public import ArgumentParser
internal import SagaAPI
internal import SagaValues

public struct JobsCommand: AsyncParsableCommand {
    public static let configuration = CommandConfiguration(
        commandName: "jobs", abstract: "List jobs, verbs over many sagas, newest first.")

    @Option(help: "Only these statuses, with commas between them: running, paused, done, aborted.")
    var status: String?
    @Option(help: "Only those about this tenant.")
    var tenant: String?
    @Option(help: "How many at most, 1 to 500.")
    var limit = 50
    @Option(help: "Go on after this job, as the page before says.", transform: JobID.read)
    var cursor: UUID?
    @OptionGroup var options: ClientOptions

    public init() {}

    public func run() async throws {
        try await Exit.run {
            let client = try options.client()
            let page: JobPage = try await client.send(
                .get, "/v1/jobs",
                query: [
                    ("status", status), ("tenant", client.tenant(tenant)), ("limit", "\(limit)"),
                    ("cursor", cursor?.description),
                ])
            try options.printer.list(page, \.jobs, next: page.next?.description) { page.print() }
            return 0
        }
    }
}

extension JobPage {
    fileprivate func print() {
        guard !jobs.isEmpty else { return Terminal.print("no jobs") }
        var table = Table("JOB", "VERB", "STATUS", "SAGAS", "DONE", "REFUSED", "FAILED", "MADE", "BY", "REASON")
        for job in jobs {
            table.add(
                .init(job.id.description), .init(job.verb + (job.step.map { " \($0)" } ?? "")),
                .init(job.status, style: Terminal.status), .init("\(job.total)"), .init("\(job.done)"),
                .init("\(job.refused)"), .init("\(job.failed)"), .init(Format.date(job.createdAt)),
                .init(job.subject), .init(job.reason))
        }
        table.print()
        if let next { Terminal.print("\nmore: add --cursor \(next)") }
    }
}

public struct JobCommand: AsyncParsableCommand {
    public static let configuration = CommandConfiguration(
        commandName: "job", abstract: "Show a job, pause, resume or abort it.",
        subcommands: [Show.self, Pause.self, Resume.self, Abort.self], defaultSubcommand: Show.self)

    public init() {}

    struct Show: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Show how far a job is, and what was not carried out.",
            discussion: "Exit status with --wait: 0 every saga was changed, 5 some were not.")

        @Argument(help: "The job's id.", transform: JobID.read)
        var id: UUID
        @Flag(help: "Wait until it has ended.")
        var wait = false
        @Option(help: "List its sagas: all, or pending, done, refused, failed, skipped.")
        var items: String?
        @OptionGroup var options: ClientOptions

        func validate() throws {
            guard !wait || items == nil else { throw ValidationError("--wait and --items exclude each other") }
        }

        func run() async throws {
            try await Exit.run {
                let client = try options.client()
                let watch = JobWatch(client: client, printer: options.printer)
                if wait { return try await watch.follow(id) }
                if let items {
                    try await list(items == "all" ? nil : items, client)
                } else {
                    try await watch.tell(try await client.job(id))
                }
                return 0
            }
        }

        private func list(_ status: String?, _ client: Client) async throws {
            var cursor: Int?
            let printer = options.printer
            var table = Table("NUMBER", "SAGA", "RESULT", "REVISION", "AT", "WHAT")
            repeat {
                let page = try await client.jobItems(id, status: status, after: cursor)
                for item in page.items {
                    try printer.item(item) {
                        table.add(
                            .init("\(item.position)"), .init(item.saga.description), .init(item.status),
                            .init(item.revision.map(String.init) ?? "-"), .init(Format.date(item.at)),
                            .init(item.message ?? ""))
                    }
                }
                cursor = page.next
            } while cursor != nil
            printer.forPeople { table.print() }
        }
    }

    /// What the three others take, and do.
    struct Steering: ParsableArguments {
        @Argument(help: "The job's id.", transform: JobID.read)
        var id: UUID
        @Option(help: "Why; it stays in the audit.")
        var reason: String
        @OptionGroup var options: ChangeOptions

        func ask(_ control: String) async throws {
            try await Exit.run {
                let job: JobView = try await options.client().send(
                    .post, "/v1/jobs/\(id)/\(control)", headers: ["Content-Type": "application/json"],
                    body: try JSONValueEncoder.encode(JobControlBody(reason: reason)).bytes)
                try options.printer.show(job) { job.print() }
                return 0
            }
        }
    }

    struct Pause: AsyncParsableCommand {
        static let configuration = CommandConfiguration(abstract: "Do nothing more for a job until it is resumed.")
        @OptionGroup var steering: Steering

        func run() async throws { try await steering.ask("pause") }
    }

    struct Resume: AsyncParsableCommand {
        static let configuration = CommandConfiguration(abstract: "Let a paused job go on.")
        @OptionGroup var steering: Steering

        func run() async throws { try await steering.ask("resume") }
    }

    struct Abort: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "End a job: sagas that it has not come to are left alone.")
        @OptionGroup var steering: Steering

        func run() async throws { try await steering.ask("abort") }
    }
}

/// Reads a job's id from the command line.
enum JobID {
    @Sendable
    static func read(_ text: String) throws -> UUID {
        guard let id = UUID(text) else { throw ValidationError("it is no job's id; \"saga jobs\" prints ids") }
        return id
    }
}
