import Foundation
import SagaCore
import SagaValues
import Testing

@Suite("Where a phase leads to")
struct ExitTests {
    /// What the phases' comments in StepState.swift say after "Leaves to", by the name of the case.
    private static let written: [String: Set<String>] = {
        let file = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
            .deletingLastPathComponent().deletingLastPathComponent()
            .appending(path: "Sources/SagaEngine/Core/Machine/StepState.swift")
        let text = (try? String(contentsOf: file, encoding: .utf8)) ?? ""
        var written: [String: Set<String>] = [:]
        var comment = ""
        for line in text.split(separator: "\n").map({ $0.trimmingCharacters(in: .whitespaces) }) {
            if line.hasPrefix("/// ") {
                comment += line.dropFirst(3)
            } else {
                if let name = line.firstMatch(of: /^case (\w+) = \d+$/)?.1 {
                    let exits = comment.firstRange(of: "Leaves to").map { comment[$0.upperBound...] } ?? ""
                    written[String(name)] = Set(exits.matches(of: /`(\w+)`/).map { String($0.1) })
                }
                comment = ""
            }
        }
        return written
    }()

    /// Where one event took a step, in the situations of the grids and in many random runs.
    private static let seen: [String: Set<String>] = {
        var seen: [String: Set<String>] = [:]
        for grid in Grid.all {
            for phase in grid.phases {
                let run = grid.situation.reach(phase)
                let codes = Column.allCases.map { run.cell(grid.situation, $0).prefix { $0.isLetter } }
                for exit in StepState.Phase.allCases where exit != phase && codes.contains(exit.code[...]) {
                    seen["\(phase)", default: []].insert("\(exit)")
                }
            }
        }
        for seed in UInt64(0)..<20_000 {
            // What is rare is looked for as long as it has not been seen.
            if seed >= 4_000, written.allSatisfy({ $0.value.isSubset(of: seen[$0.key] ?? []) }) { break }
            var run = RandomRun(seed: seed)
            for _ in 0..<40 where !run.saga.status.isTerminal {
                let before = run.saga.steps
                _ = run.next()
                for (old, new) in zip(before, run.saga.steps) where old.phase != new.phase {
                    seen["\(old.phase)", default: []].insert("\(new.phase)")
                }
            }
        }
        return seen
    }()

    @Test("is what its comment says", arguments: StepState.Phase.allCases)
    func exits(phase: StepState.Phase) {
        let (seen, written) = (Self.seen["\(phase)"] ?? [], Self.written["\(phase)"])
        #expect(written != nil, "the comment of \(phase) is not found")
        #expect(seen.subtracting(written ?? []).sorted() == [], "the comment of \(phase) does not say so")
        #expect(
            (written ?? []).subtracting(seen).sorted() == [], "the comment of \(phase) says so, but it never happens")
    }
}
