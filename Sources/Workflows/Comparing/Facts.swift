internal import SagaCore
internal import SagaValues

/// What a workflow or a step says, one thing after the other: a name for it, and the text.
struct Facts {
    private(set) var list: [(name: String, text: String)] = []

    mutating func add(_ name: String, _ text: String?) {
        if let text { list.append((name, text)) }
    }

    mutating func add(_ name: String, _ flag: Bool) {
        if flag { list.append((name, "true")) }
    }

    /// Member by member, so that a change of one is told as that.
    mutating func add(_ name: String, _ template: Template?, _ plan: Plan) {
        guard let template else { return }
        if let members = template.members, !members.isEmpty {
            for member in members { add("\(name).\(member.name)", member.value, plan) }
        } else {
            add(name, template.text(plan))
        }
    }

    mutating func add(_ name: String, _ policy: RetryPolicy) {
        add("\(name).attempts", policy.attempts.map { String($0) } ?? "unlimited")
        add("\(name).initial", policy.initial.sagaText)
        add(
            "\(name).factor",
            "\(policy.factorPermille / 1000).\(String(1000 + policy.factorPermille % 1000).dropFirst())")
        add("\(name).max", policy.max.sagaText)
        add("\(name).jitter", policy.jitter ? "full" : "none")
        add("\(name).timeout", policy.timeout.sagaText)
    }

    /// Each that differs, in the order of the new ones, those that are gone at the end.
    func differences(from old: Facts) -> [(name: String, before: String?, after: String?)] {
        var before: [String: String] = [:]
        for fact in old.list { before[fact.name] = fact.text }
        var found: [(String, String?, String?)] = []
        var seen: Set<String> = []
        for fact in list {
            seen.insert(fact.name)
            let former = before[fact.name]
            if former.map({ !$0.hasSameBytes(as: fact.text) }) ?? true { found.append((fact.name, former, fact.text)) }
        }
        for fact in old.list where !seen.contains(fact.name) { found.append((fact.name, fact.text, nil)) }
        return found
    }
}

extension Facts {
    /// Of the workflow as a whole, without its steps.
    init(_ plan: Plan, schema: JSON?) {
        add("title", plan.title)
        add("deadline", plan.deadline?.sagaText)
        for lock in plan.locks.map({ $0.text(plan) }) { add("locks \(lock)", true) }
        add("onBusy", plan.onBusy.rawValue)
        for start in plan.starts {
            add("on \(start.event) key", start.key, plan)
            add("on \(start.event) input", start.input, plan)
            add("on \(start.event) when", start.condition?.text)
        }
        if let schedule = plan.schedule {
            add("schedule", schedule.cron.text)
            add("schedule time zone", schedule.timeZone)
            add("schedule catch-up", schedule.catchUp.rawValue)
            add("schedule input", schedule.input.text)
        }
        for place in plan.sensitive { add("sensitive \(place.text(plan))", true) }
        if let schema { add("input", schema) }
        add("output", plan.output, plan)
    }

    private mutating func add(_ name: String, _ json: JSON) {
        if let object = json.objectValue, !object.isEmpty {
            for member in object { add("\(name).\(member.name)", member.value) }
        } else {
            add(name, json.text)
        }
    }

    init(_ step: Step, _ plan: Plan) {
        add("when", step.condition?.text)
        add(step.kind, plan)
        add("readonly", step.readonly)
        add("pivot", step.pivot)
        add("optional", step.optional)
        add("skippable", step.skippable)
        if case .action = step.kind {
            add("retry", step.retry)
            if step.undo != nil { add("undoRetry", step.undoRetry) }
            add("onUnknown", step.onUnknown.rawValue)
        }
        if step.undo != nil { add("onUndoFailure", step.onUndoFailure.rawValue) }
    }

    private mutating func add(_ kind: Step.Kind, _ plan: Plan) {
        switch kind {
        case .action(let action):
            add("do", action.name)
            add("undo", action.undo)
            add("with", action.input, plan)
        case .emit(let emission):
            add("emit", emission.event)
            add("with", emission.data, plan)
        case .choice(let conditions):
            for (number, condition) in conditions.enumerated() {
                add("switch case \(number + 1)", condition.map { "when \($0.text)" } ?? "else")
            }
        case .pause(.fixed(let duration)): add("wait", duration.sagaText)
        case .pause(.computed(let formula)): add("wait", "${\(formula.text)}")
        case .listen(let listen):
            for way in listen.alternatives { add("listen \(way.event)", way.text) }
            add("timeout", listen.timeout?.sagaText ?? "none")
        case .approval(let approval):
            add("approval", approval.role)
            add("approval title", approval.title, plan)
            add("timeout", approval.timeout?.sagaText ?? "none")
        case .run(let child):
            add("run", child.workflow)
            add("with", child.input, plan)
        case .each(let each):
            add("each", each.items.text)
            add("as", each.variable)
            add("atOnce", String(each.atOnce))
            add("onFailure", each.onFailure.rawValue)
        }
    }
}
