public import SagaValues

extension Explanation {
    /// Something that a person can ask of a saga, and what would come of it.
    public struct Verb: Sendable, Hashable {
        public let kind: Kind
        public let outlook: Outlook
        /// Why it is not possible, in a sentence; nil if it is.
        public let objection: String?

        public var isLegal: Bool { objection == nil }

        public init(_ kind: Kind, _ saga: Saga, _ plan: Plan, at time: Timestamp) {
            self.kind = kind
            outlook = Outlook(kind.event(.asked), saga, plan, at: time)
            objection = outlook.ignored.map { saga.objection(to: kind, $0, plan) }
        }

        public enum Kind: Sendable, Hashable {
            case compensate
            case retry(step: Int)
            /// Gives the consent that a step is about.
            case approve(step: Int)
            case refuse(step: Int)
            case skip(step: Int, isForced: Bool)
            case resolve(step: Int, SagaEvent.Resolution)
            case patch(step: Int)
            case pause
            case resume
            case abandon

            /// Nil for the saga as a whole.
            public var step: Int? {
                switch self {
                case .compensate, .pause, .resume, .abandon: nil
                case .retry(let step), .approve(let step), .refuse(let step), .skip(let step, _), .resolve(let step, _),
                    .patch(let step):
                    step
                }
            }

            /// Who may ask for it; nil where the workflow does not say.
            public func role(_ plan: Plan) -> String? {
                switch self {
                case .approve(let step), .refuse(let step): plan.steps[step].approval?.role
                case .compensate, .retry, .skip, .resolve, .patch, .pause, .resume, .abandon: nil
                }
            }

            /// What the machine is told.
            ///
            /// - Parameter reason: why, where that becomes the reason for which the saga is undone.
            public func event(_ reason: StepError) -> SagaEvent {
                switch self {
                case .compensate: .compensationRequested(reason)
                case .retry(let step): .retryRequested(step: step)
                case .approve(let step): .signalled(step: step, .accepted)
                case .refuse(let step): .signalled(step: step, .refused(.notApproved(reason.message)))
                case .skip(let step, let isForced): .skipRequested(step: step, isForced: isForced)
                case .resolve(let step, let resolution): .resolved(step: step, resolution)
                case .patch(let step): .patched(step: step)
                case .pause: .paused
                case .resume: .resumed
                case .abandon: .abandoned
                }
            }
        }
    }
}

extension Saga {
    /// The verbs that are worth a word. Of some only where a step needs a person or may be spoken for: of the others
    /// nobody would ask.
    public func verbsToTell(_ plan: Plan) -> [Explanation.Verb.Kind] {
        var kinds: [Explanation.Verb.Kind] = [.compensate]
        for step in steps.indices {
            kinds.append(.retry(step: step))
            if plan.steps[step].approval != nil { kinds += [.approve(step: step), .refuse(step: step)] }
            if steps[step].incident != nil || steps[step].phase == .unknown {
                kinds += [.patch(step: step), .skip(step: step, isForced: false)]
                kinds += SagaEvent.Resolution.allCases.map { .resolve(step: step, $0) }
            }
        }
        kinds += [isPaused ? .resume : .pause, .abandon]
        return kinds
    }

    func objection(to verb: Explanation.Verb.Kind, _ ignored: Transition.Ignored, _ plan: Plan) -> String {
        if let finality { return finality }
        switch verb {
        case .pause: return "it is paused already"
        case .resume: return "it is not paused"
        case .compensate: return objectionToCompensation(ignored, plan)
        case .retry where isPaused: return "it is paused: resume it first"
        case .retry(let step):
            return "\(isIn(step, plan)), and waits neither for a person nor for its next attempt"
        case .approve(let step), .refuse(let step): return "\(isIn(step, plan)), and does not wait for consent"
        case .skip(let step, _), .patch(let step):
            if steps[step].phase == .undoHeld {
                return "'\(plan.steps[step].name)' is being undone: retry that, or resolve it as undone"
            }
            if steps[step].phase != .held { return "\(isIn(step, plan)), and does not wait for a person" }
            if failure != nil {
                return "the saga is being undone, and nothing is done any more: resolve says what became of it"
            }
            if case .patch = verb { return "'\(plan.steps[step].name)' sends nothing that could be changed" }
            return plan.steps[step].pivot
                ? "'\(plan.steps[step].name)' is the point of no return: resolve says what became of it"
                : "its workflow does not have '\(plan.steps[step].name)' as skippable; it can be forced"
        case .resolve(let step, let resolution): return objection(toResolving: step, resolution, plan)
        case .abandon: return "the saga's state does not allow it (\(ignored.rawValue))"
        }
    }

    /// Why nothing can be asked of it any more; nil if it has not ended.
    public var finality: String? { status.isTerminal ? "the saga is \(status.rawValue), which is final" : nil }

    private func objectionToCompensation(_ ignored: Transition.Ignored, _ plan: Plan) -> String {
        if let failure { return "it is being undone already: \(failure.text(plan))" }
        if let pivot = plan.steps.indices.first(where: { plan.steps[$0].pivot && steps[$0].phase == .done }) {
            return "'\(plan.steps[pivot].name)' is done, and behind that point there is no way back"
        }
        if let pivot = plan.steps.indices.first(where: { plan.steps[$0].pivot && steps[$0].phase == .held }) {
            return "nobody may guess whether '\(plan.steps[pivot].name)' happened, the point of no return: "
                + "resolve says what became of it"
        }
        return "the saga's state does not allow it (\(ignored.rawValue))"
    }

    private func objection(toResolving step: Int, _ resolution: SagaEvent.Resolution, _ plan: Plan) -> String {
        let name = plan.steps[step].name
        switch (plan.steps[step].kind, resolution, steps[step].phase) {
        case (.run, _, _), (.each, _, _):
            return "'\(name)' is carried out by child sagas, of which each is resolved by itself"
        case (.choice, _, _), (.pause, _, _), (.approval, _, _):
            return "'\(name)' is nothing that could have happened elsewhere"
        case (_, .notDone, .held):
            return "behind the point of no return '\(name)' has to be done: retry, patch or skip it"
        case (_, .undone, .held), (_, .undone, .unknown):
            return "\(isIn(step, plan)): if nothing of it is left, it is not-done"
        case (_, _, .undoHeld): return "'\(name)' is being undone: what can be said of it is that it is undone"
        default: return "\(isIn(step, plan)), and no person has to say what became of it"
        }
    }

    private func isIn(_ step: Int, _ plan: Plan) -> String { "'\(plan.steps[step].name)' is \(steps[step].phase.name)" }
}

extension StepError {
    /// A person's wish, as long as no person has uttered it.
    fileprivate static let asked = StepError(code: "asked", message: "a person asks for it")
}

extension Step {
    public var approval: Approval? { if case .approval(let approval) = kind { approval } else { nil } }
}
