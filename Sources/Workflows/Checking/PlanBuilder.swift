internal import Expressions
internal import SagaCore
internal import SagaValues

/// Makes plans of a definition without mistakes.
///
/// The body of an `each` is a plan of its own, run with a child saga's input: the item, and what the body uses of what
/// stands around it. So a name from outside becomes a place of that input.
struct PlanBuilder {
    let draft: DraftWorkflow
    let regions: [DefinitionChecker.Region]
    let policies: [(forward: RetryPolicy, undo: RetryPolicy)]
    /// The bodies whose item nobody may see.
    let sensitiveItems: Set<Int>

    func plan(_ name: String, _ version: Int) -> Plan {
        let scope = draft.scopes[0]
        return Plan(
            workflow: name, version: version, title: draft.title, deadline: draft.deadline?.value,
            locks: draft.locks.map { template($0.value, in: 0) }, onBusy: draft.onBusy?.value ?? .reject,
            root: .sequence(scope.root.map { node($0) }), steps: steps(of: 0, name, version),
            output: draft.output.map { template($0, in: 0) }, sensitive: sensitive(in: 0),
            starts: draft.starts.map { start($0) }, schedule: draft.schedule?.value)
    }

    // MARK: Shape

    private func node(_ draft: DraftNode) -> PlanNode {
        switch draft {
        case .step(let index): .step(local(index))
        case .sequence(let nodes): .sequence(nodes.map { node($0) })
        case .parallel(let name, let branches): .parallel(name: name, branches: branches.map { node($0) })
        case .choice(let step, let cases): .choice(step: local(step), cases: cases.map { node($0) })
        }
    }

    /// The index of a step in its own plan. A list's steps are in order, if not one after the other.
    private func local(_ index: Int) -> Int {
        let steps = draft.scopes[draft.steps[index].scope].steps
        var (low, high) = (0, steps.count)
        while high - low > 1 {
            let middle = (low + high) / 2
            if steps[middle] <= index { low = middle } else { high = middle }
        }
        return low
    }

    private func steps(of scope: Int, _ name: String, _ version: Int) -> [Step] {
        draft.scopes[scope].steps.map { index in
            let step = draft.steps[index]
            return Step(
                name: step.name.value, kind: kind(step, name, version),
                condition: step.condition.map { formula($0, in: scope) }, readonly: step.isReadonly,
                pivot: step.isPivot, optional: step.isOptional, skippable: step.skippable?.value ?? false,
                retry: policies[index].forward, undoRetry: policies[index].undo,
                onUnknown: step.onUnknown?.value ?? defaultOnUnknown(index),
                onUndoFailure: step.onUndoFailure?.value ?? .stop)
        }
    }

    /// Nobody guesses at or behind the point of no return. What is optional is given up there as elsewhere,
    /// and with what reads only there is nothing to undo.
    private func defaultOnUnknown(_ index: Int) -> Step.OnUnknown {
        if draft.steps[index].isOptional { return .undo }
        return regions[index] == .before ? .undo : .incident
    }

    private func kind(_ step: DraftStep, _ name: String, _ version: Int) -> Step.Kind {
        let scope = step.scope
        switch step.kind {
        case .action(let action):
            return .action(
                Action(
                    name: action.name?.value ?? "", undo: action.undo?.value, input: template(action.input, in: scope)))
        case .emit(let event, let data):
            return .emit(Emission(event: event ?? "", data: template(data, in: scope)))
        case .choice(let cases):
            return .choice(cases.map { $0.condition.map { formula($0, in: scope) } })
        case .pause(let pause):
            switch pause {
            case .fixed(let time): return .pause(.fixed(time.value))
            case .computed(let formula): return .pause(.computed(self.formula(formula, in: scope)))
            case nil: return .pause(.fixed(.zero))
            }
        case .listen(let alternatives):
            return .listen(
                Listen(
                    alternatives: alternatives.compactMap { alternative($0, in: scope) }, timeout: step.timeout?.value))
        case .approval(let role, let title):
            return .approval(
                Approval(
                    role: role ?? "", title: title.map { template($0, in: scope) } ?? .literal(""),
                    timeout: step.timeout?.value))
        case .run(let run):
            return .run(ChildRun(workflow: run.workflow?.value ?? "", input: template(run.input.value, in: scope)))
        case .each(let each): return .each(self.each(each, in: scope, name, version))
        }
    }

    private func alternative(_ draft: DraftAlternative, in scope: Int) -> Listen.Alternative? {
        draft.search.map { search in
            Listen.Alternative(
                event: draft.event ?? "", path: search.path, value: formula(search.value, in: scope),
                condition: search.condition.map { formula($0, in: scope) }, rejection: draft.rejection?.value)
        }
    }

    private func each(_ each: DraftEach, in scope: Int, _ name: String, _ version: Int) -> Each {
        let body = Plan(
            workflow: name, version: version, root: .sequence(draft.scopes[each.scope].root.map { node($0) }),
            steps: steps(of: each.scope, name, version), sensitive: sensitive(in: each.scope))
        return Each(
            items: each.items.map { formula($0, in: scope) } ?? Formula(.nothing),
            variable: draft.scopes[each.scope].variable?.value ?? "", atOnce: each.atOnce,
            onFailure: each.onFailure?.value ?? .undoAll, body: body, captures: captures(of: each.scope, in: scope))
    }

    private func start(_ start: DraftStart) -> EventStart {
        EventStart(
            event: start.event ?? "", key: start.key.map { template($0, in: 0) } ?? .literal(""),
            input: start.input.map { template($0.value, in: 0) }, condition: start.condition.map { formula($0, in: 0) })
    }

    // MARK: Values

    func template(_ draft: DraftTemplate, in scope: Int) -> Template {
        switch draft {
        case .literal(let json): .literal(json)
        case .reference(let reference): .reference(self.reference(reference.root, reference.path, in: scope))
        case .formula(let formula): .formula(self.formula(formula, in: scope))
        case .text(let parts):
            .text(
                parts.map { part in
                    switch part {
                    case .literal(let text): .literal(text)
                    case .reference(let reference):
                        .reference(self.reference(reference.root, reference.path, in: scope))
                    case .formula(let formula): .formula(self.formula(formula, in: scope))
                    }
                })
        case .array(let items): .array(items.map { template($0, in: scope) })
        case .object(let members): .object(members.map { TemplateMember($0.name, template($0.value, in: scope)) })
        }
    }

    private func formula(_ formula: DraftFormula, in scope: Int) -> Formula {
        Formula(formula.expression, roots: formula.expression.variables.map { reference($0, [], in: scope) })
    }

    /// What a name stands for in the plan of a list of steps.
    func reference(
        _ name: String, _ path: [SagaCore.Reference.Component], in scope: Int
    ) -> SagaCore.Reference {
        if name == "saga" { return Reference(.saga, path) }
        if name == "event" { return Reference(.event, path) }
        if draft.scopes[scope].variable?.value == name { return Reference(.input, [.member(name)] + path) }
        if case .step(let index) = draft.names[name], draft.steps[index].scope == scope {
            return Reference(.step(local(index)), path)
        }
        guard let owner = draft.scopes[scope].owner else {
            precondition(name == "input", "a name that was checked stands for nothing")
            return Reference(.input, path)
        }
        // The child's input has what stands around it under the name that it has there.
        let outer = draft.steps[owner].scope
        let outside = reference(name, path, in: outer)
        return Reference(.input, [.member(rootName(outside, in: outer))] + outside.path)
    }

    private func rootName(_ reference: SagaCore.Reference, in scope: Int) -> String {
        switch reference.root {
        case .input: "input"
        case .event: "event"
        case .saga: "saga"
        case .step(let index): draft.steps[draft.scopes[scope].steps[index]].name.value
        }
    }
}

extension Expression {
    /// Of an `each` whose list could not be read; no plan is made of it.
    fileprivate static var nothing: Expression {
        guard let expression = try? Expression("[]") else { preconditionFailure("an empty list is an expression") }
        return expression
    }
}
