/// What an item of a list of steps can be, by the key that says so.
enum StepShape: String, CaseIterable {
    case action = "do"
    case emit, wait, listen, approval, run, each
    case choice = "switch"
    case parallel
    /// Steps one after the other, as a branch of a `parallel`.
    case steps

    /// In the order in which people are told of them.
    ///
    /// `pivot` stands where the world may change for good: in a command and in child sagas, and in a `listen`, whose
    /// event may tell that it has. Time that passes and a person's consent change nothing by themselves: what they
    /// are the condition of does, and that is the pivot. An `emit` only tells of what is done.
    var keys: [String] {
        switch self {
        case .action:
            [
                "do", "undo", "with", "when", "readonly", "pivot", "optional", "skippable", "timeout", "retry",
                "undoRetry", "onUnknown", "onUndoFailure", "title",
            ]
        case .emit: ["emit", "with", "when", "skippable", "title"]
        case .wait: ["wait", "when", "skippable", "title"]
        case .listen: ["listen", "timeout", "when", "pivot", "optional", "skippable", "title"]
        case .approval: ["approval", "timeout", "when", "skippable", "title"]
        case .run: ["run", "with", "when", "readonly", "pivot", "optional", "skippable", "onUndoFailure", "title"]
        case .each:
            [
                "each", "as", "atOnce", "onFailure", "steps", "when", "readonly", "pivot", "skippable",
                "onUndoFailure", "title",
            ]
        case .choice: ["switch", "title"]
        case .parallel: ["parallel", "when", "title"]
        case .steps: ["steps", "when", "title"]
        }
    }

    static let allKeys = Set(allCases.flatMap(\.keys))

    /// What to do about a key that belongs to other shapes.
    func help(for key: String) -> String {
        switch (self, key) {
        case (.wait, "timeout"): return "how long it takes stands under 'wait' itself"
        case (.run, "timeout"): return "a child saga takes as long as the 'deadline' of its own workflow allows"
        case (.each, "timeout"):
            return "the steps of the body have a 'timeout' each, and the whole saga a 'deadline'"
        case (.each, "optional"):
            return "write 'onFailure: undo-item': an item that fails then fails neither the others nor the saga"
        case (.run, "undo"), (.each, "undo"): return "leave it out: child sagas undo themselves"
        case (.choice, "when"): return "put the condition into the cases"
        default: break
        }
        let places = StepShape.allCases.filter { $0 != .steps && $0.keys.contains(key) }.map(\.rawValue)
        return "it may stand in a step with \(listed(places))"
    }
}
