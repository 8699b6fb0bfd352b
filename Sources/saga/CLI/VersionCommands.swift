internal import ArgumentParser
internal import SagaAPI
internal import SagaValues

extension WorkflowCommands {
    struct ActivateVersion: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "activate", abstract: "Have starts that name no version take this one from now on.",
            discussion: """
                The way back from a bad deployment, and for a retired version the way back into use. Sagas that run keep \
                their version.
                """)

        @OptionGroup var arguments: VersionArguments

        func run() async throws { try await arguments.ask("activate") }
    }

    struct RetireVersion: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "retire", abstract: "Have no saga start with this version any more.",
            discussion: "Sagas that run go on. The active version cannot be retired: activate another one first.")

        @OptionGroup var arguments: VersionArguments

        func run() async throws { try await arguments.ask("retire") }
    }
}

struct VersionArguments: ParsableArguments {
    @Argument(help: "The workflow's name.")
    var name: String
    @Argument(help: "The version.")
    var version: Int
    @Option(help: "Why; it stays in the audit.")
    var reason: String
    @Flag(help: "Only say what would happen.")
    var dryRun = false
    @OptionGroup var options: ChangeOptions

    /// Shows what would come of it, asks, and does it.
    fileprivate func ask(_ verb: String) async throws {
        try await Exit.run {
            let client = try options.client()
            guard !dryRun else {
                let preview = try await send(verb, isDryRun: true, client)
                try options.printer.show(preview) { preview.print() }
                return 0
            }
            // Of a protected profile the name is asked for instead.
            if !options.yes, !client.isProtected {
                let preview = try await send(verb, isDryRun: true, client)
                options.printer.forPeople { preview.printChanges() }
                guard Consent.isGiven(to: "\(verb) version \(version) of \(name)", before: false) else { return 1 }
            }
            let answer = try await send(verb, isDryRun: false, client)
            try options.printer.show(answer) { answer.print() }
            return 0
        }
    }

    private func send(_ verb: String, isDryRun: Bool, _ client: Client) async throws -> VersionAnswer {
        try await client.send(
            .post, "/v1/workflows/\(name)/\(version)/\(verb)", headers: ["Content-Type": "application/json"],
            body: try JSONValueEncoder.encode(VersionBody(reason: reason, dryRun: isDryRun ? true : nil)).bytes,
            isRehearsal: isDryRun)
    }
}

extension VersionAnswer {
    fileprivate func printChanges() {
        for change in changes { Terminal.print(Terminal.clean(change)) }
    }

    fileprivate func print() {
        printChanges()
        if dryRun { Terminal.print("Nothing was done: this was a dry run.") }
    }
}
