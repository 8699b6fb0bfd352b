internal import SagaCore
internal import SagaValues

extension Workflow {
    /// What is wrong between workflows: a child that is not there, circles of children, inputs and locks that do not
    /// go together. Of several versions of one workflow the highest counts.
    ///
    /// - Returns: errors and warnings by file and line. Any error says that these workflows cannot be deployed
    ///   together.
    public static func checkTogether(_ workflows: [Workflow]) -> [Finding] {
        var newest: [String: Workflow] = [:]
        for workflow in workflows where (newest[workflow.plan.workflow]?.plan.version ?? 0) < workflow.plan.version {
            newest[workflow.plan.workflow] = workflow
        }
        var check = TogetherCheck(workflows: newest)
        for workflow in newest.values.sorted(by: { $0.plan.workflow < $1.plan.workflow }) { check.check(workflow) }
        return check.findings
    }

    /// Whether one of its outermost steps is a point of no return.
    var hasPivot: Bool { plan.steps.contains(where: \.pivot) }
}

private struct TogetherCheck {
    let workflows: [String: Workflow]
    var findings: [Finding] = []

    mutating func check(_ workflow: Workflow) {
        var own = FindingList(file: workflow.file, source: SourceText(Workflow.withoutByteOrderMark(workflow.source)))
        for site in workflow.children {
            guard let child = workflows[site.workflow] else {
                let meant = own.meant(by: site.workflow, among: workflows.keys.sorted())
                own.add(
                    .childNotThere, at: site.position, "there is no workflow '\(site.workflow)' among these",
                    help: meant.map { "did you mean '\($0)'?" } ?? "it has to be deployed before a saga comes here")
                continue
            }
            if let circle = circle(from: workflow.plan.workflow, over: child) {
                own.add(
                    .childCircle, at: site.position, "the workflows run each other in a circle: \(circle)",
                    help: "take one of these 'run' away: such a saga would never end")
            }
            if child.hasPivot, !site.isPastUndo {
                own.add(
                    .childPivotTooEarly, at: site.position,
                    "'\(site.workflow)' passes a point of no return, but the saga around it may still be undone",
                    help: "make '\(site.step)' the pivot ('pivot: true'), or put it behind the pivot")
            }
            for misfit in child.inputSchema?.misfits(of: site.input) ?? [] {
                own.add(
                    .inputDoesNotFit, at: site.inputPosition, "'\(site.workflow)' would refuse this input: \(misfit)",
                    help: "make it what 'input' of '\(site.workflow)' asks for")
            }
            for place in site.sensitiveInput where !child.hidesInput(at: place) {
                let text = place.reduce("input") { $0 + $1.description }
                own.add(
                    .sensitiveInChild, at: site.inputPosition,
                    "'\(site.workflow)' gets a sensitive value as \(quoted(text)), and would show it",
                    help: "write 'sensitive: [\(text)]' in '\(site.workflow)' too")
                break
            }
            for place in child.sensitiveOutput where !site.hidesOutput(at: place) {
                let text = place.reduce(site.step) { $0 + $1.description }
                own.add(
                    .sensitiveInChild, at: site.position,
                    "'\(site.workflow)' gives a sensitive value as \(quoted(text)), and '\(workflow.plan.workflow)' would show it",
                    help:
                        "write 'sensitive: [\(text)]' in '\(workflow.plan.workflow)' too, or leave it out of that output"
                )
                break
            }
            checkLocks(of: workflow, site, child, &own)
        }
        findings += own.all
    }

    // MARK: Circles

    /// `a -> b -> a`, if running the child leads back to where it is run from.
    private func circle(from name: String, over child: Workflow) -> String? {
        var ways: [String: [String]] = [child.plan.workflow: [name, child.plan.workflow]]
        var pending = [child]
        if child.plan.workflow == name { return "\(name) -> \(name)" }
        while let next = pending.popLast() {
            let way = ways[next.plan.workflow] ?? []
            for site in next.children {
                if site.workflow == name { return (way + [name]).joined(separator: " -> ") }
                guard ways[site.workflow] == nil, let further = workflows[site.workflow] else { continue }
                ways[site.workflow] = way + [site.workflow]
                pending.append(further)
            }
        }
        return nil
    }

    // MARK: Locks

    /// A key that the parent holds until its end, and its child, or a child of that, needs too.
    private func checkLocks(of parent: Workflow, _ site: ChildSite, _ child: Workflow, _ own: inout FindingList) {
        let held = Set(parent.plan.locks.compactMap { LockKey($0, input: .reference(Reference(.input))) })
        guard !held.isEmpty else { return }
        var pending = [(child, site.input.outside(of: site.depth))]
        var seen: Set<String> = []
        while let (workflow, input) = pending.popLast() {
            // Once each: a further way to it with another input is not looked at.
            guard seen.insert(workflow.plan.workflow).inserted else { continue }
            for lock in workflow.plan.locks {
                guard let key = LockKey(lock, input: input), held.contains(key) else { continue }
                own.add(
                    .lockHeldByParent, at: site.position,
                    "'\(parent.plan.workflow)' holds the lock \(quoted(key.description)) until its end, "
                        + "and '\(workflow.plan.workflow)' needs it too: it would wait for ever",
                    help: "give the two different keys, or let only one of them lock")
            }
            for further in workflow.children {
                guard let next = workflows[further.workflow] else { continue }
                pending.append((next, further.input.outside(of: further.depth).filled(input: input)))
            }
        }
    }
}

/// A lock's key as far as it can be told from the text: equal ones are held by one saga only.
private struct LockKey: Hashable, CustomStringConvertible {
    private enum Part: Hashable {
        case literal(String)
        case reference(Reference)
    }

    private var parts: [Part] = []

    /// Nil for a key that depends on more than the input as it is.
    init?(_ lock: Template, input: Template) {
        switch lock {
        case .literal(let json): guard add(.literal(json)) else { return nil }
        case .reference(let reference): guard add(input.at(reference)) else { return nil }
        case .text(let texts):
            for text in texts {
                switch text {
                case .literal(let text): guard add(.literal(.string(text))) else { return nil }
                case .reference(let reference): guard add(input.at(reference)) else { return nil }
                case .formula: return nil
                }
            }
        case .formula, .array, .object: return nil
        }
    }

    private mutating func add(_ value: Template?) -> Bool {
        switch value {
        case .literal(.string(let text)), .literal(.number(let text)):
            if case .literal(let before)? = parts.last {
                parts[parts.count - 1] = .literal(before + text)
            } else {
                parts.append(.literal(text))
            }
            return true
        case .reference(let reference):
            parts.append(.reference(reference))
            return true
        case .text(let texts):
            for text in texts {
                switch text {
                case .literal(let text): _ = add(.literal(.string(text)))
                case .reference(let reference): parts.append(.reference(reference))
                case .formula: return false
                }
            }
            return true
        case .literal, .formula, .array, .object, nil: return false
        }
    }

    var description: String {
        parts.map { part in
            switch part {
            case .literal(let text): text
            case .reference(let reference): "${" + reference.path.reduce("input") { $0 + $1.description } + "}"
            }
        }.joined()
    }
}

extension Template {
    /// What stands at a place of the input that this template makes; nil where that is not known.
    fileprivate func at(_ reference: Reference) -> Template? {
        guard reference.root == .input else { return nil }
        var template = self
        for (index, component) in reference.path.enumerated() {
            switch (template, component) {
            case (.object(let members), .member(let name)):
                guard let member = members.first(where: { $0.name.utf8.elementsEqual(name.utf8) }) else { return nil }
                template = member.value
            case (.literal(let json), .member(let name)):
                guard let value = json[name] else { return nil }
                template = .literal(value)
            case (.reference(let base), _):
                return .reference(Reference(base.root, base.path + reference.path[index...]))
            case (.literal, .element), (.object, .element), (.array, _), (.formula, _), (.text, _): return nil
            }
        }
        return template
    }

    /// What the body of an `each`, so many of them deep, says in terms of the saga around it; the input of that is
    /// called so there. What is only known inside is left out.
    fileprivate func outside(of depth: Int) -> Template {
        mapped { reference in
            guard depth > 0 else { return reference.root == .input ? .reference(reference) : nil }
            let inputs = Array(repeating: Reference.Component.member("input"), count: depth)
            guard reference.root == .input, reference.path.starts(with: inputs) else { return nil }
            return .reference(Reference(.input, Array(reference.path.dropFirst(depth))))
        } ?? .object([])
    }

    /// What this template makes when the saga's own input is made by another.
    fileprivate func filled(input: Template) -> Template {
        mapped { input.at($0) } ?? .object([])
    }

    /// With other templates in place of its references; without what has none.
    private func mapped(_ replace: (Reference) -> Template?) -> Template? {
        switch self {
        case .literal: return self
        case .reference(let reference): return replace(reference)
        case .formula: return nil
        case .text(let parts):
            var texts: [TextPart] = []
            for part in parts {
                guard case .reference(let reference) = part else {
                    texts.append(part)
                    continue
                }
                switch replace(reference) {
                case .reference(let reference): texts.append(.reference(reference))
                case .text(let inner): texts += inner
                case .literal(.string(let text)), .literal(.number(let text)): texts.append(.literal(text))
                case .literal, .formula, .array, .object, nil: return nil
                }
            }
            return .text(texts)
        case .array: return nil
        case .object(let members):
            return .object(
                members.compactMap { member in member.value.mapped(replace).map { TemplateMember(member.name, $0) } })
        }
    }
}
