import Exploration
import SagaCore
import SagaValues
import Workflows

enum WorkflowTarget {
    static func take(_ bytes: [UInt8]) {
        do throws(WorkflowErrors) {
            let workflow = try Workflow.compile(bytes)
            promise(Array(workflow.source.utf8) == bytes, "the source is not what was given")
            promise(!workflow.plan.steps.isEmpty, "a plan without steps")
            let flaws = PlanCheck(workflow.plan).flaws
            promise(flaws.isEmpty, "\(flaws)")
            promise(workflow.warnings.allSatisfy { $0.severity == .warning }, "an error that does not refuse")
            check(workflow.warnings, bytes)
            check(Workflow.checkTogether([workflow]), bytes)
            _ = workflow.validate(input: ["userId": "x", "a": [1, 2], "n": 1])
            // The same text, the same plan: sagas are pinned to the text.
            let again = try Workflow.compile(workflow.source)
            promise(again.plan == workflow.plan && again.digest == workflow.digest, "compiled twice, two plans")
        } catch {
            promise(!error.errors.isEmpty, "refused without an error")
            promise(error.findings.count <= 100, "\(error.findings.count) findings")
            check(error.findings, bytes)
        }
    }

    private static func check(_ findings: [Finding], _ bytes: [UInt8]) {
        // No more lines than there are bytes that can end one, or end the sequence of one.
        let lines = bytes.count(where: { [0x0A, 0x0D, 0x85, 0xA8, 0xA9].contains($0) }) + 1
        for finding in findings {
            promise(
                (1...lines).contains(finding.line) && finding.column >= 1,
                "a place outside of the file: \(finding.line):\(finding.column)")
            promise(!finding.message.isEmpty && !finding.help.isEmpty, "a finding without words: \(finding.code)")
            let text = finding.description
            promise(text.utf8.count < 4000, "a finding of \(text.utf8.count) bytes")
            promise(
                text.unicodeScalars.allSatisfy { $0 == "\n" || $0.properties.generalCategory != .control },
                "a finding with control characters")
        }
    }

    /// Larger plans have more states than there is time for.
    static func takeProof(_ bytes: [UInt8]) {
        guard let plan = try? Workflow.compile(bytes).plan, plan.steps.count <= 12 else { return }
        let proof = Proof.prove(plan, limit: 150)
        promise(
            proof.counterexample == nil,
            "it compiles, and comes to a bad end: \(proof.counterexample.map { "\($0)" } ?? "")")
    }

    static func takeSchedule(_ bytes: [UInt8]) {
        let (cron, zone) = halves(of: bytes, at: 0x0A)
        func literal(_ bytes: [UInt8]) -> String { JSON.string(String(decoding: bytes, as: UTF8.self)).text }
        take(
            Array(
                """
                workflow: test
                version: 1
                schedule: { cron: \(literal(cron)), timeZone: \(literal(zone)) }
                steps: [{ one: { do: a.b, readonly: true } }]
                """.utf8))
    }
}
