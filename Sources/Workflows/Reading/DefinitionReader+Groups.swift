internal import SagaCore

/// Steps that hold steps: `parallel`, groups, `switch` and `each`.
extension DefinitionReader {
    /// Reports what stands too deep.
    private mutating func isTooDeep(_ entry: YAMLEntry, _ depth: Int) -> Bool {
        guard depth >= DefinitionReader.nestingLimit else { return false }
        report(
            .limitPassed, entry.keyPosition,
            "more than \(DefinitionReader.nestingLimit) 'parallel', 'switch' and 'each' in each other",
            help: "make it flatter, or a workflow of its own, started with 'run'")
        return true
    }

    mutating func readParallel(_ entry: YAMLEntry, name: String, _ map: YAMLMap, depth: Int) -> DraftNode? {
        guard let parallel = map["parallel"] else { return nil }
        _ = title(map["title"])
        let choice = readGroupCondition(entry, map)
        guard !isTooDeep(parallel, depth) else { return nil }
        let branches = readSteps(parallel, "'parallel'", depth: depth + 1, areBranches: true)
        return group(.parallel(name: name, branches: branches), choice)
    }

    /// A branch of more than one step.
    mutating func readGroup(_ entry: YAMLEntry, _ map: YAMLMap, depth: Int, isBranch: Bool) -> DraftNode? {
        guard let steps = map["steps"] else { return nil }
        guard isBranch else {
            claim(entry, as: .group)
            report(
                .wrongShape, steps.keyPosition, "a group of steps stands where no branches are",
                help: map["when"] == nil
                    ? "put its steps straight into the list; 'steps' makes a branch of a 'parallel' longer"
                    : "write 'switch: [{ when: …, steps: … }]'")
            return nil
        }
        _ = title(map["title"])
        let choice = readGroupCondition(entry, map)
        return group(.sequence(readSteps(steps, "'steps'", depth: depth)), choice)
    }

    /// The step that decides about a group, if anything does. It is called what the group is called.
    private mutating func readGroupCondition(_ entry: YAMLEntry, _ map: YAMLMap) -> Int? {
        guard let when = map["when"] else {
            claim(entry, as: .group)
            return nil
        }
        let condition = formula(when, example: "input.wanted")
        return append(
            DraftStep(
                name: Located(entry.key, at: entry.keyPosition), scope: scope,
                kind: .choice([DraftCase(position: when.position, condition: condition, isElse: false)])),
            entry, as: .group)
    }

    private func group(_ node: DraftNode, _ choice: Int?) -> DraftNode {
        choice.map { .choice(step: $0, cases: [node]) } ?? node
    }

    // MARK: Switch

    mutating func readSwitch(_ entry: YAMLEntry, _ map: YAMLMap, depth: Int) -> DraftNode? {
        guard let list = map["switch"] else { return nil }
        let example =
            "write '- when: \"${input.provider == 'aliyun'}\"' with 'steps:' below it, and at last '- else: […]'"
        _ = title(map["title"])
        let step = DraftStep(
            name: Located(entry.key, at: entry.keyPosition), scope: scope, kind: .choice([]))
        guard let index = append(step, entry, as: .group), !isTooDeep(list, depth),
            let items = self.list(list, "'switch'", help: example)
        else { return nil }
        if items.isEmpty { report(.noSteps, list.position, "'switch' has no case", help: example) }
        var cases: [DraftCase] = []
        var nodes: [DraftNode] = []
        for item in items {
            guard let map = item.map else {
                if case .broken = item.content { continue }
                let position = item.isEmpty ? list.keyPosition : item.position
                report(.wrongShape, position, "a case must be a map, but here is \(item.kind)", help: example)
                continue
            }
            if let last = cases.last, last.isElse {
                report(
                    .neverReached, item.position, "a case behind 'else' is never reached", help: "put 'else' at the end"
                )
            }
            guard let (condition, steps) = readCase(map, at: item.position, example) else { continue }
            cases.append(condition)
            nodes.append(.sequence(readSteps(steps, "'\(steps.key)'", depth: depth + 1)))
        }
        draft.steps[index].kind = .choice(cases)
        return .choice(step: index, cases: nodes)
    }

    private mutating func readCase(
        _ map: YAMLMap, at position: Position, _ example: String
    ) -> (DraftCase, steps: YAMLEntry)? {
        if let otherwise = map["else"] {
            checkKeys(of: map, in: "the last case", known: ["else"])
            return (DraftCase(position: position, condition: nil, isElse: true), otherwise)
        }
        checkKeys(of: map, in: "a case", known: ["when", "steps"])
        guard let when = map["when"], let steps = map["steps"] else {
            if map.isComplete {
                report(
                    .missingKey, position, "a case has no '\(map["when"] == nil ? "when" : "steps")'", help: example)
            }
            return nil
        }
        let condition = formula(when, example: "input.provider == 'aliyun'")
        return (DraftCase(position: when.position, condition: condition, isElse: false), steps)
    }

    // MARK: Each

    mutating func readEach(_ entry: YAMLEntry, _ map: YAMLMap, depth: Int) -> DraftNode? {
        guard let list = map["each"], !hasTooManyBodies(entry) else { return nil }
        let body = draft.scopes.count
        var each = DraftEach(scope: body)
        each.items = formula(list, example: "input.deviceIds")
        each.atOnce = wholeNumber(map["atOnce"], in: 1...1000)?.value ?? 10
        each.onFailure = choice(map["onFailure"], [("undo-item", .undoItem), ("undo-all", .undoAll)])
        var step = step(entry, .each, map, kind: .each(each))
        if map["each"] != nil, each.items == nil { step.unread.insert("each") }
        guard let index = append(step, entry) else { return nil }
        draft.scopes.append(DraftScope(owner: index))
        guard !isTooDeep(list, depth) else { return nil }
        draft.scopes[body].variable = variable(map["as"], entry)
        guard let steps = map["steps"] else {
            if map.isComplete {
                report(
                    .missingKey, entry.keyPosition, "'\(entry.key)' has no 'steps'",
                    help: "list what is done for every item under 'steps:'")
            }
            return .step(index)
        }
        let outer = scope
        scope = body
        let nodes = readSteps(steps, "'steps'", depth: depth + 1)
        draft.scopes[body].root = nodes
        scope = outer
        return .step(index)
    }

    private mutating func hasTooManyBodies(_ entry: YAMLEntry) -> Bool {
        guard draft.chain(of: scope).count > DefinitionReader.bodyLimit else { return false }
        claim(entry, as: .broken)
        report(
            .limitPassed, entry.keyPosition, "more than \(DefinitionReader.bodyLimit) 'each' in each other",
            help: "let the body run a workflow of its own with 'run'")
        return true
    }

    /// What the item is called.
    private mutating func variable(_ entry: YAMLEntry?, _ step: YAMLEntry) -> Located<String>? {
        let help = "write 'as: deviceId': letters, digits and _, a letter first, 63 at most"
        guard let entry else {
            report(.missingKey, step.keyPosition, "'\(step.key)' gives its items no name", help: help)
            return nil
        }
        guard case .scalar(let scalar) = entry.value.content, !scalar.isEmpty else {
            if case .broken = entry.value.content { return nil }
            report(.wrongValue, entry.position, "'as' must be a name, but here is \(entry.value.kind)", help: help)
            return nil
        }
        guard !Naming.reserved.contains(scalar.text) else {
            report(
                .badName, entry.position, "'\(scalar.text)' means something else in expressions",
                help: "choose another name, such as 'item'")
            return nil
        }
        guard Naming.isVariable(scalar.text) else {
            // What refers to it is not reported again.
            if draft.names[scalar.text] == nil { draft.names[scalar.text] = .broken }
            report(.badName, entry.position, "\(quoted(scalar.text)) cannot be the name of an item", help: help)
            return nil
        }
        return Located(scalar.text, at: entry.position)
    }
}
