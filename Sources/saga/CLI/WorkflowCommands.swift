public import ArgumentParser
internal import Foundation
internal import SagaAPI

/// What can be done with the workflows of a server.
public enum WorkflowCommands {
    public static var all: [any ParsableCommand.Type] {
        [Deploy.self, List.self, Show.self, ActivateVersion.self, RetireVersion.self]
    }

    struct Deploy: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Check a definition and deploy it; sagas that run keep their version.")

        @Argument(help: "YAML files.")
        var files: [String]
        @OptionGroup var options: ChangeOptions

        func run() async throws {
            try await Exit.run {
                let (client, printer) = (try options.client(), options.printer)
                for file in files {
                    guard let data = FileManager.default.contents(atPath: file) else {
                        throw ValidationError("cannot read \(file)")
                    }
                    let view: WorkflowView = try await client.send(
                        .post, "/v1/workflows", query: [("file", (file as NSString).lastPathComponent)],
                        headers: ["Content-Type": "application/yaml"], body: Array(data))
                    for warning in view.warnings { Terminal.error(warning) }
                    try printer.item(view) {
                        Terminal.print(
                            "\(view.workflow) version \(view.version) is deployed (\(view.digest.prefix(12)))")
                    }
                }
                return 0
            }
        }
    }

    struct List: AsyncParsableCommand {
        static let configuration = CommandConfiguration(abstract: "List the deployed versions.")

        @OptionGroup var options: ClientOptions

        func run() async throws {
            try await Exit.run {
                let list: WorkflowList = try await options.client().send(.get, "/v1/workflows")
                try options.printer.list(list, \.workflows) { WorkflowCommands.print(list.workflows) }
                return 0
            }
        }
    }

    private static func coloured(_ state: String) -> String {
        switch state {
        case "active": Terminal.styled(state, .green)
        case "retired": Terminal.styled(state, .dim)
        default: state
        }
    }

    private static func print(_ workflows: [WorkflowView]) {
        var table = Table("WORKFLOW", "VERSION", "STATE", "STEPS", "DEPLOYED", "DIGEST", "TITLE")
        for view in workflows {
            table.add(
                .init(view.workflow), .init("\(view.version)"), .init(view.state, style: coloured),
                .init("\(view.steps)"),
                .init(Format.date(view.deployedAt)), .init(String(view.digest.prefix(12))), .init(view.title ?? ""))
        }
        table.print()
    }

    struct Show: AsyncParsableCommand {
        static let configuration = CommandConfiguration(abstract: "Print a definition as it was deployed.")

        @Argument(help: "The workflow's name.")
        var name: String
        @Option(name: .customLong("version"), help: "The version; the active one if not given.")
        var workflowVersion: Int?
        @OptionGroup var options: ClientOptions

        func run() async throws {
            try await Exit.run {
                let path = "/v1/workflows/\(name)" + (workflowVersion.map { "/\($0)" } ?? "")
                let view: WorkflowView = try await options.client().send(.get, path)
                try options.printer.show(view) { Terminal.print(view.source ?? "") }
                return 0
            }
        }
    }
}
