import Foundation
import SagaCLI
import Testing

/// The commands as the program declares them, and a line for each that is complete.
struct EveryCommand {
    /// Those that are seen, from the program down.
    static func all() async throws -> [CommandDeclaration] { try await declarations.all() }

    private static let declarations = Declarations()

    /// It takes seconds to be asked.
    private actor Declarations {
        private var known: [CommandDeclaration]?

        func all() async throws -> [CommandDeclaration] {
            if let known { return known }
            let run = try await saga(["--experimental-dump-help"])
            let found = try CommandDeclaration(dump: run.output).family
            known = found
            return found
        }
    }

    /// Those that ask a server.
    static func clients() async throws -> [CommandDeclaration] {
        let found = try await all().filter { command in
            command.subcommands.isEmpty && command.arguments.contains { $0.names.contains("--token") }
        }
        #expect(found.count > 40)
        return found
    }

    static let id = "0199c0de-0000-7000-8000-000000000000"

    /// What is required, and ids and reasons also where they are not. Who adds a command of which this makes no line that is right
    /// says here what it needs.
    static func line(of command: CommandDeclaration) -> [String] {
        let path = Array(command.path.dropFirst())
        var line = path
        for argument in command.arguments {
            guard !argument.isOptional || ["id", "ids", "reason"].contains(argument.valueName) else { continue }
            if let name = argument.names.last { line.append(name) }
            line.append(values["\(path.joined(separator: " ")) \(argument.valueName)"] ?? value(argument.valueName))
        }
        return line + (extra[path.joined(separator: " ")] ?? [])
    }

    private static let extra = [
        "incident assign": ["--nobody"], "participant limit": ["--none"],
    ]

    private static let values = ["token revoke id": "abc"]

    private static func value(_ name: String) -> String {
        switch name {
        case "id", "ids", "saga", "what": id
        case "revision", "to", "version": "1"
        case "input", "patch", "body": "{}"
        case "files": file
        case "old", "new": "order@1"
        default: "x"
        }
    }

    /// A file that lies in the folder where the line is run.
    static let file = "order.yaml"

    static func prepare(_ folder: URL) throws { try Data("x".utf8).write(to: folder.appendingPathComponent(file)) }
}
