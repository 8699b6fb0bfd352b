internal import SagaCore
internal import SagaValues

extension DefinitionReader {
    /// The shapes of steps to come.
    private static let laterShapes = [
        "each": "a step for every item of a list", "switch": "a choice of steps", "listen": "a wait for an event",
        "wait": "a pause", "approval": "a person's approval", "run": "a child saga", "emit": "an event",
    ]
    private static let laterKeys = [
        "when": "a condition", "skippable": "a step that an operator may skip", "as": "a name for each item",
        "atOnce": "a limit", "onFailure": "what a failing item undoes", "sensitive": "values that nobody may see",
    ]
    private static let keys = [
        "do", "undo", "with", "readonly", "pivot", "optional", "timeout", "retry", "undoRetry", "onUnknown",
        "onUndoFailure", "title",
    ]

    /// A list of steps, each a map of one name to what it does.
    ///
    /// - Parameters:
    ///   - what: the list, in words.
    ///   - areBranches: whether they run at the same time.
    mutating func readSteps(
        _ entry: YAMLEntry, _ what: String, depth: Int, areBranches: Bool = false
    ) -> [DraftNode] {
        let kind = areBranches ? "branch" : "step"
        let help = "put '- ' before every \(kind): '- create-order: { do: billing.create-order }'"
        guard let items = list(entry, what, help: help) else { return [] }
        if items.isEmpty {
            report(
                .noSteps, entry.position, "\(what) is empty",
                help: areBranches ? "list the steps that run at the same time" : "list at least one step")
        }
        var nodes: [DraftNode] = []
        for item in items {
            guard !hasTooManySteps else { break }
            guard let map = item.map else {
                if case .broken = item.content { continue }
                report(
                    .wrongShape, item.isEmpty ? entry.keyPosition : item.position,
                    "a \(kind) must be a name with what it does, but here is \(item.kind)",
                    help: "write '- create-order: { do: billing.create-order }'")
                continue
            }
            guard let step = onlyEntry(of: map, at: item.position, kind) else { continue }
            if let node = readItem(step, kind, depth: depth, isBranch: areBranches) { nodes.append(node) }
        }
        return nodes
    }

    private mutating func onlyEntry(of map: YAMLMap, at position: Position, _ kind: String) -> YAMLEntry? {
        if map.entries.count == 1 { return map.entries[0] }
        guard let first = map.entries.first else {
            if map.isComplete {
                report(.wrongShape, position, "a \(kind) without a name", help: "write '- a-name: { do: … }'")
            }
            return nil
        }
        let second = map.entries[1]
        if DefinitionReader.keys.contains(first.key) || DefinitionReader.laterShapes[first.key] != nil {
            report(
                .wrongShape, first.keyPosition, "a \(kind) without a name",
                help: "write '- a-name:' and put '\(first.key)' below it, indented further")
        } else if first.value.isEmpty {
            claim(first, as: .broken)
            report(
                .wrongShape, second.keyPosition,
                "\(quoted(second.key)) stands beside the name \(quoted(first.key)), not below it",
                help: "indent it further than \(quoted(first.key))")
        } else {
            claim(first, as: .broken)
            report(
                .wrongShape, second.keyPosition, "a second name, \(quoted(second.key)), in one item of the list",
                help: "put '- ' before it")
        }
        return nil
    }

    /// One item of the list: a step, a `parallel`, or a group of steps within one.
    private mutating func readItem(_ entry: YAMLEntry, _ kind: String, depth: Int, isBranch: Bool) -> DraftNode? {
        guard let name = name(entry) else { return nil }
        guard let map = map(entry, "the \(kind) '\(name)'", help: "write '- \(name): { do: billing.create-order }'")
        else {
            claim(entry, as: .broken)
            return nil
        }
        if let parallel = map["parallel"] {
            claim(entry, as: .group)
            return readParallel(parallel, name: name, map, depth: depth)
        }
        if let steps = map["steps"], map["each"] == nil {
            claim(entry, as: .group)
            guard isBranch else {
                report(
                    .wrongShape, steps.keyPosition, "a group of steps stands where no branches are",
                    help: "put its steps straight into the list; 'steps' makes a branch of a 'parallel' longer")
                return nil
            }
            checkKeys(of: map, in: "a group", known: ["steps", "title"], later: DefinitionReader.laterKeys)
            _ = title(map["title"])
            return .sequence(readSteps(steps, "'steps'", depth: depth))
        }
        if let shape = map.entries.first(where: { DefinitionReader.laterShapes[$0.key] != nil }) {
            claim(entry, as: .broken)
            reportLater(shape, DefinitionReader.laterShapes[shape.key] ?? "")
            return nil
        }
        return readStep(entry, name, map)
    }

    private mutating func readParallel(_ entry: YAMLEntry, name: String, _ map: YAMLMap, depth: Int) -> DraftNode? {
        checkKeys(of: map, in: "a 'parallel'", known: ["parallel", "title"], later: DefinitionReader.laterKeys)
        _ = title(map["title"])
        guard depth < DefinitionReader.parallelLimit else {
            report(
                .limitPassed, entry.keyPosition, "more than \(DefinitionReader.parallelLimit) 'parallel' in each other",
                help: "branches of a branch can run beside it: put them into one 'parallel'")
            return nil
        }
        let branches = readSteps(entry, "'parallel'", depth: depth + 1, areBranches: true)
        return .parallel(name: name, branches: branches)
    }

    private mutating func readStep(_ entry: YAMLEntry, _ name: String, _ map: YAMLMap) -> DraftNode? {
        guard draft.steps.count < DefinitionReader.stepLimit else {
            hasTooManySteps = true
            report(
                .limitPassed, entry.keyPosition, "more than \(DefinitionReader.stepLimit) steps",
                help: "cut the workflow in two, the second started by the end of the first")
            return nil
        }
        let known = DefinitionReader.keys
        checkKeys(of: map, in: "a step", known: known, later: DefinitionReader.laterKeys)
        if map["do"] == nil, !map.entries.contains(where: { suggestion(for: $0.key, among: ["do"]) != nil }) {
            report(
                .missingKey, entry.keyPosition, "the step '\(name)' does nothing",
                help: "add 'do:' with an action, such as 'do: billing.create-order'")
        }
        var step = DraftStep(name: Located(name, at: entry.keyPosition))
        step.action = action(map["do"])
        step.undo = action(map["undo"])
        if let with = map["with"] { step.input = input(with) }
        step.readonly = boolean(map["readonly"])
        step.pivot = boolean(map["pivot"])
        step.optional = boolean(map["optional"])
        step.timeout = duration(map["timeout"], in: DefinitionReader.attemptTimeouts)
        step.retry = readRetry(map["retry"], beside: step.timeout)
        step.undoRetry = readRetry(map["undoRetry"], isUndo: true)
        step.onUnknown = choice(map["onUnknown"], [("undo", .undo), ("probe", .probe), ("incident", .incident)])
        step.onUndoFailure = choice(map["onUndoFailure"], [("stop", .stop), ("continue", .continue)])
        _ = title(map["title"])
        if step.undo == nil, map["undo"] != nil { step.unread.insert("undo") }
        if step.readonly == nil, map["readonly"] != nil { step.unread.insert("readonly") }
        if step.pivot == nil, map["pivot"] != nil { step.unread.insert("pivot") }
        claim(entry, as: .step(draft.steps.count))
        draft.steps.append(step)
        return .step(draft.steps.count - 1)
    }

    // MARK: Names

    /// The name of a step or group, or nil with a finding.
    private mutating func name(_ entry: YAMLEntry) -> String? {
        if Naming.reserved.contains(entry.key) {
            report(
                .badName, entry.keyPosition, "'\(entry.key)' means something else in references",
                help: "choose another name, such as '\(entry.key)-step'")
            return nil
        }
        guard Naming.isName(entry.key) else {
            if draft.names[entry.key] == nil { draft.names[entry.key] = .broken }
            let isMissing = DefinitionReader.keys.contains(entry.key)
            report(
                .badName, entry.keyPosition, "\(quoted(entry.key)) cannot be the name of a step",
                help: isMissing ? "write '- a-name:' and put '\(entry.key)' below it" : Naming.help(for: entry.key))
            return nil
        }
        return entry.key
    }

    /// Gives a name its meaning; the first to claim it keeps it.
    private mutating func claim(_ entry: YAMLEntry, as thing: NamedThing) {
        guard draft.names[entry.key] == nil else {
            report(
                .nameUsedTwice, entry.keyPosition, "the name \(quoted(entry.key)) is used twice",
                help: "name this one differently: references go by the name")
            return
        }
        draft.names[entry.key] = thing
    }
}
