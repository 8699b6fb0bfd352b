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
            FindingCheck.check(workflow.warnings, bytes)
            FindingCheck.check(Workflow.checkTogether([workflow]), bytes)
            _ = workflow.validate(input: ["userId": "x", "a": [1, 2], "n": 1])
            // The same text, the same plan: sagas are pinned to the text.
            let again = try Workflow.compile(workflow.source)
            promise(again.plan == workflow.plan && again.digest == workflow.digest, "compiled twice, two plans")
        } catch {
            promise(!error.errors.isEmpty, "refused without an error")
            promise(error.findings.count <= 100, "\(error.findings.count) findings")
            FindingCheck.check(error.findings, bytes)
        }
    }

    /// Larger plans have more states than there is time for.
    static func takeProof(_ bytes: [UInt8]) {
        guard let plan = try? Workflow.compile(bytes).plan, plan.steps.count <= 12 else { return }
        let proof = Proof.prove(plan, limit: 300)
        promise(
            proof.counterexample == nil,
            "it compiles, and comes to a bad end: \(proof.counterexample.map { "\($0)" } ?? "")")
    }

    /// Once is enough here: what is promised of plans, the target `workflow` looks at.
    static func takeSchedule(_ bytes: [UInt8]) {
        let (cron, zone) = halves(of: bytes, at: 0x0A)
        func literal(_ bytes: [UInt8]) -> String { JSON.string(String(decoding: bytes, as: UTF8.self)).text }
        let source = """
            workflow: test
            version: 1
            schedule: { cron: \(literal(cron)), timeZone: \(literal(zone)) }
            steps: [{ one: { do: a.b, readonly: true } }]
            """
        do throws(WorkflowErrors) {
            let plan = try Workflow.compile(source).plan
            promise(plan.schedule?.cron.text == String(decoding: cron, as: UTF8.self), "another clock than was given")
        } catch {
            FindingCheck.check(error.findings, Array(source.utf8))
        }
    }
}
