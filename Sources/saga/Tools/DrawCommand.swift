public import ArgumentParser
internal import Diagrams
internal import Foundation
internal import SagaAPI
internal import SagaCLI
internal import SagaValues
internal import Workflows

public struct DrawCommand: AsyncParsableCommand {
    public static let configuration = CommandConfiguration(
        commandName: "draw",
        abstract: "Draw a workflow file, or a saga with how far it is.",
        discussion: """
            Mermaid goes into Markdown pages, DOT into Graphviz. SVG is laid out by Graphviz where 'dot' is installed, \
            else by this program. docs/DIAGRAMS.md has the legend.
            """)

    @Argument(help: "A YAML file, or a saga's id.")
    var what: String

    @Option(help: "mermaid, dot or svg.")
    var format = Format.mermaid

    @Option(name: .shortAndLong, help: "Write to this file.")
    var output: String?

    @Flag(help: "Lay SVG out without Graphviz.")
    var plain = false

    @OptionGroup var connection: ConnectionOptions

    enum Format: String, ExpressibleByArgument, CaseIterable { case mermaid, dot, svg }

    public init() {}

    public func run() async throws {
        try await CommandExit.run {
            let text = try await drawing()
            guard let output else { return Terminal.print(text) }
            guard FileManager.default.createFile(atPath: output, contents: Data((text + "\n").utf8)) else {
                throw ValidationError("cannot write \(output)")
            }
        }
    }

    private func drawing() async throws -> String {
        let graphviz = format == .svg && !plain ? Graphviz.find() : nil
        if let id = SagaValues.UUID(what) {
            let wanted: Format = graphviz == nil ? format : .dot
            let text = try await connection.makeClient().diagram(of: id, format: wanted.rawValue).text
            return try graphviz.map { try $0.svg(of: text) } ?? text
        }
        guard let data = FileManager.default.contents(atPath: what) else {
            throw ValidationError("\(what) is neither a file that can be read nor a saga's id")
        }
        let diagram: Diagram
        do {
            diagram = Diagram(try Workflow.compile(Array(data), file: what).plan)
        } catch {
            Terminal.error(error.description)
            throw ExitCode(1)
        }
        switch format {
        case .mermaid: return diagram.mermaid
        case .dot: return diagram.dot
        case .svg: return try graphviz.map { try $0.svg(of: diagram.dot) } ?? diagram.svg
        }
    }
}

/// The program `dot`, where it is installed.
struct Graphviz {
    let path: String

    static func find() -> Graphviz? {
        let folders = (ProcessInfo.processInfo.environment["PATH"] ?? "").split(separator: ":")
        return folders.lazy.map { "\($0)/dot" }.first { FileManager.default.isExecutableFile(atPath: $0) }
            .map { Graphviz(path: $0) }
    }

    func svg(of dot: String) throws -> String {
        let process = Process()
        process.executableURL = URL(filePath: path)
        process.arguments = ["-Tsvg"]
        let (input, output) = (Pipe(), Pipe())
        process.standardInput = input
        process.standardOutput = output
        try process.run()
        let writer = Thread { [handle = input.fileHandleForWriting] in
            try? handle.write(contentsOf: Data(dot.utf8))
            try? handle.close()
        }
        writer.start()
        let data = try output.fileHandleForReading.readToEnd() ?? Data()
        process.waitUntilExit()
        guard process.terminationStatus == 0, let svg = String(data: data, encoding: .utf8) else {
            throw ValidationError("'dot' could not draw it (status \(process.terminationStatus)); --plain does without")
        }
        return svg
    }
}
