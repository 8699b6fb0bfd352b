import SagaCore
import SagaValues
import Testing
import Workflows

/// What nobody may see does not go where somebody sees it.
@Suite("Sensitive values")
struct SensitiveTests {
    private static let top = "sensitive: [input.hash, make.token, input.cards, input.user.pin]\n"
    private static let make = "  - make: { do: a.make, undo: a.unmake }\n"

    private static func bad(_ top: String = "", steps: String = "", says: String = "") -> BadFile {
        BadFile(
            .sensitiveShown, "workflow: test\nversion: 1\n\(self.top)\(top)\nsteps:\n\(make)\(steps)", says: says)
    }

    static let shown: [BadFile] = [
        bad("locks: [\"a:‸${input.hash}\"]", says: "'input.hash' is sensitive, but a lock's key"),
        bad("locks: [\"${size(‸input.hash) > 3 ? 'a' : 'b'}\"]", says: "such as an id"),
        bad("locks: [\"a:‸${input.user.pin}\"]"),
        bad("on: [{ event: a.b, key: \"‸${event.hash}\" }]", says: "what tells starts apart"),
        bad("on: [{ event: a.b, key: \"${event.id}-‸${event.h}\", input: { hash: \"${event.h}\" } }]"),
        bad("on: [{ event: a.b, key: \"‸${event.u.pin}\", input: { user: \"${event.u}\" } }]"),
        bad("on: [{ event: a.b, key: \"‸${event.h}\", input: { hash: \"x${event.h}\" } }]"),
        bad(steps: "  - say: { emit: a.b, with: { a: [\"‸${input.hash}\"] } }\n", says: "whoever listens"),
        bad(steps: "  - say: { emit: a.b, with: \"‸${input}\" }\n", says: "'input' is sensitive"),
        bad(steps: "  - say: { emit: a.b, with: { a: \"‸${make.token.part}\" } }\n"),
        bad(steps: "  - say: { emit: a.b, with: { a: \"‸${make}\" } }\n"),
        bad(steps: "  - say: { emit: a.b, with: { a: \"‸${input.cards[0].number}\" } }\n"),
        bad(
            steps: "  - ask: { approval: { role: boss, title: \"Is it ‸${input.hash}?\" }, timeout: 1d }\n",
            says: "asked"),
        bad(
            steps: "  - heard: { listen: { event: a.b, where: \"${event.a == ‸make.token}\" }, timeout: 1d }\n",
            says: "found by"),
        bad(
            steps: """
                  - all:
                      each: "${input.cards}"
                      as: card
                      steps: [{ say: { emit: a.b, with: { a: "‸${card.number}" } } }]

                """, says: "'card.number'"),
        bad(
            steps: """
                  - all:
                      each: "${input.cards}"
                      as: card
                      steps:
                        - more:
                            each: "${card.parts}"
                            as: part
                            steps: [{ say: { emit: a.b, with: { a: "‸${part}" } } }]

                """),
    ]

    @Test("are found where they would be shown, at their place", arguments: shown)
    func found(_ file: BadFile) {
        let found = findings(of: file.source)
        #expect(found.count == 1, "\(found)")
        #expect(found.first?.code == .sensitiveShown)
        #expect(found.first.map { "\($0.line):\($0.column)" } == "\(file.line):\(file.column)", "\(found)")
        #expect(found.first?.description.contains(file.says) == true, "\(found)")
    }

    @Test(
        "may go to participants, be asked about, and stand beside what is shown",
        arguments: [
            "  - use: { do: a.b, undo: a.c, with: { a: \"${input.hash}\", b: \"${make.token}\", c: \"${input}\" } }\n",
            "  - use: { do: a.b, undo: a.c, when: \"${make.token == 'x'}\" }\n",
            "  - say: { emit: a.b, with: { a: \"${has(input.hash)}\", b: \"${input.user.name}\", c: \"${make.id}\" } }\n",
            "  - all: { each: \"${input.list}\", as: v, steps: [{ say: { emit: a.b, with: { a: \"${v}\" } } }] }\n",
            "  - all: { each: \"${input.cards}\", as: v, steps: [{ use: { do: a.b, undo: a.c, with: { a: \"${v}\" } } }] }\n",
        ])
    func fine(_ steps: String) throws {
        let top = SensitiveTests.top + "locks: [\"a:${input.hashes}\"]\non: [{ event: a.b, key: \"${event.id}\" }]"
        #expect(findings(of: "workflow: test\nversion: 1\n\(top)\nsteps:\n\(SensitiveTests.make)\(steps)") == [])
    }

    @Test("The item of a sensitive list is hidden in the saga of the item, and in those within it")
    func items() throws {
        let steps = """
              - all:
                  each: "${input.cards}"
                  as: card
                  steps:
                    - more:
                        each: "${card.parts}"
                        as: part
                        steps: [{ use: { do: a.b, undo: a.c, with: { a: "${part}", b: "${card.id}" } } }]
              - others: { each: "${input.list}", as: card, steps: [{ use-it: { do: a.b, undo: a.c, with: { a: "${card}" } } }] }
            """
        let plan = try workflow("sensitive: [input.cards]", steps: steps).plan
        guard case .each(let all) = plan.steps[0].kind, case .each(let more) = all.body.steps[0].kind,
            case .each(let others) = plan.steps[1].kind
        else {
            Issue.record("no bodies")
            return
        }
        #expect(all.body.masked(["card": ["id": 1]], of: .input) == ["card": "***"])
        #expect(
            more.body.masked(["part": 1, "input": ["card": ["id": 7], "n": 1]], of: .input)
                == ["part": "***", "input": ["card": "***", "n": 1]])
        #expect(others.body.masked(["card": 1], of: .input) == ["card": 1])
    }

    // MARK: Children

    private func together(_ with: String, child top: String) throws -> [Finding] {
        let parent = try workflow(
            "sensitive: [input.hash, input.user.pin, make.token]",
            steps: SensitiveTests.make + "  - call: { run: child, with: \(with) }")
        let child = try Workflow.compile(
            "workflow: child\nversion: 1\n\(top)\nsteps: [{ one: { do: a.one, undo: a.two } }]\n")
        return Workflow.checkTogether([parent, child])
    }

    @Test(
        "A child that gets one has to call it sensitive too",
        arguments: [
            ("{ a: \"${input.hash}\" }", "input.a"), ("{ a: { b: \"x ${make.token}\" } }", "input.a.b"),
            ("\"${input}\"", "input.hash"), ("{ a: \"${input.user}\" }", "input.a.pin"),
            ("{ a: \"${input.hash + 'x'}\" }", "input.a"), ("{ a: \"${input.hash.part}\" }", "input.a"),
            ("{ a: [1, \"${input.hash}\"] }", "input.a"),
        ])
    func child(_ with: String, _ place: String) throws {
        let found = try together(with, child: "")
        #expect(found.map(\.code) == [.sensitiveInChild], "\(found)")
        #expect(found.first?.help.contains("sensitive: [\(place)]") == true, "\(found)")
        #expect(found.first?.line == 6)
        let all = with.hasPrefix("\"") ? ", input.user" : ""
        #expect(try together(with, child: "sensitive: [\(place)\(all)]") == [])
        #expect(try together(with, child: "sensitive: [input.other]").map(\.code) == [.sensitiveInChild])
        // A part of it does not do.
        #expect(try together(with, child: "sensitive: [\(place).part]").map(\.code) == [.sensitiveInChild])
    }

    @Test("A child that gets what may be seen need not")
    func openChild() throws {
        #expect(try together("{ a: \"${input.user.name}\", b: \"${has(input.hash)}\", c: 1 }", child: "") == [])
    }
}
