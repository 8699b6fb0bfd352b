import Testing

/// Each rule is shown something bad, so that it is known to be able to fail, and something good beside it.
@Suite("A rule of tidiness") struct RuleTests {
    private func lines(_ rule: (SourceFile) -> [Offence], _ text: String, path: String = "Sources/A/a.swift") -> [Int] {
        rule(SourceFile(path: path, text: text)).map(\.line)
    }

    @Test("finds forced calls, detached tasks and sleeps, but not in comments and literals")
    func forbiddenCode() {
        let bad = "let a = try! f()\nlet t = Task.detached {}\nThread.sleep(forTimeInterval: 1)\nusleep(5)"
        #expect(lines(LineRules.forbiddenCode, bad) == [1, 2, 3, 4])
        let good = """
            // try! in a comment
            let a = "try! in a literal", b = try? f(), c = #"Task.detached "quoted" "#
            /* usleep(1) /* nested */ Thread.sleep */
            Task.sleep(for: .seconds(1))
            """
        #expect(lines(LineRules.forbiddenCode, good) == [])
        #expect(lines(LineRules.forbiddenCode, "let a = \"\\(try! f(\"x\")) try!\"") == [1])
        #expect(lines(LineRules.forbiddenCode, "try! f()", path: "docs/a.md") == [])
    }

    @Test("finds promises in any file, comments too, but not inside words")
    func promises() {
        let (mark, other) = ("TO" + "DO", "FIX" + "ME")
        #expect(lines(LineRules.promises, "a\n// \(mark): later\n# \(other)") == [2, 3])
        #expect(lines(LineRules.promises, "A\(mark)S and my\(other)") == [])
        #expect(lines(LineRules.promises, "\(mark)", path: "Makefile") == [1])
    }

    @Test("wants a reason within 4 lines before unchecked concurrency")
    func safety() {
        #expect(lines(LineRules.unexplainedSafety, "final class A: @unchecked Sendable {}") == [1])
        #expect(lines(LineRules.unexplainedSafety, "// safe\nnonisolated(unsafe) var a = 1") == [2])
        #expect(
            lines(LineRules.unexplainedSafety, "// SAFETY: under a lock\n\n\n\nnonisolated(unsafe) var a = 1") == [])
        #expect(lines(LineRules.unexplainedSafety, "// SAFETY: far\n\n\n\n\nnonisolated(unsafe) var a = 1") == [6])
        #expect(lines(LineRules.unexplainedSafety, "let a = \"@unchecked Sendable\"") == [])
    }

    @Test("finds folders of one machine, but not parts of longer paths and addresses")
    func machinePaths() {
        let (root, home) = ("/" + "root", "/" + "home")
        #expect(lines(LineRules.machinePaths, "cd \(root)\n\"\(home)/jo/x\"\n(\(root)/.profile)") == [1, 2, 3])
        #expect(
            lines(LineRules.machinePaths, "data\(home)/x https://a.org\(home) \(root)s ${A}\(home) \(root).txt") == [])
        #expect(lines(LineRules.machinePaths, "\(home)/jo", path: "docs/a.md") == [1])
    }

    @Test("finds files of more than 500 lines")
    func length() {
        #expect(lines(FileRules.length, String(repeating: "a\n", count: 500)) == [])
        #expect(lines(FileRules.length, String(repeating: "a\n", count: 501)) == [501])
        #expect(lines(FileRules.length, String(repeating: "a\n", count: 501), path: "docs/a.md") == [])
    }

    private let rules = ModuleRules(
        map: ModuleMap(
            manifest: """
                .target(name: "SagaValues", path: "Sources/SagaEngine/Values"),
                .target(name: "SagaCore", dependencies: ["SagaValues"], path: "Sources/SagaEngine/Core"),
                .target(name: "SagaEngine", dependencies: [.product(name: "Logging", package: "log")], path: "Sources/SagaEngine/Runtime"),
                .target(name: "Postgres", path: "Sources/Adapters/Postgres/Client"),
                .target(name: "PostgresStore", path: "Sources/Adapters/Postgres/Store"),
                .systemLibrary(name: "CPostgres", path: "Sources/Adapters/Postgres/CPostgres"),
                .target(name: "IOThreads", path: "Sources/Adapters/IOThreads"),
                .target(name: "RabbitMQ", path: "Sources/Adapters/RabbitMQ/Client"),
                .target(name: "HTTPAPI", path: "Sources/Adapters/HTTP"),
                .target(name: "Workflows"),
                .target(name: "ParticipantKit"),
                .executableTarget(name: "saga", dependencies: []),
                .testTarget(name: "SagaCoreTests"),
                """))

    @Test("knows the modules of a manifest and whose file is whose")
    func map() {
        #expect(rules.map.names.count == 13)
        #expect(rules.map.module(of: "Sources/SagaEngine/Core/Plan/Plan.swift") == "SagaCore")
        #expect(rules.map.module(of: "Sources/Workflows/a.swift") == "Workflows")
        #expect(rules.map.module(of: "Tests/SagaCoreTests/a.swift") == "SagaCoreTests")
        #expect(rules.map.module(of: "Sources/saga/main.swift") == "saga")
        #expect(rules.map.module(of: "docs/a.md") == nil)
        #expect(rules.map.folder(of: "CPostgres") == "Sources/Adapters/Postgres/CPostgres")
    }

    @Test("finds Foundation in pure modules, however it is imported")
    func foundation() {
        let bad =
            "import Foundation\ninternal import FoundationEssentials\n@preconcurrency import Dispatch\nimport struct Foundation.Date"
        #expect(lines(rules.foundation, bad, path: "Sources/SagaEngine/Values/a.swift") == [1, 2, 3, 4])
        #expect(lines(rules.foundation, bad, path: "Sources/Adapters/Postgres/Client/a.swift") == [1, 2, 3, 4])
        #expect(
            lines(rules.foundation, "// import Foundation\nimport Glibc", path: "Sources/SagaEngine/Values/a.swift")
                == [])
        #expect(lines(rules.foundation, bad, path: "Sources/saga/a.swift") == [])
    }

    @Test(
        "finds imports that point upward or sideways",
        arguments: [
            ("SagaEngine/Values", "SagaCore", true), ("SagaEngine/Core", "SagaValues", false),
            ("SagaEngine/Core", "Workflows", true), ("Workflows", "SagaEngine", true), ("Workflows", "SagaCore", false),
            ("SagaEngine/Runtime", "Postgres", true), ("SagaEngine/Runtime", "HTTPAPI", true),
            ("SagaEngine/Runtime", "SagaCore", false), ("Adapters/Postgres/Client", "SagaEngine", true),
            ("Adapters/Postgres/Store", "RabbitMQ", true), ("Adapters/Postgres/Store", "Postgres", false),
            ("Adapters/Postgres/Store", "SagaEngine", false), ("Adapters/HTTP", "PostgresStore", true),
            ("Adapters/HTTP", "IOThreads", false), ("Adapters/RabbitMQ/Client", "CPostgres", true),
            ("ParticipantKit", "SagaEngine", true), ("ParticipantKit", "Postgres", false), ("saga", "RabbitMQ", false),
            ("SagaEngine/Values", "Glibc", false), ("SagaEngine/Values", "SagaValues", false),
        ])
    func direction(folder: String, imported: String, isOffence: Bool) {
        let found = lines(rules.direction, "\n@testable public import \(imported)", path: "Sources/\(folder)/a.swift")
        #expect(found == (isOffence ? [2] : []))
    }

    @Test("finds error codes without a page, pages without a code, and pages with a wrong title")
    func errorPages() {
        func page(_ number: String, title: String) -> SourceFile {
            SourceFile(path: "docs/errors/SAGA-\(number).md", text: "# SAGA-\(title)\n")
        }
        let source = SourceFile(path: "Sources/a.swift", text: "case a = \"SAGA-0199\"\n// see SAGA-0198 and SAGA-019")
        let good = ErrorPageRules.offences(
            sources: [source], pages: [page("0198", title: "0198"), page("0199", title: "0199")])
        #expect(good == [])
        let bad = ErrorPageRules.offences(
            sources: [source], pages: [page("0199", title: "0000"), page("0197", title: "0197")])
        #expect(
            bad.map(\.description).sorted() == [
                "Sources/a.swift:2: SAGA-0198 has no page: write docs/errors/SAGA-0198.md (what, why, how to mend it)",
                "docs/errors/SAGA-0197.md:1: nothing in Sources uses SAGA-0197: remove the page",
                "docs/errors/SAGA-0199.md:1: the first line must name SAGA-0199",
            ])
        let list = SourceFile(
            path: "docs/ERRORS.md",
            text: "- [SAGA-0198](errors/SAGA-0198.md)\n- [SAGA-0197](errors/SAGA-0197.md)\n## More\n- [SAGA-0101](x)")
        let pages = ["0101", "0197", "0198", "0199"].map { page($0, title: $0) }
        #expect(
            ErrorPageRules.offences(list: list, pages: pages).map(\.description) == [
                "docs/ERRORS.md:2: SAGA-0197 stands behind SAGA-0198: put it in order",
                "docs/ERRORS.md:1: SAGA-0199 has a page: add it to the list",
            ])
    }
}
