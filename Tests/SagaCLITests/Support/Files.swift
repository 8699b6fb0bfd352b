import Foundation

/// Workflow files for the tools, and a run of `saga` in the folder that holds them.
enum Files {
    static let good = """
        workflow: good
        version: 1
        input: { type: object, properties: { n: { type: integer } } }
        steps:
          - reserve: { do: stock.reserve, undo: stock.release }
          - ship: { do: parcel.ship, pivot: true }
        """

    static let typo = good.replacing("pivot: true", with: "pivot: true, timout: 3s").replacing("good", with: "typo")

    /// No rule of the language is broken: a warning only.
    static let doubtful = good.replacing("good", with: "doubtful")
        .replacing("pivot: true", with: "pivot: true, undo: parcel.fetch")

    static let scenarios = """
        workflow: good.yaml
        scenarios:
          - name: All goes well
            expect: completed
          - name: Nothing in stock
            replies: { reserve: { rejected: sold-out } }
            expect: { ending: compensated, failure: sold-out }
        """

    static func saga(_ arguments: String..., files: [String: String]) async throws -> Run {
        try await SagaCLITests.saga(arguments) { try write(files, in: $0) }
    }

    static func write(_ files: [String: String], in folder: URL) throws {
        for (name, text) in files {
            try Data(text.utf8).write(to: folder.appendingPathComponent(name))
        }
    }
}
