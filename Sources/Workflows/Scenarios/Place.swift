internal import SagaCore

/// A saga of a scenario: the workflow's own, or that of an item, `each-alone[0]`.
struct SagaPath: Sendable, Hashable {
    struct Item: Sendable, Hashable {
        let each: String
        let item: Int
    }

    var items: [Item] = []

    static let root = SagaPath()

    func item(_ each: String, _ item: Int) -> SagaPath { SagaPath(items: items + [Item(each: each, item: item)]) }

    /// `devices[0]`; nothing for the workflow's own.
    var text: String { items.map { "\($0.each)[\($0.item)]" }.joined(separator: ".") }

    /// As the story calls a step of it: `devices[0].delete-device`.
    func step(_ name: String) -> String { items.isEmpty ? name : "\(text).\(name)" }
}

/// What is written where a step is meant: `charge`, `each-alone[0].install`, or `each-alone[0]` for an item's saga.
struct Place: Sendable, Hashable {
    let saga: SagaPath
    /// Nil: the saga itself is meant.
    let step: String?

    var text: String { step.map { saga.step($0) } ?? saga.text }

    init(saga: SagaPath, step: String?) {
        self.saga = saga
        self.step = step
    }

    /// Nil for what does not have this form.
    init?(_ text: String) {
        var saga = SagaPath.root
        let words = text.split(separator: ".", omittingEmptySubsequences: false)
        for (index, word) in words.enumerated() {
            guard let bracket = word.firstIndex(of: "[") else {
                guard index == words.count - 1, !word.isEmpty else { return nil }
                self.init(saga: saga, step: String(word))
                return
            }
            let number = word[word.index(after: bracket)...]
            let digits = number.dropLast()
            guard number.last == "]", bracket != word.startIndex, digits.utf8.allSatisfy({ (48...57).contains($0) }),
                let item = Int(digits), item < Each.itemLimit
            else { return nil }
            saga = saga.item(String(word[..<bracket]), item)
        }
        self.init(saga: saga, step: nil)
    }

    /// The step that it means, and the plan that it is in; nil if there is none.
    func step(in plan: Plan) -> Step? {
        guard let plan = saga.plan(in: plan), let step, let index = plan.stepIndex(named: step) else { return nil }
        return plan.steps[index]
    }
}

extension SagaPath {
    /// The plan that a saga at this place runs; nil if there can be none.
    func plan(in plan: Plan) -> Plan? {
        var plan = plan
        for item in items {
            guard let index = plan.stepIndex(named: item.each), case .each(let each) = plan.steps[index].kind else {
                return nil
            }
            plan = each.body
        }
        return plan
    }
}

extension Plan {
    /// Its own steps and those of the bodies in it, each with where it stands.
    var allSteps: [(place: String, step: Step)] {
        steps.flatMap { step -> [(place: String, step: Step)] in
            guard case .each(let each) = step.kind else { return [(step.name, step)] }
            return [(step.name, step)] + each.body.allSteps.map { ("\(step.name)[0].\($0.place)", $0.step) }
        }
    }
}

/// What is sent, in the words of a scenario: `do charge`, `undo each-alone[0].install`, `probe charge`,
/// `emit announce`.
enum Verb: String, Sendable, CaseIterable {
    case `do`, undo, probe, emit

    /// Whether something of the kind is ever sent for a step.
    func suits(_ step: Step) -> Bool {
        switch (self, step.kind) {
        case (.do, .action), (.do, .run), (.probe, .action), (.emit, .emit): true
        case (.undo, .action), (.undo, .run): step.undo != nil
        case (.do, _), (.undo, _), (.probe, _), (.emit, _): false
        }
    }
}
