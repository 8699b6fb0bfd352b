public import ArgumentParser
internal import Foundation
internal import SagaEngine
internal import Workflows

public struct ServeCommand: AsyncParsableCommand {
    public static let configuration = CommandConfiguration(
        commandName: "serve", abstract: "Run an orchestrator.",
        usage: "saga serve [--config <file>] [--<setting> <value> ...]",
        discussion: """
            Settings come from flags, the environment and a YAML file, in this order:

            \(Settings.all.map(\.lines).joined(separator: "\n"))
            """)

    @Option(help: "A YAML file with settings.")
    var config: String?
    @Argument(parsing: .allUnrecognized, help: .hidden)
    var settings: [String] = []

    public init() {}

    public func run() async throws {
        let configuration: ServerConfiguration
        do {
            configuration = try ServerConfiguration.read(
                file: config, flags: settings, environment: ProcessInfo.processInfo.environment)
        } catch {
            throw Refusal("saga does not start: \(error)")
        }
        do {
            try await Node(configuration).run()
        } catch let error as WorkflowErrors {
            throw Refusal("saga does not start, a workflow has errors:\n\(error)")
        } catch let error as StoreError {
            throw Refusal("saga does not start: \(error)")
        } catch let error as ConfigurationError {
            throw Refusal("saga does not start: \(error)")
        }
    }
}

/// Ends the program with a message on standard error and exit status 1.
public struct Refusal: Error, CustomStringConvertible {
    public let description: String

    public init(_ description: String) {
        self.description = description
    }
}

extension SettingDescription {
    /// The setting in `--help`.
    fileprivate var lines: String {
        let remark = isRequired ? " (required)" : initial.map { " (default \($0))" } ?? ""
        return "\(flag), \(environmentName), \(key)\n      \(help)\(remark)"
    }
}
