import Foundation
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
        + [(try? [UInt8](Data(contentsOf: repository.appending(path: "workflows/plan-purchase.yaml")))) ?? []]

    private static let words = [
        "${", "}", "input", "steps", "parallel:", "\n", "\n  ", "- ", "? ", ": ", "[", "]", "{", "}", "\"", "'", "|",
        ">-",
        "&a ", "*a", "!!str ", "<<: ", "---\n", "...\n", "%YAML 1.2\n", "#", "\t", "\u{0}", "\u{FEFF}", "\u{2028}",
        "\u{85}",
        "true", "null", "~", "1e999", "012", "9999999999999999999", "-", "0x", "é", "\u{1F600}", "\\", "\\x24",
        "\\u0000",
        "do: a.b", "pivot: true", "undo: a.c", "optional: true", "readonly: true", "attempts: unlimited",
        "pattern: '(a*)*'",
        "type: object", "required: [a]", "deadline: 1s", "${one.a[0]}", "$${",
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
