import Foundation
import SagaCore
import SagaValues
import Testing

@testable import Diagrams

/// Whole drawings, kept in `Golden`. `SAGA_GOLDEN=write` writes them anew: look at the difference before it is committed.
@Suite("Whole drawings")
struct GoldenTests {
    private static let folder = URL(filePath: #filePath).deletingLastPathComponent().appending(path: "Golden")

    /// Refused at the point of no return, and on its way back.
    static let purchase = Diagram(.purchase, saga: Saga(.purchase, .done(0), .done(1), .refused(2), .undone(1)))

    private func expect(_ text: String, asIn name: String) throws {
        let file = Self.folder.appending(path: name)
        if ProcessInfo.processInfo.environment["SAGA_GOLDEN"] == "write" {
            try FileManager.default.createDirectory(at: Self.folder, withIntermediateDirectories: true)
            try text.write(to: file, atomically: true, encoding: .utf8)
        }
        let kept = try String(contentsOf: file, encoding: .utf8)
        guard kept != text else { return }
        let lines = zip(kept.split(separator: "\n"), text.split(separator: "\n"))
        let difference = lines.first { $0 != $1 }.map { "\($0)\nis now\n\($1)" } ?? "one of them is longer"
        Issue.record("\(name) differs: \(difference)")
    }

    @Test("are as they were in DOT and SVG")
    func purchases() throws {
        try expect(Self.purchase.dot, asIn: "purchase.dot")
        try expect(Self.purchase.svg, asIn: "purchase.svg")
        try expect(Diagram(.everything).dot, asIn: "everything.dot")
    }

    @Test("docs/DIAGRAMS.md shows what is drawn")
    func page() throws {
        let top = URL(filePath: #filePath).resolvingSymlinksInPath().deletingLastPathComponent()
            .deletingLastPathComponent().deletingLastPathComponent()
        let page = try String(contentsOf: top.appending(path: "docs/DIAGRAMS.md"), encoding: .utf8)
        #expect(page.contains("```mermaid\n\(Self.purchase.mermaid)```\n"), "it should be:\n\(Self.purchase.mermaid)")
        for state in Diagram.State.allCases { #expect(page.contains("| \(state.symbol) | \(state.rawValue) |")) }
    }
}
