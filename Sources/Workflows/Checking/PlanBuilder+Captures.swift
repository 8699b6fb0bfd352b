internal import Expressions
internal import SagaCore

/// What a body uses of what stands around it.
extension PlanBuilder {
    /// In terms of the plan around the body, each once, none within another, in the order of the text.
    func captures(of body: Int, in outer: Int) -> [SagaCore.Reference] {
        var found: [SagaCore.Reference] = []
        var seen: Set<SagaCore.Reference> = []
        for scope in draft.scopes.indices where draft.chain(of: scope).contains(body) {
            for index in draft.scopes[scope].steps {
                draft.steps[index].forEachRead { name, path in
                    guard let reference = capture(name, path, from: scope, body, outer),
                        seen.insert(reference).inserted
                    else { return }
                    found.append(reference)
                }
            }
        }
        return found.filter { reference in
            // A longer way leads into what is there already.
            !reference.path.indices.contains { seen.contains(Reference(reference.root, Array(reference.path[..<$0]))) }
        }
    }

    /// Nil for what the body has itself.
    private func capture(
        _ name: String, _ path: [SagaCore.Reference.Component], from scope: Int, _ body: Int, _ outer: Int
    ) -> SagaCore.Reference? {
        if name == "saga" || name == "event" { return nil }
        let inside = draft.chain(of: scope).prefix { $0 != outer }
        if inside.contains(where: { draft.scopes[$0].variable?.value == name }) { return nil }
        if case .step(let index) = draft.names[name], inside.contains(draft.steps[index].scope) { return nil }
        let members = path.prefix { if case .member = $0 { true } else { false } }
        return reference(name, Array(members), in: outer)
    }

    /// The sensitive places of a plan: its own steps', and where those from outside come in.
    func sensitive(in scope: Int) -> [SagaCore.Reference] {
        var found: [SagaCore.Reference] = []
        for place in draft.sensitive {
            if case .step(let index) = draft.names[place.root],
                !draft.chain(of: scope).contains(draft.steps[index].scope)
            {
                continue
            }
            found.append(reference(place.root, place.path, in: scope))
        }
        // The items of a sensitive list are what a body is given.
        for body in draft.chain(of: scope) where sensitiveItems.contains(body) {
            if let variable = draft.scopes[body].variable { found.append(reference(variable.value, [], in: scope)) }
        }
        return found
    }
}

extension DraftStep {
    /// Calls `body` with each value that the step reads, without what its cases or its own body hold.
    fileprivate func forEachRead(_ body: (String, [SagaCore.Reference.Component]) -> Void) {
        condition?.forEachRead(body)
        switch kind {
        case .action(let action): action.input.forEachRead(body)
        case .emit(_, let data): data.forEachRead(body)
        case .choice(let cases):
            for way in cases { way.condition?.forEachRead(body) }
        case .pause(.computed(let formula)): formula.forEachRead(body)
        case .pause: break
        case .listen(let alternatives):
            for alternative in alternatives { alternative.search?.formula.forEachRead(body) }
        case .approval(_, let title): title?.forEachRead(body)
        case .run(let run): run.input.value.forEachRead(body)
        case .each(let each): each.items?.forEachRead(body)
        }
    }
}

extension DraftFormula {
    fileprivate func forEachRead(_ body: (String, [SagaCore.Reference.Component]) -> Void) {
        for reference in expression.references { body(reference.name, reference.path) }
    }
}

extension DraftTemplate {
    fileprivate func forEachRead(_ body: (String, [SagaCore.Reference.Component]) -> Void) {
        switch self {
        case .literal: return
        case .reference(let reference): body(reference.root, reference.path)
        case .formula(let formula): formula.forEachRead(body)
        case .text(let parts):
            for part in parts {
                switch part {
                case .literal: break
                case .reference(let reference): body(reference.root, reference.path)
                case .formula(let formula): formula.forEachRead(body)
                }
            }
        case .array(let items):
            for item in items { item.forEachRead(body) }
        case .object(let members):
            for member in members { member.value.forEachRead(body) }
        }
    }
}
