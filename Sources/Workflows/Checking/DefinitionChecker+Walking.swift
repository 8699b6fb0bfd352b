internal import Expressions
internal import SagaCore
internal import SagaValues

/// Goes through the steps in the order in which they run, and looks at whatever each of them reads.
extension DefinitionChecker {
    /// Who reads, and what there is for it to read.
    struct Reader {
        /// Nil for what is no step: locks, starts, the output.
        var step: Int?
        var scope = 0
        var roots: Roots = .data
        var knowledge = Knowledge()

        enum Roots {
            /// Only the input: nothing has happened yet.
            case inputOnly
            /// Only the event: there is no saga yet.
            case eventOnly
            /// The input, the saga and its steps.
            case data
            /// These and the event.
            case dataAndEvent
        }
    }

    /// Every reference must lead to something that is there by the time it is read.
    mutating func checkReferences() {
        for lock in draft.locks {
            // A key is text, whether or not more text stands around the expression.
            check(lock.value, isWithinText: true, Reader(roots: .inputOnly))
        }
        var parallels = 0
        findPlaces(.sequence(draft.scopes[0].root), [], &parallels)
        var reader = Reader()
        walk(.sequence(draft.scopes[0].root), &reader, guards: [])
        draft.output.map { check($0, reader) }
        for reference in draft.sensitive { checkSensitive(reference) }
        for scope in draft.scopes.indices.dropFirst() {
            guard let variable = draft.scopes[scope].variable, !isItemUsed[scope],
                !draft.scopes[scope].root.isEmpty,
                let owner = draft.scopes[scope].owner
            else { continue }
            report(
                .neverUsed, variable.position, "nothing uses the item \(quoted(variable.value))",
                help: "every item does the same then: use it, or do without '\(draft.steps[owner].name.value)'")
        }
    }

    private mutating func findPlaces(_ node: DraftNode, _ place: [Branch], _ parallels: inout Int) {
        switch node {
        case .step(let index):
            places[index] = place
            if let each = draft.steps[index].each {
                findPlaces(.sequence(draft.scopes[each.scope].root), place, &parallels)
            }
        case .sequence(let nodes):
            for node in nodes { findPlaces(node, place, &parallels) }
        case .parallel(_, let branches):
            parallels += 1
            let group = Branch.Group.parallel(parallels)
            for (index, branch) in branches.enumerated() {
                findPlaces(branch, place + [Branch(group: group, index: index)], &parallels)
            }
        case .choice(let step, let cases):
            places[step] = place
            for (index, node) in cases.enumerated() {
                findPlaces(node, place + [Branch(group: .choice(step), index: index)], &parallels)
            }
        }
    }

    /// - Parameters:
    ///   - reader: what is known when the node begins; afterwards with its own steps.
    ///   - guards: what has to be so for the node to be reached.
    private mutating func walk(_ node: DraftNode, _ reader: inout Reader, guards outer: [Guard]) {
        switch node {
        case .step(let index):
            walk(step: index, reader, guards: outer)
            reader.knowledge.done.insert(index)
        case .sequence(let nodes):
            for node in nodes { walk(node, &reader, guards: outer) }
        case .parallel(_, let branches):
            let before = reader
            for branch in branches {
                var own = before
                walk(branch, &own, guards: outer)
                reader.knowledge.done.formUnion(own.knowledge.done)
            }
        case .choice(let step, let nodes):
            walk(choice: step, nodes, &reader, guards: outer)
        }
    }

    private mutating func walk(choice index: Int, _ nodes: [DraftNode], _ reader: inout Reader, guards outer: [Guard]) {
        guards[index] = outer
        var before = reader
        before.step = index
        before.knowledge.done.insert(index)
        reader.knowledge.done.insert(index)
        var seen: Set<String> = []
        for (number, way) in (draft.steps[index].cases ?? []).enumerated() where number < nodes.count {
            let branch = Branch(group: .choice(index), index: number)
            var own = before
            own.knowledge.taken.insert(branch)
            if let condition = way.condition {
                checkCondition(condition, before)
                if !seen.insert(condition.expression.description).inserted {
                    report(
                        .neverReached, condition.position, "a case before has the same condition",
                        help: "change the condition, or take the case away")
                }
            }
            let facts = facts(way.condition)
            own.knowledge.add(facts)
            // Only the first case is taken whenever its condition holds.
            let holds = number == 0 && !facts.holds.isEmpty && isStable(way.condition) ? facts.holds : nil
            let guarding = Guard(branch: branch, holds: holds, condition: way.condition?.expression.text)
            walk(nodes[number], &own, guards: outer + [guarding])
            reader.knowledge.done.formUnion(own.knowledge.done)
        }
    }

    private mutating func walk(step index: Int, _ reader: Reader, guards outer: [Guard]) {
        let step = draft.steps[index]
        var reader = reader
        reader.step = index
        guards[index] = outer
        if let condition = step.condition {
            checkCondition(condition, reader)
            let facts = facts(condition)
            reader.knowledge.add(facts)
            let holds = isStable(condition) ? facts.holds : nil
            guards[index].append(Guard(branch: nil, holds: holds, condition: condition.expression.text))
        }
        switch step.kind {
        case .action(let action): check(action.input, reader)
        case .emit(_, let data): check(data, reader)
        case .run(let run): check(run.input.value, reader)
        case .approval(_, let title): title.map { check($0, isWithinText: true, reader) }
        case .pause(.computed(let formula)): checkPause(formula, reader)
        case .listen(let alternatives):
            reader.roots = .dataAndEvent
            for search in alternatives.compactMap(\.search) { checkWhere(search, reader) }
        case .each(let each):
            itemTypes[each.scope] = each.items.map { checkItems($0, reader) } ?? .any
            reader.scope = each.scope
            walk(.sequence(draft.scopes[each.scope].root), &reader, guards: guards[index])
        case .choice, .pause: break
        }
    }

    // MARK: Conditions

    private func facts(_ condition: DraftFormula?) -> Facts {
        Facts(condition) { name in isStable(name) }
    }

    private func isStable(_ condition: DraftFormula?) -> Bool {
        condition?.expression.variables.allSatisfy { isStable($0) } ?? false
    }

    /// A late answer can still settle an optional step that was given up.
    private func isStable(_ name: String) -> Bool {
        guard case .step(let index) = draft.names[name] else { return true }
        return !draft.steps[index].isOptional
    }

    private mutating func checkCondition(_ condition: DraftFormula, _ reader: Reader) {
        guard let check = check(condition, reader) else { return }
        guard check.canBeBool else {
            report(
                .wrongResult, condition.position,
                "\(shown(condition)) is \(Grammar.a(check.typeName)), and a condition must be true or false",
                help: "compare it with something, such as input.count > 0")
            return
        }
        guard condition.expression.variables.isEmpty, let value = try? condition.expression.evaluate([:]) else {
            return
        }
        report(
            .neverReached, condition.position, "\(shown(condition)) is always \(value.text)",
            help: value == true
                ? "leave the condition out; the last case of a 'switch' is 'else'" : "leave out what is never done")
    }

    private mutating func checkPause(_ formula: DraftFormula, _ reader: Reader) {
        guard let check = check(formula, reader), !check.type.canBeText else { return }
        report(
            .wrongResult, formula.position,
            "\(shown(formula)) is \(Grammar.a(check.typeName)), and a wait needs a duration or a time as text",
            help: "make text of it, such as ${string(input.days) + 'd'}")
    }

    /// The type of an item.
    private mutating func checkItems(_ formula: DraftFormula, _ reader: Reader) -> StaticType {
        guard let check = check(formula, reader) else { return .any }
        guard check.canBeList else {
            report(
                .wrongResult, formula.position,
                "\(shown(formula)) is \(Grammar.a(check.typeName)), and 'each' needs a list",
                help: "refer to a list, such as ${input.deviceIds}")
            return .any
        }
        return check.type.items
    }

    private mutating func checkWhere(_ search: EventSearch, _ reader: Reader) {
        guard let check = check(search.formula, reader), !check.canBeBool else { return }
        report(
            .wrongResult, search.formula.position,
            "\(shown(search.formula)) is \(Grammar.a(check.typeName)), and a condition must be true or false",
            help: "compare a member of the event with a value")
    }

    func shown(_ formula: DraftFormula) -> String { quoted("${\(formula.expression.text)}") }

    // MARK: Starts

    mutating func checkStarts() {
        let reader = Reader(roots: .eventOnly)
        for start in draft.starts {
            start.key.map { check($0, isWithinText: true, reader) }
            start.input.map { check($0.value, reader) }
            start.condition.map { checkCondition($0, reader) }
            guard let input = start.input, let schema = draft.schema else { continue }
            for misfit in schema.misfits(of: input.value) {
                report(
                    .inputDoesNotFit, input.position, "this input would be refused: \(misfit)",
                    help: "make it what 'input' of the workflow asks for")
            }
        }
        guard let schedule = draft.schedule, let schema = draft.schema else { return }
        for violation in schema.violations(of: schedule.value.input).prefix(5) {
            report(
                .inputDoesNotFit, schedule.position, "a start by the clock would be refused: \(violation)",
                help: "give it what 'input' of the workflow asks for: 'schedule: { cron: …, input: { … } }'")
        }
    }

    private mutating func checkSensitive(_ reference: DraftReference) {
        if reference.root == "input" {
            if case .mayBeMissing? = draft.schema?.outcome(of: reference.path) { return }
            checkInput(reference, isWithinText: false, Reader())
        } else if case .step(let index)? = draft.names[reference.root] {
            guard !draft.steps[index].hasOutput || draft.steps[index].each != nil else { return }
            report(
                .unknownName, reference.position, "'\(reference.root)' has no output that could be sensitive",
                help: "name a place of the input, or of what a step gives")
        } else if case .broken? = draft.names[reference.root] {
            return
        } else {
            report(
                .unknownName, reference.position, "there is no step \(quoted(reference.root))",
                help: meant(by: reference.root, among: ["input"] + draft.steps.filter(\.hasOutput).map(\.name.value))
                    .map { "did you mean '\($0)'?" }
                    ?? "begin with 'input' or with the name of a step")
        }
    }
}

enum Grammar {
    static func a(_ noun: String) -> String {
        "aeiou".contains(noun.first ?? "x") ? "an \(noun)" : "a \(noun)"
    }
}
