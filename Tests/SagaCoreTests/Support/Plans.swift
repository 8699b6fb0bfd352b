import Expressions
import SagaCore
import SagaValues

/// The shape of a plan for a test; steps are named a, b, c, … in the order of the text.
indirect enum Shape: Sendable, Hashable {
    case step(StepKind)
    case sequence([Shape])
    case parallel([Shape])
    /// One of these, or none.
    case choice([Shape])
    /// A step that is no participant's.
    case own(Step.Kind, StepKind)

    /// The same, but only under a condition.
    var conditional: Shape {
        guard case .own(let what, var kind) = self else { return self }
        kind.isConditional = true
        return .own(what, kind)
    }

    static func choice(_ shapes: Shape...) -> Shape { .choice(shapes) }
    static let when = Shape.step(StepKind(isConditional: true))
    static let pause = Shape.own(.pause(.fixed(.seconds(60))), StepKind(role: .readonly))
    static let computedPause = Shape.own(.pause(.computed(.test)), StepKind(role: .readonly))
    static let emit = Shape.own(.emit(Emission(event: "test.happened", data: .literal([:]))), StepKind(role: .readonly))
    static func listen(timeout: Duration? = nil, _ kind: StepKind = StepKind(role: .readonly)) -> Shape {
        .own(
            .listen(
                Listen(
                    alternatives: [
                        .init(event: "test.paid", path: [.member("id")], value: .test),
                        .init(event: "test.failed", path: [.member("id")], value: .test, rejection: "test-failed"),
                    ], timeout: timeout)), kind)
    }
    static func approval(timeout: Duration? = nil) -> Shape {
        .own(.approval(Approval(role: "finance", title: .literal("Pay?"), timeout: timeout)), StepKind(role: .readonly))
    }
    static let run = Shape.own(.run(ChildRun(workflow: "child", input: .literal([:]))), StepKind())
    static func run(_ kind: StepKind) -> Shape {
        .own(.run(ChildRun(workflow: "child", input: .literal([:]))), kind)
    }
    static func each(atOnce: Int = 2, _ onFailure: Each.OnFailure = .undoAll, _ kind: StepKind = StepKind()) -> Shape {
        .own(
            .each(
                Each(items: .test, variable: "item", atOnce: atOnce, onFailure: onFailure, body: Plan(.undoable))),
            kind)
    }

    static func sequence(_ shapes: Shape...) -> Shape { .sequence(shapes) }
    static func parallel(_ shapes: Shape...) -> Shape { .parallel(shapes) }

    /// Has an effect and an undo.
    static let undoable = Shape.step(StepKind())
    static let readonly = Shape.step(StepKind(role: .readonly))
    static let pivot = Shape.step(StepKind(role: .pivot))
    /// Stands after the pivot: has no undo.
    static let onward = Shape.step(StepKind(role: .onward))
    static let optional = Shape.step(StepKind(isOptional: true))

    static func undoable(_ onUnknown: Step.OnUnknown, undo: Step.OnUndoFailure = .stop) -> Shape {
        .step(StepKind(onUnknown: onUnknown, onUndoFailure: undo))
    }
    static func pivot(_ onUnknown: Step.OnUnknown) -> Shape { .step(StepKind(role: .pivot, onUnknown: onUnknown)) }
    static func onward(_ onUnknown: Step.OnUnknown) -> Shape { .step(StepKind(role: .onward, onUnknown: onUnknown)) }
}

struct StepKind: Sendable, Hashable {
    enum Role: Sendable, Hashable, CaseIterable {
        case undoable, readonly, pivot, onward
    }

    var role = Role.undoable
    var isOptional = false
    /// Happens only under a condition.
    var isConditional = false
    var isSkippable = false
    var onUnknown = Step.OnUnknown.undo
    var onUndoFailure = Step.OnUndoFailure.stop
}

extension RetryPolicy {
    /// Exact times: 1 s, 2 s, 4 s, … between attempts, 10 s for a reply.
    static func exact(_ attempts: Int?) -> RetryPolicy {
        RetryPolicy(attempts: attempts, max: .seconds(3600), jitter: false, timeout: .seconds(10))
    }
}

extension Plan {
    /// - Parameter attempts: of each do and each probe; `undoAttempts` of each undo.
    init(
        _ shape: Shape, attempts: Int? = 2, undoAttempts: Int? = 2, deadline: Duration? = nil
    ) {
        var steps: [Step] = []
        func node(_ shape: Shape) -> PlanNode {
            switch shape {
            case .step(let kind):
                steps.append(Step(name: Plan.stepName(steps.count), kind, attempts, undoAttempts))
                return .step(steps.count - 1)
            case .own(let what, let kind):
                steps.append(Step(name: Plan.stepName(steps.count), what, kind))
                return .step(steps.count - 1)
            case .choice(let shapes):
                let index = steps.count
                steps.append(
                    Step(
                        name: Plan.stepName(index), .choice(shapes.map { _ in .test }), StepKind(role: .readonly)))
                return .choice(step: index, cases: shapes.map(node))
            case .sequence(let shapes): return .sequence(shapes.map(node))
            case .parallel(let shapes): return .parallel(name: "all", branches: shapes.map(node))
            }
        }
        let root = node(shape)
        self.init(workflow: "test", version: 1, deadline: deadline, root: root, steps: steps)
    }

    static func stepName(_ index: Int) -> String {
        index < 26 ? String(UnicodeScalar(UInt8(ascii: "a") + UInt8(index))) : "s\(index)"
    }
}

extension Formula {
    /// Nobody evaluates it: tests say what it comes to.
    static let test: Formula = {
        guard let expression = try? Expression("true") else { preconditionFailure("'true' is an expression") }
        return Formula(expression)
    }()
}

extension Step {
    fileprivate init(name: String, _ what: Kind, _ kind: StepKind) {
        self.init(
            name: name, kind: what, condition: kind.isConditional ? .test : nil, readonly: kind.role == .readonly,
            pivot: kind.role == .pivot,
            optional: kind.isOptional, skippable: kind.isSkippable, retry: .own, undoRetry: .own,
            onUnknown: kind.onUnknown,
            onUndoFailure: kind.onUndoFailure)
    }

    fileprivate init(name: String, _ kind: StepKind, _ attempts: Int?, _ undoAttempts: Int?) {
        self.init(
            name: name, action: "test.\(name)", undo: kind.role == .undoable ? "test.undo-\(name)" : nil,
            condition: kind.isConditional ? .test : nil, readonly: kind.role == .readonly, pivot: kind.role == .pivot,
            optional: kind.isOptional, skippable: kind.isSkippable,
            retry: .exact(attempts), undoRetry: .exact(undoAttempts), onUnknown: kind.onUnknown,
            onUndoFailure: kind.onUndoFailure)
    }
}

extension UUID {
    static let test = UUID(high: 0x0197_F3A0_5C1E_7000, low: 0x8000_0000_0000_002A)
}

extension Timestamp {
    /// When tests begin.
    static let zero = Timestamp(microseconds: 1_800_000_000_000_000)
}
