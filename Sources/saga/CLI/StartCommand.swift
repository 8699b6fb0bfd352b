public import ArgumentParser
internal import Foundation
internal import SagaAPI
internal import SagaValues

public struct StartCommand: AsyncParsableCommand {
    public static let configuration = CommandConfiguration(
        commandName: "start", abstract: "Start a saga.",
        discussion: """
            With the same key and the same input it finds the saga that was started before, so it is safe to \
            repeat. Exit status with --wait: 0 completed, 3 ended otherwise, 4 still open.
            """)

    @Argument(help: "The workflow's name.")
    var workflow: String
    @Option(help: "The input, as JSON; @FILE reads a file, - standard input.")
    var input: String
    @Option(help: "What names this start, so that it is made once. Made up if not given.")
    var key: String?
    @Option(name: .customLong("version"), help: "The workflow's version; the active one if not given.")
    var workflowVersion: Int?
    @Option(help: "What people call it: an order number, say.")
    var businessKey: String?
    @Flag(help: "Wait until it has ended.")
    var wait = false
    @Option(help: "How long to wait at most.")
    var timeout = "60s"
    @OptionGroup var options: ChangeOptions

    public init() {}

    public func run() async throws {
        try await Exit.run {
            guard let limit = Duration(sagaText: timeout), limit > .zero else {
                throw ValidationError("--timeout must be a duration such as 30s or 5m")
            }
            let key = key ?? SagaValues.UUID.v7().description
            guard !key.unicodeScalars.contains(where: { $0.properties.generalCategory == .control }) else {
                throw ValidationError("--key has a line break or another control character")
            }
            let body = StartBody(
                workflow: workflow, version: workflowVersion, businessKey: businessKey,
                input: try InputText.read(input, "--input")
            )
            let client = try options.client()
            var detail: SagaDetail
            do {
                detail = try await client.start(body, key: key)
            } catch  where Exit.leavesUnknown(error) {
                // A key that was made up is known to nobody else.
                throw Advised(
                    error: error,
                    advice: "Whether the saga was started is not known: repeat the command with --key \(key)")
            }
            let isNew = detail.isNew ?? true
            if wait { detail = try await client.waitForEnd(of: detail.saga.id, upTo: limit) }
            try options.printer.show(detail) {
                if !isNew { Terminal.print("this start was made before; here is its saga") }
                detail.print()
                if !wait { Terminal.print("\nsaga watch \(detail.saga.id) follows it") }
            }
            return wait ? Exit.code(of: detail.saga) : 0
        }
    }
}

/// Input as it is given on the command line.
enum InputText {
    /// - Parameter option: the one that it is given with.
    static func read(_ text: String, _ option: String) throws -> JSON {
        let bytes: [UInt8]
        let source: String
        switch text {
        case "-":
            (bytes, source) = (Array(FileHandle.standardInput.readDataToEndOfFile()), "standard input")
        case _ where text.hasPrefix("@"):
            source = String(text.dropFirst())
            do {
                bytes = Array(try Data(contentsOf: URL(fileURLWithPath: source)))
            } catch {
                throw ValidationError("cannot read \(source): \(error.localizedDescription)")
            }
        default:
            (bytes, source) = (Array(text.utf8), option)
        }
        do {
            return try JSON(parsing: bytes)
        } catch {
            throw ValidationError("\(source) is not JSON: \(error)")
        }
    }
}
