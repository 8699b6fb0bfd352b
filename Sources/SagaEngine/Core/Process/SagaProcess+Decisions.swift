internal import SagaValues

extension SagaProcess {
    /// What the workflow's expressions say.
    mutating func decision(_ question: SagaEffect.Question, of step: Int) -> SagaEvent.Decision {
        do throws(UnresolvedReference) {
            return switch (question, plan.steps[step].kind) {
            case (.condition, _): try holds(plan.steps[step].condition) ? .proceed : .skip
            case (.choice, .choice(let cases)): try choice(cases)
            case (.pause, .pause(.computed(let formula))): try pause(formula)
            case (.items, .each(let each)): try count(each)
            case (.choice, _), (.pause, _), (.items, _):
                preconditionFailure("a step is asked for what it does not have")
            }
        } catch {
            return .failed(StepError(code: StepError.expressionFailed, message: error.description))
        }
    }

    /// Nil stands for what always holds.
    private mutating func holds(_ formula: Formula?) throws(UnresolvedReference) -> Bool {
        guard let formula else { return true }
        guard let flag = try evaluated(formula).boolValue else { throw formula.failure("is neither true nor false") }
        return flag
    }

    private mutating func choice(_ cases: [Formula?]) throws(UnresolvedReference) -> SagaEvent.Decision {
        for (index, formula) in cases.enumerated() where try holds(formula) { return .chosen(index) }
        return .chosen(nil)
    }

    private mutating func pause(_ formula: Formula) throws(UnresolvedReference) -> SagaEvent.Decision {
        let text = try evaluated(formula).stringValue
        if let time = text.flatMap({ Timestamp(iso8601: $0) }) { return .until(time) }
        guard let duration = text.flatMap({ Duration(sagaText: $0) }), .zero...Pause.longest ~= duration else {
            throw formula.failure("is neither a duration up to 366d, such as 3d, nor a time (ISO 8601)")
        }
        return .until(updatedAt + duration)
    }

    private mutating func count(_ each: Each) throws(UnresolvedReference) -> SagaEvent.Decision {
        guard let list = try evaluated(each.items).arrayValue else { throw each.items.failure("is not a list") }
        guard list.count <= Each.itemLimit else {
            throw each.items.failure("has \(list.count) items, more than \(Each.itemLimit)")
        }
        return .items(list.count)
    }

    mutating func evaluated(_ formula: Formula) throws(UnresolvedReference) -> JSON {
        let plan = plan
        need(formula.roots)
        return try formula.evaluated(plan) { value($0) }
    }
}

extension Pause {
    static let longest = Duration.seconds(366 * 86_400)
}

extension Formula {
    func failure(_ reason: String) -> UnresolvedReference { UnresolvedReference(reference: text, reason: reason) }
}
