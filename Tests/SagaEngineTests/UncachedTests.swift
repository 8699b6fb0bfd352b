import MemoryStore
import SagaCore
import SagaEngine
import SagaValues
import TestSupport
import Testing

/// Every event loads its saga, and of its payloads those that are needed.
@Suite("Sagas that are not kept in memory") struct UncachedTests {
    private let database = MemoryDatabase()

    private func node() -> Node { Node(database) { $0.cachedSagas = 0 } }

    /// Thirty steps, each of which is told of the input, of the first one's output and of the one before.
    private static let chain: String = {
        var text = "workflow: chain\nversion: 1\nsteps:\n  - s1: { do: one.s1, undo: one.undo }\n"
        for number in 2...30 {
            text += "  - s\(number): { do: one.s\(number), undo: one.undo, with: { n: \"${input.n}\", "
            text += "first: \"${s1.id}\", before: \"${'at ' + s\(number - 1).id}\" } }\n"
        }
        return text
    }()

    private func output(_ command: Command) -> TestBus.Response { .done(#"{"id":"\#(command.id.step)"}"#) }

    @Test("are loaded with what the next step refers to, however many have been done")
    func loads() async throws {
        let node = node()
        node.bus.whenAsked(output)
        try await node.run { node in
            try await node.deploy(UncachedTests.chain)
            let (id, status) = try await node.play("chain", ["n": 7])
            #expect(status == .completed)
            #expect(node.bus.sent.count == 30)
            #expect(node.bus.sent.last?.body == ["n": 7, "first": "s1", "before": "at s29"])
            // The output of the step before comes with the event.
            let asked = node.store.payloadsAsked
            #expect(!asked.isEmpty && asked.allSatisfy { $0.keys.elementsEqual([id]) })
            #expect(asked.compactMap { $0[id] }.allSatisfy { $0 == [1] || $0 == [1, 2] }, "\(asked)")
        }
    }

    @Test("are undone with the input and the output of each step, each asked for in its turn")
    func unwinds() async throws {
        let node = node()
        node.bus.whenAsked { $0.id.step == "s30" ? .rejected("no") : self.output($0) }
        try await node.run { node in
            try await node.deploy(UncachedTests.chain)
            let (id, status) = try await node.play("chain", ["n": 7])
            #expect(status == .compensated)
            let undone = node.bus.sent.filter { $0.id.direction == .undo }
            #expect(undone.map(\.id.step) == (1...29).reversed().map { "s\($0)" })
            #expect(
                undone.first?.body == [
                    "input": ["n": 7, "first": "s1", "before": "at s28"], "output": ["id": "s29"],
                ])
            #expect(undone.last?.body == ["input": [:], "output": ["id": "s1"]])
            #expect(node.store.payloadsAsked.compactMap { $0[id]?.count }.allSatisfy { $0 <= 4 })
        }
    }

    @Test("decide by outputs that are loaded for it, each condition and each choice")
    func decides() async throws {
        let node = node()
        node.bus.whenAsked { command in
            .done(#"{"id":"\#(command.id.step)","paid":\#(command.id.step == "s1")}"#)
        }
        try await node.run { node in
            try await node.deploy(
                """
                workflow: decide
                version: 1
                steps:
                  - s1: { do: one.s1, undo: one.undo }
                  - s2: { do: one.s2, undo: one.undo }
                  - s3: { do: one.s3, undo: one.undo, when: "${s1.paid}" }
                  - s4: { do: one.s4, undo: one.undo, when: "${s2.paid}" }
                  - which:
                      switch:
                        - when: "${s2.paid}"
                          steps:
                            - s5: { do: one.s5, undo: one.undo }
                        - when: "${s1.paid}"
                          steps:
                            - s6: { do: one.s6, undo: one.undo, with: { of: "${s1.id}" } }
                  - s7: { do: one.s7, undo: one.undo }
                output: { first: "${s1.id}", last: "${s7.id}" }
                """)
            let (_, status) = try await node.play("decide", [:])
            #expect(status == .completed)
            #expect(node.bus.sent.map(\.id.step) == ["s1", "s2", "s3", "s6", "s7"])
            #expect(node.bus.sent.first { $0.id.step == "s6" }?.body == ["of": "s1"])
        }
    }

    @Test("start and undo each item of a list with what stands in the input")
    func lists() async throws {
        let node = node()
        node.bus.whenAsked { command in
            command.action == "one.work" && command.body == ["n": 30] ? .rejected("no") : .done("{}")
        }
        try await node.run { node in
            try await node.deploy(
                """
                workflow: list
                version: 1
                steps:
                  - before: { do: one.before, undo: one.undo }
                  - all:
                      each: "${input.items}"
                      as: item
                      atOnce: 10
                      steps:
                        - a: { do: one.work, undo: one.undo, with: { n: "${item}" } }
                """)
            let items = JSON.array((1...30).map { .number(String($0)) })
            let (_, status) = try await node.play("list", ["items": items])
            #expect(status == .compensated)
            let worked = node.bus.sent.filter { $0.action == "one.work" }.map(\.body)
            #expect(Set(worked) == Set((1...30).map { ["n": .number(String($0))] }))
            // All but the one that was refused, and the step before the list.
            #expect(Set(node.bus.sent.filter { $0.id.direction == .undo }.map(\.id)).count == 30)
        }
    }

    @Test("that wait are answered without a payload")
    func working() async throws {
        let node = node()
        node.bus.whenAsked { _ in .silence }
        try await node.run { node in
            try await node.deploy(UncachedTests.chain)
            let id = try await node.start("chain", ["n": 7])
            try await eventually("the command is out") { node.bus.sent.count == 1 }
            for _ in 0..<20 { node.bus.reply(to: node.bus.sent[0], .working) }
            try await eventually("all are taken in") {
                try await node.store.summary(id)?.row.revision == 21
            }
            #expect(node.store.payloadsAsked.isEmpty)
        }
    }
}
