import SagaAPI
import SagaEngine
import SagaValues
import TestAPI
import TestSupport
import Testing

@testable import APIServer

@Suite("A tree of sagas") struct TreeTests {
    /// Each runs the next one.
    private func chain(_ length: Int) -> [String] {
        (1...length).map { level in
            let step =
                level == length
                ? "last: { do: parcel.ship, undo: parcel.fetch }" : "next: { run: level-\(level + 1), with: {} }"
            return "workflow: level-\(level)\nversion: 1\nsteps:\n  - \(step)\n"
        }
    }

    @Test("is as deep and as wide as is said, and says what it leaves out")
    func bounds() async throws {
        let wide = """
            workflow: wide
            version: 1
            input: { type: object, required: [of], properties: { of: { type: array, items: { type: integer } } } }
            steps:
              - all:
                  each: "${input.of}"
                  as: n
                  steps:
                    - ship: { do: parcel.ship, undo: parcel.fetch, with: { n: "${n}" } }
            """
        try await TestAPI.run { api in
            for source in chain(4).reversed() { try await api.deploy(source) }
            try await api.deploy(wide)
            let deep = try await api.start("level-1", key: "deep")
            let list = try await api.start("wide", ["of": .array((1...7).map { .number("\($0)") })], key: "wide")
            for saga in [deep, list] { _ = try await api.engine.waitForEnd(saga, upTo: .seconds(60)) }
            func tree(
                _ id: UUID, _ adjust: (inout TreeOfSagas.Limits) -> Void = { _ in }
            ) async throws -> TreeView {
                var limits = TreeOfSagas.Limits()
                adjust(&limits)
                return try await TreeOfSagas(engine: api.engine, store: api.store, limits: limits)
                    .view(id, for: .anybody)
            }
            func names(_ tree: TreeView) -> [String] { [tree.saga.workflow] + tree.children.flatMap(names) }
            let whole = try await tree(deep)
            #expect(names(whole) == ["level-1", "level-2", "level-3", "level-4"])
            #expect(whole.children[0].round == 1 && whole.round == nil)
            let shallow = try await tree(deep) { $0.depth = 2 }
            #expect(names(shallow) == ["level-1", "level-2", "level-3"])
            #expect(shallow.children[0].children[0].leftOut?.contains("too deep") == true)
            #expect(shallow.leftOut == nil)

            #expect(try await tree(list).children.map(\.saga.parent?.item) == Array(0..<7))
            let few = try await tree(list) { $0.children = 3 }
            #expect(few.children.count == 3 && few.leftOut?.contains("saga list --parent \(list)") == true)
            let exactly = try await tree(list) { $0.children = 7 }
            #expect(exactly.children.count == 7 && exactly.leftOut == nil)
            let short = try await tree(list) { $0.sagas = 5 }
            #expect(short.children.count == 4 && short.leftOut?.contains("5 sagas") == true)
        }
    }
}
