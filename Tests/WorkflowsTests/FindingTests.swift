import SagaValues
import Testing
import Workflows

@Suite("Findings")
struct FindingTests {
    @Test("A bad file gives its one finding, at its place, with its way out", arguments: BadFile.all)
    func exactly(_ file: BadFile) throws {
        let all = findings(of: file.source)
        try #require(all.count == 1, "\(all.map(\.description).joined(separator: "\n"))")
        let finding = all[0]
        #expect(finding.code == file.code, "\(finding)")
        #expect([finding.line, finding.column] == [file.line, file.column], "\(finding)")
        #expect((finding.message + finding.help).contains(file.says), "\(finding)")
        #expect(!finding.help.isEmpty)
    }

    @Test("Every code has a bad file", arguments: Finding.Code.allCases)
    func covered(_ code: Finding.Code) {
        #expect(BadFile.all.contains { $0.code == code } || BadSet.all.contains { $0.code == code })
    }

    @Test("A finding reads as compilers write them, with the line, a caret and help")
    func description() throws {
        let source = "workflow: test\nversion: 1\nsteps:\n  - charge: { do: billing.charge }\n"
        let finding = try #require(findings(of: source).first)
        #expect(
            finding.description == """
                <input>:4:5: error: 'charge' has an effect, no 'undo', and stands before the point of no return [SAGA-0131]
                  4 |   - charge: { do: billing.charge }
                    |     ^
                  help: \(finding.help)
                """)
        #expect(finding.json["code"] == "SAGA-0131")
        #expect(finding.json["line"] == 4)
    }

    @Test("The caret stands under its character behind wide ones and behind tabs")
    func caret() throws {
        let wide = try #require(findings(of: "{ title: 购买套餐, titel: x }").first { $0.code == .unknownKey })
        #expect((wide.column, wide.excerpt.indent) == (16, 19))
        let long = try #require(
            findings(of: "output: [" + String(repeating: "1, ", count: 5000) + "012]").first {
                $0.code == .ambiguousScalar
            })
        #expect(long.column == 15_010)
        #expect(long.excerpt.text.count <= 102)
        #expect(Array(long.excerpt.text)[long.excerpt.indent] == "0")
    }

    @Test("What a finding quotes can do no harm on a terminal")
    func harmless() throws {
        let source =
            "\"\\e[31m\\u202Ered\": 1\nworkflow: test\nversion: 1\nsteps: [{ one: { do: a.b, readonly: true } }]\n"
        let finding = try #require(findings(of: source).first)
        #expect(finding.message.contains("\\u{1b}[31m\\u{202e}red"))
        #expect(
            finding.description.unicodeScalars.allSatisfy { $0 == "\n" || $0.properties.generalCategory != .control })
    }

    @Test("All findings of a file come at once, in its order, and no part is reported twice")
    func together() {
        let source = """
            workflow: Test
            version: one
            titel: x
            input: { type: object, properties: { a: { typ: string } } }
            steps:
              - one: { do: a.one }
              - two: { do: two, undo: a.three, with: { x: "${one.x} ${three.y} ${input.b}", y: 012 } }
              - three: { do: a.b, readonly: perhaps }
            """
        #expect(
            findings(of: source).map { "\($0.line) \($0.code)" } == [
                "1 badName", "2 wrongValue", "3 unknownKey", "4 badSchema", "6 noUndo", "7 wrongValue",
                "7 stepMayNotHaveRun", "7 ambiguousScalar", "8 wrongValue",
            ])
    }

    @Test("Findings are bounded, and the rest is counted")
    func bounded() throws {
        let source = "workflow: test\nversion: 1\nsteps:\n" + (1...80).map { "  - s\($0): { do: a.b }\n" }.joined()
        let errors = #expect(throws: WorkflowErrors.self) { try Workflow.compile(source) }
        #expect(errors?.findings.count == 50)
        #expect(errors?.omitted == 30)
        #expect(errors?.description.hasSuffix("50 errors, and 30 more not shown") == true)
    }

    @Test("A byte order mark in front, as editors on Windows write it, is no mistake and moves no column")
    func byteOrderMark() throws {
        let right = "\u{FEFF}workflow: test\r\nversion: 1\r\nsteps:\r\n  - one: { do: a.b, undo: a.c }\r\n"
        let workflow = try Workflow.compile(Array(right.utf8))
        #expect(workflow.source == right, "the text is kept as it was given")
        #expect(try workflow.digest != Workflow.compile(String(right.dropFirst())).digest)
        #expect(findings(of: "\u{FEFF}titel: x\n" + right.dropFirst()).map { [$0.line, $0.column] } == [[1, 1]])
    }

    @Test("Bytes that are not UTF-8 are refused where they stand")
    func notUTF8() {
        let bytes = Array("workflow: test\ntitle: ".utf8) + [0xC3, 0x28]
        let errors = #expect(throws: WorkflowErrors.self) { try Workflow.compile(bytes) }
        #expect(errors?.findings.map(\.code) == [.notReadable])
        #expect(errors?.findings.first.map { [$0.line, $0.column] } == [2, 8])
    }
}
