public import ArgumentParser
internal import Foundation
internal import SagaAPI
internal import SagaValues

public struct ExportCommand: AsyncParsableCommand {
    public static let configuration = CommandConfiguration(
        commandName: "export",
        abstract: "Write a saga with its workflow, its history and all that is known of it to a file.",
        discussion: """
            The file stands for itself: "saga explain --file FILE" tells the case again on any machine, without a server. \
            Sensitive values are masked.
            """)

    @Argument(help: "The saga's id.", transform: SagaID.read)
    var id: SagaValues.UUID
    @Option(help: "The file, which must not be there yet; left out, it is printed.", completion: .file())
    var to: String?
    @OptionGroup var connection: ConnectionOptions

    public init() {}

    public func run() async throws {
        try await Exit.run {
            if let to, FileManager.default.fileExists(atPath: to) {
                throw ValidationError("\(to) is there already: name another file, or remove it")
            }
            let export: JSON = try await connection.client().send(
                .get, "/v1/sagas/\(id)/export", patience: .seconds(120))
            guard let to else {
                Terminal.print(export.text)
                return 0
            }
            do {
                try Data(export.bytes + [0x0A]).write(to: URL(fileURLWithPath: to), options: .withoutOverwriting)
            } catch {
                throw ValidationError("cannot write \(to): \(error.localizedDescription)")
            }
            Terminal.error("saga explain --file \(to) tells it again, saga test --from \(to) makes a test of it")
            return 0
        }
    }
}
