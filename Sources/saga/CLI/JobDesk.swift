internal import SagaAPI
internal import SagaValues

/// A verb for many sagas: shows which, asks, and follows it to its end.
struct JobDesk {
    let client: Client
    let printer: Printer
    let many: ManyArguments
    let tenant: String?
    /// Whether it was said before that it is meant.
    let isConfirmed: Bool

    /// What the command ends with.
    func ask(_ verb: OperatorBody.Verb, _ filter: JSON, _ body: OperatorBody) async throws -> Int32 {
        let isDryRun = body.dryRun ?? false
        var job = JobBody(verb: verb.rawValue, filter: filter, body, tenant: tenant, rate: many.rate)
        job.dryRun = true
        guard let preview = try await client.makeJob(job, key: nil).preview else {
            throw ClientError.strange(client.url, 200)
        }
        try printer.item(preview) { preview.print(verb.rawValue) }
        guard preview.count <= preview.limit else {
            Terminal.error(
                "more than \(preview.limit) sagas, which is the most for one job: narrow it down, with --until for "
                    + "example. Nothing was done [SAGA-0241]")
            return 1
        }
        guard !isDryRun, preview.count > 0 else {
            if isDryRun { printer.forPeople { Terminal.print("\nNothing was done: this was a dry run.") } }
            return 0
        }
        let question = "\(verb.rawValue) \(preview.count) saga\(preview.count == 1 ? "" : "s")"
        guard Consent.isGiven(to: question, before: isConfirmed || client.isProtected) else { return 1 }
        job.dryRun = nil
        let made = try await make(job)
        if many.detach {
            try printer.item(made) { Terminal.print("job \(made.id) is under way") }
            return 0
        }
        printer.forPeople {
            Terminal.print(
                "job \(made.id) is under way; Ctrl-C leaves it running, saga job \(made.id) --wait follows it again")
        }
        return try await JobWatch(client: client, printer: printer).follow(made.id)
    }

    /// A job whose answer is lost is asked for again, by the same name.
    private func make(_ job: JobBody) async throws -> JobView {
        let key = many.requestKey ?? SagaValues.UUID.v7().description
        var attempts = 0
        while true {
            do {
                guard let view = try await client.makeJob(job, key: key).job else {
                    throw ClientError.strange(client.url, 200)
                }
                return view
            } catch  where Exit.leavesUnknown(error) {
                attempts += 1
                guard attempts < 3 else {
                    throw Advised(
                        error: error,
                        advice: "Whether the job was made is not known: see saga jobs, or repeat the command with "
                            + "--request-key \(key)")
                }
                try await Task.sleep(for: .seconds(1))
            }
        }
    }
}

/// Follows a job.
struct JobWatch {
    let client: Client
    let printer: Printer

    /// How long a server may be away before it is given up; one that is started again goes on with its jobs.
    private static let patience = Duration.seconds(60)

    /// Waits until the job has ended, and tells what came of it.
    func follow(_ id: SagaValues.UUID) async throws -> Int32 {
        var progress: Progress?
        var lastAnswer = ContinuousClock.now
        while true {
            let job: JobView
            do {
                job = try await client.job(id)
                lastAnswer = .now
            } catch  where Exit.leavesUnknown(error) {
                guard .now - lastAnswer < Self.patience else {
                    throw Advised(error: error, advice: "saga job \(id) --wait follows the job again")
                }
                try await Task.sleep(for: .milliseconds(500))
                continue
            }
            printer.forPeople {
                if progress == nil { progress = Progress(total: job.total) }
                progress?.show(job.total - job.open)
            }
            guard job.endedAt != nil else {
                try await Task.sleep(for: .milliseconds(500))
                continue
            }
            progress?.end()
            try await tell(job)
            return Exit.code(of: job)
        }
    }

    /// The job, and the first of those that were not changed.
    func tell(_ job: JobView) async throws {
        try await printer.itemAsking(job) { try await describe(job) }
    }

    private func describe(_ job: JobView) async throws {
        job.print()
        var table = Table("SAGA", "RESULT", "WHY")
        var count = 0
        for (status, number) in [("refused", job.refused), ("failed", job.failed)] where number > 0 {
            let page = try await client.jobItems(job.id, status: status, after: nil, limit: 10)
            for item in page.items {
                table.add(.init(item.saga.description), .init(item.status), .init(item.message ?? ""))
                count += 1
            }
        }
        guard count > 0 else { return }
        Terminal.print()
        table.print()
        if count < job.refused + job.failed {
            Terminal.print(
                "\nsaga job \(job.id) --items refused lists all that were refused, --items failed the others")
        }
    }
}

extension Exit {
    /// Whether the verb was carried out on every saga; the job has ended.
    static func code(of job: JobView) -> Int32 {
        (job.done == job.total ? ExitStatus.done : .someUnchanged).rawValue
    }
}

extension JobPreviewView {
    fileprivate func print(_ verb: String) {
        guard count > 0 else { return Terminal.print("no saga fits; nothing to do") }
        let number = count > limit ? "more than \(limit)" : "\(count)"
        Terminal.print("\(verb) is for \(number) saga\(count == 1 ? "" : "s")\n")
        var table = Table("COUNT", "WORKFLOW", "STATUS", "STEP", "CAUSE", "ERROR")
        for group in groups {
            table.add(
                .init("\(group.count)", style: { Terminal.styled($0, .bold) }),
                .init("\(group.workflow) v\(group.version)"), .init(group.status, style: Terminal.status),
                .init(group.step ?? "-"), .init(group.cause ?? "-"), .init(group.errorCode ?? "-"))
        }
        table.print()
        Terminal.print("\n\(sample.count < count ? "some of them, the oldest" : "all of them")\n")
        var looks = Table("SAGA", "WHAT WOULD COME OF IT")
        for look in sample {
            looks.add(
                .init(look.saga.description),
                .init(
                    look.refusal.map { "refused: \($0)" } ?? (look.changes ?? []).joined(separator: "; "),
                    style: { look.refusal == nil ? $0 : Terminal.styled($0, .red) }))
        }
        looks.print()
    }
}

extension JobView {
    func print() {
        let what = [
            verb, version.map { "to version \($0)" }, step, outcome.map { "as \($0)" },
            force == true ? "by force" : nil,
        ].compactMap(\.self)
        let left = status == "aborted" ? "\(open) left alone" : "\(open) open"
        for (title, text) in [
            ("job", id.description), ("verb", what.joined(separator: " ")), ("filter", filter.text),
            ("reason", reason), ("by", subject + (tenant.map { " for tenant \($0)" } ?? "")),
            ("made", "\(Format.moment(createdAt)), \(rate)/s"),
        ] {
            Terminal.print(title + String(repeating: " ", count: 10 - title.count) + Terminal.clean(text))
        }
        Terminal.print("status    \(Terminal.status(status))")
        Terminal.print("sagas     \(total): \(done) done, \(refused) refused, \(failed) failed, \(left)")
        if let endedAt {
            Terminal.print("took      \(Format.duration(from: createdAt, to: endedAt))")
        } else if let expectedEndAt {
            Terminal.print("expected  \(Format.moment(expectedEndAt))")
        }
    }
}
