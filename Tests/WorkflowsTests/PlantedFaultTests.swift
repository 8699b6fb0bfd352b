import Foundation
import SagaCore
import SagaValues
import Testing
import Workflows

@testable import Exploration

/// Faults are found before a workflow is taken, and what is taken comes to a good end.
@Suite("Planted faults")
struct PlantedFaultTests {
    /// The text of the shipped workflows, by their names.
    private static let shipped = Dictionary(
        uniqueKeysWithValues: shippedWorkflows.compactMap { url in
            (try? String(contentsOf: url, encoding: .utf8)).map { (url.deletingPathExtension().lastPathComponent, $0) }
        })

    /// All that is said when these files are deployed together.
    private func findings(of files: [String: String]) -> [Finding] {
        var found: [Finding] = []
        var workflows: [Workflow] = []
        for (name, text) in files.sorted(by: { $0.key < $1.key }) {
            do throws(WorkflowErrors) {
                let workflow = try Workflow.compile(text, file: name)
                workflows.append(workflow)
                found += workflow.warnings
            } catch {
                found += error.findings
            }
        }
        // As at a deployment: what hangs together is looked at when each is right by itself.
        return workflows.count == files.count ? found + Workflow.checkTogether(workflows) : found
    }

    @Test("The shipped workflows have none")
    func none() {
        #expect(PlantedFaultTests.shipped.count == 11)
        #expect(findings(of: PlantedFaultTests.shipped) == [])
    }

    @Test("A fault is found, at its line, and nothing else is said", arguments: Plant.all)
    func found(_ plant: Plant) throws {
        let (files, line) = try plant.planted(in: PlantedFaultTests.shipped)
        let found = findings(of: files)
        let expected = found.filter { $0.code == plant.code && $0.file == plant.foundIn && $0.line == line }
        #expect(!expected.isEmpty, "expected \(plant.code.rawValue) in line \(line), found \(found)")
        #expect(
            found.map(\.code.rawValue).sorted() == ([plant.code] + plant.also).map(\.rawValue).sorted(), "\(found)")
    }

    // MARK: What a plan comes to

    private func plan(_ name: String) throws -> Plan {
        try Workflow.compile(try #require(PlantedFaultTests.shipped[name]), file: name).plan
    }

    @Test(
        "Whatever happens, all of them come to a good end, and everything that can happen was seen",
        arguments: shipped.keys.sorted())
    func proof(_ name: String) throws {
        let proof = Proof.prove(try plan(name), limit: 50_000)
        #expect(proof.isComplete)
        #expect(proof.counterexample == nil, "\(String(describing: proof.counterexample))")
    }

    // MARK: What would happen if nothing were checked

    /// A step of a plan as no definition gives it.
    private func changed(
        _ name: String, _ step: String, undo: Bool = true, pivot: Bool? = nil, optional: Bool? = nil
    ) throws -> Plan {
        let plan = try plan(name)
        let steps = plan.steps.map { old -> Step in
            guard old.name == step else { return old }
            var kind = old.kind
            if case .action(let action) = kind {
                kind = .action(Action(name: action.name, undo: undo ? action.undo : nil, input: action.input))
            }
            return Step(
                name: old.name, kind: kind,
                condition: old.condition, readonly: old.readonly, pivot: pivot ?? old.pivot,
                optional: optional ?? old.optional, skippable: old.skippable, retry: old.retry,
                undoRetry: old.undoRetry, onUnknown: old.onUnknown, onUndoFailure: old.onUndoFailure)
        }
        #expect(steps != plan.steps)
        return Plan(
            workflow: plan.workflow, version: plan.version, title: plan.title, deadline: plan.deadline,
            locks: plan.locks, onBusy: plan.onBusy, root: plan.root, steps: steps, output: plan.output)
    }

    private func unchecked() throws -> [(plan: Plan, end: String)] {
        [
            (try changed("plan-purchase", "charge", undo: false), "allocate-device is undone before charge"),
            (try changed("device-deletion", "stop", undo: false), "compensated, but stop is or may yet be done"),
            (try changed("device-provision", "ports", pivot: true), "it never ends"),
            (try changed("plan-purchase", "activate-order", pivot: false), "charge is undone before activate-order"),
            (try changed("payment-refund", "answered", pivot: false), "initiate is undone before record"),
            (
                try changed("plan-purchase", "activate-order", optional: true),
                "a step is undone though the pivot activate-order is or may be done"
            ),
        ]
    }

    @Test("What the checks refuse would come to a bad end: the exploration finds it in the plan")
    func behaviour() throws {
        for (plan, end) in try unchecked() {
            let proof = Proof.prove(plan, limit: 3000)
            let story = proof.counterexample.map { "\($0.story)" } ?? "no story"
            #expect(story.contains(end), "\(story)")
        }
    }

    @Test("It finds it after as many moves when states are told apart that count as one")
    func merging() throws {
        for (plan, end) in try unchecked() {
            var lengths: [Int?] = []
            for merging in [Explorer.Merging.attempts, .past] {
                var bounds = Proof.Way.undoRequest.bounds
                bounds.merging = merging
                bounds.sampling = 1
                bounds.states = 30_000
                let report = Explorer(plan.bounded(attempts: 2), bounds).explore()
                lengths.append(report.counterexample?.moves.count)
            }
            #expect(lengths[0] == lengths[1] && lengths[0] != nil, "\(end): \(lengths)")
        }
    }
}
