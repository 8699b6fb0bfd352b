internal import Expressions
internal import SagaCore
internal import SagaValues

/// A value and where it stands in the file.
package struct Located<Value> {
    package let value: Value
    package let position: Position

    init(_ value: Value, at position: Position) {
        self.value = value
        self.position = position
    }
}

/// A definition that has been read but not checked: names are text still, and every part knows its place.
struct DraftWorkflow {
    var name: String?
    var version: Int?
    var title: String?
    var deadline: Located<Duration>?
    var retention: Duration?
    var locks: [Located<DraftTemplate>] = []
    var onBusy: Located<Plan.OnBusy>?
    var schema: InputSchema?
    var output: DraftTemplate?
    var sensitive: [DraftReference] = []
    var starts: [DraftStart] = []
    var schedule: Located<Schedule>?
    var defaults = DraftDefaults()
    /// All of the file in the order of the text, those in the bodies of `each` among them; ``DraftNode`` counts them.
    var steps: [DraftStep] = []
    /// The workflow's own list first, then the bodies.
    var scopes = [DraftScope()]
    /// What a name in a reference may stand for.
    var names: [String: NamedThing] = [:]

    /// The scopes around a scope, itself first.
    func chain(of scope: Int) -> [Int] {
        var chain = [scope]
        while let owner = scopes[chain[chain.count - 1]].owner { chain.append(steps[owner].scope) }
        return chain
    }
}

/// What becomes a plan: the workflow's steps, or those of an `each`.
struct DraftScope {
    /// The `each` whose body it is; nil for the workflow itself.
    var owner: Int?
    /// What the body calls the item.
    var variable: Located<String>?
    var root: [DraftNode] = []
    /// In the order of the text: a step's place here is its index in the plan.
    var steps: [Int] = []
}

enum NamedThing {
    case step(Int)
    /// A `parallel`, a `switch` or a group of steps: it has no output of its own.
    case group
    /// A step that has been reported as wrong.
    case broken
}

indirect enum DraftNode {
    case step(Int)
    case sequence([DraftNode])
    case parallel(name: String, branches: [DraftNode])
    /// A step of the kind ``DraftStep/Kind/choice(_:)``, and what its cases do.
    case choice(step: Int, cases: [DraftNode])
}

/// A start by an event.
struct DraftStart {
    let position: Position
    var event: String?
    var key: DraftTemplate?
    var input: Located<DraftTemplate>?
    var condition: DraftFormula?
}

struct DraftDefaults {
    var timeout: Located<Duration>?
    var retry = DraftRetry()
    var undoRetry = DraftRetry()
}

/// What a `retry` says; nil where it says nothing.
struct DraftRetry {
    enum Attempts: Equatable {
        case limited(Int)
        case unlimited
    }

    /// Where the `retry` stands, if there is one.
    var position: Position?
    var attempts: Located<Attempts>?
    var initial: Located<Duration>?
    var factorPermille: Located<Int>?
    var max: Located<Duration>?
    var jitter: Located<Bool>?
    var timeout: Located<Duration>?
}

/// A ``Template`` whose references are names still.
indirect enum DraftTemplate {
    case literal(JSON)
    case reference(DraftReference)
    case formula(DraftFormula)
    case text([Part])
    case array([DraftTemplate])
    case object([(name: String, value: DraftTemplate)])

    enum Part {
        case literal(String)
        case reference(DraftReference)
        case formula(DraftFormula)
    }
}

/// `${…}` as it was written.
struct DraftFormula {
    let expression: Expression
    let place: ExpressionPlace

    var position: Position { place.start }
}

/// `${root.path}` as it was written.
struct DraftReference {
    let root: String
    let path: [SagaCore.Reference.Component]
    let formula: DraftFormula

    /// Where its `$` stands.
    var position: Position { formula.position }

    /// For messages.
    var text: String { path.reduce(root) { $0 + $1.description } }
}

extension DraftReference {
    /// Nil for what is more than a name and the way to a value.
    init?(_ formula: DraftFormula) {
        guard let reference = formula.expression.bareReference else { return nil }
        self.init(root: reference.name, path: reference.path, formula: formula)
    }
}

extension Expressions.Reference {
    /// As plans have it.
    var path: [SagaCore.Reference.Component] {
        components.map { component in
            switch component {
            case .member(let name): .member(name)
            case .element(let index): .element(Int(index))
            }
        }
    }
}
