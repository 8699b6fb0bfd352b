import Foundation
import Scenarios
import Testing
import Workflows

/// What docs/SCENARIOS.md shows is what comes out.
@Suite("The page on scenarios")
struct DocumentationTests {
    private func blocks(_ page: String, _ language: String) throws -> [String] {
        let docs = workflowFolder.deletingLastPathComponent().appending(path: "docs")
        let text = try String(contentsOf: docs.appending(path: page), encoding: .utf8)
        // Every second piece stands between two fences.
        let pieces = text.components(separatedBy: "```").enumerated().filter { $0.offset % 2 == 1 }.map(\.element)
        return pieces.filter { $0.hasPrefix(language + "\n") }.map { String($0.dropFirst(language.utf8.count + 1)) }
    }

    private func outcomes(_ text: String) throws -> [ScenarioOutcome] {
        let source = try #require(blocks("WORKFLOWS.md", "yaml").first)
        let file = try ScenarioFile.read(text, file: "plan-purchase.test.yaml") { name throws(WorkflowErrors) in
            name == "plan-purchase.yaml" ? try Workflow.compile(source, file: name) : nil
        }
        return file.scenarios.map { $0.run() }
    }

    @Test("The first example is about the first workflow, and comes out as it says")
    func example() throws {
        let outcomes = try outcomes(#require(blocks("SCENARIOS.md", "yaml").first))
        #expect(outcomes.map(\.description) == ["ok   The balance does not suffice (compensated)"])
    }

    @Test("What is told of one that does not is what the page shows, to the letter")
    func failure() throws {
        let example = try #require(blocks("SCENARIOS.md", "yaml").first)
        let reply = "    replies: { billing.charge: { rejected: insufficient-balance } }\n"
        #expect(example.components(separatedBy: reply).count == 2)
        let outcomes = try outcomes(example.replacing(reply, with: ""))
        let shown = try #require(blocks("SCENARIOS.md", "").first)
        #expect(outcomes.map(\.description) == [String(shown.dropLast())], "\(outcomes.first?.description ?? "")")
    }
}
