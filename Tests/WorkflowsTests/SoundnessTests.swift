import FuzzTargets
import SagaCore
import SagaValues
import TestSupport
import Testing
import Workflows

/// Random workflows that the check lets pass, run with random answers: nothing that they read is ever missing.
@Suite("What is let through")
struct SoundnessTests {
    @Test("A workflow without findings never reads what is not there", arguments: 1...4)
    func sound(_ seed: Int) throws {
        var generator = WorkflowGenerator(seed: UInt64(seed))
        var accepted = 0
        var guarded = 0
        for round in 0..<150 {
            let source = generator.workflow()
            guard let workflow = try? Workflow.compile(source) else { continue }
            accepted += 1
            if source.contains("when"), source.contains("optional") { guarded += 1 }
            #expect(PlanCheck(workflow.plan).flaws == [], "\(source)")
            for _ in 0..<6 {
                let failures = generator.run(workflow.plan, input: generator.input())
                #expect(failures == [], "seed \(seed), round \(round):\n\(source)")
                guard failures.isEmpty else { return }
            }
        }
        // Or it would say nothing.
        #expect(accepted > 20 && guarded > 3, "\(accepted), \(guarded)")
    }
}

private struct WorkflowGenerator {
    private var random: SeededGenerator
    private var next = 0
    /// The commands so far, without those in other bodies.
    private var commands: [String] = []

    init(seed: UInt64) { random = SeededGenerator(seed: seed) }

    private mutating func chance(_ percent: Int) -> Bool { Int.random(in: 0..<100, using: &random) < percent }

    // MARK: Text

    mutating func workflow() -> String {
        next = 0
        commands = []
        let list = steps(Int.random(in: 1...4, using: &random), depth: 0, item: nil)
        return "workflow: test\nversion: 1\nsteps: [\(list)]\noutput: { a: \"${\(value(nil))}\" }\n"
    }

    private mutating func steps(_ count: Int, depth: Int, item: String?) -> String {
        (0..<count).map { _ in step(depth: depth, item: item) }.joined(separator: ",\n ")
    }

    private mutating func step(depth: Int, item: String?) -> String {
        let name = "s\(next)"
        next += 1
        let when = chance(40) ? ", when: \"${\(condition())}\"" : ""
        switch Int.random(in: 0..<10, using: &random) {
        case 0 where depth < 2:
            let branches = (0..<2).map { _ in step(depth: depth + 1, item: item) }.joined(separator: ", ")
            return "{ \(name): { parallel: [\(branches)]\(when) } }"
        case 1, 2, 3:
            guard depth < 2 else { fallthrough }
            var cases: [String] = []
            for _ in 0..<Int.random(in: 1...2, using: &random) {
                cases.append("{ when: \"${\(condition())}\", steps: [\(steps(2, depth: depth + 1, item: item))] }")
            }
            if chance(50) { cases.append("{ else: [\(steps(1, depth: depth + 1, item: item))] }") }
            return "{ \(name): { switch: [\(cases.joined(separator: ", "))] } }"
        case 4 where depth < 2:
            let inner = "v\(next)"
            let first = "{ s\(next): { do: a.b, readonly: true, with: { a: \"${\(inner)}\" } } }"
            next += 1
            let outside = commands
            let body = first + ", " + steps(2, depth: depth + 1, item: inner)
            commands = outside
            return "{ \(name): { each: \"${input.list}\", as: \(inner), steps: [\(body)]\(when) } }"
        default:
            let optional = chance(25) ? ", optional: true" : ""
            let value = value(item)
            commands.append(name)
            return "{ \(name): { do: a.b, readonly: true, with: { a: \"${\(value)}\" }\(when)\(optional) } }"
        }
    }

    /// Mostly of a step before, so that many pass.
    private mutating func name() -> String {
        chance(1) ? "s\(next + 1)" : commands.suffix(6).randomElement(using: &random) ?? "input"
    }

    private mutating func condition() -> String {
        let flag = "input.f\(Int.random(in: 0...1, using: &random))"
        let step = name()
        guard step != "input" else { return flag }
        return switch Int.random(in: 0..<8, using: &random) {
        case 0, 1, 2: flag
        case 3: "!\(flag)"
        case 4: "has(\(step).x)"
        case 5: "has(\(step).x) && \(step).x"
        case 6: "\(flag) && has(\(step).x)"
        default: "\(flag) && \(step).x"
        }
    }

    private mutating func value(_ item: String?) -> String {
        let step = name()
        guard step != "input" else { return step }
        return switch Int.random(in: 0..<8, using: &random) {
        case 0: "\(step).x"
        case 1: step
        case 2, 3: "has(\(step).x) ? \(step).x : 1"
        case 4: "[\(step).x, input.f0]"
        case 5: item.map { "\($0) + 'x'" } ?? "input.f0"
        case 6: "input.f1 ? (has(\(step).x) && \(step).x) : false"
        default: "input"
        }
    }

    // MARK: Running

    mutating func input() -> JSON {
        ["f0": .bool(chance(50)), "f1": .bool(chance(50)), "list": ["p", "q"]]
    }

    /// What went wrong with expressions, here and in the sagas of items.
    mutating func run(_ plan: Plan, input: JSON) -> [String] {
        let time = Timestamp(microseconds: 0)
        var process = SagaProcess(id: UUID(high: 1, low: 2), plan: plan, at: time)
        var failures: [String] = []
        var messages = process.take(.started(queued: false), Array(input.text.utf8), at: time).taken.flatMap(\.messages)
        while !messages.isEmpty {
            // Branches answer in any order.
            let message = messages.remove(at: Int.random(in: 0..<messages.count, using: &random))
            let dispatch: Dispatch
            var reply = SagaEvent.Reply.done
            var output: JSON = [:]
            switch message {
            case .command(let command, _, _):
                dispatch = command
                output = ["x": .bool(chance(50))]
                if plan.steps[command.step].optional, chance(50) {
                    reply = .rejected(StepError(code: "no", message: ""))
                }
            case .startChild(let child, _, let input):
                dispatch = child
                guard let body = plan.body(ofEach: plan.steps[child.step].name) else { return ["no body"] }
                failures += run(body, input: input)
            case .event, .undoChild, .listen, .stopListening: return ["an unexpected message"]
            }
            let event = SagaEvent.replied(
                step: dispatch.step, item: dispatch.item, direction: .do, attempt: nil, reply: reply)
            messages += process.take(event, Array(output.text.utf8), at: time).taken.flatMap(\.messages)
        }
        let wrong = ["unresolved-reference", "expression-failed"]
        failures += zip(plan.steps, process.saga.steps).compactMap { step, state in
            guard let error = state.error, wrong.contains(error.code) else { return nil }
            return "\(step.name): \(error.message)"
        }
        if process.saga.status != .completed { failures.append("it is \(process.saga.status)") }
        if plan.output != nil, process.output() == nil { failures.append("its output cannot be made") }
        return failures
    }
}
