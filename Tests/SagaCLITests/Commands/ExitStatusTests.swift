import Foundation
import Testing

@testable import SagaCLI

@Suite("How commands end") struct ExitStatusTests {
    @Test("is what docs/CLI.md says, in the same words")
    func documented() throws {
        // Tests/SagaCLITests/Commands/<this file>; the links are followed so that a build elsewhere finds it too.
        var top = URL(fileURLWithPath: #filePath).resolvingSymlinksInPath()
        for _ in 0..<4 { top.deleteLastPathComponent() }
        let page = try String(contentsOf: top.appendingPathComponent("docs/CLI.md"), encoding: .utf8)
        let section = try #require(page.split(separator: "\n## ").first { $0.hasPrefix("Exit statuses") })
        let rows = section.matches(of: /\n\| (\d+) \| (.+) \|/).map { "\($0.1) \($0.2.replacing("`", with: ""))" }
        #expect(rows == ExitStatus.allCases.map { "\($0.rawValue) \($0.meaning)" })
    }

    @Test("what is tried next is a command that there is")
    func next() async throws {
        let commands = Set(try await EveryCommand.all().map { $0.path.joined(separator: " ") })
        for (code, advice) in NextCommand.table {
            let named = advice.matches(of: /"(saga [a-z -]*[a-z])/).map(\.1)
            #expect(!named.isEmpty, "\(code)")
            for line in named {
                let words = line.split(separator: " ").prefix { !$0.hasPrefix("-") }
                #expect(commands.contains(words.joined(separator: " ")), "\(code): \(line)")
            }
        }
    }
}
