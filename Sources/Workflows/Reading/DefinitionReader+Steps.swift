internal import SagaCore
internal import SagaValues

extension DefinitionReader {
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
        if StepShape.allKeys.contains(first.key) {
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

    /// One item of the list: a step, or a group of them.
    private mutating func readItem(_ entry: YAMLEntry, _ kind: String, depth: Int, isBranch: Bool) -> DraftNode? {
        guard let name = name(entry) else { return nil }
        guard let map = map(entry, "the \(kind) '\(name)'", help: "write '- \(name): { do: billing.create-order }'")
        else {
            claim(entry, as: .broken)
            return nil
        }
        guard let shape = shape(of: map, entry) else {
            claim(entry, as: .broken)
            return nil
        }
        checkKeys(of: map, shape, name)
        switch shape {
        case .parallel: return readParallel(entry, name: name, map, depth: depth)
        case .steps: return readGroup(entry, map, depth: depth, isBranch: isBranch)
        case .choice: return readSwitch(entry, map, depth: depth)
        case .each: return readEach(entry, map, depth: depth)
        case .action, .emit, .wait, .listen, .approval, .run: return readLeaf(entry, shape, map)
        }
    }

    /// Nil with a finding where it cannot be told what it is meant to be.
    private mutating func shape(of map: YAMLMap, _ entry: YAMLEntry) -> StepShape? {
        let found = map.entries.compactMap { entry in
            StepShape(rawValue: entry.key).map { (shape: $0, entry: entry) }
        }
        let shapes = found.filter { $0.shape != .steps }
        if shapes.count > 1 {
            report(
                .conflictingKeys, shapes[1].entry.keyPosition,
                "'\(shapes[0].entry.key)' and '\(shapes[1].entry.key)' stand in one step",
                help: "a step does one thing: make two of it")
            return nil
        }
        if let shape = shapes.first ?? found.first { return shape.shape }
        let names = StepShape.allCases.map(\.rawValue)
        for entry in map.entries where !StepShape.allKeys.contains(entry.key) {
            guard let meant = findings.meant(by: entry.key, among: names) else { continue }
            report(
                .unknownKey, entry.keyPosition, "\(quoted(entry.key)) is not a key of a step",
                help: "did you mean '\(meant)'?")
            return nil
        }
        report(
            .missingKey, entry.keyPosition, "the step '\(entry.key)' does nothing",
            help: "add 'do:' with an action, such as 'do: billing.create-order', or one of "
                + listed(names.filter { $0 != "do" && $0 != "steps" }))
        return nil
    }

    /// Reports the keys that nobody will read, and says where those of other shapes may stand.
    private mutating func checkKeys(of map: YAMLMap, _ shape: StepShape, _ name: String) {
        for entry in map.entries where !shape.keys.contains(entry.key) {
            if StepShape.allKeys.contains(entry.key) {
                report(
                    .keyElsewhere, entry.keyPosition, "'\(entry.key)' cannot stand beside '\(shape.rawValue)'",
                    help: shape.help(for: entry.key))
            } else {
                let meant =
                    findings.meant(by: entry.key, among: shape.keys)
                    ?? findings.meant(by: entry.key, among: StepShape.allKeys)
                report(
                    .unknownKey, entry.keyPosition, "\(quoted(entry.key)) is not a key of a step",
                    help: meant.map { "did you mean '\($0)'?" }
                        ?? "beside '\(shape.rawValue)' the keys are \(shape.keys.dropFirst().joined(separator: ", "))")
            }
        }
    }

    /// Adds a step to the list that is being read; nil when there are too many.
    mutating func append(_ step: DraftStep, _ entry: YAMLEntry, as thing: NamedThing? = nil) -> Int? {
        guard draft.steps.count < DefinitionReader.stepLimit else {
            if !hasTooManySteps {
                report(
                    .limitPassed, entry.keyPosition, "more than \(DefinitionReader.stepLimit) steps",
                    help: "cut the workflow in two, one started by the other with 'run'")
            }
            hasTooManySteps = true
            return nil
        }
        let index = draft.steps.count
        draft.steps.append(step)
        draft.scopes[scope].steps.append(index)
        claim(entry, as: thing ?? .step(index))
        return index
    }

    // MARK: Names

    /// The name of a step or group, or nil with a finding.
    private mutating func name(_ entry: YAMLEntry) -> String? {
        if Naming.reserved.contains(entry.key) {
            report(
                .badName, entry.keyPosition, "'\(entry.key)' means something else in expressions",
                help: "choose another name, such as '\(entry.key)-step'")
            return nil
        }
        guard Naming.isName(entry.key) else {
            if draft.names[entry.key] == nil { draft.names[entry.key] = .broken }
            let isMissing = StepShape.allKeys.contains(entry.key)
            report(
                .badName, entry.keyPosition, "\(quoted(entry.key)) cannot be the name of a step",
                help: isMissing ? "write '- a-name:' and put '\(entry.key)' below it" : Naming.help(for: entry.key))
            return nil
        }
        return entry.key
    }

    /// Gives a name its meaning; the first to claim it keeps it.
    mutating func claim(_ entry: YAMLEntry, as thing: NamedThing) {
        guard draft.names[entry.key] == nil else {
            report(
                .nameUsedTwice, entry.keyPosition, "the name \(quoted(entry.key)) is used twice",
                help: "name this one differently: references go by the name")
            return
        }
        draft.names[entry.key] = thing
    }
}
