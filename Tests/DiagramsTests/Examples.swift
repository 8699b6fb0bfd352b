import Expressions
import SagaCore
import SagaValues
import TestSupport

@testable import SagaCore

extension Formula {
    /// - Precondition: it can be read.
    init(_ text: String) {
        guard let expression = try? Expressions.Expression(text) else { preconditionFailure("no expression: \(text)") }
        self.init(expression)
    }
}

extension Plan {
    /// Steps of all kinds, and every shape.
    static let everything = Plan(
        workflow: "everything", version: 3, title: "One of each",
        root: .sequence([
            .step(0), .parallel(name: "resources", branches: [.step(1), .sequence([.step(2), .step(3)])]),
            .choice(step: 4, cases: [.step(5), .sequence([])]), .step(6), .step(7), .step(8), .step(9), .step(10),
            .step(11), .step(12),
        ]),
        steps: [
            Step(name: "check", action: "billing.check", readonly: true),
            Step(name: "ports", action: "device.allocate-ports", undo: "device.release-ports"),
            Step(
                name: "proxy", action: "device.allocate-proxy", undo: "device.release-proxy",
                condition: Formula("input.wantsProxy")),
            Step(name: "route", action: "device.add-route", undo: "device.drop-route", skippable: true),
            Step(
                name: "provider", kind: .choice([Formula("input.provider == 'aliyun' && input.size < 4"), nil]),
                readonly: true),
            Step(name: "cloud", action: "device.create", undo: "device.delete"),
            Step(
                name: "install",
                kind: .each(
                    Each(
                        items: Formula("input.apps"), variable: "app", atOnce: 10, onFailure: .undoItem,
                        body: Plan(
                            workflow: "everything", version: 3, root: .sequence([.step(0), .step(1)]),
                            steps: [
                                Step(name: "transfer", action: "app.transfer", undo: "app.delete"),
                                Step(name: "mark", action: "app.mark", pivot: true, onUnknown: .incident),
                            ])))),
            Step(name: "pause", kind: .pause(.fixed(.seconds(3 * 86_400))), readonly: true),
            Step(
                name: "paid",
                kind: .listen(
                    Listen(
                        alternatives: [
                            .init(event: "payment.done", path: [.member("id")], value: Formula("input.id")),
                            .init(
                                event: "payment.failed", path: [.member("id")], value: Formula("input.id"),
                                rejection: "not-paid"),
                        ], timeout: .seconds(86_400))), readonly: true),
            Step(
                name: "consent", kind: .approval(Approval(role: "finance", title: .literal("Pay?"))), readonly: true),
            Step(name: "hand-over", action: "device.hand-over", pivot: true, onUnknown: .probe),
            Step(name: "clean", kind: .run(ChildRun(workflow: "clean-up", input: .literal([:]))), readonly: true),
            Step(
                name: "announce", kind: .emit(Emission(event: "device.created", data: .literal([:]))),
                optional: true),
        ])

    /// A purchase, as small as can be.
    static let purchase = Plan(
        workflow: "purchase", version: 1, root: .sequence([.step(0), .step(1), .step(2), .step(3)]),
        steps: [
            Step(name: "order", action: "billing.order", undo: "billing.cancel"),
            Step(name: "charge", action: "billing.charge", undo: "billing.refund", onUnknown: .probe),
            Step(name: "activate", action: "billing.activate", pivot: true, onUnknown: .incident),
            Step(name: "notify", action: "notification.send", optional: true),
        ])
}

extension Saga {
    /// - Parameter events: from the start on; each must be taken in.
    init(_ plan: Plan, _ events: SagaEvent...) {
        self.init(id: UUID(high: 0x0197_F3A0_5C1E_7000, low: 0x8000_0000_0000_002A), plan: plan, at: .zero)
        for event in [.started(queued: false)] + events {
            precondition(handle(event, at: .zero, plan: plan).isApplied, "\(event) is ignored")
        }
    }
}

extension Timestamp {
    static let zero = Timestamp(microseconds: 1_800_000_000_000_000)
}

extension SagaEvent {
    static func done(_ step: Int, item: Int = 0) -> SagaEvent {
        .replied(step: step, item: item, direction: .do, attempt: nil, reply: .done)
    }
    static func refused(_ step: Int, item: Int = 0) -> SagaEvent {
        .replied(
            step: step, item: item, direction: .do, attempt: nil,
            reply: .rejected(StepError(code: "no", message: "it will not be done")))
    }
    static func undone(_ step: Int, item: Int = 0) -> SagaEvent {
        .replied(step: step, item: item, direction: .undo, attempt: nil, reply: .done)
    }
}

/// Any plan, from a seed: every kind of step and shape, and texts that are hard to write.
struct RandomPlan {
    private var random: SeededGenerator
    private var count = 0
    private var depth = 0

    static func make(seed: UInt64) -> Plan {
        var maker = RandomPlan(random: SeededGenerator(seed: seed))
        return maker.plan()
    }

    private init(random: SeededGenerator) { self.random = random }

    static let texts = [
        "a", "end", "subgraph", "\"quoted\" \\ back", "<b>&amp;</b> & 'x'", "line\nbreak\r\n\ttab", "余额不足余额不足",
        "\u{202E}turned", "\u{0}nul\u{1B}", "\u{1F469}\u{200D}\u{1F680} e\u{301}", "#35; %% ;{}[]()|`$", "\u{FFFE}]]>",
        "-->", "--", "\\N \\G \\l", String(repeating: "long-name-", count: 12),
    ]

    private mutating func text() -> String { RandomPlan.texts.randomElement(using: &random)! }

    private mutating func plan() -> Plan {
        var steps: [Step] = []
        let root = node(3, &steps)
        return Plan(workflow: text(), version: 1, title: random.chance(50) ? text() : nil, root: root, steps: steps)
    }

    private mutating func node(_ room: Int, _ steps: inout [Step]) -> PlanNode {
        guard room > 0, random.chance(75) else { return .step(step(&steps)) }
        let width = Int.random(in: 0...4, using: &random)
        switch random.next() % 4 {
        case 0:
            count += 1
            return .parallel(
                name: "\(text())\(count)", branches: (0...width).map { _ in node(room - 1, &steps) })
        case 1:
            let formulas: [Formula?] = (0..<width).map { _ in Formula(condition()) } + (random.chance(50) ? [nil] : [])
            steps.append(Step(name: name(), kind: .choice(formulas), readonly: true))
            let index = steps.count - 1
            return .choice(step: index, cases: formulas.map { _ in node(room - 1, &steps) })
        default: return .sequence((0..<width).map { _ in node(room - 1, &steps) })
        }
    }

    private mutating func name() -> String {
        count += 1
        return "\(text())-\(count)"
    }

    private mutating func condition() -> String {
        [
            "input.a == 'x\\\"<&>'", "input.b > 3 && input.c != \"余额\"", "has(input.d)",
            (0..<12).map { "input.member\($0) == '\($0)'" }.joined(separator: " || "),
            "input.a == 'end' ? true : false",
        ].randomElement(using: &random)!
    }

    private mutating func step(_ steps: inout [Step]) -> Int {
        var kinds: [Step.Kind] = [
            .action(Action(name: "a.\(text())", undo: random.chance(60) ? "a.\(text())" : nil)),
            .emit(Emission(event: text(), data: .literal([:]))), .pause(.fixed(.seconds(90))),
            .pause(.computed(Formula(condition()))),
            .listen(
                Listen(
                    alternatives: (0..<Int.random(in: 1...8, using: &random)).map { _ in
                        .init(
                            event: text(), path: [], value: Formula("input.x"),
                            rejection: random.chance(50) ? text() : nil)
                    })), .approval(Approval(role: text(), title: .literal("?"), timeout: .seconds(5))),
            .run(ChildRun(workflow: text(), input: .literal([:]))),
        ]
        if depth < 2 {
            depth += 1
            var inner: [Step] = []
            let root = node(2, &inner)
            depth -= 1
            kinds.append(
                .each(
                    Each(
                        items: Formula("input.list"), variable: "item", atOnce: 3, onFailure: .undoAll,
                        body: Plan(workflow: "w", version: 1, root: root, steps: inner))))
        }
        steps.append(
            Step(
                name: name(), kind: kinds.randomElement(using: &random)!,
                condition: random.chance(20) ? Formula(condition()) : nil, pivot: random.chance(8),
                optional: random.chance(15), skippable: random.chance(10)))
        return steps.count - 1
    }
}

/// Events drawn from a seed, most of them such as the saga waits for.
struct RandomEvents {
    let plan: Plan
    private(set) var saga: Saga
    private var now = Timestamp.zero
    private var random: SeededGenerator

    init(_ plan: Plan, seed: UInt64) {
        self.plan = plan
        random = SeededGenerator(seed: seed)
        saga = Saga(id: UUID(high: seed, low: 1), plan: plan, at: .zero)
        _ = saga.handle(.started(queued: false), at: now, plan: plan)
    }

    mutating func next() {
        let error = StepError(code: "no", message: "no \"<&>")
        let event: SagaEvent
        if let step = saga.steps.firstIndex(where: { $0.phase == .deciding }) {
            event = .decided(step: step, decision(step))
        } else if let step = saga.listening.randomElement(using: &random), random.chance(40) {
            event = .signalled(step: step, random.chance(80) ? .accepted : .refused(error))
        } else if let command = saga.inFlight.randomElement(using: &random), random.chance(80) {
            event = .replied(
                step: command.step, item: command.item, direction: command.direction, attempt: nil,
                reply: random.chance(75) ? .done : .rejected(error))
        } else {
            if let due = saga.nextDue { now = max(now, due) }
            event = random.chance(95) ? .timerFired : .compensationRequested(error)
        }
        _ = saga.handle(event, at: now, plan: plan)
    }

    private mutating func decision(_ step: Int) -> SagaEvent.Decision {
        if plan.steps[step].condition != nil, saga.steps[step].spent == 0, random.chance(50) {
            return random.chance(50) ? .proceed : .skip
        }
        switch plan.steps[step].kind {
        case .choice(let cases): return .chosen(cases.indices.randomElement(using: &random))
        case .pause: return .until(now + .seconds(5))
        case .each: return .items(.random(in: 0...20, using: &random))
        case .action, .emit, .listen, .approval, .run: return .proceed
        }
    }
}
