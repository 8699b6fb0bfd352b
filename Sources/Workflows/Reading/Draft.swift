internal import SagaCore
internal import SagaValues

/// A value and where it stands in the file.
struct Located<Value> {
    let value: Value
    let position: Position

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
    var locks: [Located<DraftTemplate>] = []
    var onBusy: Located<Plan.OnBusy>?
    var schema: InputSchema?
    var output: DraftTemplate?
    var defaults = DraftDefaults()
    /// In the order of the text; ``DraftNode/step(_:)`` counts them.
    var steps: [DraftStep] = []
    var root: [DraftNode] = []
    /// What a name in a reference may stand for.
    var names: [String: NamedThing] = [:]
}

enum NamedThing {
    case step(Int)
    /// A `parallel`, or a group of steps in it: it has no output of its own.
    case group
    /// A step that has been reported as wrong.
    case broken
}

indirect enum DraftNode {
    case step(Int)
    case sequence([DraftNode])
    case parallel(name: String, branches: [DraftNode])
}

struct DraftStep {
    let name: Located<String>
    /// Nil when it was reported as wrong.
    var action: Located<String>?
    var undo: Located<String>?
    var input: DraftTemplate = .literal([:])
    var readonly: Located<Bool>?
    var pivot: Located<Bool>?
    var optional: Located<Bool>?
    var timeout: Located<Duration>?
    var retry = DraftRetry()
    var undoRetry = DraftRetry()
    var onUnknown: Located<Step.OnUnknown>?
    var onUndoFailure: Located<Step.OnUndoFailure>?
    /// Keys that are there but could not be read; no conclusions are drawn from their absence.
    var unread: Set<String> = []

    var isReadonly: Bool { readonly?.value ?? false }
    var isPivot: Bool { pivot?.value ?? unread.contains("pivot") }
    var isOptional: Bool { optional?.value ?? false }
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

struct DraftDefaults {
    var timeout: Located<Duration>?
    var retry = DraftRetry()
    var undoRetry = DraftRetry()
}

/// A ``Template`` whose references are names still.
indirect enum DraftTemplate {
    case literal(JSON)
    case reference(DraftReference)
    case text([Part])
    case array([DraftTemplate])
    case object([(name: String, value: DraftTemplate)])

    enum Part {
        case literal(String)
        case reference(DraftReference)
    }
}

/// `${root.path}` as it was written.
struct DraftReference {
    let root: String
    let path: [Reference.Component]
    /// Where its `$` stands.
    let position: Position

    /// For messages.
    var text: String { path.reduce(root) { $0 + $1.description } }
}
