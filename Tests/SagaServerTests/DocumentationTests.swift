import ArgumentParser
import Foundation
import Testing

@testable import SagaServer

@Suite struct DocumentationTests {
    /// A row of the table in docs/CONFIGURATION.md.
    struct Row: Hashable {
        let key: String
        let variable: String
        let initial: String
        let meaning: String
    }

    private func rows() throws -> [Row] {
        // Tests/SagaServerTests/<this file>
        var top = URL(fileURLWithPath: #filePath).resolvingSymlinksInPath()
        for _ in 0..<3 { top.deleteLastPathComponent() }
        let text = try String(contentsOf: top.appendingPathComponent("docs/CONFIGURATION.md"), encoding: .utf8)
        let section = try #require(
            text.components(separatedBy: "## All settings").last?.components(separatedBy: "## ").first)
        return section.split(separator: "\n").filter { $0.hasPrefix("| `") }.map { line in
            let cells = line.split(separator: "|", omittingEmptySubsequences: false).map {
                $0.trimmingCharacters(in: CharacterSet(charactersIn: " `"))
            }
            return Row(key: cells[1], variable: cells[2], initial: cells[3], meaning: cells[4])
        }
    }

    @Test("every setting has its row, and every row its setting, in the same order")
    func sameSettings() throws {
        #expect(try rows().map(\.key) == Settings.all.map(\.key))
        #expect(try rows().map(\.variable) == Settings.all.map(\.environmentName))
    }

    @Test("every row has the default of its setting")
    func sameDefaults() throws {
        let words = ["node.name": "host name and process id", "rabbitmq.password": "empty"]
        for (row, setting) in zip(try rows(), Settings.all) {
            let expected = setting.isRequired ? "**required**" : setting.initial ?? words[setting.key] ?? "none"
            #expect(row.initial == expected, "\(row.key)")
        }
    }

    @Test("every row has the range of its setting")
    func sameRanges() throws {
        for (row, setting) in zip(try rows(), Settings.all) where setting.key != "http.port" {
            // Ports need no words: everybody knows what a port is.
            guard !setting.key.hasSuffix(".port"), let range = setting.help.firstMatch(of: /\w+ to \w+$/) else {
                continue
            }
            #expect(row.meaning.contains(range.output), "\(row.key): \(setting.help)")
        }
    }

    @Test("the help has every flag with its default as it would be written")
    func help() {
        let help = ServeCommand.helpMessage(columns: 200)
        for setting in Settings.all { #expect(help.contains("\(setting.flag), \(setting.environmentName)")) }
        #expect(help.contains("(default 8s)"))
        #expect(help.contains("(default quorum)"))
        #expect(!help.contains("seconds)"))
    }
}
