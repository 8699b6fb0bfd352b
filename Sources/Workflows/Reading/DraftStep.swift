internal import SagaCore
internal import SagaValues

struct DraftStep {
    let name: Located<String>
    /// The list that it belongs to, as an index of ``DraftWorkflow/scopes``.
    let scope: Int
    var kind: Kind
    var condition: DraftFormula?
    var readonly: Located<Bool>?
    var pivot: Located<Bool>?
    var optional: Located<Bool>?
    var skippable: Located<Bool>?
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

    enum Kind {
        case action(DraftAction)
        case emit(event: String?, data: DraftTemplate)
        case choice([DraftCase])
        case pause(DraftPause?)
        case listen([DraftAlternative])
        case approval(role: String?, title: DraftTemplate?)
        case run(DraftRun)
        case each(DraftEach)
    }
}

struct DraftAction {
    /// Nil when it was reported as wrong.
    var name: Located<String>?
    var undo: Located<String>?
    var input: DraftTemplate = .literal([:])
}

struct DraftCase {
    /// Where it begins.
    let position: Position
    /// Nil for `else`, and where it was reported as wrong.
    let condition: DraftFormula?
    let isElse: Bool
}

enum DraftPause {
    case fixed(Located<Duration>)
    case computed(DraftFormula)
}

struct DraftAlternative {
    let position: Position
    var event: String?
    /// Nil when it was reported as wrong.
    var search: EventSearch?
    var rejection: Located<String>?
}

struct DraftRun {
    var workflow: Located<String>?
    var input: Located<DraftTemplate>
}

struct DraftEach {
    var items: DraftFormula?
    var atOnce = 10
    var onFailure: Located<Each.OnFailure>?
    /// The body.
    let scope: Int
}

extension DraftStep {
    var action: DraftAction? {
        if case .action(let action) = kind { action } else { nil }
    }

    var each: DraftEach? {
        if case .each(let each) = kind { each } else { nil }
    }

    /// The cases of a `switch`, or the one of a group with `when`.
    var cases: [DraftCase]? {
        if case .choice(let cases) = kind { cases } else { nil }
    }

    /// Whether others can refer to what it gives.
    var hasOutput: Bool {
        switch kind {
        case .action, .listen, .approval, .run, .each: true
        case .emit, .choice, .pause: false
        }
    }

    /// The key that makes it what it is.
    var shape: String {
        switch kind {
        case .action: "do"
        case .emit: "emit"
        case .choice: "switch"
        case .pause: "wait"
        case .listen: "listen"
        case .approval: "approval"
        case .run: "run"
        case .each: "each"
        }
    }
}

extension DraftNode {
    /// The steps in it, in the order of the text, without those in the bodies of `each`.
    var steps: [Int] {
        switch self {
        case .step(let index): [index]
        case .sequence(let nodes), .parallel(_, let nodes): nodes.flatMap(\.steps)
        case .choice(let step, let cases): [step] + cases.flatMap(\.steps)
        }
    }
}
