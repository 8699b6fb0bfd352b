import Foundation
import FuzzTargets
import SagaCore
import SagaValues
import TestSupport
import Testing
import Workflows

/// Mutations of good and bad files: whatever comes out, it is a workflow or findings, and soon.
@Suite("Fuzzing the definitions")
struct FuzzTests {
    private static let seeds: [[UInt8]] =
        BadFile.all.map { Array($0.source.utf8) }.filter { $0.count < 2000 }
        + BadSet.all.flatMap(\.sources).map { Array($0.utf8) }
        + shippedWorkflows.compactMap { try? [UInt8](Data(contentsOf: $0)) } + [large]

    /// Something of every shape.
    private static let large = Array(
        """
        workflow: test
        version: 1
        deadline: 9d
        on: [{ event: a.b, key: "${event.id}", where: "${event.n > 1}", input: { n: "${event.n}" } }]
        schedule: { cron: "*/5 1-3 * * mon", timeZone: Asia/Tokyo, catchUp: all, input: { n: 1 } }
        sensitive: [input.n, one.secret]
        input: { type: object, properties: { n: { type: integer }, list: { type: array, items: { type: string } } } }
        steps:
          - one: { do: a.b, undo: a.c, when: "${has(input.n) && input.n > 1}" }
          - way:
              switch:
                - when: "${has(one.x) && one.x == 'a'}"
                  steps: [{ two: { wait: 3d } }, { three: { run: other, with: { a: "${one.x}" } } }]
                - else: [{ four: { parallel: [{ five: { wait: "${string(1) + 'd'}" } }, { six: { emit: a.b } }] } }]
          - told:
              listen: [{ event: a.b, where: "${event.id == saga.id && event.n > 1}" }, { event: c.d, where: "${'x' == event.y}", reject: no }]
              timeout: 1d
          - yes: { approval: { role: boss, title: "Is ${told.n} right?" }, timeout: 1d }
          - all:
              each: "${has(input.list) ? input.list : []}"
              as: it
              onFailure: undo-item
              pivot: true
              steps:
                - inner: { each: "${[it, 'x']}", as: letter, steps: [{ seven: { run: x, with: { a: "${letter + it}", b: "${told.b}" } } }] }
                - eight: { do: a.b, pivot: true, with: { a: "${inner.count}" } }
        output: "${all.done + 1}"
        """.utf8)

    private static let words = [
        "${", "}", "input", "steps", "parallel:", "\n", "\n  ", "- ", "? ", ": ", "[", "]", "{", "}", "\"", "'", "|",
        ">-",
        "&a ", "*a", "!!str ", "<<: ", "---\n", "...\n", "%YAML 1.2\n", "#", "\t", "\u{0}", "\u{FEFF}", "\u{2028}",
        "\u{85}",
        "true", "null", "~", "1e999", "012", "9999999999999999999", "-", "0x", "é", "\u{1F600}", "\\", "\\x24",
        "\\u0000",
        "do: a.b", "pivot: true", "undo: a.c", "optional: true", "readonly: true", "attempts: unlimited",
        "pattern: '(a*)*'",
        "when: \"${has(one.x)}\"", "switch: [{ else: ", "each: \"${input.a}\"", "as: it", "${it.x}", "wait: 3d",
        "run: test",
        "listen: { event: a.b, where: \"${event.a == 1}\" }", "approval: { role: a, title: b }", "emit: a.b", "has(",
        "&&",
        "==", "'", "(", "one.", "event.", "onFailure: undo-item", "sensitive: [one.x]", "type: object", "required: [a]",
        "deadline: 1s", "${one.a[0]}", "$${",
    ]

    @Test("No mutation traps, hangs, or escapes the bounds", arguments: 1...8)
    func mutations(_ seed: Int) {
        var random = SeededGenerator(seed: UInt64(seed))
        for round in 0..<1500 {
            var bytes = FuzzTests.seeds.randomElement(using: &random) ?? []
            for _ in 0..<Int.random(in: 1...6, using: &random) { mutate(&bytes, &random) }
            let name = "seed \(seed), round \(round)"
            expectWork(under: .seconds(2), "\(name)") { check(bytes, name) }
        }
    }

    private func check(_ bytes: [UInt8], _ name: String) {
        do throws(WorkflowErrors) {
            let workflow = try Workflow.compile(bytes)
            #expect(Array(workflow.source.utf8) == bytes, "\(name)")
            #expect(!workflow.plan.steps.isEmpty, "\(name)")
            #expect(PlanCheck(workflow.plan).flaws == [], "\(name)")
            _ = Workflow.checkTogether([workflow])
            _ = workflow.validate(input: ["userId": "x", "a": [1, 2]])
        } catch {
            #expect(!error.errors.isEmpty, "\(name)")
            #expect(error.findings.count <= 100, "\(name)")
            let lines = bytes.count(where: { $0 == 0x0A || $0 == 0x0D || $0 == 0xA8 || $0 == 0xA9 || $0 == 0x85 }) + 1
            for finding in error.findings {
                #expect((1...lines).contains(finding.line) && finding.column >= 1, "\(name) of \(lines): \(finding)")
                #expect(finding.description.utf8.count < 4000, "\(name)")
            }
        }
    }

    private func mutate(_ bytes: inout [UInt8], _ random: inout SeededGenerator) {
        let at = Int.random(in: 0...bytes.count, using: &random)
        let until = min(bytes.count, at + Int.random(in: 0...12, using: &random))
        switch Int.random(in: 0..<6, using: &random) {
        case 0: bytes.removeSubrange(at..<until)
        case 1: bytes.insert(UInt8.random(in: 0...255, using: &random), at: at)
        case 2: bytes.insert(contentsOf: bytes[at..<until], at: Int.random(in: 0...bytes.count, using: &random))
        case 3:
            let other = FuzzTests.seeds.randomElement(using: &random) ?? []
            let start = Int.random(in: 0...other.count, using: &random)
            bytes.insert(contentsOf: other[start..<min(other.count, start + 40)], at: at)
        case 4 where at < bytes.count: bytes[at] ^= 1 << UInt8.random(in: 0..<8, using: &random)
        default: bytes.insert(contentsOf: (FuzzTests.words.randomElement(using: &random) ?? "").utf8, at: at)
        }
    }
}
