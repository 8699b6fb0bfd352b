import Foundation
import SagaValues
import Testing

@testable import SagaCLI

@Suite("Manual pages and completions are made of what commands declare") struct ManualTests {
    private func text(_ name: String, in folder: URL) throws -> String {
        try String(contentsOf: folder.appendingPathComponent(name), encoding: .utf8)
    }

    @Test("there is a page for each command that is seen, with all its options and every exit status")
    func pages() async throws {
        let folder = FileManager.default.temporaryDirectory.appendingPathComponent(
            "saga-man-\(Foundation.UUID().uuidString)")
        defer { try? FileManager.default.removeItem(at: folder) }
        let run = try await saga("man", "--directory", folder.path, environment: ["SOURCE_DATE_EPOCH": "1763800000"])
        #expect(run.status == 0, "\(run.errors)")
        let commands = try await EveryCommand.all()
        let names = Set(commands.map { $0.path.joined(separator: "-") + ".1" })
        #expect(Set(try FileManager.default.contentsOfDirectory(atPath: folder.path)) == names)
        #expect(names.contains("saga.1") && names.contains("saga-workflow-deploy.1"))
        #expect(!names.contains("saga-run-participant.1") && !names.contains("saga-help.1"))
        for command in commands {
            let page = try text(command.path.joined(separator: "-") + ".1", in: folder)
            #expect(page.contains("\n.TH ") && page.contains("\"2025\\-11\\-22\"") || page.contains("\"2025-11-22\""))
            #expect(page.contains(Roff.text(command.abstract)), "\(command.path)")
            for argument in command.arguments where argument.isVisible {
                for name in argument.names {
                    #expect(page.contains("\\fB\(Roff.text(name))\\fR"), "\(command.path) \(name)")
                }
                #expect(page.contains(Roff.text(argument.abstract)), "\(command.path) \(argument.names)")
            }
            for below in command.subcommands where below.isVisible {
                #expect(page.contains(Roff.text(below.path.joined(separator: "-"))), "\(below.path)")
            }
            for status in ExitStatus.allCases { #expect(page.contains(".B \(status.rawValue)\n"), "\(command.path)") }
            #expect(page.utf8.allSatisfy { $0 == 0x0A || 0x20...0x7E ~= $0 }, "\(command.path)")
        }
    }

    @Test("a formatter takes each page without a warning, where there is one")
    func formatted() async throws {
        let run = try await shell(
            """
            command -v groff > /dev/null || { echo none; exit 0; }
            "$saga" man --directory pages 2> /dev/null
            for page in pages/*; do groff -man -Tutf8 -ww -z "$page" || exit 1; done
            echo fine
            """)
        #expect(run.status == 0 && run.errors.isEmpty && ["none\n", "fine\n"].contains(run.output), "\(run.errors)")
    }

    @Test(
        "what troff would take for something else is escaped",
        arguments: [
            ("a-b", "a\\-b"), ("C:\\new", "C:\\enew"), (".SH x", "\\&.SH x"),
            ("'a' `b` ^~", "\\(aqa\\(aq \\(gab\\(ga \\(ha\\(ti"),
            ("\"q\"", "\\(dqq\\(dq"), ("größer …", "gr\\[u00F6]\\[u00DF]er \\[u2026]"), ("a\nb", "a b"),
            ("👩", "\\[u1F469]"),
        ])
    func escaped(_ text: String, _ expected: String) { #expect(Roff.line(text) == expected) }

    @Test("a page is printed by its command's name, and another name is refused")
    func printed() async throws {
        let page = try await saga(["man", "workflow", "deploy"])
        #expect(page.status == 0 && page.output.contains("\\fB\\-\\-yes\\fR"), "\(page.errors)")
        #expect(try await saga(["man"]).output.contains(".BR saga\\-list (1)"))
        #expect(try await saga(["man", "nothing"]).status == 64)
        #expect(try await saga(["man", "list", "--directory", "x"]).status == 64)
    }

    @Test("completions have every command, and a shell reads them", arguments: ["bash", "zsh", "fish"])
    func completions(_ name: String) async throws {
        let script = try await saga(["completion", name])
        #expect(script.status == 0)
        for command in try await EveryCommand.all() {
            let word = try #require(command.path.last)
            #expect(script.output.contains(word), "\(name) \(command.path)")
        }
        let checked = try await shell(
            "command -v \(name) > /dev/null || exit 0; \"$saga\" completion \(name) > script && \(name) -n script")
        #expect(checked.status == 0 && checked.errors.isEmpty, "\(checked.errors)")
    }

    @Test("bash completes commands, options, their values and the names of profiles")
    func completed() async throws {
        let script = try await saga(["completion", "bash"]).output
        try await Home.with { home in
            try home.write("profiles:\n  alpha: { url: 'http://a' }\n  beta: { url: 'http://b' }\n")
            func complete(_ words: String...) async throws -> Set<String> {
                let quoted = (["saga"] + words).map { "'\($0)'" }.joined(separator: " ")
                let run = try await shell(
                    """
                    command -v bash > /dev/null || exit 9
                    mkdir bin && ln -s "$saga" bin/saga && cat > ask <<'END'
                    source ./script
                    PATH="$PWD/bin:$PATH"
                    COMP_WORDS=(\(quoted)); COMP_CWORD=\(words.count)
                    COMP_LINE="${COMP_WORDS[*]}"; COMP_POINT=${#COMP_LINE}
                    "$(complete -p saga | sed 's/.*-F \\([^ ]*\\).*/\\1/')" saga "${COMP_WORDS[COMP_CWORD]}" "${COMP_WORDS[COMP_CWORD-1]}"
                    printf '%s\\n' "${COMPREPLY[@]}"
                    END
                    bash ask
                    """, environment: home.variables,
                    prepare: { try Data(script.utf8).write(to: $0.appendingPathComponent("script")) })
                #expect(run.status == 0 || run.status == 9, "\(run.errors)")
                return Set(run.lines.map { $0.trimmingCharacters(in: .whitespaces) })
            }
            #expect(try await complete("workf") == ["workflow"])
            #expect(try await complete("workflow", "de") == ["deploy"])
            #expect(try await complete("list", "--started-a") == ["--started-after"])
            #expect(try await complete("list", "-o", "js") == ["json", "jsonl"])
            #expect(try await complete("list", "--profile", "al") == ["alpha"])
        }
    }
}
