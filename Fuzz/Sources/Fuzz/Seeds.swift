import Foundation
import FuzzTargets

/// Where a run begins: the shipped workflows, the examples of the reference, and what stands in quotes in the tests.
///
/// The tests' good and bad examples are pieces of text there, so each is taken as it is, and once more as what it most
/// often is a piece of. libFuzzer keeps those that lead somewhere.
struct Seeds {
    let repository: URL

    func write(to folder: URL) throws {
        var seeds: [FuzzTarget: Set<[UInt8]>] = [:]
        func add(_ text: String, _ target: FuzzTarget) { seeds[target, default: []].insert(Array(text.utf8)) }

        for file in try files(under: "workflows", "yaml") {
            add(try text(file), file.lastPathComponent.hasSuffix(".test.yaml") ? .scenario : .workflow)
        }
        for example in try examples(of: "docs/SCENARIOS.md") { add(example, .scenario) }
        for literal in try literals(under: "Tests/ScenariosTests") + texts(under: "Tests/ScenariosTests") {
            add("workflow: errand.yaml\nscenarios:\n  - name: One\n" + literal, .scenario)
        }
        seeds[.wire] = Set(WireTarget.seeds())
        for example in try examples(of: "docs/WORKFLOWS.md") {
            add(example, .workflow)
            add("workflow: test\nversion: 1\nsteps:\n" + example, .workflow)
        }
        for literal in try literals(under: "Tests/WorkflowsTests") {
            add(literal, .workflow)
            if literal.contains(": ") {
                add("workflow: test\nversion: 1\nsteps:\n" + literal, .workflow)
                add(
                    literal + "\nworkflow: test\nversion: 1\nsteps: [{ one: { do: a.b, readonly: true } }]\n", .workflow
                )
            }
            if literal.contains(" * ") { add(literal + "\nEurope/Berlin", .schedule) }
            if literal.hasPrefix("${"), literal.hasSuffix("}") {
                add(String(literal.dropFirst(2).dropLast()), .expression)
            }
        }
        for literal in try literals(under: "Tests/ExpressionsTests") {
            add(literal, .expression)
            add(literal + "\0{\"a\":{\"b\":[1,\"x\"]},\"n\":1.50}", .expression)
        }
        for literal in try literals(under: "Tests/PatternsTests") + literals(under: "Tests/WorkflowsTests") {
            add(literal + "\0abc-123", .pattern)
        }
        for literal in try literals(under: "Tests/SagaValuesTests") { add(literal, .json) }
        for literal in try literals(under: "Tests/SagaCoreTests/History") where literal.hasPrefix("{") {
            add("\0\u{1}" + literal + "\n\u{1}\u{1}\u{12}\u{2}", .state)
        }
        for seed in StateTarget.seeds(300) { seeds[.state, default: []].insert(seed) }

        seeds[.proof] = seeds[.workflow]
        // What was found once is never far from what may be found next.
        for target in FuzzTarget.allCases {
            for find in try finds(of: target) { seeds[target, default: []].insert(find) }
        }
        for target in FuzzTarget.allCases {
            let place = folder.appending(path: target.rawValue)
            try FileManager.default.createDirectory(at: place, withIntermediateDirectories: true)
            for (index, seed) in (seeds[target] ?? []).sorted(by: { $0.lexicographicallyPrecedes($1) }).enumerated() {
                try Data(seed).write(to: place.appending(path: "seed-\(index)"))
            }
        }
    }

    private func finds(of target: FuzzTarget) throws -> [[UInt8]] {
        let folder = repository.appending(path: "Fuzz/Regressions/\(target.rawValue)")
        let names = (try? FileManager.default.contentsOfDirectory(atPath: folder.path())) ?? []
        return try names.map { [UInt8](try Data(contentsOf: folder.appending(path: $0))) }
    }

    private func text(_ file: URL) throws -> String { try String(contentsOf: file, encoding: .utf8) }

    private func files(under folder: String, _ suffix: String) throws -> [URL] {
        let place = repository.appending(path: folder)
        return try FileManager.default.subpathsOfDirectory(atPath: place.path()).sorted()
            .filter { $0.hasSuffix("." + suffix) }.map { place.appending(path: $0) }
    }

    private func examples(of page: String) throws -> [String] {
        try text(repository.appending(path: page)).components(separatedBy: "```yaml\n").dropFirst()
            .compactMap { $0.components(separatedBy: "```").first }
    }

    /// What stands in quotes in Swift files, without interpolation, the marks of bad files taken out.
    private func literals(under folder: String) throws -> [String] {
        try files(under: folder, "swift").flatMap { file -> [String] in
            try text(file).matches(of: /(#?)"((?:[^"\\\n]|\\.)*)"/).map { match in
                let raw = String(match.2)
                return (match.1.isEmpty ? unescaped(raw) : raw).replacing("‸", with: "")
            }
        }.filter { !$0.isEmpty && !$0.contains("\\(") }
    }

    /// What stands between three quotes.
    private func texts(under folder: String) throws -> [String] {
        try files(under: folder, "swift").flatMap { file in
            try text(file).components(separatedBy: "\"\"\"").enumerated().filter { $0.offset % 2 == 1 }.map(\.element)
        }
    }

    private func unescaped(_ text: String) -> String {
        var result = ""
        var rest = text[...]
        while let character = rest.popFirst() {
            guard character == "\\", let escape = rest.popFirst() else {
                result.append(character)
                continue
            }
            switch escape {
            case "n": result.append("\n")
            case "t": result.append("\t")
            case "0": result.append("\0")
            case "(": result += "\\("
            case "u":
                let digits = rest.prefix { $0 != "}" }.dropFirst()
                rest = rest.dropFirst(digits.count + 2)
                if let scalar = UInt32(digits, radix: 16).flatMap(Unicode.Scalar.init) {
                    result.unicodeScalars.append(scalar)
                }
            default: result.append(escape)
            }
        }
        return result
    }
}
