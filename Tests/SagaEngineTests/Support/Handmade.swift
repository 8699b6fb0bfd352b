import MemoryStore
import struct Expressions.Expression
import SagaCore
import SagaValues
import TestSupport

@testable import SagaEngine
@testable import Workflows

/// Workflows whose plans are made here and not read from a text.
enum Handmade {
    /// Two steps, at two participants.
    static let child = Plan(
        workflow: "child", version: 1, root: .sequence([.step(0), .step(1)]),
        steps: [
            Step(name: "a", action: "one.a", undo: "one.a-undo", input: .reference(Reference(.input))),
            Step(name: "b", action: "two.b", undo: "two.b-undo"),
        ], output: .object([TemplateMember("id", .reference(Reference(.step(0), [.member("id")])))]))

    /// One step, under a lock that is the same whatever its name.
    static func locked(_ name: String) -> Plan {
        Plan(
            workflow: name, version: 1, locks: [.literal("the-lock")], root: .step(0),
            steps: [Step(name: "a", action: "one.a", undo: "one.a-undo")])
    }

    /// Runs the child, and then one step of its own.
    static let parent = Plan(
        workflow: "parent", version: 1, root: .sequence([.step(0), .step(1)]),
        steps: [
            Step(name: "run", kind: .run(ChildRun(workflow: "child", input: .literal(["n": "1"])))),
            Step(name: "last", action: "three.c", undo: "three.c-undo"),
        ], output: .object([TemplateMember("child", .reference(Reference(.step(0), [.member("id")])))]))

    /// Runs the child beside a step of its own.
    static let beside = Plan(
        workflow: "beside", version: 1,
        root: .parallel(name: "both", branches: [.step(0), .step(1)]),
        steps: [
            Step(name: "run", kind: .run(ChildRun(workflow: "child", input: .literal(["n": "1"])))),
            Step(name: "other", action: "three.c", undo: "three.c-undo"),
        ])

    /// A child for each item of `input.items`, then a step of its own.
    static func each(atOnce: Int, onFailure: Each.OnFailure = .undoAll) -> Plan {
        let body = Plan(
            workflow: "each", version: 1, root: .step(0),
            steps: [
                Step(
                    name: "item-step", action: "one.item", undo: "one.item-undo",
                    input: .object([TemplateMember("got", .reference(Reference(.input, [.member("item")])))]))
            ])
        return Plan(
            workflow: "each", version: 1, root: .sequence([.step(0), .step(1)]),
            steps: [
                Step(
                    name: "all",
                    kind: .each(
                        Each(
                            items: formula(.input, "items"), variable: "item", atOnce: atOnce, onFailure: onFailure,
                            body: body))),
                Step(name: "last", action: "three.c", undo: "three.c-undo"),
            ])
    }

    /// A step, then one that waits for an event with the order of the input, then another that wants one.
    static func listening(
        _ name: String = "listening", version: Int = 1, path: String = "order", waits: Int = 1,
        timeout: Duration? = nil
    ) -> Plan {
        let listen = Step(
            name: "hear",
            kind: .listen(
                Listen(
                    alternatives: [
                        Listen.Alternative(event: "paid", path: [.member(path)], value: formula(.input, "order")),
                        Listen.Alternative(
                            event: "refused", path: [.member(path)], value: formula(.input, "order"),
                            rejection: "refused"
                        ),
                    ], timeout: timeout)))
        let again = Step(name: "again", kind: listen.kind)
        let steps =
            [Step(name: "a", action: "one.a", undo: "one.a-undo"), listen] + (waits > 1 ? [again] : [])
        return Plan(
            workflow: name, version: version, root: .sequence(steps.indices.map { .step($0) }), steps: steps,
            output: .reference(Reference(.step(1))))
    }

    /// Tells an event, and then does a step.
    static let telling = Plan(
        workflow: "telling", version: 1, root: .sequence([.step(0), .step(1)]),
        steps: [
            Step(
                name: "tell",
                kind: .emit(
                    Emission(event: "device.created", data: .reference(Reference(.input, [.member("device")]))))),
            Step(name: "a", action: "one.a", undo: "one.a-undo"),
        ])

    /// `input.items`, say.
    static func formula(_ root: Reference.Root, _ member: String) -> Formula {
        guard let expression = try? Expression("input.\(member)") else { preconditionFailure("\(member) is no name") }
        return Formula(expression, roots: [Reference(root)])
    }
}

extension Node {
    /// Makes workflows known without a text. Before the node runs, or it would try to read them.
    @discardableResult
    func learn(_ plans: Plan...) async throws -> [Int32] {
        var ids: [Int32] = []
        for plan in plans {
            let record = try await store.deploy(
                workflow: plan.workflow, version: plan.version, digest: "by hand", source: "by hand")
            let workflow = Workflow(
                plan: plan, source: "by hand", digest: "by hand", inputSchema: nil, warnings: [], file: "by hand",
                children: [])
            engine.parts.catalog.add(
                DeployedWorkflow(id: record.id, workflow: workflow, deployedAt: record.deployedAt), record)
            ids.append(record.id)
        }
        return ids
    }

    /// The children of a saga, the oldest first.
    func children(of saga: UUID) async throws -> [SagaSummary] {
        var filter = SagaFilter()
        filter.parent = saga
        return try await store.list(filter, after: nil, limit: 1_000).reversed()
    }

    /// Waits for the status, and says what there is instead.
    func reaches(_ status: Saga.Status, _ saga: UUID) async throws {
        let summary = try await engine.waitForEnd(saga, upTo: .seconds(60))
        guard summary?.row.status == status else {
            throw Unexpected(status: summary?.row.status, log: bus.log, lines: log.lines)
        }
    }

    struct Unexpected: Error {
        let status: Saga.Status?
        let log: [String]
        let lines: [String]
    }
}
