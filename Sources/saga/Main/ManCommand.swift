internal import ArgumentParser
internal import Foundation
internal import SagaCLI

struct ManCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "man", abstract: "Print the manual page of a command, or write those of all commands.",
        discussion: "\"saga man list | man -l -\" shows one. They are made of what the commands declare, as --help is.")

    @Argument(help: "The command, such as list, or workflow deploy; the program itself if not given.")
    var command: [String] = []
    @Option(help: "Write all pages into this folder, which is made if it is not there.", completion: .directory)
    var directory: String?

    func validate() throws {
        guard directory == nil || command.isEmpty else {
            throw ValidationError("--directory is for all commands: name none")
        }
    }

    func run() throws {
        let pages = ManualPage.all(
            of: try CommandDeclaration(dump: SagaProgram._dumpHelp()), version: SagaProgram.configuration.version,
            date: Self.date)
        guard let directory else {
            let file = (["saga"] + command).joined(separator: "-") + ".1"
            guard let page = pages.first(where: { $0.file == file }) else {
                throw ValidationError(
                    "there is no command \"\(command.joined(separator: " "))\"; \"saga --help\" lists them")
            }
            return Terminal.print(page.text, terminator: "")
        }
        do {
            try FileManager.default.createDirectory(atPath: directory, withIntermediateDirectories: true)
            for page in pages {
                try Data(page.text.utf8).write(to: URL(fileURLWithPath: directory).appendingPathComponent(page.file))
            }
        } catch {
            throw ValidationError("cannot write into \(directory): \(error.localizedDescription)")
        }
        Terminal.error("\(pages.count) pages are in \(directory)")
    }

    /// Of today, or of the time that a build which can be repeated is told (reproducible-builds.org).
    private static var date: String {
        let time = ProcessInfo.processInfo.environment["SOURCE_DATE_EPOCH"].flatMap { Double($0) }
        let text = (time.map { Date(timeIntervalSince1970: $0) } ?? Date()).formatted(.iso8601)
        return String(text.prefix(10))
    }
}
